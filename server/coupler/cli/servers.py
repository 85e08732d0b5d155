"""Running the web application: granian, or waitress where granian cannot run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from coupler.cli.ending import when_stdin_closes
from coupler.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

_GRACE_SECONDS = 10


def serve_with_granian(settings: Settings, address: str, *, until_stdin_closes: bool) -> None:
    """Serve until a signal (or standard input) ends it. One worker process; requests run in its threads."""
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from coupler.logs import configure_logs

    debug = settings.log_level == "debug"
    server = Server(
        "coupler.wsgi:application",
        address=address,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        blocking_threads=settings.threads,
        workers_kill_timeout=_GRACE_SECONDS,
        log_level=LogLevels.info if debug else LogLevels.error,
        log_dictconfig={"formatters": {}, "handlers": {}, "loggers": {}},
    )
    configure_logs(settings.log_level, settings.log_format)
    if until_stdin_closes:
        when_stdin_closes(server.signal_handler_interrupt)
    try:
        server.serve(target_loader=load_in_worker, wrap_loader=False)
    except SystemExit:
        # Ctrl+C reaches the worker too; when it ends first, granian takes that for a failure.
        if not server.interrupt_signal:
            raise


def load_in_worker() -> Flask:
    """The application, inside granian's worker process, which ends when the main process is gone.

    Loaded here instead of by granian, which would put the current folder first on the import path.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), name="parent", daemon=True).start()
    from coupler.wsgi import application

    return application


def _end_after(parent: BaseProcess) -> NoReturn:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


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
