"""What a check answers: findings, and the parts of an artefact with helpers to report on one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: in which artefact and part, the rule's short name, and what is wrong."""

    artefact: str
    part: str
    rule: str
    detail: str


# A rule's name and what is wrong, before it is known of which artefact and part.
Fault = tuple[str, str]
Parts = Mapping[str, bytes]


def found(artefact: str, part: str, faults: Iterable[Fault]) -> Iterator[Finding]:
    """The faults as findings in one part."""
    return (Finding(artefact, part, rule, detail) for rule, detail in faults)


def text_faults(content: bytes) -> Iterator[Fault]:
    """Text parts are UTF-8 without byte order mark and with one kind of line end."""
    if content.startswith(b"\xef\xbb\xbf"):
        yield "encoding", "begins with a byte order mark"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        yield "encoding", "is not UTF-8"
    if b"\r\n" in content and content.count(b"\n") != content.count(b"\r\n"):
        yield "line-ends", "mixes two kinds of line ends"


def missing_label_faults(languages: Iterable[str], given: Iterable[str], what: str) -> Iterator[Fault]:
    """Texts exist in every language."""
    have = set(given)
    for language in languages:
        if language not in have:
            yield "labels", f"{what} has no text in {language}"
