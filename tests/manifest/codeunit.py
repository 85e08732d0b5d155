"""Runs procedures of a codeunit written in AL or C/AL: the few statements ours uses; the rest is refused.

It stands for the vendor's run-time. Texts are UTF-16 units, as there; a Char put into an Integer is its number.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from coupler.manifests.checks.tokens import Token, tokens

OPERATORS: tuple[tuple[str, ...], ...] = (
    ("=", "<>", "<", ">", "<=", ">=", "or", "and"),
    ("+", "-"),
    ("*", "div", "mod"),
)

INITIAL = {"text": "", "integer": 0, "boolean": False}


class Refused(Exception):
    """The codeunit ended with Error(...)."""


class NotSupported(Exception):
    """Something this stand-in does not know."""


class Left(Exception):
    """exit(...)."""


def units(text: str) -> str:
    """The text as the product stores it: one letter per UTF-16 unit."""
    return "".join(chr(unit) for (unit,) in struct.iter_unpack("<H", text.encode("utf-16-le", "surrogatepass")))


@dataclass
class Setup:
    """The record of the setup table: whether it exists, and the address it holds."""

    address: str
    initial: str
    exists: bool = True


@dataclass
class World:
    """What the codeunit sees of the product, and what it opens."""

    company: str
    setup: Setup
    language: int = 1033
    opened: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Procedure:
    """Names of the parameters, the variables with what they begin with, and the body."""

    parameters: tuple[str, ...]
    variables: dict[str, Any]
    body: list[Token]


class Codeunit:
    """The procedures of one codeunit, ready to be called."""

    def __init__(self, code: str, world: World) -> None:
        self.world = world
        self.procedures = _procedures(tokens(code))

    def call(self, name: str, *given: Any) -> Any:
        """Call a procedure; texts go in and come out as Python's."""
        procedure = self.procedures[name.lower()]
        if len(given) != len(procedure.parameters):
            raise NotSupported(f"{name} with {len(given)} values")
        values = [units(one) if isinstance(one, str) else one for one in given]
        try:
            named = dict(zip(procedure.parameters, values, strict=True))
            Run(self, {**procedure.variables, **named}, procedure.body).block()
        except Left as left:
            return left.args[0]
        return None


def _procedures(given: list[Token]) -> dict[str, Procedure]:
    found = {}
    starts = [i for i, token in enumerate(given) if token.word == "procedure"]
    for start, end in zip(starts, [*starts[1:], len(given)], strict=True):
        part = given[start:end]
        close = next(i for i, token in enumerate(part) if token.text == ")")
        body = next(i for i, token in enumerate(part) if token.word == "begin")
        variables = {name: INITIAL[kind] for name, kind in _declared(part[close:body]).items() if kind in INITIAL}
        found[part[1].word] = Procedure(tuple(_declared(part[:close])), variables, part[body:])
    return found


def _declared(given: list[Token]) -> dict[str, str]:
    """`Name : Type`, in C/AL with a number behind the name."""
    declared = {}
    for position, token in enumerate(given):
        if token.text == ":" and given[position - 1].text != ")":
            name = given[position - (3 if given[position - 2].text == "@" else 1)]
            declared[name.word] = given[position + 1].word
    return declared


