"""Status codes, retries, time-outs and caps: rows S of protocols section 6, and trust 2.2."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import stamina
from tests.connectors.conftest import ROOT, Vendor, fault, json, make_http

from coupler.connectors import odata
from coupler.connectors.answers import Answer, Call, Party
from coupler.connectors.http import Http
from coupler.connectors.origins import Root
from coupler.connectors.transport import Limits, make_client
from coupler.domain.errors import (
    ConnectorError,
    CredentialsRefused,
    DuplicateKey,
    PermissionDenied,
    RateLimited,
    RecordChanged,
    RecordNotFound,
    ServiceNotFound,
    Unavailable,
    UnexpectedAnswer,
    ValueRefused,
)

GET = Call("GET", f"{ROOT}/x")
PATCH = Call("PATCH", f"{ROOT}/x", {"If-Match": 'W/"1"'}, b"{}")
POST = Call("POST", f"{ROOT}/x", {}, b"{}")


def read(answer: Answer) -> object:
    return odata.read_object(answer.body)


@pytest.mark.parametrize("status", [200, 201])
def test_s2_any_success_is_a_success(status: int) -> None:
    assert make_http(Vendor([json({"a": 1}, status)])).call(PATCH, read) == {"a": 1}


@pytest.mark.parametrize(
    ("call", "status", "code", "error"),
    [
        (GET, 400, "BadRequest", UnexpectedAnswer),
        (PATCH, 400, "Application_StringExceededLength", ValueRefused),
        (PATCH, 400, "Application_DialogException", ValueRefused),
        (PATCH, 400, "BadRequest_InvalidOperation", PermissionDenied),
        (GET, 400, "Internal_RecordNotFound", RecordNotFound),
        (GET, 400, "Internal_CompanyNotFound", ServiceNotFound),
        (POST, 400, "Internal_EntityWithSameKeyExists", DuplicateKey),
        (POST, 409, "Internal_EntityWithSameKeyExists", DuplicateKey),
        (GET, 401, "Authentication_InvalidCredentials", CredentialsRefused),
        (GET, 401, "Authorization_RequestDenied", PermissionDenied),
        (GET, 403, "0x80072560", PermissionDenied),
        (GET, 403, "0x80040220", PermissionDenied),
        (GET, 404, "0x80040217", RecordNotFound),
        (GET, 404, "Internal_RecordNotFound", RecordNotFound),
        (GET, 404, "BadRequest_NotFound", RecordNotFound),
        (GET, 404, "BadRequest_ResourceNotFound", ServiceNotFound),
        (GET, 404, "0x80060888", ServiceNotFound),
        (GET, 404, "", ServiceNotFound),
        (GET, 405, "", ServiceNotFound),
        (PATCH, 405, "BadRequest_MethodNotAllowed", PermissionDenied),
        (PATCH, 409, "Request_EntityChanged", RecordChanged),
        (PATCH, 412, "0x80060882", RecordChanged),
        (PATCH, 412, "", RecordChanged),
        (GET, 413, "", UnexpectedAnswer),
        (GET, 501, "", UnexpectedAnswer),
        (GET, 302, "", UnexpectedAnswer),
    ],
)
def test_s7_s9_s13_a_refusal_is_told_by_status_and_code_and_never_sent_again(
    call: Call, status: int, code: str, error: type[ConnectorError]
) -> None:
    vendor = Vendor([fault(status, code)])

    with pytest.raises(ConnectorError) as caught:
        make_http(vendor).call(call, read)

    assert (type(caught.value), caught.value.status, caught.value.system) == (error, status, "nav")
    assert len(vendor.requests) == 1


def test_s7_another_409_is_no_conflict_and_known_not_to_be_done() -> None:
    with pytest.raises(Unavailable) as caught:
        make_http(Vendor([fault(409, "Internal_RecordLocked")])).call(PATCH, read)

    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("status", [408, 502, 503, 504, 429])
def test_s12_a_read_is_repeated_after_an_outage(status: int) -> None:
    vendor = Vendor([fault(status), fault(status), json({"a": 1})])

    assert make_http(vendor).call(GET, read) == {"a": 1}
    assert len(vendor.requests) == 3


def test_s14_a_read_is_repeated_once_after_a_500() -> None:
    vendor = Vendor([fault(500, "Internal_ServerError")])

    with pytest.raises(Unavailable):
        make_http(vendor).call(GET, read)

    assert len(vendor.requests) == 2


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ConnectTimeout("late")])
@pytest.mark.parametrize("call", [GET, PATCH, POST])
def test_s12_what_was_never_sent_is_sent_again(call: Call, error: Exception) -> None:
    vendor = Vendor([error, json({"a": 1})])

    assert make_http(vendor).call(call, read) == {"a": 1}


@pytest.mark.parametrize(
    "trouble", [httpx.ReadTimeout("late"), httpx.ReadError("reset"), fault(503), fault(500), fault(504)]
)
@pytest.mark.parametrize("call", [PATCH, POST])
def test_s12_a_change_whose_answer_got_lost_is_never_sent_again(call: Call, trouble: httpx.Response) -> None:
    vendor = Vendor([trouble])

    with pytest.raises(Unavailable) as caught:
        make_http(vendor).call(call, read)

    assert caught.value.outcome_unknown
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("body", [b'{"a": ', b"<html>done</html>", b""])
def test_a_change_with_an_unreadable_success_may_have_been_made(body: bytes) -> None:
    with pytest.raises(Unavailable) as caught:
        make_http(Vendor([httpx.Response(200, content=body)])).call(PATCH, read)

    assert caught.value.outcome_unknown


def test_a_change_that_could_not_be_sent_is_known_not_to_be_made() -> None:
    with pytest.raises(Unavailable) as caught:
        make_http(Vendor([httpx.ConnectError("refused")])).call(PATCH, read)

    assert not caught.value.outcome_unknown
    assert "vendor.test:443" in caught.value.message


@pytest.mark.parametrize("call", [GET, PATCH, POST])
def test_s11_a_throttled_call_was_not_carried_out_and_is_repeated_at_most_five_times(call: Call) -> None:
    vendor = Vendor([fault(429)])

    with pytest.raises(RateLimited) as caught:
        make_http(vendor).call(call, read)

    assert len(vendor.requests) == 5
    assert caught.value.retry_after is None


def test_s10_a_wait_longer_than_patience_is_reported_instead_of_waited() -> None:
    vendor = Vendor([fault(429, headers={"Retry-After": "120"})])

    with pytest.raises(RateLimited) as caught:
        make_http(vendor, limits=Limits(patience=30)).call(GET, read)

    assert caught.value.retry_after == 120.0
    assert len(vendor.requests) == 1


def test_s10_a_wait_the_service_asks_for_is_kept() -> None:
    vendor = Vendor([fault(429, headers={"Retry-After": "0.2"}), json({"a": 1})])

    with stamina.set_testing(False):
        started = time.monotonic()
        make_http(vendor).call(GET, read)

    assert 1.0 <= time.monotonic() - started < 3


def test_s20_a_body_that_breaks_off_is_an_outage_and_read_again() -> None:
    vendor = Vendor([httpx.Response(200, content=b'{"value": [{"a"'), json({"a": 1})])

    assert make_http(vendor).call(GET, read) == {"a": 1}


def test_s20_a_body_that_always_breaks_off_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="incomplete"):
        make_http(Vendor([httpx.Response(200, content=b'{"value": [')])).call(GET, read)


def test_s15_html_instead_of_json_is_not_read_again() -> None:
    vendor = Vendor([httpx.Response(200, html="<html><title>AD FS</title><body>Sign in</body></html>")])

    with pytest.raises(UnexpectedAnswer, match="Sign in") as caught:
        make_http(vendor).call(GET, read)

    assert len(vendor.requests) == 1
    assert "<" not in caught.value.message


def test_s18_the_correlation_id_is_split_off_the_message() -> None:
    glued = "Not so.  CorrelationId:  2c074c12-1644-4f2c-befb-efd681f5a595."
    vendor = Vendor([fault(400, "Application_DialogException", glued, {"request-id": "abc"})])

    with pytest.raises(ValueRefused) as caught:
        make_http(vendor).call(PATCH, read)

    assert caught.value.message.endswith(": Not so.")
    assert caught.value.details == {
        "vendor_code": "Application_DialogException",
        "correlation_id": "2c074c12-1644-4f2c-befb-efd681f5a595",
        "request_id": "abc",
    }


def test_t12_a_foreign_address_is_refused_before_anything_is_sent() -> None:
    vendor = Vendor([json({})])

    with pytest.raises(UnexpectedAnswer):
        make_http(vendor).call(Call("GET", "https://evil.test/api/x"), read)

    assert vendor.requests == []


def test_t12_a_redirect_is_not_followed() -> None:
    vendor = Vendor([httpx.Response(302, headers={"Location": "https://evil.test/"})])

    with pytest.raises(UnexpectedAnswer):
        make_http(vendor, auth=httpx.BasicAuth("u", "p")).call(GET, read)

    assert [request.url.host for request in vendor.requests] == ["vendor.test"]


def test_a_body_beyond_the_cap_is_not_kept() -> None:
    vendor = Vendor([httpx.Response(200, content=b" " * 3_000_000)])

    with pytest.raises(UnexpectedAnswer, match="more than 1 MB"):
        make_http(vendor, limits=Limits(bytes=1_048_576)).call(GET, read)


def test_a_small_body_that_unpacks_to_a_large_one_is_not_kept() -> None:
    import gzip

    packed = httpx.Response(200, content=gzip.compress(b" " * 3_000_000), headers={"Content-Encoding": "gzip"})

    with pytest.raises(UnexpectedAnswer, match="more than 1 MB"):
        make_http(
            Vendor([lambda _request: packed]), limits=Limits(bytes=1_048_576)
        ).call(GET, read)  # fmt: skip


def test_s16_s17_the_limits_by_default() -> None:
    limits = Limits()
    client = make_client(limits, None)

    assert (client.timeout.connect, client.timeout.read) == (10.0, 120.0)
    assert limits.connections == 4
    assert not client.follow_redirects
    client.close()


def test_cookies_are_not_kept() -> None:
    vendor = Vendor([json({}, headers={"Set-Cookie": "ARRAffinity=x; Path=/"})])
    http = make_http(vendor)

    http.call(GET, read)
    http.call(GET, read)

    assert "cookie" not in vendor.requests[1].headers


def test_the_age_of_the_last_answer_is_told() -> None:
    http = make_http(Vendor([json({})]))
    assert http.age is None

    http.call(GET, read)

    assert http.age is not None
    assert http.age < 5


def test_a_retired_client_takes_no_more_calls() -> None:
    http = make_http(Vendor([json({})]))
    http.retire()

    with pytest.raises(Unavailable, match="changed meanwhile"):
        http.call(GET, read)


class Socket:
    """A server of one's own on loopback that sends raw bytes, one chunk at a time."""

    def __init__(self, chunks: list[bytes], pause: float = 0.0) -> None:
        self._chunks, self._pause = chunks, pause
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.served = 0
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.served += 1
            with connection:
                connection.recv(65536)
                try:
                    for chunk in self._chunks:
                        connection.sendall(chunk)
                        if self.ended.wait(self._pause):
                            break
                except OSError:
                    pass

    def close(self) -> None:
        self.ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)


