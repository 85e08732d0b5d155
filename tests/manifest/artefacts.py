"""Artefacts for the tests, whole and spoiled."""

from __future__ import annotations

from functools import cache
from typing import Any

from coupler.manifests import Artefact, Options, build, check
from coupler.manifests.archive import packed, unpacked

BACKEND = "https://coupler.example.com"


def options(**changes: Any) -> Options:
    """What an administrator decides, with everything switched on that adds something."""
    return Options(**{"backend": BACKEND, "version": "1.2.3", "pane_button": True, **changes})


@cache
def built(kind: str, name: str = "", **changes: Any) -> Artefact:
    """The artefact of that kind whose name contains `name`."""
    return next(one for one in build(kind, options(**changes)) if name in one.name)


def parts_of(artefact: Artefact) -> dict[str, bytes]:
    return unpacked(artefact.content, artefact.name)


def part_named(parts: dict[str, bytes], name: str) -> str:
    """The one part whose name contains `name`."""
    found = [part for part in parts if name in part]
    assert len(found) == 1, found
    return found[0]


def rules_broken(artefact: Artefact, part: str, old: str, new: str) -> set[str]:
    """The rules found broken after the first `old` in the part is replaced."""
    parts = parts_of(artefact)
    name = part_named(parts, part)
    assert old.encode() in parts[name], f"{old} is not in {name}"
    parts[name] = parts[name].replace(old.encode(), new.encode(), 1)
    return rules(artefact, parts)


def rules(artefact: Artefact, parts: dict[str, bytes]) -> set[str]:
    """The rules these parts break."""
    return {finding.rule for finding in check(artefact.name, packed(parts))}
