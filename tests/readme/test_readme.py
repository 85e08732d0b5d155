from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.readme.tables import README, rendered

ROOT = README.parent
TEXT = README.read_text(encoding="utf-8")


def test_its_tables_say_what_the_code_says() -> None:
    assert rendered(TEXT) == TEXT, "run: .venv/bin/python -m tests.readme.tables"


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT))))
def test_every_link_and_picture_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^(?:\.venv/bin/)?coupler (.+)$", TEXT, re.MULTILINE))))
def test_every_command_shown_exists_with_the_options_shown(command: str) -> None:
    words = [word for word in shlex.split(command) if not Path(word).suffix]
    verbs = [word for word in words if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")][:2]
    shown = subprocess.run(
        [sys.executable, "-m", "coupler", *verbs, "--help"], capture_output=True, text=True, check=False
    )

    assert shown.returncode == 0, shown.stderr
    assert all(option in shown.stdout for option in words if option.startswith("--"))


def test_the_test_command_is_the_one_ci_runs() -> None:
    assert "bash tests/run" in TEXT
    assert "bash tests/run" in (ROOT / ".ci/run").read_text(encoding="utf-8")
