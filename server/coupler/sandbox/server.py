"""The running sandbox: four origins on loopback, each on its own port, in threads of this process."""

import contextlib
import errno
import io
import socket
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from werkzeug.exceptions import InternalServerError
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from coupler.sandbox.middleware import CUT, Watched, crm_system, identity_system, nav_system
from coupler.sandbox.people import Person
from coupler.sandbox.world import Urls, World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
ORIGINS = ("crm", "nav", "identity", "control")


class PortInUse(OSError):
    """A wanted port is taken; `port` and `origin` say which."""

    def __init__(self, origin: str, port: int, cause: OSError) -> None:
        super().__init__(cause.errno, f"Port {port} of {HOST}, wanted for the sandbox's {origin}, is not free")
        self.origin = origin
        self.port = port


class Sandbox:
    """Both systems, the identity provider and the control API. Starts with `start()` or as a context manager.

    `ports` in the order crm, nav, identity, control; 0 takes any free one. `tls` is a pair of files
    (certificate, key) and makes every origin https.
    """

    world: World

    def __init__(
        self,
        people: int = 60,
        ports: tuple[int, int, int, int] = (0, 0, 0, 0),
        coupler_url: str | None = None,
        tls: tuple[str | Path, str | Path] | None = None,
        seed_people: Sequence[Person] | None = None,
    ) -> None:
        self._people = people if seed_people is None else seed_people
        self._ports = ports
        self._coupler_url = coupler_url
        self._tls = tls
        self._servers: list[_Server] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> Self:
        """Seed and serve; returns when every origin accepts calls. Raises PortInUse."""
        sockets = _bind(self._ports)
        try:
            context = _tls_context(self._tls) if self._tls else None
            scheme = "https" if context else "http"
            crm, nav, identity, control = (f"{scheme}://{HOST}:{bound.getsockname()[1]}" for bound in sockets)
            self.world = World(self._people, Urls(crm, nav, identity, control, self._coupler_url))
            self._servers = [
                _Server(bound, app, context) for bound, app in zip(sockets, _apps(self.world), strict=True)
            ]
        finally:
            for bound in sockets:
                bound.close()
        self._threads = [threading.Thread(target=server.serve, daemon=True) for server in self._servers]
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """End every origin and every open connection; stalled calls are released."""
        if self._servers:
            self.world.faults.clear()
        for server in self._servers:
            server.stop()
        for thread in self._threads:
            thread.join(timeout=5)
        self._servers, self._threads = [], []

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def description(self) -> dict[str, Any]:
        """What `coupler sandbox --json` prints (contract 7), with the NAV profiles and Basic credentials besides."""
        from coupler.sandbox.description import describe

        return describe(self.world)


def _apps(world: World) -> list["WSGIApplication"]:
    from coupler.sandbox import control
    from coupler.sandbox.crm import app as crm
    from coupler.sandbox.identity import app as identity
    from coupler.sandbox.nav import app as nav

    return [
        Watched(crm.create_app(world), world, crm_system),
        Watched(nav.create_app(world), world, nav_system),
        Watched(identity.create_app(world), world, identity_system),
        control.create_app(world),
    ]


def _bind(ports: Sequence[int]) -> list[socket.socket]:
    """All ports or none."""
    bound: list[socket.socket] = []
    for origin, port in zip(ORIGINS, ports, strict=True):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.append(listener)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                # On Windows SO_REUSEADDR would let two programs share the port.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
            listener.listen(128)
        except OSError as error:
            for other in bound:
                other.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise PortInUse(origin, port, error) from error
            raise
    return bound


def _tls_context(files: tuple[str | Path, str | Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


class _Server(ThreadedWSGIServer):
    """Werkzeug's threaded server on a socket of ours, which it copies. Remembers connections, to end them."""

    def __init__(self, bound: socket.socket, app: "WSGIApplication", context: ssl.SSLContext | None) -> None:
        super().__init__(HOST, bound.getsockname()[1], app, _Handler, fd=bound.fileno())
        if context is not None:
            # The handshake is left to the connection's own thread: a silent client must not block the others.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            self.ssl_context = context
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def serve(self) -> None:
        """Answer until `stop`."""
        self.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        """Take no new connections and end the open ones."""
        self.shutdown()
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One connection, noted while it lasts."""
        with self._open_lock:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Errors of the apps go to the standard log; the journal keeps the calls."""
        if type == "error":
            super().log(type, message, *args)


class _Handler(WSGIRequestHandler):
    """HTTP/1.1 with connections kept open, which Werkzeug's own handler always closes."""

    protocol_version = "HTTP/1.1"
    # Header and body leave in one packet; without this the second one waits for the client's acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120

    def handle_expect_100(self) -> bool:
        """Ask for the body at once; the output is buffered."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def run_wsgi(self) -> None:
        """Answer one request in full and leave the connection ready for the next."""
        self.environ = environ = self.make_environ()
        # Read whole, whether the app wants it or not: what stays behind would be taken for the next request.
        length = None if environ.get("wsgi.input_terminated") else int(environ.get("CONTENT_LENGTH") or 0)
        sent = environ["wsgi.input"].read() if length is None else self.rfile.read(length)
        environ.update({"wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": str(len(sent))})
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            begun[:] = [(status, headers)]
            return None

        try:
            body = self._collect(self.server.app(environ, start))
        except Exception as error:  # noqa: BLE001 - any failure of an app is its 500, as in every server
            self.server.log("error", "%s %s: %r", self.command, self.path, error)
            body = self._collect(InternalServerError()(environ, start))
        if environ.get(CUT):
            self.close_connection = True
            return
        self._send(*begun[0], body)

    def _collect(self, chunks: Any) -> bytes:
        try:
            return b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in names and int(code) not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the journal keeps the calls."""
