"""Rules for the browser extension: manifest, policy, texts, and that all code is in the package (surfaces 5.3, 5.4)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from coupler.manifests.checks.findings import Fault, Finding, Parts, found, missing_label_faults, text_faults
from coupler.manifests.checks.scripts import remote_faults
from coupler.manifests.surfaces import Surfaces

MANIFEST, SCHEMA = "manifest.json", "managed_schema.json"
# What it may ask for. More would need a reason in the store's listing, and trust.
PERMISSIONS = {"activeTab", "sidePanel", "storage"}
LARGEST = 200 * 1024
_POLICY = ("'none'", "'self'")
_VERSION = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5}){0,3}\Z")
_ABSOLUTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def findings(artefact: str, parts: Parts, surfaces: Surfaces) -> Iterator[Finding]:
    """Every broken rule."""
    documents: dict[str, Any] = {}
    for part, content in parts.items():
        if not part.endswith(".png"):
            yield from found(artefact, part, text_faults(content))
        if part.endswith(".json"):
            try:
                documents[part] = json.loads(content)
            except ValueError as error:
                yield Finding(artefact, part, "json", f"is no JSON: {error}")
    manifest = documents.get(MANIFEST)
    if not isinstance(manifest, dict):
        return
    yield from found(artefact, MANIFEST, _manifest_faults(manifest))
    yield from found(artefact, MANIFEST, _browser_faults(manifest, documents))
    yield from found(artefact, MANIFEST, _file_faults(manifest, parts))
    yield from found(artefact, "_locales", _text_faults(manifest, documents, parts, surfaces))
    for part, content in parts.items():
        yield from found(artefact, part, _code_faults(part, content.decode("utf-8", "replace"), parts))
    if sum(map(len, parts.values())) > LARGEST:
        yield Finding(artefact, "", "size", f"unpacks to more than {LARGEST} bytes")


def _manifest_faults(manifest: Mapping[str, Any]) -> Iterator[Fault]:
    if manifest.get("manifest_version") != 3:
        yield "manifest", "manifest_version is not 3"
    if not _VERSION.match(str(manifest.get("version"))):
        yield "manifest", "version is not one to four numbers"
    for name in ("host_permissions", "content_scripts", "web_accessible_resources", "externally_connectable"):
        if manifest.get(name):
            yield "permissions", f"{name} is there: nothing is allowed before somebody allows it"
    extra = set(manifest.get("permissions", ())) - PERMISSIONS
    if extra:
        yield "permissions", f"asks for {', '.join(sorted(extra))}"
    if set(manifest.get("optional_host_permissions", ())) != {"https://*/*", "http://*/*"}:
        yield "permissions", "optional_host_permissions are not those of any site, to be asked for one by one"
    yield from _policy_faults(str(manifest.get("content_security_policy", {}).get("extension_pages", "")))


def _policy_faults(policy: str) -> Iterator[Fault]:
    given = {name: values for name, *values in (part.split() for part in policy.split(";") if part.strip())}
    for name in ("script-src", "object-src", "frame-ancestors", "default-src"):
        if name not in given:
            yield "policy", f"the content security policy has no {name}"
    for name, values in given.items():
        if any(value not in _POLICY for value in values):
            yield "policy", f"{name} allows more than the package itself"


def _browser_faults(manifest: Mapping[str, Any], documents: Mapping[str, Any]) -> Iterator[Fault]:
    gecko = manifest.get("browser_specific_settings", {}).get("gecko")
    return _chrome_faults(manifest, documents) if gecko is None else _firefox_faults(manifest, gecko)


def _chrome_faults(manifest: Mapping[str, Any], documents: Mapping[str, Any]) -> Iterator[Fault]:
    background = manifest.get("background", {})
    if "sidePanel" not in manifest.get("permissions", ()) or not manifest.get("side_panel", {}).get("default_path"):
        yield "manifest", "has no side panel"
    if not background.get("service_worker") or "scripts" in background:
        yield "manifest", "background is not one service worker"
    if manifest.get("storage", {}).get("managed_schema") != SCHEMA or SCHEMA not in documents:
        yield "manifest", "has no schema for an organization's policy"
    if not str(manifest.get("minimum_chrome_version", "")).isdigit():
        yield "manifest", "has no minimum_chrome_version"


def _firefox_faults(manifest: Mapping[str, Any], gecko: Mapping[str, Any]) -> Iterator[Fault]:
    background = manifest.get("background", {})
    for name in ("side_panel", "minimum_chrome_version", "storage"):
        if name in manifest:
            yield "manifest", f"{name} is unknown to Firefox"
    if "sidePanel" in manifest.get("permissions", ()) or not manifest.get("sidebar_action", {}).get("default_panel"):
        yield "manifest", "has no sidebar"
    if "service_worker" in background or not background.get("scripts"):
        yield "manifest", "background is not a script, and Firefox has no service worker"
    for name in ("id", "strict_min_version", "data_collection_permissions"):
        if not gecko.get(name):
            yield "manifest", f"has no {name} for Firefox"


def _file_faults(manifest: Mapping[str, Any], parts: Parts) -> Iterator[Fault]:
    for path, value in _leaves(manifest, ""):
        if re.fullmatch(r"[\w/]+\.(js|html|png|json)", value) and value not in parts:
            yield "parts", f"{path} names {value}, which is not in the package"


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from _leaves(one, f"{path}.{key}".lstrip("."))


def _text_faults(
    manifest: Mapping[str, Any], documents: Mapping[str, Any], parts: Parts, surfaces: Surfaces
) -> Iterator[Fault]:
    if f"_locales/{manifest.get('default_locale')}/messages.json" not in parts:
        yield "labels", "has no texts in its default_locale"
    code = "\n".join(
        parts[name].decode("utf-8", "replace") for name in parts if name.endswith((".js", ".html", ".json"))
    )
    used = set(re.findall(r"__MSG_(\w+)__", code)) | set(re.findall(r'data-text="(\w+)"', code))
    used |= set(re.findall(r'\b(?:text|showNotice|getMessage)\("(\w+)"\)', code))
    languages = [one.code for one in surfaces.languages]
    for key in sorted(used):
        given = [code for code in languages if _message(documents, code, key)]
        yield from missing_label_faults(languages, given, f"the text {key}")


def _message(documents: Mapping[str, Any], code: str, key: str) -> str:
    messages = documents.get(f"_locales/{code}/messages.json", {})
    return str(messages.get(key, {}).get("message", "")).strip()


def _code_faults(part: str, code: str, parts: Parts) -> Iterator[Fault]:
    if part.endswith(".js"):
        yield from remote_faults(code)
        for name in re.findall(r'^import [^;]*?from "([^"]+)";', code, re.MULTILINE):
            if name.removeprefix("./") not in parts:
                yield "remote-code", f"imports {name}, which is not in the package"
    if part.endswith(".html"):
        page = _Page()
        page.feed(code)
        yield from page.faults(parts)


class _Page(HTMLParser):
    """What a page loads, and what of it runs inside it."""

    def __init__(self) -> None:
        super().__init__()
        self._loads: list[tuple[str, str]] = []
        self._inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag loads, and handlers and styles inside it."""
        given = dict(attrs)
        loads = given.get("src") or (given.get("href") if tag == "link" else None)
        if loads:
            self._loads.append((tag, loads))
        self._inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag in ("style", "iframe") or (tag == "script" and not given.get("src")):
            self._inline.append(f"<{tag}>")

    def faults(self, parts: Parts) -> Iterator[Fault]:
        """Everything comes from the package, and nothing is inline."""
        for tag, name in self._loads:
            if _ABSOLUTE.match(name) or name not in parts:
                yield "remote-code", f"<{tag}> loads {name}, which is not in the package"
        for name in self._inline:
            yield "inline", f"has {name} inside the page"
