"""Who may be whose counterpart: the match rules in order, each with its reason (domain N-02, Y-60 to Y-68).

E-mail equal, sign-in name equal, full name equal, name similar. Judges pairs and ranks them; never couples and never
chooses: a key that several people share is told as such and is never exact (U-06).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

SIMILAR_FROM = 85.0
_SHORTEST_PHONE = 5
_PHONE_TAIL = 8
# Letters that carry their stroke or ligature inside and therefore do not decompose into letter and mark.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
# Below are nukta, virama and the kana voicing marks (7 to 9): parts of a letter, not accents on it.
_FIRST_ACCENT_CLASS = 10

Similarity = Callable[[str, str], float]


class Certainty(StrEnum):
    """How sure a match is, surest first."""

    EXACT = "exact"
    LIKELY = "likely"
    AMBIGUOUS = "ambiguous"
    SIMILAR = "similar"


class Cause(StrEnum):
    """What two records have in common, strongest first; a phone number only supports another cause."""

    SAME_EMAIL = "same_email"
    SAME_SIGN_IN_NAME = "same_sign_in_name"
    SAME_NAME = "same_name"
    SIMILAR_NAME = "similar_name"
    SAME_PHONE = "same_phone"


_CERTAINTIES = tuple(Certainty)
_CAUSES = tuple(Cause)


@dataclass(frozen=True, slots=True)
class Person:
    """What matching looks at in a record of either system, as it was read."""

    key: str
    name: str
    email: str = ""
    sign_in: str = ""
    phone: str = ""


class Crowd(Protocol):
    """The people of one side who may be coupled, asked how many of them carry a key."""

    @property
    def complete(self) -> bool:
        """Whether it knows everybody; if not, nobody can be said to be the only one."""
        ...

    def others_at(self, address: str, besides: str) -> int:
        """How many but the one with that record key have the address, as e-mail or as sign-in name."""
        ...

    def others_named(self, name: str, besides: str) -> int:
        """How many but the one with that record key have the name, by `name_key`."""
        ...


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two records may belong together; `percent` for a similar name.

    The numbers say how many others share the value on either side.
    """

    cause: Cause
    percent: int | None = None
    other_users: int = 0
    other_salespeople: int = 0

    @property
    def shared(self) -> bool:
        """Whether somebody else has the value as well."""
        return bool(self.other_users or self.other_salespeople)


