"""What every store of API tokens, sign-ins, sessions and idempotent answers must do."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contracts.races import race
from tests.contracts.stores import NOW, Stores, new_id

from coupler.domain.access import Role
from coupler.domain.errors import NotFound
from coupler.engine.ports import ApiToken, IdempotentAnswer, Session, SignInAttempt

ATTEMPT = SignInAttempt(state="st4te", nonce="n0nce", verifier="v3rifier", return_to="/open/nav/x/AH", started_at=NOW)
SESSION = Session("user:annette", "Annette Hill", Role.OPERATOR, NOW, NOW + timedelta(hours=8))
ANSWER = IdempotentAnswer(b"hash", 201, b'{"id": "\xc3\xa5"}', {"Location": "/api/v1/couplings/1"})


def digest(text: str) -> bytes:
    """What is kept instead of the text."""
    return hashlib.sha256(text.encode()).digest()


def token(name: str = "nightly export", **changes: object) -> ApiToken:
    """A reader's token."""
    made = ApiToken(new_id(), name, Role.READER, NOW, "user:annette", NOW + timedelta(days=90), frozenset({"b", "a"}))
    return replace(made, **changes)  # type: ignore[arg-type]


class AccessContract:
    """Who may come in, and what was answered before."""

    @pytest.mark.parametrize("role", list(Role))
    def test_a_token_is_found_by_the_digest_of_its_text(self, store: Stores, role: Role) -> None:
        made = token(role=role)
        store.tokens.add(made, digest("secret"))

        assert store.tokens.by_digest(digest("secret")) == made
        assert store.tokens.by_digest(digest("another")) is None

    @pytest.mark.parametrize("connections", [None, frozenset(), frozenset({"cronus"})])
    def test_a_token_for_all_connections_differs_from_one_for_none(
        self, store: Stores, connections: frozenset[str] | None
    ) -> None:
        made = token(connections=connections, expires_at=None)
        store.tokens.add(made, digest("secret"))

        assert store.tokens.by_digest(digest("secret")) == made

    def test_all_tokens_come_newest_first(self, store: Stores) -> None:
        old, new = token("old", created_at=NOW - timedelta(days=1)), token("new")
        store.tokens.add(new, digest("1"))
        store.tokens.add(old, digest("2"))

        assert store.tokens.all() == [new, old]

    def test_a_revoked_token_is_still_listed_and_keeps_its_first_time(self, store: Stores) -> None:
        made = token()
        store.tokens.add(made, digest("secret"))

        assert store.tokens.revoke(made.id, NOW) == replace(made, revoked_at=NOW)
        store.tokens.revoke(made.id, NOW + timedelta(days=1))

        assert store.tokens.all() == [replace(made, revoked_at=NOW)]
        assert store.tokens.by_digest(digest("secret")) == replace(made, revoked_at=NOW)

    def test_an_unknown_token_cannot_be_revoked(self, store: Stores) -> None:
        with pytest.raises(NotFound):
            store.tokens.revoke(new_id(), NOW)

    def test_a_sign_in_attempt_is_used_once(self, store: Stores) -> None:
        store.sessions.begin(digest("browser"), ATTEMPT)

        assert store.sessions.take_attempt(digest("browser")) == ATTEMPT
        assert store.sessions.take_attempt(digest("browser")) is None

    def test_of_eight_who_take_an_attempt_at_once_one_gets_it(self, store: Stores) -> None:
        store.sessions.begin(digest("browser"), ATTEMPT)

        taken = race(range(8), lambda _: store.sessions.take_attempt(digest("browser")))

        assert sorted(attempt is None for attempt in taken) == [False] + [True] * 7

    def test_a_second_attempt_of_a_browser_replaces_the_first(self, store: Stores) -> None:
        second = replace(ATTEMPT, state="other")
        store.sessions.begin(digest("browser"), ATTEMPT)
        store.sessions.begin(digest("browser"), second)

        assert store.sessions.take_attempt(digest("browser")) == second

    def test_attempts_that_ran_out_are_forgotten_when_another_begins(self, store: Stores) -> None:
        store.sessions.begin(digest("left"), ATTEMPT)
        store.sessions.begin(digest("waiting"), replace(ATTEMPT, started_at=NOW + timedelta(minutes=5)))
        store.sessions.begin(digest("now"), replace(ATTEMPT, started_at=NOW + timedelta(minutes=11)))

        assert store.sessions.take_attempt(digest("left")) is None
        assert store.sessions.take_attempt(digest("waiting")) is not None

    @pytest.mark.parametrize("role", [None, Role.ADMIN])
    def test_a_session_is_found_by_digest_and_kind(self, store: Stores, role: Role | None) -> None:
        session = replace(SESSION, role=role)
        store.sessions.start(digest("cookie"), session, "browser")

        assert store.sessions.get(digest("cookie"), "browser") == session
        assert store.sessions.get(digest("cookie"), "pane") is None
        assert store.sessions.get(digest("other"), "browser") is None

    def test_an_ended_session_is_forgotten(self, store: Stores) -> None:
        store.sessions.start(digest("cookie"), SESSION, "browser")
        store.sessions.end(digest("cookie"))
        store.sessions.end(digest("cookie"))

        assert store.sessions.get(digest("cookie"), "browser") is None

    def test_an_expired_session_is_returned_until_it_is_swept(self, store: Stores) -> None:
        expired = replace(SESSION, expires_at=NOW - timedelta(hours=1))
        long_ago = replace(SESSION, expires_at=NOW - timedelta(days=2))
        store.sessions.start(digest("long ago"), long_ago, "browser")
        store.sessions.start(digest("expired"), expired, "browser")
        store.sessions.start(digest("new"), SESSION, "browser")

        assert store.sessions.get(digest("expired"), "browser") == expired
        assert store.sessions.get(digest("long ago"), "browser") is None

    def test_a_key_is_claimed_once_and_then_answers(self, store: Stores) -> None:
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW) is None
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW) == IdempotentAnswer(b"hash", None)

        store.idempotency.finish("annette", "key-1", ANSWER)

        assert store.idempotency.begin("annette", "key-1", b"other", NOW) == ANSWER

    def test_keys_are_each_actors_own(self, store: Stores) -> None:
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW) is None
        assert store.idempotency.begin("bart", "key-1", b"hash", NOW) is None

    def test_a_key_that_was_given_back_can_be_claimed_again(self, store: Stores) -> None:
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW) is None
        store.idempotency.abandon("annette", "key-1")

        assert store.idempotency.begin("annette", "key-1", b"other", NOW) is None

    def test_a_stored_answer_cannot_be_given_back(self, store: Stores) -> None:
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW) is None
        store.idempotency.finish("annette", "key-1", ANSWER)
        store.idempotency.abandon("annette", "key-1")

        assert store.idempotency.begin("annette", "key-1", b"hash", NOW) == ANSWER

    def test_answers_are_kept_for_24_hours(self, store: Stores) -> None:
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW) is None
        store.idempotency.finish("annette", "key-1", ANSWER)

        assert store.idempotency.begin("annette", "key-1", b"hash", NOW + timedelta(hours=23)) == ANSWER
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW + timedelta(hours=25)) is None

    def test_a_claim_of_a_process_that_died_can_be_taken_over_after_ten_minutes(self, store: Stores) -> None:
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW) is None

        assert store.idempotency.begin("annette", "key-1", b"hash", NOW + timedelta(minutes=9)) is not None
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW + timedelta(minutes=11)) is None
        assert store.idempotency.begin("annette", "key-1", b"hash", NOW + timedelta(minutes=11)) is not None

    def test_of_eight_who_claim_a_key_at_once_one_gets_it(self, store: Stores) -> None:
        answers = race(range(8), lambda _: store.idempotency.begin("annette", "key-1", b"hash", NOW))

        assert sorted(answer is None for answer in answers) == [False] * 7 + [True]
