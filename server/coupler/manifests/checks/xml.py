"""Reading XML of an artefact safely, and the rule of order: which children, how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, ParseError, fromstring

from coupler.manifests.checks.findings import Fault

MANY = 1_000_000
# Name, least and most often.
Child = tuple[str, int, int]


def parse(content: bytes) -> Element | Fault:
    """The root element, or why there is none. A document type is refused: it could bring entities."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return "xml", "has a document type, which nothing here needs"
    try:
        return fromstring(content)  # noqa: S314 - no document type, so no entities
    except ParseError as error:
        return "xml", f"is not well-formed: {error}"


def order_faults(element: Element, model: Sequence[Child]) -> Iterator[Fault]:
    """The children are those of the model, as often as it says and in its order."""
    known = [name for name, _, _ in model]
    positions = []
    for child in element:
        if child.tag not in known:
            yield "order", f"{element.tag} may not hold {child.tag}"
        else:
            positions.append(known.index(child.tag))
    if positions != sorted(positions):
        told = ", ".join(known[position] for position in positions)
        yield "order", f"the children of {element.tag} are in the wrong order: {told}"
    for name, least, most in model:
        count = len(element.findall(name))
        if not least <= count <= most:
            yield (
                "children",
                f"{element.tag} holds {count} of {name}, expected {least}{'' if most == least else ' or more'}",
            )


def text_of(element: Element, path: str) -> str:
    """The text of a child, empty when there is none."""
    return (element.findtext(path) or "").strip()
