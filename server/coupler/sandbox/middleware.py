"""What stands before every system: the journal, then the faults; and what says which system a path belongs to."""

import json
import re
import select
import socket
import ssl
import uuid
from collections.abc import Callable, Iterable
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from coupler.sandbox.faults import VENDOR_ACTIONS, Fault
from coupler.sandbox.journal import Entry
from coupler.sandbox.wire import raw_path, raw_target

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from coupler.sandbox.world import World

Classify = Callable[[str], str | None]
FAULT = "coupler.sandbox.fault"
# Set when the connection was cut off on purpose, so that the server sends nothing more.
CUT = "coupler.sandbox.cut"
# A stalled call ends by itself after this many seconds, so that a forgotten one keeps no thread for ever.
LONGEST_STALL = 3600.0

_NAV = re.compile(r"/(?:[^/]+/){1,3}ODataV?4?(?:/|\Z)", re.IGNORECASE)
_BC = re.compile(r"/(?:v2\.0(?:/[^/]+){1,2}|[^/]+)/api(?:/|\Z)", re.IGNORECASE)
_IDENTITY = re.compile(r"/oauth2/(?:v2\.0/)?token\Z|/\.well-known/|/discovery/", re.IGNORECASE)


def crm_system(path: str) -> str | None:
    """`crm` for Web API paths, None for pages."""
    return "crm" if re.match(r"/(?:[^/]+/)?api(?:/|\Z)", path, re.IGNORECASE) else None


def nav_system(path: str) -> str | None:
    """`bc` for API paths in both forms, `nav` for OData page services, None for pages of the web client."""
    if _BC.match(path):
        return "bc"
    return "nav" if _NAV.match(path) else None


def identity_system(path: str) -> str | None:
    """`identity` for token, discovery and key endpoints, None for sign-in pages."""
    return "identity" if _IDENTITY.search(path) else None


class Watched:
    """A WSGI app with journal and faults before it. Paths that are no protocol calls pass untouched and unseen."""

    def __init__(self, app: "WSGIApplication", world: "World", classify: Classify) -> None:
        self._app = app
        self._world = world
        self._classify = classify

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one call, noting it before it is answered."""
        system = self._classify(raw_path(environ))
        if system is None:
            return self._app(environ, start_response)
        method, target = environ["REQUEST_METHOD"], raw_target(environ)
        entry = self._world.journal.open(system, method, target, _headers(environ))
        fault = self._world.faults.take(system, method, target)
        if fault is None:
            return _deliver(_run(self._app, environ), entry, start_response)
        if fault.action in VENDOR_ACTIONS:
            environ[FAULT] = fault
            return _deliver(_run(self._app, environ), entry, start_response)
        return self._suffer(fault, environ, entry, start_response)

    def _suffer(
        self, fault: Fault, environ: "WSGIEnvironment", entry: Entry, start_response: "StartResponse"
    ) -> Iterable[bytes]:
        waits = fault.action in ("delay", "stall")
        reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        runs_first = fault.applied or (fault.action == "truncate" and reads)
        answer = _run(self._app, environ) if runs_first else None
        if waits:
            fault.released.wait(fault.seconds if fault.action == "delay" else LONGEST_STALL)
            if answer is None and _has_gone(environ["werkzeug.socket"]):
                # A caller that died before its call was served has changed nothing.
                entry.status = 0
                return _cut_off(environ, b"")
            return _deliver(answer or _run(self._app, environ), entry, start_response)
        if fault.action in ("drop", "truncate"):
            entry.status = 0
            half = _half(answer or _spoiled(fault, entry.system)) if fault.action == "truncate" else b""
            return _cut_off(environ, half)
        return _deliver(_spoiled(fault, entry.system), entry, start_response)


Answer = tuple[str, list[tuple[str, str]], bytes]


def _run(app: "WSGIApplication", environ: "WSGIEnvironment") -> Answer:
    """The app's whole answer in memory; rows are sent in pages, so it stays small."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
        begun[:] = [(status, headers)]
        return lambda _data: None

    chunks = app(environ, start)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return (*begun[0], body)


def _deliver(answer: Answer, entry: Entry, start_response: "StartResponse") -> Iterable[bytes]:
    status, headers, body = answer
    entry.status = int(status.split()[0])
    start_response(status, headers)
    return [body]


def _cut_off(environ: "WSGIEnvironment", data: bytes) -> Iterable[bytes]:
    connection: socket.socket = environ["werkzeug.socket"]
    environ[CUT] = True
    try:
        if data:
            connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The client went away first, which is just as cut off.
        return []
    return []


def _has_gone(connection: socket.socket) -> bool:
    """Has the client closed its end? Under TLS that cannot be told without reading."""
    if isinstance(connection, ssl.SSLSocket) or not select.select([connection], [], [], 0)[0]:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def _half(answer: Answer) -> bytes:
    """An answer as sent, headers promising the whole body, ending in the middle of it."""
    status, headers, body = answer
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in kept), f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body[: len(body) // 2]


def _spoiled(fault: Fault, system: str) -> Answer:
    """An answer in place of the app's: a proxy's page, or the vendor's error for the status."""
    if fault.action == "html":
        status = fault.status or 200
        body = f"<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>Proxy</h1></body></html>".encode()
        kind = "text/html; charset=utf-8"
    else:
        status = fault.status or (503 if fault.action == "status" else 200)
        body, kind = json.dumps(_vendor_error(system, status)).encode(), "application/json; charset=utf-8"
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Date", formatdate(usegmt=True))]
    if fault.retry_after is not None:
        headers.append(("Retry-After", str(fault.retry_after)))
    return f"{status} {_phrase(status)}", headers, body


def _vendor_error(system: str, status: int) -> dict[str, Any]:
    if system == "identity":
        code = "temporarily_unavailable" if status in (429, 503) else "server_error"
        return {
            "error": code,
            "error_description": f"AADSTS90033: A transient error has occurred. ({status})",
            "error_codes": [90033],
        }
    if system == "crm":
        code = {429: "0x80072322", 401: "0x80040220", 403: "0x80040220", 412: "0x80060882"}.get(status, "0x80040216")
        return {"error": {"code": code, "message": _CRM_MESSAGES.get(status, "An unexpected error occurred.")}}
    code = _NAV_CODES.get(status, "Internal_ServerError")
    message = f"The server answered {status}.  CorrelationId:  {uuid.uuid4()}."
    return {"error": {"code": code, "message": message}}


_CRM_MESSAGES = {
    429: "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
    412: "The version of the existing record doesn't match the RowVersion property provided.",
}
_NAV_CODES = {
    401: "Authentication_InvalidCredentials",
    403: "Authorization_RequestDenied",
    404: "Internal_RecordNotFound",
    409: "Request_EntityChanged",
    429: "Application_TooManyRequests",
    503: "Internal_TenantUnavailable",
}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _headers(environ: "WSGIEnvironment") -> dict[str, str]:
    shown = {
        name[5:].replace("_", "-").title(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            shown[name.replace("_", "-").title()] = str(environ[name])
    return shown
