"""The WSGI entry `coupler.wsgi:application`, for `coupler serve` and for any other WSGI server."""

from __future__ import annotations

import atexit

from flask import Flask

from coupler.app import create_app
from coupler.logs import configure_logs
from coupler.settings import load_settings
from coupler.wiring import build


def create_application() -> Flask:
    """The application on this process' settings. Does not make the tables: `coupler serve` or `coupler db upgrade` do.

    Raises SettingsError telling everything that is wrong.
    """
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    composed = build(settings)
    atexit.register(composed.close)
    return create_app(composed.services(), settings.cors_origins)


application = create_application()
