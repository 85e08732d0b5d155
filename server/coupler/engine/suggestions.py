"""Who the record in front of somebody may be coupled to, with reasons (ux 1.4 b, domain N-02)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from coupler.domain.access import Actor, Role, require_role
from coupler.domain.coupling import Coupling
from coupler.domain.errors import InvalidInput
from coupler.domain.matching import Candidate, Match, Person, addresses, judge, name_key, ranked
from coupler.domain.values import guid, nav_key
from coupler.engine.pairs import Pairs
from coupler.engine.ports import CouplingStore
from coupler.engine.rejections import RejectionStore, stored_key
from coupler.engine.roster import Roster, alike, tally
from coupler.engine.roster_cache import RosterCache, exclusion, salesperson_of, user_of

MOST = 20
# Of a key that hundreds share a handful is shown; how many share it is counted all the same.
_MOST_WITH_ONE_KEY = 50


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A person the record may be coupled to; `coupling` is the one that takes that person already, if any."""

    person: Person
    match: Match
    coupling: Coupling | None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The best suggestions first, and what was left out.

    `counts`: of the candidates' side `total`, `excluded`, `no_email` and a line per reason of exclusion;
    `excluded_matches`, those who have the record's e-mail or name but may not be coupled; `rejected`, the pairs
    rejected for this record; `partial`, 1 when a table is too long to be read whole, so that nothing is exact.
    `as_of` is when the older of the two lists was read. `not_eligible` says why the record itself is out.
    """

    found: tuple[Suggestion, ...]
    counts: Mapping[str, int]
    as_of: datetime
    not_eligible: tuple[str, ...] = ()


class Matching:
    """Suggests; never couples. The record itself is read live, everybody else comes from the rosters."""

    def __init__(
        self, couplings: CouplingStore, rejections: RejectionStore, pairs: Pairs, rosters: RosterCache
    ) -> None:
        self._couplings = couplings
        self._rejections = rejections
        self._pairs = pairs
        self._rosters = rosters

    def users_for(self, connection: str, mapping: str, key: str, limit: int, actor: Actor) -> Suggestions:
        """Users for a salesperson."""
        _require(actor, limit)
        scope = self._pairs.scope(connection, mapping, actor)
        subject = salesperson_of(scope.mapping, self._pairs.read_nav(scope, nav_key(key)))
        salespeople, users = self._rosters.of(scope)
        where = (scope.connection.name, scope.mapping.name)
        rejected = {each.crm_id for each in self._rejections.of_nav(*where, stored_key(subject.key))}
        nav_crowd, crm_crowd = salespeople.crowd(), users.crowd()
        question = _Question(
            subject,
            users,
            lambda user: judge(subject, user, nav_crowd, crm_crowd, alike),
            lambda keys: self._couplings.by_crm_ids(*where, keys),
            lambda user: user.key in rejected,
            len(rejected),
        )
        return _answer(question, limit, salespeople)

    def salespeople_for(self, connection: str, mapping: str, crm_id: str, limit: int, actor: Actor) -> Suggestions:
        """Salespeople for a user; none for one who may not be coupled."""
        _require(actor, limit)
        scope = self._pairs.scope(connection, mapping, actor)
        record = self._pairs.read_crm(scope, guid(crm_id))
        subject = user_of(scope.mapping, record)
        salespeople, users = self._rosters.of(scope)
        where = (scope.connection.name, scope.mapping.name)
        rejected = {each.nav_key for each in self._rejections.of_crm(*where, subject.key)}
        nav_crowd, crm_crowd = salespeople.crowd(), users.crowd()
        question = _Question(
            subject,
            salespeople,
            lambda salesperson: judge(salesperson, subject, nav_crowd, crm_crowd, alike),
            lambda keys: self._couplings.by_nav_keys(*where, keys),
            lambda salesperson: stored_key(salesperson.key) in rejected,
            len(rejected),
            exclusion(scope, record),
        )
        return _answer(question, limit, users)


@dataclass(frozen=True, slots=True)
class _Question:
    """One record, the roster of the other side, and what has to be asked about people in it."""

    subject: Person
    roster: Roster
    judge: Callable[[Person], Match | None]
    couplings: Callable[[Sequence[str]], Mapping[str, Coupling]]
    is_rejected: Callable[[Person], bool]
    rejected: int
    not_eligible: tuple[str, ...] = ()


def _answer(question: _Question, limit: int, own_side: Roster) -> Suggestions:
    """By key first; names are compared for likeness only where no free exact match answers the question."""
    roster = question.roster
    with_key = _with_key(question.subject, roster)
    eligible = {position: person for position, person in with_key.items() if roster.may_be_coupled(position)}
    counts = {
        **tally(roster),
        "excluded_matches": len(with_key) - len(eligible),
        "rejected": question.rejected,
        "partial": int(not (roster.complete and own_side.complete)),
    }
    found = [] if question.not_eligible else _judged(question, eligible.values())
    if not question.not_eligible and not any(each.match.exact and each.coupling is None for each in found):
        alike_ones = roster.similarly_named(question.subject.name, MOST + question.rejected)
        others = [roster.person(position) for position in alike_ones if position not in with_key]
        found += _judged(question, others)
    by_key = {each.person.key: each for each in found}
    order = ranked(Candidate(each.person, each.match, each.coupling is not None) for each in found)
    best = tuple(by_key[candidate.person.key] for candidate in order[:limit])
    return Suggestions(best, counts, min(roster.as_of, own_side.as_of), question.not_eligible)


def _with_key(subject: Person, roster: Roster) -> dict[int, Person]:
    """Those with the subject's e-mail, sign-in name or full name, each once."""
    found: dict[int, Person] = {}
    for address in addresses(subject):
        found.update(islice(roster.at_address(address), _MOST_WITH_ONE_KEY))
    name = name_key(subject.name)
    if name:
        found.update(islice(roster.named(name), _MOST_WITH_ONE_KEY))
    return found


def _judged(question: _Question, people: Iterable[Person]) -> list[Suggestion]:
    matches = [
        (person, match)
        for person in people
        if not question.is_rejected(person) and (match := question.judge(person)) is not None
    ]
    taken = question.couplings([person.key for person, _ in matches]) if matches else {}
    return [Suggestion(person, match, taken.get(person.key)) for person, match in matches]


def _require(actor: Actor, limit: int) -> None:
    require_role(actor, Role.READER)
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"1 to {MOST} suggestions can be asked for.", errors={"limit": ["Out of range."]})
