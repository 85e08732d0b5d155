"""`coupler config`: looking at the settings without starting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coupler.cli.options import json_option

if TYPE_CHECKING:
    from coupler.settings import Settings


@click.group()
def config() -> None:
    """Look at the settings. They come from the environment; every secret also from the file NAME_FILE names."""


@config.command()
@json_option
def check(*, as_json: bool) -> None:
    """Check every setting and show what is in force, without secrets. Starts, makes and connects to nothing."""
    from coupler.cli.render import print_fields, print_json
    from coupler.settings import load_settings

    found = _shown(load_settings())
    print_json(found) if as_json else print_fields(found)


@config.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """List every variable with its meaning and default."""
    from coupler.cli.render import print_json, print_table
    from coupler.settings import SECRETS, VARIABLES

    rows = [
        {"variable": name, "meaning": meaning, "file": f"{name}_FILE" if name in SECRETS else None}
        for name, meaning in VARIABLES.items()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(("Variable", "Meaning"), [(row["variable"], row["meaning"]) for row in rows], empty="")


def _shown(settings: Settings) -> dict[str, object]:
    oidc = settings.oidc
    keys = f"{len(settings.secret_keys)} given"
    generated = f"in {settings.key_file}" if settings.key_file.exists() else f"will be generated in {settings.key_file}"
    return {
        "data_dir": str(settings.data_dir),
        "database": settings.shown_database_url,
        "secret_keys": keys if settings.secret_keys else generated,
        "public_url": settings.public_url,
        "sign_in": f"{oidc.issuer} (client {oidc.client_id}, audience {oidc.audience})" if oidc else "API tokens only",
        "roles_claim": oidc.roles_claim if oidc else None,
        "cors_origins": " ".join(settings.cors_origins),
        "listen": f"{settings.host}:{settings.port}",
        "threads": settings.threads,
        "log": f"{settings.log_level}, {settings.log_format}",
    }
