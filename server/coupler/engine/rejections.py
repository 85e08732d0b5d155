"""*None of these*: suggestions that somebody rejected are remembered and not made again (domain N-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from coupler.domain.access import Actor, Role, require_role
from coupler.domain.errors import InvalidInput
from coupler.domain.matching import Rejection
from coupler.domain.values import guid, nav_key
from coupler.engine.pairs import Pairs
from coupler.engine.ports import Clock

MOST_AT_ONCE = 50


class RejectionStore(Protocol):
    """Rejected pairs, each once; they go with their connection."""

    def add(self, rejections: Sequence[Rejection]) -> None:
        """Keep them in one transaction; a pair that is kept already stays as it is. Raises ConnectionUnknown."""
        ...

    def of_nav(self, connection: str, mapping: str, nav_key: str) -> Sequence[Rejection]:
        """Those of a NAV record, by CRM id."""
        ...

    def of_crm(self, connection: str, mapping: str, crm_id: str) -> Sequence[Rejection]:
        """Those of a CRM record, by NAV key."""
        ...

    def forget(self, connection: str, mapping: str, nav_key: str | None, crm_id: str | None) -> int:
        """Drop those of a NAV record, of a CRM record or of the pair, and say how many; neither drops nothing."""
        ...


class Rejections:
    """Rejecting suggestions and taking that back. Looks at neither system: the pair need not exist any more."""

    def __init__(self, rejections: RejectionStore, pairs: Pairs, clock: Clock) -> None:
        self._rejections = rejections
        self._pairs = pairs
        self._clock = clock

    def reject(
        self, connection: str, mapping: str, pairs: Sequence[tuple[str, str]], actor: Actor
    ) -> Sequence[Rejection]:
        """Remember for pairs of NAV key and CRM id that they are none. Saying it again changes nothing."""
        require_role(actor, Role.OPERATOR)
        scope = self._pairs.scope(connection, mapping, actor)
        if not 1 <= len(pairs) <= MOST_AT_ONCE:
            raise InvalidInput(f"Name 1 to {MOST_AT_ONCE} pairs.", errors={"pairs": ["Too few or too many."]})
        at = self._clock.now()
        made = [
            Rejection(scope.connection.name, scope.mapping.name, stored_key(key), guid(crm_id), at, actor.name)
            for key, crm_id in dict.fromkeys(pairs)
        ]
        self._rejections.add(made)
        return made

    def forget(self, connection: str, mapping: str, key: str | None, crm_id: str | None, actor: Actor) -> int:
        """Suggest again what was rejected for a NAV key, a CRM id or that pair; how many that were."""
        require_role(actor, Role.OPERATOR)
        scope = self._pairs.scope(connection, mapping, actor)
        if key is None and crm_id is None:
            raise InvalidInput("Name a salesperson (nav_key), a CRM user (crm_id) or both.")
        return self._rejections.forget(
            scope.connection.name,
            scope.mapping.name,
            stored_key(key) if key is not None else None,
            guid(crm_id) if crm_id is not None else None,
        )


def stored_key(key: str) -> str:
    """A NAV key as rejections keep it: NAV's Code ignores case, and nobody reads the record to learn its spelling."""
    return nav_key(key).upper()
