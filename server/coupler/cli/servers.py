"""Running the web application: granian, or waitress where granian cannot run."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from coupler.cli.ending import when_stdin_closes
from coupler.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

_GRACE_SECONDS = 10


def serve_with_granian(settings: Settings, address: str, *, until_stdin_closes: bool) -> None:
    """Serve in this process until a signal (or standard input) ends it; requests run in threads."""
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    from coupler.cli.one_process import OneProcessServer
    from coupler.logs import configure_logs

    server = OneProcessServer(
        "coupler.wsgi:application",
        address=address,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        blocking_threads=settings.threads,
        workers_kill_timeout=_GRACE_SECONDS,
        log_level=LogLevels.info if settings.log_level == "debug" else LogLevels.error,
        log_dictconfig={"formatters": {}, "handlers": {}, "loggers": {}},
    )
    configure_logs(settings.log_level, settings.log_format)
    if until_stdin_closes:
        when_stdin_closes(server.signal_handler_interrupt)
    server.serve(target_loader=_load, wrap_loader=False)


def _load() -> Flask:
    """The application; loaded here because granian would put the current folder first on the import path."""
    from coupler.wsgi import application

    return application


def serve_with_waitress(settings: Settings, address: str, *, until_stdin_closes: bool) -> None:
    """Serve in this process until a signal (or standard input) ends it."""
    from waitress.server import create_server  # type: ignore[import-untyped]

    from coupler.wsgi import application

    server = create_server(
        application,
        host=address,
        port=settings.port,
        threads=settings.threads,
        ident=None,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=16 * 1024 * 1024,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    if until_stdin_closes:
        # Waitress looks up at least once a second.
        when_stdin_closes(_interrupt_main)
    server.run()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _interrupt_main() -> None:
    import _thread

    _thread.interrupt_main()


SERVERS: dict[str, Callable[..., None]] = {"granian": serve_with_granian, "waitress": serve_with_waitress}
