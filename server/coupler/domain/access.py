"""Who asks, and what they may do: three roles, granted for all connections or some (contract 2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from coupler.domain.errors import ConnectionUnknown, Forbidden


class Role(IntEnum):
    """Each role includes the ones before it."""

    READER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def claim(self) -> str:
        """The value of the roles claim, for instance `Coupler.Reader`."""
        return f"Coupler.{self.name.capitalize()}"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or program that was let in. `connections` None means all of them."""

    id: str
    name: str
    role: Role | None
    connections: frozenset[str] | None = None

    def sees(self, connection: str) -> bool:
        """Whether the connection is within the grant."""
        return self.connections is None or connection in self.connections


def require_role(actor: Actor, role: Role) -> None:
    """Raise Forbidden naming the role that is needed."""
    if actor.role is None or actor.role < role:
        raise Forbidden(f"This needs the role {role.claim}; {actor.name} does not have it.", role=role.claim)


def require_connection(actor: Actor, connection: str) -> None:
    """Raise the same ConnectionUnknown as for a name that does not exist, so that nothing is given away."""
    if not actor.sees(connection):
        raise unknown_connection(connection)


def unknown_connection(name: str) -> ConnectionUnknown:
    """The error for a connection that does not exist or may not be seen."""
    return ConnectionUnknown(f'There is no connection "{name[:60]}".')
