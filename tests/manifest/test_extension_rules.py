"""Each rule for the browser extension finds what it is for (surfaces 5.3, 5.4)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.manifest.artefacts import built, parts_of, rules, rules_broken

from coupler.manifests import check

ROOT = Path(__file__).parents[2]
WEB_EXT = ROOT / "manifest" / "node_modules" / ".bin" / "web-ext"
BOTH = [
    ("manifest.json", '"manifest_version": 3', '"manifest_version": 2', "manifest"),
    ("manifest.json", '"version": "1.2.3"', '"version": "1.2.3rc1"', "manifest"),
    (
        "manifest.json",
        '"manifest_version": 3,',
        '"manifest_version": 3, "host_permissions": ["<all_urls>"],',
        "permissions",
    ),
    ("manifest.json", '"activeTab",', '"activeTab", "tabs",', "permissions"),
    ("manifest.json", '"https://*/*"', '"*://*/*"', "permissions"),
    ("manifest.json", "script-src 'self'", "script-src 'self' https://cdn.example.com", "policy"),
    ("manifest.json", "script-src 'self'", "script-src 'self' 'unsafe-eval'", "policy"),
    ("manifest.json", "frame-ancestors 'none'", "img-src 'self'", "policy"),
    ("manifest.json", "background.js", "other.js", "parts"),
    ("manifest.json", "icons/icon16.png", "icons/icon17.png", "parts"),
    ("manifest.json", '"default_locale": "en"', '"default_locale": "sv"', "labels"),
    ("manifest.json", "{", "", "json"),
    ("_locales/da/messages.json", '"set_up_coupling"', '"set_up"', "labels"),
    ("_locales/fr/messages.json", "{", "", "json"),
    ("panel.html", 'data-text="options"', 'data-text="nothing"', "labels"),
    ("panel.html", 'src="panel.js"', 'src="https://evil.example/panel.js"', "remote-code"),
    ("panel.html", 'href="look.css"', 'href="other.css"', "remote-code"),
    ("panel.html", "<main", '<main onclick="a()"', "inline"),
    ("panel.html", "<main", "<script>a()</script><main", "inline"),
    ("panel.html", "<main", '<main style="color: red"', "inline"),
    ("panel.html", "<main", '<iframe src="look.css"></iframe><main', "inline"),
    ("panel.js", '"./detect.js"', '"https://evil.example/detect.js"', "remote-code"),
    ("panel.js", "translate();", 'fetch("https://evil.example"); translate();', "remote-code"),
    ("panel.js", "translate();", "eval('1'); translate();", "remote-code"),
    ("panel.js", "translate();", 'import("./x.js"); translate();', "remote-code"),
    ("panel.js", "translate();", "document.body.innerHTML = 1; translate();", "remote-code"),
    ("background.js", "// The button", "\ufeff// The button", "encoding"),
]
CHROME = [
    ("manifest.json", '"side_panel"', '"panel"', "manifest"),
    ("manifest.json", '"service_worker": "background.js"', '"scripts": ["background.js"]', "manifest"),
    ("manifest.json", '"managed_schema": "managed_schema.json"', '"managed_schema": "manifest.json"', "manifest"),
    ("manifest.json", '"minimum_chrome_version": "123"', '"minimum_chrome_version": ""', "manifest"),
]
FIREFOX = [
    ("manifest.json", '"sidebar_action"', '"side_panel"', "manifest"),
    ("manifest.json", '"scripts": [\n      "background.js"\n    ]', '"service_worker": "background.js"', "manifest"),
    ("manifest.json", '"strict_min_version"', '"min_version"', "manifest"),
    ("manifest.json", '"data_collection_permissions"', '"data_collection"', "manifest"),
]
BREAKAGES = [
    *(("chrome", *one) for one in (*BOTH, *CHROME)),
    *(("firefox", *one) for one in (*BOTH, *FIREFOX)),
]


@pytest.mark.parametrize("browser", ["chrome", "firefox"])
def test_a_whole_extension_breaks_no_rule(browser: str) -> None:
    one = built("extension", browser)

    assert check(one.name, one.content) == []


@pytest.mark.parametrize(("browser", "part", "old", "new", "rule"), BREAKAGES, ids=lambda value: str(value)[:30])
def test_a_broken_extension_is_found(browser: str, part: str, old: str, new: str, rule: str) -> None:
    assert rule in rules_broken(built("extension", browser), part, old, new)


def test_an_extension_that_grew_is_found() -> None:
    artefact = built("extension", "chrome")

    assert "size" in rules(artefact, {**parts_of(artefact), "big.png": b" " * 300_000})


@pytest.mark.parametrize("browser", ["chrome", "firefox"])
def test_it_asks_for_no_site_before_somebody_allows_it(browser: str) -> None:
    manifest = json.loads(parts_of(built("extension", browser))["manifest.json"])

    assert "host_permissions" not in manifest
    assert "content_scripts" not in manifest
    assert "tabs" not in manifest["permissions"]


def test_mozillas_linter_finds_nothing(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not WEB_EXT.exists():
        pytest.skip("no web-ext: npm ci --prefix manifest")
    for name, content in parts_of(built("extension", "firefox")).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)

    done = subprocess.run(
        [node, str(WEB_EXT), "lint", "--source-dir", str(tmp_path), "--output", "json", "--no-config-discovery"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    report = json.loads(done.stdout)
    assert report["errors"] == [], report["errors"]
    assert report["warnings"] == [], report["warnings"]
    assert report["metadata"]["manifestVersion"] == 3
