"""Structural rules for C/AL text objects (surfaces 4.5): sections, numbers, blocks, ASCII and CRLF. No compiler."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coupler.manifests.checks.findings import Fault, Finding, Parts, found, text_faults
from coupler.manifests.checks.tokens import Token, block_faults, tokens
from coupler.manifests.surfaces import Surfaces

OBJECTS, RECIPE = "Coupler.txt", "actions.md"
SECTIONS = {
    "Table": ("OBJECT-PROPERTIES", "PROPERTIES", "FIELDS", "KEYS", "FIELDGROUPS", "CODE"),
    "Page": ("OBJECT-PROPERTIES", "PROPERTIES", "CONTROLS", "CODE"),
    "Codeunit": ("OBJECT-PROPERTIES", "PROPERTIES", "CODE"),
}
LONGEST_NAME = 30
_HEADER = re.compile(r"^OBJECT (\w+) ([0-9]+) ([^\n]+)$", re.MULTILINE)
_TRIGGERS = {"OnOpenPage", "OnDrillDown", "OnValidate", "OnRun"}


@dataclass(frozen=True, slots=True)
class CalObject:
    """One object: type, number, name and its text."""

    type: str
    id: int
    name: str
    text: str


def findings(artefact: str, parts: Parts, surfaces: Surfaces) -> Iterator[Finding]:
    """Every broken rule."""
    content = parts[OBJECTS]
    yield from found(artefact, OBJECTS, _file_faults(content))
    code = content.decode("ascii", "replace").replace("\r\n", "\n")
    objects = objects_in(code)
    yield from found(artefact, OBJECTS, _set_faults(objects))
    for one in objects:
        yield from found(artefact, f"{one.type} {one.id}", object_faults(one, [x.nav for x in surfaces.languages]))
    if RECIPE not in parts:
        yield Finding(artefact, RECIPE, "parts", "is missing")
    else:
        yield from found(artefact, RECIPE, text_faults(parts[RECIPE]))
        yield from found(artefact, RECIPE, _recipe_faults(parts[RECIPE].decode("utf-8", "replace"), surfaces))


def _file_faults(content: bytes) -> Iterator[Fault]:
    if not content.isascii():
        yield "ascii", "holds bytes beyond ASCII, whose meaning depends on a code page"
    if content.count(b"\n") != content.count(b"\r\n") or b"\r" in content.replace(b"\r\n", b""):
        yield "line-ends", "has line ends other than CRLF"
    if b"\t" in content:
        yield "blanks", "holds tabs"


def objects_in(code: str) -> list[CalObject]:
    """The objects of a text file."""
    headers = list(_HEADER.finditer(code))
    ends = [one.start() for one in headers[1:]] + [len(code)]
    return [
        CalObject(one[1], int(one[2]), one[3], code[one.start() : end]) for one, end in zip(headers, ends, strict=True)
    ]


def _set_faults(objects: Sequence[CalObject]) -> Iterator[Fault]:
    if not objects:
        yield "header", "holds no object"
    keys = [(one.type, one.id) for one in objects]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield "unique", f"there are two {key[0]} {key[1]}"
    ours = set(keys)
    for one in objects:
        for kind, number in re.findall(r"@[0-9]+ : (Codeunit|Record) ([0-9]+);", one.text):
            if ("Table" if kind == "Record" else kind, int(number)) not in ours:
                yield "references", f"{one.type} {one.id} names {kind} {number}, which is not in the file"


def object_faults(one: CalObject, languages: Sequence[str]) -> Iterator[Fault]:
    """Every broken rule of one object."""
    if one.type not in SECTIONS:
        yield "header", f"{one.type} is no object used here"
        return
    if not 50_000 <= one.id <= 99_999:
        yield "ids", f"{one.id} is not within 50000 to 99999"
    if len(one.name) > LONGEST_NAME:
        yield "names", f"the name {one.name} is longer than {LONGEST_NAME}"
    sections = tuple(re.findall(r"^  ([A-Z][A-Z-]+)$", one.text, re.MULTILINE))
    if sections != SECTIONS[one.type]:
        yield "sections", f"has {', '.join(sections)} instead of {', '.join(SECTIONS[one.type])}"
    yield from _brace_faults(one.text)
    given = tokens(_code_of(one.text))
    yield from block_faults(given)
    yield from _id_faults(one.text)
    yield from _trigger_faults(one.text, given)
    yield from _caption_faults(one.text, languages)


def _code_of(text: str) -> str:
    """The object with the braces of its comments and of its structure gone, so that only code is left to pair."""
    return re.sub(r"[{}]", " ", re.sub(r"(?<=BEGIN\n)    \{.*?\n    \}", "", text, flags=re.DOTALL))


def _brace_faults(text: str) -> Iterator[Fault]:
    depth = 0
    plain = re.sub(r"'(?:[^'\n]|'')*'", "''", re.sub(r"CaptionML=\[.*?\]", "", text, flags=re.DOTALL))
    for line, content in enumerate(plain.split("\n"), start=1):
        if content.count("'") % 2:
            yield "tokens", f"line {line}: a text does not end"
        for letter in content:
            depth += (letter == "{") - (letter == "}")
            if depth < 0:
                yield "balance", f"line {line}: a brace closes nothing"
                return
    if depth:
        yield "balance", f"{depth} braces are never closed"


def _id_faults(text: str) -> Iterator[Fault]:
    controls = re.findall(r"^    \{ ([0-9]+) ", text, re.MULTILINE)
    if len(set(controls)) != len(controls):
        yield "unique", "two fields or controls share a number"
    procedures = re.findall(r"PROCEDURE \w+@([0-9]+)\(", text)
    if len(set(procedures)) != len(procedures):
        yield "unique", "two procedures share a number"
    for heading in re.findall(r"PROCEDURE (\w+)(?!\w|@)", text):
        yield "ids", f"the procedure {heading} has no number"


def _trigger_faults(text: str, given: Sequence[Token]) -> Iterator[Fault]:
    for name in re.findall(r"\b(On[A-Za-z]+)=", text):
        if name not in _TRIGGERS:
            yield "triggers", f"{name} is no trigger used here"
    if "HYPERLINK(" in text and not any(token.word == "procedure" for token in given):
        yield "address", "calls HYPERLINK itself instead of the codeunit"


def _caption_faults(text: str, languages: Sequence[str]) -> Iterator[Fault]:
    captions = re.findall(r"CaptionML=\[(.*?)\]", text, re.DOTALL) + re.findall(
        r"TextConst ('.*');$", text, re.MULTILINE
    )
    for caption in captions:
        for language in languages:
            if not re.search(rf"(?<![A-Z]){language}=[^;\s]", caption):
                yield "labels", f"{caption[:40].strip()} has no text in {language}"


def _recipe_faults(text: str, surfaces: Surfaces) -> Iterator[Fault]:
    for one in surfaces.mappings:
        for needed in (str(one.nav.card_page), str(one.nav.list_page), *(f"Coupler{b.name}" for b in one.nav_buttons)):
            if needed not in text:
                yield "recipe", f"does not name {needed}"
