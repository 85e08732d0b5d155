"""Tokens of AL and C/AL, and whether brackets and blocks close: what both languages have in common. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from coupler.manifests.checks.findings import Fault

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^'\n]|'')*')
    |(?P<name>"(?:[^"\n]|"")*"|[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>[0-9]+(?:\.[0-9]+)*)
    |(?P<sign>:=|\+=|-=|::|<=|>=|<>|\.\.|[-+*/=<>(){}\[\];:,.@&?\#%])
    |(?P<blank>\s+)
    |(?P<bad>.)""",
    re.VERBOSE | re.DOTALL,
)
# Words that begin a statement of their own, so that the one before must have ended.
_STARTS = ("end", "exit", "error", "if", "while", "repeat", "case")
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind (text, name, number, sign, bad), how it is written, its line and where it begins."""

    kind: str
    text: str
    line: int
    start: int

    @property
    def word(self) -> str:
        """A name without quotes in lower case, as both languages compare them; a quoted one is no keyword."""
        return self.text.lower() if self.kind == "name" else ""


def tokens(code: str) -> list[Token]:
    """All tokens but blanks and comments."""
    found, line = [], 1
    for match in _TOKEN.finditer(code):
        kind = str(match.lastgroup)
        if kind not in ("blank", "comment"):
            found.append(Token(kind, match[0], line, match.start()))
        line += match[0].count("\n")
    return found


def bracket_faults(given: Sequence[Token]) -> Iterator[Fault]:
    """Brackets close in the order they open; texts and quoted names end on their line."""
    open_ones: list[Token] = []
    for token in given:
        if token.kind == "bad":
            yield "tokens", f"line {token.line}: {token.text} stands for nothing, or a text does not end"
        elif token.text in _PAIRS.values():
            open_ones.append(token)
        elif token.text in _PAIRS and (not open_ones or open_ones.pop().text != _PAIRS[token.text]):
            yield "balance", f"line {token.line}: {token.text} closes nothing"
            return
    for token in open_ones:
        yield "balance", f"line {token.line}: {token.text} is never closed"


def block_faults(given: Sequence[Token]) -> Iterator[Fault]:
    """Every begin and case has its end, and every if its then, every while its do."""
    depth = 0
    for position, token in enumerate(given):
        if token.word in ("begin", "case"):
            depth += 1
        elif token.word == "end" and given[position - 1].text != "::":
            depth -= 1
            if depth < 0:
                yield "balance", f"line {token.line}: end closes no begin"
                return
    if depth:
        yield "balance", f"{depth} begin without end"
    words = [token.word for token in given]
    for first, second in (("if", "then"), ("while", "do"), ("repeat", "until")):
        if words.count(first) != words.count(second):
            yield "balance", f"{words.count(first)} {first} but {words.count(second)} {second}"


def end_faults(given: Sequence[Token]) -> Iterator[Fault]:
    """A statement ends with a semicolon before the next one: after `end`, and after a call or an assignment."""
    for token, after in pairwise(given):
        if token.word == "end" and after.text not in (";", ".", "}", ",") and after.word not in ("else", "until"):
            yield "statements", f"line {token.line}: after end comes {after.text}"
        is_end_of_line = after.line > token.line and (token.text in (")", "]") or token.kind in ("text", "number"))
        if is_end_of_line and (after.word in _STARTS or _is_assignment(given, after)):
            yield "statements", f"line {token.line}: a statement without semicolon"


def _is_assignment(given: Sequence[Token], first: Token) -> bool:
    position = given.index(first)
    return first.kind == "name" and position + 1 < len(given) and given[position + 1].text == ":="