class Run:
    """One call: its variables and where it is in the body."""

    def __init__(self, unit: Codeunit, values: dict[str, Any], body: list[Token]) -> None:
        self.unit, self.values, self.body, self.at = unit, values, body, 0

    def word(self) -> str:
        token = self.body[self.at]
        return token.word or token.text

    def take(self, wanted: str | None = None) -> Token:
        token = self.body[self.at]
        if wanted is not None and (token.word or token.text) != wanted:
            raise NotSupported(f"line {token.line}: {token.text} where {wanted} belongs")
        self.at += 1
        return token

    def block(self, *, doing: bool = True) -> None:
        """begin ... end"""
        self.take("begin")
        while self.word() != "end":
            self.statement(doing=doing)
            if self.word() == ";":
                self.take()
        self.take("end")

    def statement(self, *, doing: bool) -> None:
        word = self.word()
        if word == "begin":
            self.block(doing=doing)
        elif word == "if":
            self.take()
            holds = self.expression() if doing else self.skip("then")
            self.take("then")
            self.statement(doing=doing and bool(holds))
            if self.word() == "else":
                self.take()
                self.statement(doing=doing and not holds)
        elif word == "while":
            self.loop(doing=doing)
        elif not doing:
            self.skip(";", "else", "end")
        elif self.body[self.at + 1].text == ":=":
            name = self.take().word
            self.take(":=")
            self.values[name] = self.expression()
        else:
            self.expression()

    def loop(self, *, doing: bool) -> None:
        start = self.at
        while True:
            self.at = start
            self.take("while")
            holds = self.expression() if doing else self.skip("do")
            self.take("do")
            self.statement(doing=doing and bool(holds))
            if not doing or not holds:
                return

    def skip(self, *until: str) -> bool:
        depth = 0
        while depth or self.word() not in until:
            depth += (self.word() == "(") - (self.word() == ")")
            self.take()
        return False

    def expression(self, level: int = 0) -> Any:
        if level == len(OPERATORS):
            return self.unary()
        left = self.expression(level + 1)
        while self.word() in OPERATORS[level]:
            sign = self.take()
            left = _applied(sign.word or sign.text, left, self.expression(level + 1))
        return left

    def unary(self) -> Any:
        if self.word() == "not":
            self.take()
            return not self.unary()
        token = self.take()
        if token.text == "(":
            value = self.expression()
            self.take(")")
            return value
        if token.kind == "number":
            return int(token.text)
        if token.kind == "text":
            return units(token.text[1:-1].replace("''", "'"))
        return self.named(token)

    def named(self, token: Token) -> Any:
        name = token.word
        if self.word() == ".":
            self.take()
            name = f"{name}.{self.take().word}"
        if self.word() == "[":
            self.take()
            position = self.expression()
            self.take("]")
            return ord(self.values[name][position - 1])
        given = self.arguments()
        if name in self.values:
            return self.values[name]
        if name in self.unit.procedures:
            return self.unit.call(name, *given)
        return self.builtin(name, given, token)

    def arguments(self) -> list[Any]:
        given: list[Any] = []
        if self.word() != "(":
            return given
        self.take()
        while self.word() != ")":
            given.append(self.expression())
            if self.word() == ",":
                self.take()
        self.take(")")
        return given

    def builtin(self, name: str, given: list[Any], token: Token) -> Any:
        world, setup = self.unit.world, self.unit.world.setup
        known: dict[str, Callable[..., Any]] = {
            "strlen": len,
            "copystr": lambda text, start, length: text[start - 1 : start - 1 + length],
            "strpos": lambda text, part: text.find(part) + 1,
            "delchr": _delchr,
            "companyname": lambda: units(world.company),
            "globallanguage": lambda: world.language,
            "format": lambda number, _length, _form: str(number),
            "hyperlink": world.opened.append,
            "true": lambda: True,
            "false": lambda: False,
            "exit": _leave,
            "error": _refuse,
            "addresswrongerr": lambda: "address wrong",
            "addressmissingerr": lambda: "address missing",
            "couplersetup.get": lambda: setup.exists,
            "couplersetup.init": lambda: setattr(setup, "address", setup.initial),
            "couplersetup.address": lambda: units(setup.address),
            "couplersetup.tablecaption": lambda: "Coupler Setup",
        }
        if name not in known:
            raise NotSupported(f"line {token.line}: {token.text}")
        return known[name](*given)


def _applied(sign: str, left: Any, right: Any) -> Any:
    signs: dict[str, Callable[[Any, Any], Any]] = {
        "=": lambda a, b: a == b,
        "<>": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
        "or": lambda a, b: a or b,
        "and": lambda a, b: a and b,
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "div": lambda a, b: a // b,
        "mod": lambda a, b: a % b,
    }
    if sign in ("or", "and") and not (isinstance(left, bool) and isinstance(right, bool)):
        raise NotSupported(f"{left} {sign} {right}")
    return signs[sign](left, right)


def _delchr(text: str, where: str, letters: str) -> str:
    if where == "=":
        return "".join(letter for letter in text if letter not in letters)
    text = text.lstrip(letters) if "<" in where else text
    return text.rstrip(letters) if ">" in where else text


def _leave(value: Any = None) -> None:
    raise Left(value)


def _refuse(text: str, *given: str) -> None:
    raise Refused(text, *given)
