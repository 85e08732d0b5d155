"""Retries without waiting, and a transport that answers as scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
import stamina

from coupler.connectors.answers import Party
from coupler.connectors.http import Http
from coupler.connectors.origins import Root
from coupler.connectors.redaction import Redactor
from coupler.connectors.transport import Limits

ROOT = "https://vendor.test/api"
Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Stamina's own switch: the same decisions, without the sleeping."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@dataclass
class Vendor:
    """The far side: answers in order, the last one for ever, and keeps what it was sent."""

    replies: list[Reply]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        # A copy: one that is signed anew and sent again is the same object.
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        self.requests.append(sent)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply(request) if callable(reply) else copy(reply)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)


def copy(reply: httpx.Response) -> httpx.Response:
    """A fresh answer: httpx consumes them."""
    return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


def json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


def fault(
    status: int, code: str = "", message: str = "No.", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    return json({"error": {"code": code, "message": message}}, status, headers)


def make_http(
    vendor: Vendor, *, limits: Limits | None = None, auth: httpx.Auth | None = None, secrets: tuple[str, ...] = ()
) -> Http:
    party = Party("nav", "NAV", Redactor.of(secrets))
    return Http(party, Root(ROOT), auth=auth, limits=limits or Limits(), transport=vendor.transport)
