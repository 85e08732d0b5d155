"""Building: one artefact per file an administrator installs, each checked before it is handed out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from coupler.domain.errors import InvalidInput
from coupler.manifests.archive import packed
from coupler.manifests.backend import backend_address
from coupler.manifests.bc import build as build_bc
from coupler.manifests.checks import check
from coupler.manifests.crm import build as build_crm
from coupler.manifests.extension import build as build_extension
from coupler.manifests.nav import build as build_nav
from coupler.manifests.order import Order
from coupler.manifests.surfaces import Surfaces, load_surfaces


@dataclass(frozen=True, slots=True)
class Options:
    """What an administrator decides. `version` is the package's; `first_id` None takes surfaces.toml's.

    `crm_addresses`, `nav_addresses` and `company` are defaults of the browser extension only.
    """

    backend: str
    version: str
    allow_http: bool = False
    managed: bool = True
    pane_button: bool = False
    first_id: int | None = None
    crm_addresses: tuple[str, ...] = ()
    nav_addresses: tuple[str, ...] = ()
    company: str = ""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file to install: its name, what it is for, and its bytes."""

    kind: str
    name: str
    covers: str
    content: bytes


Builder = Callable[[Order], Sequence[tuple[str, str, Mapping[str, bytes]]]]
_BUILDERS: Mapping[str, Builder] = {"crm": build_crm, "bc": build_bc, "nav": build_nav, "extension": build_extension}
KINDS: tuple[str, ...] = tuple(_BUILDERS)


def build(kind: str, options: Options, surfaces: Surfaces | None = None) -> tuple[Artefact, ...]:
    """The artefacts of one kind. The same options give the same bytes.

    Raises InvalidInput for an address that is not https (unless allowed), numbers outside the range customers may
    use, and when our own rules find something in the result: nothing that fails them is handed out.
    """
    order = _order(options, surfaces or load_surfaces())
    built = tuple(Artefact(kind, name, covers, packed(parts)) for name, covers, parts in _BUILDERS[kind](order))
    findings = [finding for one in built for finding in check(one.name, one.content, surfaces=order.surfaces)]
    if findings:
        told = [f"{one.artefact}, {one.part}: {one.detail}" for one in findings]
        raise InvalidInput(f"What was built breaks {len(told)} rules. {' '.join(told[:5])}", errors={"rules": told})
    return built


def _order(options: Options, surfaces: Surfaces) -> Order:
    first = surfaces.nav["first_id"] if options.first_id is None else options.first_id
    last = first + surfaces.nav["ids"] - 1
    if not 50_000 <= first <= last <= 99_999:
        problem = f"must be from 50000 to {100_000 - surfaces.nav['ids']}: the numbers customers may use."
        raise InvalidInput(f"The first object number {first} {problem}", errors={"first_id": [problem]})
    return Order(
        surfaces=surfaces,
        backend=backend_address(options.backend, allow_http=options.allow_http),
        version=options.version,
        allow_http=options.allow_http,
        managed=options.managed,
        pane_button=options.pane_button,
        first_id=first,
        crm_addresses=tuple(_addresses(options.crm_addresses)),
        nav_addresses=tuple(_addresses(options.nav_addresses)),
        company=options.company.strip(),
    )


def _addresses(given: Sequence[str]) -> list[str]:
    # What an administrator's own products answer under; http is theirs to decide.
    return [backend_address(address, allow_http=True) for address in given]
