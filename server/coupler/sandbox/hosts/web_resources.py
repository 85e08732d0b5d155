"""Web resources of CRM: what a solution brings, served from CRM's own origin (surfaces 1.2).

Where no solution was imported, a stand-in frames the pane as one would.
"""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, render_template
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from coupler.sandbox.world import World

# What the form shows: the pane's page of a solution with this prefix.
PANE = "coupler_/pane.htm"
_TYPES = {
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".js": "text/javascript",
    ".xml": "text/xml",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


def register_web_resources(pages: Blueprint, world: "World") -> None:
    """Serve them; CRM appends `typename, type, id, ...` to what stands on a form."""

    @pages.get("/WebResources/<path:name>")
    def web_resource(name: str) -> Response:
        content = world.web_resources.get(name)
        if content is not None:
            return Response(content, content_type=_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream"))
        if name != PANE or not world.urls.coupler:
            raise NotFound
        page = render_template("hosts/crm_pane.html", coupler=world.urls.coupler, organization=world.urls.crm)
        return make_response(page)