@pytest.fixture
def sockets() -> Iterator[list[Socket]]:
    opened: list[Socket] = []
    yield opened
    for server in opened:
        server.close()


def direct(server: Socket, limits: Limits) -> Http:
    return Http(Party("nav", "NAV"), Root(f"http://127.0.0.1:{server.port}"), limits=limits)


def test_an_answer_that_drips_ends_with_the_whole_deadline(sockets: list[Socket]) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    server = Socket([head, *[b" "] * 1000], pause=0.05)
    sockets.append(server)
    http = direct(server, Limits(read=5, whole=0.4, patience=0, attempts=1))
    started = time.monotonic()

    with pytest.raises(Unavailable, match="too long"):
        http.call(Call("GET", http.root.url), read)

    assert time.monotonic() - started < 3
    http.retire()


def test_s20_a_connection_that_breaks_off_is_tried_three_times(sockets: list[Socket]) -> None:
    server = Socket([b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"value": ['])
    sockets.append(server)
    http = direct(server, Limits())

    with pytest.raises(Unavailable):
        http.call(Call("GET", http.root.url), read)

    assert server.served == 3
    http.retire()


def test_a_connection_that_just_ends_is_told_in_one_sentence() -> None:
    vendor = Vendor([httpx.RemoteProtocolError("Server disconnected without sending a response.")] * 3)

    with pytest.raises(Unavailable, match=r"without sending a response\.$"):
        make_http(vendor).call(GET, read)


def test_loopback_is_never_reached_through_a_proxy(sockets: list[Socket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = Socket([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"])
    sockets.append(server)
    http = direct(server, Limits(patience=0, attempts=1))

    assert http.call(Call("GET", http.root.url), read) == {}
    http.retire()


def test_a_system_that_is_down_is_told_with_its_address(sockets: list[Socket]) -> None:
    server = Socket([])
    server.close()
    http = direct(server, Limits())

    with pytest.raises(Unavailable, match=f"127.0.0.1:{server.port}") as caught:
        http.call(Call("PATCH", http.root.url), read)

    assert not caught.value.outcome_unknown
    http.retire()
