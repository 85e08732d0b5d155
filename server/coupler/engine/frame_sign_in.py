"""Signing in from a frame: a ticket the pane waits for while the person signs in in a window (surfaces 6.3).

A frame has no first-party cookie and the provider refuses to be framed. The ticket may be seen (it stands in an
address); what redeems it is a verifier that never leaves the pane before.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from coupler.domain.access import Actor
from coupler.domain.errors import InvalidInput, NotFound, NotSignedIn
from coupler.engine.access import Access, PaneKeys, digest
from coupler.engine.ports import Clock
from coupler.engine.tickets import Person, Ticket, TicketStore

TICKET_LIFE = timedelta(seconds=300)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# How often a pane may ask, by the age of its ticket: quickly while the window is fresh, then less and less.
_PACE = ((timedelta(seconds=30), 1.0), (timedelta(seconds=120), 2.0))
_SLOWEST = 4.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody has signed in for the ticket yet: whether a window began to, and the seconds until asking again."""

    begun: bool
    interval: float


class FrameSignIn:
    """Tickets from issue to redemption. Each is begun once, approved once and redeemed once, within 300 seconds."""

    def __init__(self, tickets: TicketStore, access: Access, clock: Clock) -> None:
        self._tickets = tickets
        self._access = access
        self._clock = clock

    def issue(self, challenge: str, host: str) -> str:
        """A ticket for the pane that can answer `challenge` (S256, RFC 7636); `host` is only a hint."""
        now = self._clock.now()
        text = secrets.token_urlsafe(32)
        self._tickets.issue(digest(text), Ticket(_read_challenge(challenge), host, now, now + TICKET_LIFE))
        return text

    def begin(self, ticket: str) -> tuple[str, str]:
        """Start the sign-in in a window: a value for its cookie, and where to send it."""
        key = digest(ticket)
        if not self._tickets.begin(key, self._clock.now()):
            raise NotSignedIn("This sign-in was begun before, or waited too long. Start it again in the pane.")
        return self._access.begin_sign_in("/", ticket=key)

    def approve(self, ticket: bytes, actor: Actor) -> str:
        """Let the waiting pane in as this person; the product it stands in, as it says."""
        person = Person(actor.id, actor.name, actor.role)
        approved = self._tickets.approve(ticket, person, self._clock.now())
        if approved is None:
            raise NotSignedIn("You signed in, but the pane no longer waits for it. Start again in the pane.")
        return approved.host

    def redeem(self, ticket: str, verifier: str) -> PaneKeys | Waiting:
        """The keys once somebody signed in, else how to go on waiting.

        Raises NotFound when the ticket ran out, was redeemed, or is not of this verifier: they look the same.
        """
        now, key, challenge = self._clock.now(), digest(ticket), hashlib.sha256(verifier.encode()).digest()
        person = self._tickets.redeem(key, challenge, now)
        if person is not None:
            return self._access.pane_keys(Actor(person.subject, person.name, person.role))
        waiting = self._tickets.get(key)
        if waiting is None or waiting.expires_at <= now or not secrets.compare_digest(waiting.challenge, challenge):
            raise NotFound("This sign-in is over. Start it again.")
        age = now - waiting.issued_at
        return Waiting(waiting.begun_at is not None, next((pace for limit, pace in _PACE if age < limit), _SLOWEST))


def _read_challenge(text: str) -> bytes:
    try:
        if _CHALLENGE.fullmatch(text):
            return base64.urlsafe_b64decode(f"{text}=")
    except binascii.Error:
        pass
    raise InvalidInput("The challenge is no SHA-256 in base64url.", errors={"challenge": ["43 characters, S256."]})
