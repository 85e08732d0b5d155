"""Structural rules for AL source (surfaces 4.5): headers, ids, triggers, properties, blocks. It is no compiler."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from coupler.manifests.checks.findings import Fault
from coupler.manifests.checks.tokens import Token, block_faults, bracket_faults, end_faults, tokens

LONGEST_NAME, LONGEST_PERMISSION_SET = 30, 20
EXTENDING = ("pageextension",)
OBJECTS = ("table", "page", "codeunit", "permissionset", *EXTENDING)
TRIGGERS = frozenset(
    (
        "onvalidate",
        "onaction",
        "onopenpage",
        "onaftergetcurrrecord",
        "controladdinready",
        "callback",
        "refresh",
        "onrun",
    )
)
# What of AL came with which runtime (surfaces 4.3).
NEEDS: Mapping[str, tuple[int, ...]] = {"permissionset": (7, 0)}
_PROPERTIES = frozenset((
    "applicationarea", "assignable", "caption", "captionml", "clustered", "dataclassification", "datapercompany",
    "deleteallowed", "editable", "image", "includedpermissionsets", "initvalue", "insertallowed", "pagetype",
    "permissions", "sourcetable", "subpagelink", "tooltipml", "usagecategory", "visible",
))  # fmt: skip
# What may follow the properties of an object or a control.
_SECTIONS = ("trigger", "procedure", "local", "var", "begin", "layout", "actions", "fields", "keys")
_TRANSLATED = ("CaptionML", "ToolTipML", "TextConst")


@dataclass(frozen=True, slots=True)
class AlObject:
    """The header of one object."""

    kind: str
    id: int
    name: str
    extends: str


def al_faults(code: str, ids: range, runtime: Sequence[int], languages: Sequence[str]) -> Iterator[Fault]:
    """Every broken rule of one file; `languages` are NAV's codes."""
    given = tokens(code)
    yield from bracket_faults(given)
    yield from block_faults(given)
    yield from end_faults(given)
    if "\t" in code or "\r" in code:
        yield "blanks", "holds tabs or carriage returns"
    yield from _object_faults(code, given, ids, runtime)
    yield from _trigger_faults(given)
    yield from _property_faults(given)
    yield from _caption_faults(code, languages)
    yield from _address_faults(code, given)


def objects_in(code: str) -> list[AlObject]:
    """The objects of a file, by their headers at the beginning of a line."""
    pattern = rf'^({"|".join(OBJECTS)}) ([0-9]+) "([^"\n]+)"(?: extends "([^"\n]+)")?\n\{{'
    return [
        AlObject(kind, int(number), name, extends)
        for kind, number, name, extends in re.findall(pattern, code, re.MULTILINE)
    ]


def _object_faults(code: str, given: Sequence[Token], ids: range, runtime: Sequence[int]) -> Iterator[Fault]:
    objects = objects_in(code)
    depth = outer = 0
    for token in given:
        outer += depth == 0 and token.text == "{"
        depth += (token.text == "{") - (token.text == "}")
    if not objects or outer != len(objects):
        yield "header", f'{outer} bodies but {len(objects)} headers of the form: page 50100 "Name"'
    for one in objects:
        longest = LONGEST_PERMISSION_SET if one.kind == "permissionset" else LONGEST_NAME
        if one.id not in ids:
            yield "ids", f"{one.kind} {one.id} is outside of {ids.start} to {ids.stop - 1}"
        if len(one.name) > longest:
            yield "names", f"the name {one.name} is longer than {longest}"
        if (one.kind in EXTENDING) != bool(one.extends):
            yield "header", f"{one.kind} {one.id} extends {one.extends or 'nothing'}"
        if tuple(runtime) < NEEDS.get(one.kind, ()):
            yield "runtime", f"{one.kind} is unknown to runtime {'.'.join(map(str, runtime))}"


def _trigger_faults(given: Sequence[Token]) -> Iterator[Fault]:
    for token, after in pairwise(given):
        if token.word == "trigger" and after.word not in TRIGGERS:
            yield "triggers", f"line {after.line}: {after.text} is no trigger used here"


def _property_faults(given: Sequence[Token]) -> Iterator[Fault]:
    """`Name = value;` outside of code: the name is known, and the value ends before anything else begins."""
    depth = 0
    for before, token, after in zip(given, given[1:], given[2:], strict=False):
        depth += (token.word in ("begin", "case")) - (token.word == "end")
        if depth == 0 and token.text == ":=":
            yield "properties", f"line {token.line}: an assignment outside of code"
        if depth or after.text != "=" or before.text not in ("{", "}", ";"):
            continue
        if token.word not in _PROPERTIES:
            yield "properties", f"line {token.line}: {token.text} is no property used here"
        if not _ends(given[given.index(after) :]):
            yield "properties", f"line {token.line}: {token.text} does not end with a semicolon"


def _ends(value: Sequence[Token]) -> bool:
    """Whether a semicolon comes before a brace, a section or the next property."""
    for before, token, after in zip(value, value[1:], value[2:], strict=False):
        if token.text == ";":
            return True
        is_next_line = token.line > before.line and before.text not in (",", "=")
        if token.text in ("{", "}") or token.word in _SECTIONS or (is_next_line and after.text == "="):
            return False
    return False


def _caption_faults(code: str, languages: Sequence[str]) -> Iterator[Fault]:
    for name in _TRANSLATED:
        for text in re.findall(rf"\b{name}(?: =)? ([A-Z]{{3}} = '[^\n]*);$", code, re.MULTILINE):
            for language in languages:
                if not re.search(rf"\b{language} = '(?!')", text):
                    yield "labels", f"{name} {text[:40]} has no text in {language}"


def _address_faults(code: str, given: Sequence[Token]) -> Iterator[Fault]:
    """Addresses are built in one place: nobody else calls Hyperlink, and nothing but the setup holds one."""
    in_links = "codeunit" in {one.kind for one in objects_in(code)}
    if not in_links and any(token.word == "hyperlink" for token in given):
        yield "address", "calls Hyperlink itself instead of the codeunit"
    in_table = "table" in {one.kind for one in objects_in(code)}
    held = [token.text for token in given if token.kind == "text" and re.match(r"'https?://[^']", token.text)]
    if held and not in_table:
        yield "address", f"holds the address {held[0]}"
