"""Where somebody is, and whether any connection can mean that place."""

from __future__ import annotations

from coupler.api.services import services
from coupler.domain.access import Actor
from coupler.domain.errors import ConnectionDisabled, ConnectionUnknown
from coupler.engine.deep_links import Place, Resolution, fits


def resolve(place: Place, actor: Actor) -> Resolution:
    """The partners of a place. An uncoupled one must lie in a connection that is known and switched on.

    Raises ConnectionUnknown or ConnectionDisabled; costs nothing more where there is a partner.
    """
    found = services().deep_links.resolve(place, actor)
    if found.partners:
        return found
    fitting = [one for one in services().connections.all(actor) if fits(place, one)]
    if not fitting:
        raise ConnectionUnknown(f"Coupler has no connection {_where(place)} that you may use.".replace("  ", " "))
    if not any(connection.enabled for connection in fitting):
        raise ConnectionDisabled(f"The connection {fitting[0].name} is switched off.", connection=fitting[0].name)
    return found


def _where(place: Place) -> str:
    hints = (
        ("named", place.connection),
        ("for the company", place.company),
        ("for the tenant", place.tenant),
        ("for the organization", place.org),
    )
    return " ".join(f'{word} "{value[:60]}"' for word, value in hints if value is not None)
