"""`coupler serve`: the web application."""

from __future__ import annotations

import shutil
from dataclasses import replace

import click

from coupler.cli.ending import until_stdin_closes_option
from coupler.cli.options import json_option


@click.command()
@click.option("--host", metavar="ADDRESS", help="Listen here. [default: COUPLER_HOST, else 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen here. [default: COUPLER_PORT, else 8000]")
@click.option("--threads", type=click.IntRange(1, 64), help="Requests at once. [default: COUPLER_THREADS, else 8]")
@click.option("--server", type=click.Choice(["granian", "waitress"]), default="granian", show_default=True)
@click.option("--upgrade", is_flag=True, help="Bring PostgreSQL's tables up to date first; SQLite's always are.")
@click.option("--temporary", is_flag=True, hidden=True, help="Remove the data folder at the end.")
@until_stdin_closes_option
@json_option
def serve(
    host: str | None,
    port: int | None,
    threads: int | None,
    server: str,
    *,
    upgrade: bool,
    temporary: bool,
    until_stdin_closes: bool,
    as_json: bool,
) -> None:
    """Serve the pane, the API and the deep links.

    An SQLite database is made and brought up to date by itself. PostgreSQL's is so only with --upgrade or by
    `coupler db upgrade`: where several machines share it, that is a moment to choose.

    waitress is the fallback where granian has no wheel or a security product stops it; it is slower.
    """
    from coupler.cli.ports import address_of, require_free
    from coupler.cli.render import print_json_line, print_line
    from coupler.cli.servers import SERVERS
    from coupler.cli.tables import prepare_tables
    from coupler.settings import load_settings

    settings = load_settings()
    settings = replace(
        settings, host=host or settings.host, port=port or settings.port, threads=threads or settings.threads
    )
    address = address_of(settings.host)
    require_free(address, settings.port)
    prepare_tables(settings, upgrade=upgrade)
    listening = f"http://{f'[{address}]' if ':' in address else address}:{settings.port}"
    if as_json:
        print_json_line({"coupler": settings.public_url, "listening": listening, "server": server})
    else:
        print_line(f"Coupler is at {settings.public_url}, listening on {listening}. Ctrl+C stops it.")
    try:
        SERVERS[server](settings, address, until_stdin_closes=until_stdin_closes)
    finally:
        if temporary:
            shutil.rmtree(settings.data_dir, ignore_errors=True)
