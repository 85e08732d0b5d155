"""Rules for scripts: ES5 where old clients run them, one baked-in address, no code from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coupler.manifests.checks.findings import Fault

_STRINGS = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
# A slash begins a regular expression where a value may stand, so after one of these; elsewhere it divides.
_REGEX = r"(?<=[=(,:!&|?{};\[\n])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*"
_LITERAL = re.compile(rf"//[^\n]*|/\*.*?\*/|{_STRINGS}|{_REGEX}", re.DOTALL)
_MODERN: tuple[tuple[str, str], ...] = (
    (r"=>", "an arrow function"),
    (r"`", "a template"),
    (r"\b(?:let|const|class|async|await|import|export)\b", "a word"),
    (r"\.\.\.", "a spread"),
    (r"\?\.(?![0-9])|\?\?", "an operator"),
    (r"\bfor\s*\([^;)]*\bof\b", "for-of"),
    (r",\s*[)\]}]", "a comma at the end of a list"),
)
_SETTINGS = re.compile(r"\}\)\((\{.*\})\);\s*\Z", re.DOTALL)
_REMOTE = re.compile(
    r"\beval\s*\(|\bnew\s+Function\b|\bdocument\.write\b|\.innerHTML\b|\.outerHTML\b|\binsertAdjacentHTML\b|"
    r"\bimportScripts\b|\bimport\s*\(|\bcreateElement\(\s*[\"']script|\bset(?:Timeout|Interval)\(\s*[\"']|\bfetch\s*\(|"
    r"\bXMLHttpRequest\b|\bWebSocket\b|\bEventSource\b|\bsendBeacon\b"
)


def bare(script: str) -> str:
    """The script without comments, and with its texts and regular expressions emptied."""

    def emptied(match: re.Match[str]) -> str:
        found = match[0]
        return " " if found.startswith(("//", "/*")) else '""'

    return _LITERAL.sub(emptied, script)


def es5_faults(script: str) -> Iterator[Fault]:
    """Nothing Internet Explorer 11 stumbles over in its syntax. No parser: it knows the usual slips."""
    code = bare(script)
    for pattern, what in _MODERN:
        if match := re.search(pattern, code):
            yield "es5", f"{what} that is not ES5: {match[0].strip()}"
    if not re.search(r'function\s*\(settings\)\s*\{\s*""', code):
        yield "es5", "is not in strict mode"
    for first, last in ("()", "[]", "{}"):
        if code.count(first) != code.count(last):
            yield "balance", f"{code.count(first)} of {first} but {code.count(last)} of {last}"


def address_faults(script: str) -> Iterator[Fault]:
    """The address of Coupler is the one written in at the end; the rest of the script holds none, and gets no code."""
    match = _SETTINGS.search(script)
    if match is None:
        yield "address", "has no settings at its end"
        return
    if not re.search(r'"backend": "https?://[^"]+"', match[1]):
        yield "address", "has no address of Coupler"
    if '"allowHttp": false' in match[1] and '"backend": "http://' in match[1]:
        yield "address", "has an address that is not https, and was not built for one"
    if re.search(r"https?://[A-Za-z0-9]", _comments_gone(script[: match.start()])):
        yield "address", "holds an address besides that of Coupler"
    yield from remote_faults(script)


def remote_faults(script: str) -> Iterator[Fault]:
    """No code from elsewhere and no calls: what runs is what is in the package."""
    if match := _REMOTE.search(_comments_gone(script)):
        yield "remote-code", f"uses {match[0].strip()}"


def _comments_gone(script: str) -> str:
    return _LITERAL.sub(lambda match: " " if match[0].startswith(("//", "/*")) else match[0], script)


def function_names(script: str) -> set[str]:
    """`Coupler.openPartner` for every function of the object a script puts into a global name."""
    match = re.search(r"^var ([A-Za-z_]\w*) = \(function", script, re.MULTILINE)
    given = script.rpartition("\n  return {")[2]
    return (
        {f"{match[1]}.{name}" for name in re.findall(r"^    (\w+): function", given, re.MULTILINE)} if match else set()
    )
