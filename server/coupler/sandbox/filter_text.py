"""The text of `$filter` as a tree: odata-query's lexer and parser, and what they do not know of OData."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from sly.lex import Token  # type: ignore[import-untyped]

Problem = Literal["syntax", "property", "type", "or", "length"]
Node = ast._Node  # noqa: SLF001 - the library's only name for any node
LITERALS = (
    ast.Null,
    ast.Boolean,
    ast.Integer,
    ast.Float,
    ast.GUID,
    ast.String,
    ast.DateTime,
    ast.Date,
    ast.Time,
    ast.Duration,
    ast.Geography,
    ast.List,
)


class QueryError(Exception):
    """A query option that the vendor answers with 400; `problem` lets each side pick its own error code."""

    def __init__(self, message: str, problem: Problem = "syntax") -> None:
        super().__init__(message)
        self.problem = problem


class Unsupported(Exception):
    """An option or function that the sandbox does not speak; `name` is named in the 501."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The sandbox does not support {name}.")
        self.name = name


_IN_CALL = re.compile(
    r"Microsoft\.Dynamics\.CRM\.In\(\s*PropertyName\s*=\s*'(\w+)'\s*,\s*PropertyValues\s*=\s*"
    r'\[((?:\s*"(?:[^"\\]|\\.)*"\s*,?)*)\s*\]\s*\)'
)
_QUOTED = re.compile(r"('(?:[^']|'')*')")


def parse_filter(text: str) -> Node:
    """The tree of a filter; raises QueryError for bad syntax, Unsupported for functions of Dataverse not spoken."""
    try:
        tree: Node | None = ODataParser().parse(_repaired(ODataLexer().tokenize(_plain_in(text.strip()))))
    except ODataException as error:
        raise QueryError(f"Syntax error in $filter: {error}") from error
    except RecursionError as error:
        raise QueryError("The node count limit of '100' has been exceeded.") from error
    if tree is None:
        raise QueryError("Syntax error in $filter: it is empty.")
    return tree


def _plain_in(text: str) -> str:
    """Dataverse's In function written as `in`, which the parser knows; only outside of quoted text."""
    if "Microsoft.Dynamics.CRM." not in text:
        return text
    rewritten = _IN_CALL.sub(lambda m: f"{m[1]} in ({_values(m[2])},)" if m[2].count('"') == 2 else _several(m), text)
    for piece in _QUOTED.split(rewritten)[::2]:
        if other := re.search(r"Microsoft\.Dynamics\.CRM\.\w+", piece):
            raise Unsupported(other[0])
    return rewritten


def _several(match: re.Match[str]) -> str:
    if not match[2].strip():
        return "1 eq 0"
    return f"{match[1]} in ({_values(match[2])})"


def _values(listed: str) -> str:
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', listed)
    return ",".join("'" + re.sub(r"\\(.)", r"\1", text).replace("'", "''") + "'" for text in texts)


def _repaired(tokens: Iterable[Token]) -> Iterator[Token]:
    """OData's `in ('a')` and `not(...)`, which this grammar would read as brackets and as a function."""
    seen = list(tokens)
    for i, token in enumerate(seen):
        following = seen[i + 1] if i + 1 < len(seen) else None
        if (
            token.type == "ODATA_IDENTIFIER"
            and token.value.full_name() == "not"
            and following
            and following.type == "("
        ):
            token.type, token.value = "NOT", ast.Not()
        if token.type == ")" and _closes_single_list(seen, i):
            comma = Token()
            comma.type, comma.value, comma.lineno, comma.index = ",", ",", token.lineno, token.index
            yield comma
        yield token


def _closes_single_list(tokens: list[Token], end: int) -> bool:
    items = [token.type for token in tokens[max(0, end - 5) : end] if token.type != "WS"]
    return len(items) >= 3 and items[-3:-1] == ["IN", "("]


def walk(tree: Node) -> Iterator[Node]:
    """Every node, outer ones first; without recursion, because chains of `or` nest as deep as they are long."""
    open_nodes = [tree]
    while open_nodes:
        node = open_nodes.pop()
        yield node
        match node:
            case ast.BoolOp() | ast.Compare():
                open_nodes += [node.right, node.left]
            case ast.UnaryOp():
                open_nodes.append(node.operand)
            case ast.Call():
                open_nodes += node.args


def flatten(node: ast.BoolOp) -> list[Node]:
    """`a or b or c`, nested to the left by the parser, as a list: long chains must not recurse."""
    parts: list[Node] = []
    current: Node = node
    while isinstance(current, ast.BoolOp) and type(current.op) is type(node.op):
        parts.append(current.right)
        current = current.left
    return [current, *reversed(parts)]


def name_of(identifier: ast.Identifier) -> str:
    """The whole dotted name."""
    return ".".join((*identifier.namespace, identifier.name))