@dataclass(frozen=True, slots=True)
class Match:
    """The judgement of one pair. `score` says in percent how alike the strongest compared value is."""

    certainty: Certainty
    score: int
    reasons: tuple[Reason, ...]

    @property
    def exact(self) -> bool:
        """E-mail or sign-in name equal, and nobody else on either side has it."""
        return self.certainty is Certainty.EXACT


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person with the judgement; `taken` when coupled to another record already."""

    person: Person
    match: Match
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """Somebody said of a suggested pair that it is none (domain N-02)."""

    connection: str
    mapping: str
    nav_key: str
    crm_id: str
    at: datetime
    by: str


def address_key(text: str) -> str:
    """An e-mail address or sign-in name for comparing: trimmed, without case; empty for what is no address."""
    key = text.strip().casefold()
    return key if "@" in key.strip("@") else ""


def addresses(person: Person) -> tuple[str, ...]:
    """The different addresses a person is known by."""
    return tuple(dict.fromkeys(filter(None, (address_key(person.email), address_key(person.sign_in)))))


def name_words(text: str) -> tuple[str, ...]:
    """The words of a name without case, accents and punctuation; "Last, First" is turned round (domain 12.3)."""
    last, comma, first = text.partition(",")
    folded = _folded(f"{first} {last}" if comma else text)
    return tuple(_BETWEEN_WORDS.sub(" ", _APOSTROPHES.sub("", folded)).split())


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(character for character in spread if unicodedata.combining(character) < _FIRST_ACCENT_CLASS)
    return unicodedata.normalize("NFC", bare.translate(_LETTERS))


def name_key(text: str) -> str:
    """A full name for comparing, the same in whichever order its parts are written; empty without letters."""
    return " ".join(sorted(name_words(text)))


def name_orders(text: str) -> tuple[str, ...]:
    """A name as it is written and with its last word first, which is how the other system may show it."""
    words = name_words(text)
    return tuple(dict.fromkeys(filter(None, (" ".join(words), " ".join((*words[-1:], *words[:-1]))))))


def phone_key(text: str) -> str:
    """The last eight digits, so that +45, 0045 and nothing are one; empty for what is too short to tell."""
    digits = "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())
    return digits[-_PHONE_TAIL:] if len(digits) >= _SHORTEST_PHONE else ""


def judge(salesperson: Person, user: Person, salespeople: Crowd, users: Crowd, similarity: Similarity) -> Match | None:
    """The judgement of a pair, the same from either side; None when they have nothing in common.

    `similarity` compares two names and answers 0 to 100. Does not ask whether either is coupled or may be.
    """
    by_address = _same_address(salesperson, user, salespeople, users)
    by_name = _same_name(salesperson, user, salespeople, users) or _similar_name(salesperson, user, similarity)
    reasons = [reason for reason in (by_address, by_name) if reason is not None]
    if not reasons:
        return None
    number = phone_key(salesperson.phone)
    if number and number == phone_key(user.phone):
        reasons.append(Reason(Cause.SAME_PHONE))
    certainty = _certainty(by_address, by_name, knows_all=salespeople.complete and users.complete)
    score = 100 if reasons[0].percent is None else reasons[0].percent
    return Match(certainty, score, tuple(reasons))


def _same_address(salesperson: Person, user: Person, salespeople: Crowd, users: Crowd) -> Reason | None:
    address = address_key(salesperson.email)
    if not address or address not in addresses(user):
        return None
    return Reason(
        Cause.SAME_EMAIL if address == address_key(user.email) else Cause.SAME_SIGN_IN_NAME,
        other_users=users.others_at(address, user.key),
        other_salespeople=salespeople.others_at(address, salesperson.key),
    )


def _same_name(salesperson: Person, user: Person, salespeople: Crowd, users: Crowd) -> Reason | None:
    name = name_key(salesperson.name)
    if not name or name != name_key(user.name):
        return None
    return Reason(
        Cause.SAME_NAME,
        other_users=users.others_named(name, user.key),
        other_salespeople=salespeople.others_named(name, salesperson.key),
    )


def _similar_name(salesperson: Person, user: Person, similarity: Similarity) -> Reason | None:
    left, right = name_orders(salesperson.name), name_orders(user.name)
    if not left or not right:
        return None
    # Turning round one of the two is enough, and turning both in turn is the same from either side.
    pairs = [(order, right[0]) for order in left] + [(left[0], order) for order in right[1:]]
    alike = max(similarity(one, other) for one, other in pairs)
    # Never 100: the names are not equal, and rounding must not say so.
    return Reason(Cause.SIMILAR_NAME, percent=min(99, int(alike))) if alike >= SIMILAR_FROM else None


def _certainty(by_address: Reason | None, by_name: Reason | None, *, knows_all: bool) -> Certainty:
    same_name = by_name is not None and by_name.cause is Cause.SAME_NAME
    if knows_all and by_address is not None and not by_address.shared:
        return Certainty.EXACT
    if knows_all and same_name and by_name is not None and not by_name.shared:
        return Certainty.LIKELY
    return Certainty.AMBIGUOUS if by_address is not None or same_name else Certainty.SIMILAR


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The surest first; among equals those still free, then the stronger cause, then by name and key.

    The order in which they come in makes no difference.
    """
    return sorted(candidates, key=_rank)


def _rank(candidate: Candidate) -> tuple[int, bool, int, int, bool, str, str, str]:
    match, person = candidate.match, candidate.person
    return (
        _CERTAINTIES.index(match.certainty),
        candidate.taken,
        _CAUSES.index(match.reasons[0].cause),
        -match.score,
        match.reasons[-1].cause is not Cause.SAME_PHONE,
        name_key(person.name),
        person.name,
        person.key,
    )
