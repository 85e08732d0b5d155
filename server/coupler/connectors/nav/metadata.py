"""Entity sets and text lengths out of $metadata (CSDL). Pure; refuses document types, so no entity can be expanded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from coupler.connectors.odata import BrokenOff
from coupler.domain.errors import UnexpectedAnswer

_INCOMPLETE = {"no element found", "unclosed token", "unclosed CDATA section", "partial character"}


@dataclass(slots=True)
class _Reader:
    """What was seen of the document so far."""

    namespace: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    entity: str = ""
    types: dict[str, dict[str, int | None]] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    is_csdl: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        match name.rpartition(" ")[2]:
            case "Schema":
                self.is_csdl = True
                self.namespace = attributes.get("Namespace", "")
                if alias := attributes.get("Alias"):
                    self.aliases[alias] = self.namespace
            case "EntityType":
                self.entity = f"{self.namespace}.{attributes.get('Name', '')}"
                self.types[self.entity] = {}
            case "Property" if self.entity:
                self.types[self.entity][attributes.get("Name", "")] = _length(attributes)
            case "EntitySet":
                self.sets[attributes.get("Name", "")] = attributes.get("EntityType", "")

    def end(self, name: str) -> None:
        """An element ends."""
        if name.rpartition(" ")[2] == "EntityType":
            self.entity = ""

    def type_of(self, set_name: str) -> Mapping[str, int | None] | None:
        """The properties behind an entity set, whether its type is named in full or by the schema's alias."""
        named = self.sets.get(set_name)
        if named is None:
            return None
        prefix, _, local = named.rpartition(".")
        return self.types.get(f"{self.aliases.get(prefix, prefix)}.{local}")


def _length(attributes: Mapping[str, str]) -> int | None:
    text = attributes.get("MaxLength", "")
    return int(text) if text.isdecimal() and attributes.get("Type") == "Edm.String" else None


@dataclass(frozen=True, slots=True)
class Metadata:
    """Which entity sets there are, and the properties of one with their MaxLength; None where none is told."""

    sets: tuple[str, ...]
    properties: Mapping[str, int | None] | None


def read_metadata(body: bytes, set_name: str) -> Metadata:
    """Read a CSDL document. BrokenOff when it ends too early, UnexpectedAnswer when it is something else."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        if expat.ErrorString(error.code) in _INCOMPLETE and body.lstrip()[:1] == b"<" and reader.is_csdl:
            raise BrokenOff("the $metadata document breaks off") from error
        raise UnexpectedAnswer("The $metadata document is not XML.") from error
    if not reader.is_csdl:
        raise UnexpectedAnswer("The $metadata document describes no service.")
    return Metadata(tuple(sorted(reader.sets)), reader.type_of(set_name))


def _refuse_doctype(*_declaration: object) -> None:
    raise UnexpectedAnswer("The $metadata document declares a document type, which a service never does.")
