"""What a builder is given: checked options and the surfaces."""

from __future__ import annotations

from dataclasses import dataclass

from coupler.manifests.backend import four_parts
from coupler.manifests.surfaces import Surfaces


@dataclass(frozen=True, slots=True)
class Order:
    """The options of one build after checking."""

    surfaces: Surfaces
    backend: str
    version: str
    allow_http: bool
    managed: bool
    pane_button: bool
    first_id: int
    crm_addresses: tuple[str, ...]
    nav_addresses: tuple[str, ...]
    company: str

    @property
    def numbers(self) -> str:
        """The version as products count: four numbers."""
        return four_parts(self.version)

    @property
    def scheme(self) -> str:
        """How an address of Coupler must begin in this build."""
        return "http" if self.allow_http else "https://"
