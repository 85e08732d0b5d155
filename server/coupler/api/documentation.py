"""The API's description for people: our own page of the OpenAPI document, without script or outside request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, json, render_template
from markupsafe import Markup

from coupler.api.operations import ProblemApi

_METHODS = ("get", "post", "patch", "delete")


def build(api: ProblemApi) -> Blueprint:
    """The page for that API, made from the same document programs read."""
    blueprint = Blueprint("documentation", __name__)

    @blueprint.get("/api/docs")
    def show() -> str:
        document = api.spec.to_dict()
        return render_template(
            "coupler/docs.html", document=document, sections=_sections(document), shown=_shown, marked=_marked
        )

    return blueprint


def _sections(document: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    operations = list(_operations(document))
    return [(tag, [one for one in operations if tag["name"] in one["tags"]]) for tag in document["tags"]]


def _operations(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield {**_resolved(item[method], document), "path": path, "method": method.upper()}


def _resolved(value: Any, document: Mapping[str, Any], depth: int = 0) -> Any:
    """References replaced by what they name, as deep as a reader wants to go."""
    if isinstance(value, list):
        return [_resolved(part, document, depth) for part in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value and depth < 6:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _resolved(found, document, depth + 1)
    return {name: _resolved(part, document, depth) for name, part in value.items()}


def _marked(text: str) -> Markup:
    """Words in backticks as code; everything else stays text."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(text.split("`"))
    )


def _shown(value: Any) -> str:
    return json.dumps(value, indent=2)
