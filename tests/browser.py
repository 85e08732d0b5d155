"""A real Chromium for tests: found on the machine, never downloaded."""

from __future__ import annotations

import os
import shutil
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
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*quiet, *sandbox])
        try:
            yield browser
        finally:
            browser.close()
