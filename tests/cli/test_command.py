"""The command as such: cheap to start, exit codes, one JSON document, problems on standard error."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from tests.cli.conftest import Coupler

from coupler.cli import VERBS
from coupler.cli.failures import exit_code, problem
from coupler.domain import errors

HEAVY = ("flask", "sqlalchemy", "httpx", "alembic", "marshmallow", "granian", "rich", "structlog", "authlib")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom coupler.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert done.stderr.strip() == "[]"
    assert all(verb in done.stdout for verb in VERBS)


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coupler", "--version"], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.startswith("coupler, version ")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(coupler: Coupler, verb: str) -> None:
    answer = coupler(verb, "--help")

    assert answer.code == 0
    assert "Usage: coupler" in answer.out


def test_a_verb_of_a_later_time_is_wrong_usage(coupler: Coupler) -> None:
    answer = coupler("worker")

    assert answer.code == 2
    assert "No such command" in answer.err


def test_wrong_usage_is_told_as_problem_json_when_json_is_wanted(coupler: Coupler) -> None:
    answer = coupler("couple", "PS", "--json")

    assert answer.code == 2
    assert answer.problem["code"] == "usage"
    assert "CRM_ID" in answer.problem["detail"]
    assert answer.out == ""


def _expected_errors() -> list[type[errors.CouplerError]]:
    found = [errors.CouplerError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return [kind for kind in found if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", _expected_errors())
def test_every_expected_failure_has_an_exit_code_and_a_problem(kind: type[errors.CouplerError]) -> None:
    error = kind("What and why.")

    assert exit_code(error) in (2, 3, 4)
    assert problem(error)["detail"] == "What and why."
    assert problem(error)["type"] == kind.code
    json.dumps(problem(error))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SettingsError("x"), 2),
        (errors.InvalidInput("x"), 2),
        (errors.ConnectionUnknown("x"), 2),
        (errors.Unavailable("x"), 3),
        (errors.CredentialsRefused("x"), 3),
        (errors.RateLimited("x"), 3),
        (errors.UnexpectedAnswer("x"), 3),
        (errors.StorageError("x"), 3),
        (errors.RecordNotFound("x"), 4),
        (errors.PermissionDenied("x"), 4),
        (errors.AlreadyCoupled("x"), 4),
        (errors.BothChanged("x"), 4),
        (errors.Forbidden("x"), 4),
    ],
)
def test_the_exit_code_tells_usage_from_unreachable_from_refused(error: errors.CouplerError, code: int) -> None:
    assert exit_code(error) == code
