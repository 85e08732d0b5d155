"""How a verb ends: its exit code, and what, why and what next on standard error."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from coupler.cli.render import print_json, print_problem
from coupler.domain.errors import (
    AlreadyCoupled,
    BothChanged,
    ConnectionUnknown,
    ConnectorError,
    CouplerError,
    DuplicateKey,
    InvalidInput,
    MappingUnknown,
    MoveNeedsConsent,
    NavIsNewer,
    NotCoupled,
    PermissionDenied,
    RateLimited,
    RecordChanged,
    RecordNotFound,
    SettingsError,
    Stale,
    StorageError,
    ValueRefused,
)

DONE, PARTLY_FAILED, USAGE, UNREACHABLE, REFUSED = 0, 1, 2, 3, 4
INTERRUPTED = 130

# First match counts: an answer of a system that says no is a refusal, any other trouble with it is not reaching it.
_EXIT_CODES: tuple[tuple[type[CouplerError], int], ...] = (
    (SettingsError, USAGE),
    (InvalidInput, USAGE),
    (ConnectionUnknown, USAGE),
    (MappingUnknown, USAGE),
    (RecordNotFound, REFUSED),
    (RecordChanged, REFUSED),
    (PermissionDenied, REFUSED),
    (ValueRefused, REFUSED),
    (DuplicateKey, REFUSED),
    (ConnectorError, UNREACHABLE),
    (StorageError, UNREACHABLE),
)

# What to do next, where the command line says it with an option instead of a field.
_FIXES: Mapping[type[CouplerError], str] = {
    AlreadyCoupled: "Open the other record, or repeat with --move to take the CRM record away from it.",
    MoveNeedsConsent: "Repeat with --move to give up the present coupling.",
    NavIsNewer: "Look at the differences with `coupler compare`; repeat with --force to take the CRM values.",
    BothChanged: "Look at the differences with `coupler compare`; repeat with --force to take the CRM values.",
    NotCoupled: "Set up a coupling first: coupler couple NAV_KEY CRM_ID.",
    Stale: "Somebody else was at it at the same moment. Look again and repeat.",
}


def exit_code(error: CouplerError) -> int:
    """The exit code of contract 3 for an expected failure."""
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), REFUSED)


def problem(error: CouplerError) -> dict[str, Any]:
    """The error in the shape of the API's problem+json, without a request's id."""
    extra = dict(error.details)
    if isinstance(error, ConnectorError) and error.system:
        extra["system"] = error.system
    if isinstance(error, RateLimited) and error.retry_after is not None:
        extra["retry_after"] = math.ceil(error.retry_after)
    fix = _FIXES.get(type(error), error.fix)
    if fix:
        extra["fix"] = fix
    errors = error.errors if isinstance(error, InvalidInput) else {}
    return {**extra, **_problem(error.code, error.message, errors)}


def _problem(code: str, detail: str, errors: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "type": code,
        "title": code.replace("_", " ").capitalize(),
        "detail": detail,
        "code": code,
        "errors": {name: list(texts) for name, texts in errors.items()},
    }


def _status(error: CouplerError) -> int:
    """The status the API would answer with."""
    from coupler.api.errors import STATUS

    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def run(command: click.Command, arguments: Sequence[str]) -> int:
    """Run the command and answer the exit code; an unexpected exception passes, with its trace."""
    _survive_narrow_encodings()
    as_json = "--json" in arguments
    try:
        result = command.main(args=list(arguments), prog_name="coupler", standalone_mode=False)
    except click.ClickException as error:
        return _tell_usage(error, as_json=as_json)
    except CouplerError as error:
        told = problem(error)
        print_json({"status": _status(error), **told}, error=True) if as_json else print_problem(told)
        return exit_code(error)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; nothing is left to say.
        sys.stdout = None
        return DONE
    return result if isinstance(result, int) else DONE


def _tell_usage(error: click.ClickException, *, as_json: bool) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return USAGE
    if as_json:
        print_json(_problem("usage", error.format_message(), {}), error=True)
    else:
        error.show()
    return USAGE


def _survive_narrow_encodings() -> None:
    """A name in another alphabet must not end a command whose output goes to an old code page."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
