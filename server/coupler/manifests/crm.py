"""The CRM solution: ribbon buttons and web resources at the level of CRM 2015, for every later one (surfaces 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coupler.manifests.icon import png
from coupler.manifests.order import Order
from coupler.manifests.templates import render, source

# Web resource types of CRM (surfaces 1.2).
HTML, CSS, SCRIPT, PNG = 1, 2, 3, 5


@dataclass(frozen=True, slots=True)
class WebResource:
    """One file that CRM serves under its own address."""

    name: str
    type: int
    title: str
    id: str
    content: bytes

    @property
    def part(self) -> str:
        """Its name in the zip: the resource's without slashes and dots, then its id."""
        return f"WebResources/{self.name.replace('/', '').replace('.', '')}{self.id}"


def build(order: Order) -> list[tuple[str, str, Mapping[str, bytes]]]:
    """One solution, managed or not."""
    kind = "managed" if order.managed else "unmanaged"
    name = f"Coupler_{order.numbers.replace('.', '_')}_{kind}.zip"
    return [(name, "Dynamics CRM 2015 to 9.x, Dataverse", _parts(order))]


def _parts(order: Order) -> dict[str, bytes]:
    resources = web_resources(order)
    values = {
        "surfaces": order.surfaces,
        "crm": order.surfaces.crm,
        "order": order,
        "resources": resources,
    }
    documents = {
        "[Content_Types].xml": render("crm/content_types.xml.j2", **values),
        "solution.xml": render("crm/solution.xml.j2", **values),
        "customizations.xml": render("crm/customizations.xml.j2", **values),
    }
    return {name: text.encode() for name, text in documents.items()} | {one.part: one.content for one in resources}


def web_resources(order: Order) -> tuple[WebResource, ...]:
    """The script behind the buttons, the icons and the page that frames the pane."""
    settings = {
        "backend": order.backend,
        "allowHttp": order.allow_http,
        "version": order.version,
        "pane": f"{order.surfaces.crm['prefix']}_/pane.htm",
        "title": order.surfaces.label("coupling"),
    }
    files = (
        ("link.js", SCRIPT, "Buttons", render("crm/webresources/link.js.j2", settings=settings).encode()),
        ("pane.htm", HTML, "Pane", render("crm/webresources/pane.htm.j2", version=order.version).encode()),
        ("pane.js", SCRIPT, "Pane", render("crm/webresources/pane.js.j2", settings=settings).encode()),
        ("pane.css", CSS, "Pane", source("crm/webresources/pane.css")),
        ("icon16.png", PNG, "Icon", png(16)),
        ("icon32.png", PNG, "Icon", png(32)),
    )
    return tuple(_resource(order, *file) for file in files)


def _resource(order: Order, file: str, kind: int, title: str, content: bytes) -> WebResource:
    name = f"{order.surfaces.crm['prefix']}_/{file}"
    identifier = str(order.surfaces.id_of(f"crm/{name}")).upper()
    return WebResource(name, kind, f"{order.surfaces.product['name']} {title} {file}", identifier, content)
