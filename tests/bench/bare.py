"""What an opening is compared with: a bare Flask redirect on Coupler's own server.

The server's code is Coupler's, with this application in the place of `coupler.wsgi`: so both sides always have the
same settings, whatever these become.
"""

from __future__ import annotations

import sys
from types import ModuleType

from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from coupler.cli.servers import serve_with_granian
from coupler.settings import load_settings

ADDRESS = "http://127.0.0.1:9/main.aspx?etn=systemuser&pagetype=entityrecord"


def application() -> Flask:
    """One route, nothing else."""
    app = Flask("bare")

    @app.get("/open/<system>/<table>/<key>")
    def opened(system: str, table: str, key: str) -> Response | AnyResponse:
        return redirect(f"{ADDRESS}&id={key}")

    return app


def main() -> None:
    """Serve on the address and port of Coupler's settings until standard input closes."""
    stand_in = ModuleType("coupler.wsgi")
    stand_in.application = application()  # type: ignore[attr-defined]
    sys.modules["coupler.wsgi"] = stand_in
    settings = load_settings()
    serve_with_granian(settings, settings.host, until_stdin_closes=True)


if __name__ == "__main__":
    main()
