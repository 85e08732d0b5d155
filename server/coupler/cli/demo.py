"""`coupler demo`: sandbox and server in one process group, filled with people, links printed."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from coupler.cli.ending import Ending, until_stdin_closes_option
from coupler.cli.options import json_option

if TYPE_CHECKING:
    from coupler.cli.demo_data import Sample

_START_SECONDS = 60
_END_SECONDS = 15


@click.command(short_help="Try everything: NAV, CRM and Coupler with sample people.")
@click.option("--port", type=click.IntRange(1, 65000), default=8000, show_default=True, help="Coupler's port.")
@click.option("--people", type=click.IntRange(1, 1_000_000), default=60, show_default=True, help="How many there are.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Keep the data here.")
@click.option("--open", "open_browser", is_flag=True, help="Open the NAV card in the browser.")
@until_stdin_closes_option
@json_option
def demo(
    port: int, people: int, data: Path | None, *, open_browser: bool, until_stdin_closes: bool, as_json: bool
) -> None:
    """Try everything: NAV, CRM and an identity provider to play with, Coupler beside them, sample people.

    Nothing is installed or left behind, unless --data names a folder. The sandbox takes the next free ports. With
    --json one line is printed once everything answers.
    """
    from coupler.cli.demo_data import fill, settings_for
    from coupler.cli.ports import LOOPBACK, next_free, require_free
    from coupler.cli.render import print_line
    from coupler.cli.sandbox import sandbox_on

    ending = Ending(until_stdin_closes=until_stdin_closes)
    require_free(LOOPBACK, port)
    crm, nav, identity, control = next_free(port, 4)
    coupler = f"http://localhost:{port}"
    if not as_json:
        print_line("Starting NAV, CRM, the identity provider and Coupler ...")
    with ExitStack() as stack:
        folder = data.absolute() if data else Path(stack.enter_context(_temporary_folder()))
        ports = (crm, nav, identity, control)
        sandbox = stack.enter_context(sandbox_on(ports, people=people, coupler_url=coupler)).description
        environment = settings_for(sandbox, coupler, port, folder)
        server = stack.enter_context(_server(environment, temporary=data is None))
        sample = fill(environment, sandbox)
        if _wait_until_it_answers(server, f"http://{LOOPBACK}:{port}/healthz", ending):
            _tell(_document(coupler, sandbox, sample), sandbox, sample, as_json=as_json)
            if open_browser:
                click.launch(sample.links["nav_card"])
            _watch(server, ending)


@contextmanager
def _temporary_folder() -> Iterator[str]:
    # On Windows the database file may still be closing while the folder goes.
    with TemporaryDirectory(prefix="coupler-demo-", ignore_cleanup_errors=True) as folder:
        yield folder


@contextmanager
def _server(environment: Mapping[str, str], *, temporary: bool) -> Iterator[subprocess.Popen[bytes]]:
    """`coupler serve` as a child that ends with us, even when we are killed: its standard input closes then.

    A temporary folder it removes as well, for we cannot once we are killed.
    """
    from coupler.settings import child_environment

    command = [sys.executable, "-P", "-m", "coupler", "serve", "--json", "--until-stdin-closes"]
    if temporary:
        command.append("--temporary")
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, env=child_environment(environment), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        yield child
    finally:
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str, ending: Ending) -> bool:
    """Whether the server answers; False when somebody wants to end. Raises ClickException when it fails."""
    deadline = time.monotonic() + _START_SECONDS
    while not ending.wait(0.05):
        if server.poll() is not None:
            raise click.ClickException(f"The server ended with {server.returncode}; its reason stands above.")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
                return True
        except (urllib.error.URLError, OSError):
            pass
        if time.monotonic() > deadline:
            raise click.ClickException(f"The server did not answer at {url} within {_START_SECONDS} s.")
    return False


def _watch(server: subprocess.Popen[bytes], ending: Ending) -> None:
    while not ending.wait(0.5):
        if server.poll() is not None:
            raise click.ClickException(f"The server ended with {server.returncode}; its reason stands above.")


def _document(coupler: str, sandbox: Mapping[str, Any], sample: Sample) -> dict[str, Any]:
    return {
        "coupler": coupler,
        "crm": sandbox["crm"]["base_url"],
        "nav": sandbox["nav"]["origin"],
        "identity": sample.identity,
        "control": sandbox["control"],
        "connection": sample.connection,
        "tokens": dict(sample.tokens),
        "links": dict(sample.links),
    }


def _tell(document: dict[str, Any], sandbox: Mapping[str, Any], sample: Sample, *, as_json: bool) -> None:
    from coupler.cli.demo_panel import print_panel
    from coupler.cli.render import print_json_line

    if as_json:
        print_json_line(document)
    else:
        print_panel(document, sandbox["identity"]["users"], sample)
