"""Load: keep-alive connections on loopback, each asking again as soon as it was answered.

Written for small answers with a Content-Length. Every answer is checked; anything unexpected ends the run.
"""

from __future__ import annotations

import itertools
import re
import selectors
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from time import perf_counter

LOOPBACK = "127.0.0.1"
CONNECTIONS = 16
_PATIENCE = 10.0
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]*)", re.IGNORECASE)


class UnexpectedAnswer(Exception):
    """The server answered something else than what is measured."""


def get(path: str, *headers: str) -> bytes:
    """A GET as it goes over the wire."""
    lines = (f"GET {path} HTTP/1.1", f"Host: {LOOPBACK}", *headers, "", "")
    return "\r\n".join(lines).encode("ascii")


def redirects_to(start: str) -> Callable[[bytes], bool]:
    """Whether an answer's head is a 302 to an address that begins so."""
    wanted = start.encode("ascii")

    def is_redirect(head: bytes) -> bool:
        location = _LOCATION.search(head)
        return head.startswith(b"HTTP/1.1 302 ") and location is not None and location[1].startswith(wanted)

    return is_redirect


def answers_per_second(
    port: int,
    requests: Sequence[bytes],
    is_right: Callable[[bytes], bool],
    seconds: float,
    connections: int = CONNECTIONS,
) -> float:
    """Right answers per second over about `seconds`, asking for `requests` in turn. Raises UnexpectedAnswer."""
    asked = itertools.cycle(requests)
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(connections):
            client = stack.enter_context(_Client(port, asked, is_right))
            selector.register(client.socket, selectors.EVENT_READ, client)
        begun = perf_counter()
        answered = _serve(selector, begun + seconds)
        return answered / (perf_counter() - begun)


def _serve(selector: selectors.BaseSelector, end: float) -> int:
    answered = 0
    while perf_counter() < end:
        ready = selector.select(_PATIENCE)
        if not ready:
            raise UnexpectedAnswer(f"No answer within {_PATIENCE} s.")
        answered += sum(key.data.take() for key, _ in ready)
    return answered


class _Client:
    """One connection with one request under way."""

    def __init__(self, port: int, requests: Iterator[bytes], is_right: Callable[[bytes], bool]) -> None:
        self._requests = requests
        self._is_right = is_right
        self._received = b""
        self.socket = socket.create_connection((LOOPBACK, port), _PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> _Client:
        self.socket.sendall(next(self._requests))
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def take(self) -> bool:
        """Read what is there; whether that ended an answer, after which the next request is on its way."""
        part = self.socket.recv(65_536)
        if not part:
            raise UnexpectedAnswer("The server closed a connection.")
        self._received += part
        head, found, body = self._received.partition(_HEAD_END)
        if not found or len(body) < _length(head):
            return False
        if not self._is_right(head):
            raise UnexpectedAnswer(self._received[:400].decode("latin-1"))
        self._received = b""
        self.socket.sendall(next(self._requests))
        return True


def _length(head: bytes) -> int:
    length = _LENGTH.search(head)
    if length is None:
        raise UnexpectedAnswer(f"An answer without Content-Length: {head[:400].decode('latin-1')}")
    return int(length[1])
