"""The browser extension for Chrome, Edge and Firefox: which record a tab shows, and the links for it (surfaces 5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from coupler.manifests.backend import four_parts
from coupler.manifests.icon import png
from coupler.manifests.order import Order
from coupler.manifests.templates import render, source

BROWSERS = {"chrome": "Chrome and Edge", "firefox": "Firefox"}
ICON_SIZES = (16, 32, 48, 128)
_FILES = (
    "background.js",
    "detect.js",
    "settings.js",
    "panel.html",
    "panel.js",
    "options.html",
    "options.js",
    "look.css",
)


def build(order: Order) -> list[tuple[str, str, Mapping[str, bytes]]]:
    """One package per family of browsers."""
    return [
        (f"coupler-{browser}-{order.version}.zip", covers, _parts(order, browser))
        for browser, covers in BROWSERS.items()
    ]


def _parts(order: Order, browser: str) -> dict[str, bytes]:
    parts = {name: source(f"extension/{name}") for name in _FILES}
    parts["manifest.json"] = _json(_manifest(order, browser))
    parts["defaults.js"] = render("extension/defaults.js.j2", defaults=_defaults(order)).encode()
    parts |= {f"icons/icon{size}.png": png(size) for size in ICON_SIZES}
    if browser == "chrome":
        # Firefox takes managed values without a schema (surfaces 5.2).
        parts["managed_schema.json"] = source("extension/managed_schema.json")
    for language in order.surfaces.languages:
        parts[f"_locales/{language.code}/messages.json"] = _json(_messages(order, language.code))
    return parts


def _manifest(order: Order, browser: str) -> Any:
    icons = {str(size): f"icons/icon{size}.png" for size in ICON_SIZES}
    values = {"browser": browser, "extension": order.surfaces.extension, "icons": icons}
    text = render("extension/manifest.json.j2", version=_version(order.version), **values)
    return json.loads(text)


def _version(version: str) -> str:
    """Three numbers: an extension's fourth is for the store's own counting."""
    return four_parts(version).rpartition(".")[0]


def _defaults(order: Order) -> Mapping[str, Any]:
    return {
        "version": order.version,
        "backend": order.backend,
        "allowHttp": order.allow_http,
        "crmAddresses": list(order.crm_addresses),
        "navAddresses": list(order.nav_addresses),
        "company": order.company,
        "mappings": [
            {
                "table": one.nav.name,
                "number": one.nav.number,
                "tableName": one.nav_table,
                "keyField": one.nav.key_field,
                "card": one.nav.card_page,
                "list": one.nav.list_page,
                "entity": one.crm.name,
                "typeCode": one.crm_type_code,
            }
            for one in order.surfaces.mappings
        ],
    }


def _messages(order: Order, code: str) -> Mapping[str, Any]:
    return {key: {"message": texts[code]} for key, texts in sorted(order.surfaces.labels.items())}


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
