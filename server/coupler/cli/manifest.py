"""`coupler manifest`: what an administrator installs in CRM, NAV, Business Central and browsers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coupler.cli.options import json_option

if TYPE_CHECKING:
    from coupler.manifests import Artefact, Finding, Options, Surfaces

_KINDS = ("crm", "bc", "nav", "extension")
Verb = Callable[..., Any]


def _build_options(verb: Verb) -> Verb:
    """Options that say for which Coupler and which products an artefact is."""
    for option in reversed(
        (
            click.option("--backend", metavar="URL", help="Coupler's address. [default: COUPLER_PUBLIC_URL]"),
            click.option("--allow-http", is_flag=True, help="Allow an address that is not https, for a trial."),
            click.option("--managed/--unmanaged", default=True, show_default=True, help="The kind of CRM solution."),
            click.option("--pane-button", is_flag=True, help="A second CRM button that shows the pane on the form."),
            click.option("--first-id", type=int, metavar="N", help="First NAV / BC object number. [default: 50140]"),
            click.option("--crm-origin", "crm", multiple=True, metavar="URL", help="A CRM the extension looks at."),
            click.option("--nav-origin", "nav", multiple=True, metavar="URL", help="A NAV client it looks at."),
            click.option("--company", default="", metavar="NAME", help="Company where NAV's address names none."),
        )
    ):
        verb = option(verb)
    return verb


@click.group()
def manifest() -> None:
    """Build and check what is installed in CRM, NAV, Business Central and browsers.

    manifest/README.md says what goes where, and what could not be tried.
    """


@manifest.command()
@click.argument("kind", type=click.Choice([*_KINDS, "all"]))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to write to.")
@_build_options
@json_option
def build(*, kind: str, out: Path, as_json: bool, **given: Any) -> None:
    """Build what is installed in one product, filled in with Coupler's address.

    crm: a solution. bc: AL apps as source, one per version from NAV 2018. nav: C/AL objects for NAV 2013 R2 to 2017.
    extension: Chrome / Edge and Firefox. The same options give the same bytes; nothing that breaks a rule of ours
    is written.
    """
    from hashlib import sha256

    from coupler.cli.render import print_json, print_table
    from coupler.domain.errors import InvalidInput

    built = _built(kind, _options(given))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for one in built:
            (out / one.name).write_bytes(one.content)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written to: {error.strerror}.") from error
    if as_json:
        rows = [
            {
                "kind": one.kind,
                "file": str(out / one.name),
                "for": one.covers,
                "bytes": len(one.content),
                "sha256": sha256(one.content).hexdigest(),
            }
            for one in built
        ]
        print_json(rows)
    else:
        rows_shown = [(str(out / one.name), one.covers, len(one.content)) for one in built]
        print_table(("File", "For", "Bytes"), rows_shown, empty="")


@manifest.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--schemas",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A folder with the schemas of the Dynamics CRM SDK.",
)
@_build_options
@json_option
def check(*, files: tuple[Path, ...], schemas: Path | None, as_json: bool, **given: Any) -> int:
    """Check built files, or without any what would be built now, by our own rules. Exit code 1 for findings.

    The rules catch slips in what Coupler generates. They are no compiler and no import into a product.
    """
    from coupler.cli.render import print_json, print_line, print_table
    from coupler.manifests import check as check_one
    from coupler.manifests import check_files

    if files:
        names, findings = [str(path) for path in files], check_files(list(files), schemas=schemas)
    else:
        built = _built("all", _options(given))
        names = [one.name for one in built]
        findings = [found for one in built for found in check_one(one.name, one.content, schemas=schemas)]
    if as_json:
        print_json({"checked": names, "findings": [_finding(one) for one in findings]})
    elif findings:
        print_table(
            ("File", "Part", "Rule", "What is wrong"), [tuple(_finding(one).values()) for one in findings], empty=""
        )
    else:
        print_line(f"Nothing to object to in {len(names)} files.")
    return 1 if findings else 0


@manifest.command()
@_build_options
@json_option
def show(*, as_json: bool, **given: Any) -> None:
    """Show names, ids and the addresses the buttons open. Builds nothing."""
    from coupler.cli.render import print_fields, print_json, print_line, print_table
    from coupler.manifests import load_surfaces

    shown = _shown(load_surfaces(), _options(given))
    if as_json:
        print_json(shown)
        return
    buttons = shown.pop("buttons")
    print_fields({name: ", ".join(value) if isinstance(value, list) else value for name, value in shown.items()})
    print_line("")
    rows = [(one["button"], one["where"], one["opens"]) for one in buttons]
    print_table(("Button", "Where", "Opens"), rows, empty="")


def _options(given: dict[str, Any]) -> Options:
    from coupler import __version__
    from coupler.manifests import Options
    from coupler.settings import load_settings

    return Options(
        backend=given["backend"] or load_settings().public_url,
        version=__version__,
        allow_http=given["allow_http"],
        managed=given["managed"],
        pane_button=given["pane_button"],
        first_id=given["first_id"],
        crm_addresses=given["crm"],
        nav_addresses=given["nav"],
        company=given["company"],
    )


def _built(kind: str, options: Options) -> list[Artefact]:
    from coupler import manifests

    return [one for name in (_KINDS if kind == "all" else (kind,)) for one in manifests.build(name, options)]


def _finding(finding: Finding) -> dict[str, str]:
    return {"file": finding.artefact, "part": finding.part, "rule": finding.rule, "detail": finding.detail}


def _shown(surfaces: Surfaces, options: Options) -> dict[str, Any]:
    from coupler.manifests.addresses import buttons
    from coupler.manifests.backend import backend_address, four_parts

    backend = backend_address(options.backend, allow_http=options.allow_http)
    return {
        "backend": backend,
        "version": four_parts(options.version),
        "crm_solution": surfaces.crm["solution"],
        "crm_prefix": surfaces.crm["prefix"],
        "bc_app": str(surfaces.id_of("bc/app")),
        "bc_versions": [one.covers for one in surfaces.variants],
        "firefox_id": surfaces.extension["gecko_id"],
        "languages": [one.code for one in surfaces.languages],
        "buttons": [
            {"button": one.caption, "where": one.where, "opens": backend + one.opens} for one in buttons(surfaces)
        ],
    }
