"""A real Chromium for tests: found on the machine, never downloaded."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright


def chromium_path() -> str:
    """Where Chromium is; fails on CI and skips elsewhere when there is none."""
    named = os.environ.get("CHROMIUM")  # noqa: TID251 - the tests' own switch
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    missing = "no Chromium: apt-get install -y chromium libatomic1 fonts-liberation, or set CHROMIUM"
    if os.environ.get("CI"):  # noqa: TID251
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser that looks for nothing outside this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=_arguments())
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def chromium_as_people_have_it() -> Iterator[Browser]:
    """A headless browser without Playwright's own switches: they turn off the partitioning of storage and the pop-up
    blocker, with which a frame of another site behaves as it never does in the field (surfaces 5.4)."""
    with tempfile.TemporaryDirectory(prefix="coupler-chromium-", ignore_cleanup_errors=True) as profile:
        needed = ["--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--disable-dev-shm-usage"]
        keyring = ["--password-store=basic", "--use-mock-keychain"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(),
                ignore_default_args=True,
                args=[*needed, *keyring, *_arguments(), "about:blank"],
            )
            try:
                yield browser
            finally:
                browser.close()


def _arguments() -> list[str]:
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*quiet, *sandbox]
