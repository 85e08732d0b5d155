"""The `Prefer` header: what was asked for and what is answered as honoured (protocols 1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

MAX_PAGE = 5000
FORMATTED = "OData.Community.Display.V1.FormattedValue"
_ITEM = re.compile(r'\s*([\w.\-]+)\s*(?:=\s*("[^"]*"|[^,]*))?\s*(?:,|\Z)')


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a call prefers. Unknown preferences are ignored, as the protocol says."""

    page_size: int | None = None
    annotations: tuple[str, ...] = ()
    representation: bool = False
    track_changes: bool = False
    continue_on_error: bool = False

    def wants(self, annotation: str) -> bool:
        """Whether an annotation is asked for, by name or wildcard."""
        return any(fnmatchcase(annotation, pattern) for pattern in self.annotations)


def read_preferences(header: str) -> Preferences:
    """The header's preferences; a page size that is no positive number counts as not given."""
    given = {match[1].lower(): (match[2] or "").strip().strip('"') for match in _ITEM.finditer(header)}
    size = given.get("odata.maxpagesize", "")
    pages = min(int(size), MAX_PAGE) if size.isascii() and size.isdigit() and int(size) else None
    wanted = given.get("odata.include-annotations", "")
    return Preferences(
        page_size=pages,
        annotations=tuple(name.strip() for name in wanted.split(",") if name.strip()),
        representation=given.get("return") == "representation",
        track_changes="odata.track-changes" in given,
        continue_on_error="odata.continue-on-error" in given,
    )


def applied(preferences: Preferences, *, listing: bool = False, writing: bool = False) -> str:
    """The `Preference-Applied` header, empty when nothing was honoured."""
    honoured = []
    if listing and preferences.page_size:
        honoured.append(f"odata.maxpagesize={preferences.page_size}")
    if preferences.annotations:
        honoured.append(f'odata.include-annotations="{",".join(preferences.annotations)}"')
    if writing and preferences.representation:
        honoured.append("return=representation")
    if listing and preferences.track_changes:
        honoured.append("odata.track-changes")
    return ", ".join(honoured)
