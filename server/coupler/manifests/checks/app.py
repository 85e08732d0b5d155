"""Rules for the AL app: app.json, and every object of its source (surfaces 4.3, 4.5)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from coupler.manifests.checks.al import al_faults, objects_in
from coupler.manifests.checks.findings import Fault, Finding, Parts, found, text_faults
from coupler.manifests.checks.xml import MANY, order_faults, parse
from coupler.manifests.surfaces import Surfaces

APP, PERMISSIONS = "app.json", "permissionsets.xml"
_FOUR = re.compile(r"[0-9]+(\.[0-9]+){3}\Z")
_RUNTIME = re.compile(r"[0-9]+\.[0-9]+\Z")
_PERMISSION = (
    "ObjectType", "ObjectID", "ReadPermission", "InsertPermission", "ModifyPermission", "DeletePermission",
    "ExecutePermission", "SecurityFilter",
)  # fmt: skip


def findings(artefact: str, parts: Parts, surfaces: Surfaces) -> Iterator[Finding]:
    """Every broken rule."""
    try:
        app = json.loads(parts[APP])
    except ValueError as error:
        yield Finding(artefact, APP, "json", f"is no JSON: {error}")
        return
    faults = list(_app_faults(app, surfaces))
    yield from found(artefact, APP, faults)
    if faults:
        return
    ids = range(app["idRange"]["from"], app["idRange"]["to"] + 1)
    runtime = tuple(map(int, app["runtime"].split(".")))
    languages = [one.nav for one in surfaces.languages]
    for part, content in parts.items():
        yield from found(artefact, part, text_faults(content))
        if part.endswith(".al"):
            code = content.decode("utf-8", "replace")
            yield from found(artefact, part, al_faults(code, ids, runtime, languages))
    yield from found(artefact, "src", _object_faults(parts, surfaces, runtime))
    if PERMISSIONS in parts:
        yield from found(artefact, PERMISSIONS, _permission_faults(parts[PERMISSIONS], ids))


def _app_faults(app: Any, surfaces: Surfaces) -> Iterator[Fault]:
    if not isinstance(app, dict):
        yield "json", "is no object"
        return
    for name in ("id", "name", "publisher", "version", "platform", "application", "runtime", "idRange"):
        if not app.get(name):
            yield "app", f"has no {name}"
    for name in ("version", "platform", "application"):
        if not _FOUR.match(str(app.get(name))):
            yield "app", f"{name} has not four numbers"
    if not _RUNTIME.match(str(app.get("runtime"))):
        yield "app", "runtime is not of the form 1.0"
    if app.get("id") != str(surfaces.id_of("bc/app")):
        yield "app", "id is not the app's own: an upgrade would become a second app"
    yield from _range_faults(app.get("idRange"))


def _range_faults(given: Any) -> Iterator[Fault]:
    if not isinstance(given, dict) or not all(isinstance(given.get(name), int) for name in ("from", "to")):
        yield "ids", "idRange has no numbers from and to"
    elif not 50_000 <= given["from"] <= given["to"] <= 99_999:
        yield "ids", "idRange is not within 50000 to 99999"


def _object_faults(parts: Parts, surfaces: Surfaces, runtime: tuple[int, ...]) -> Iterator[Fault]:
    code = "\n".join(content.decode("utf-8", "replace") for name, content in parts.items() if name.endswith(".al"))
    objects = objects_in(code)
    numbers = [(one.kind, str(one.id)) for one in objects]
    for keys in (numbers, [(one.kind, one.name.lower()) for one in objects]):
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield "unique", f"there are two {key[0]} {key[1]}"
    bases = sorted(one.extends for one in objects if one.extends)
    wanted = sorted(page for one in surfaces.mappings for page in (one.nav_card, one.nav_list))
    if bases != wanted:
        yield "pages", f"extends {', '.join(bases)} instead of {', '.join(wanted)}"
    yield from _reference_faults(code, {one.name for one in objects})
    yield from _viewer_faults(code, runtime)


def _reference_faults(code: str, names: set[str]) -> Iterator[Fault]:
    for kind, name in re.findall(r'\b(Codeunit|Record|part\(\w+;|page|table|tabledata|codeunit) "([^"\n]+)"', code):
        if name not in names:
            yield "references", f"{kind} {name} is not in the app"


def _viewer_faults(code: str, runtime: tuple[int, ...]) -> Iterator[Fault]:
    """The control add-in changed its name with Business Central 24, runtime 13 (surfaces 4.3)."""
    wanted = "WebPageViewer" if runtime >= (13, 0) else '"Microsoft.Dynamics.Nav.Client.WebPageViewer"'
    for name in re.findall(r"usercontrol\(\w+; ([^)\n]+)\)", code):
        if name != wanted:
            yield "viewer", f"uses {name} instead of {wanted}"


def _permission_faults(content: bytes, ids: range) -> Iterator[Fault]:
    root = parse(content)
    if isinstance(root, tuple):
        yield root
        return
    yield from order_faults(root, (("PermissionSet", 1, MANY),))
    for one in root.iter("PermissionSet"):
        if not 0 < len(one.get("RoleID", "")) <= 20 or not 0 < len(one.get("RoleName", "")) <= 30:
            yield "names", f"the permission set {one.get('RoleID')} has no role id of 20 or role name of 30 letters"
    for permission in root.iter("Permission"):
        yield from order_faults(permission, tuple((name, 1, 1) for name in _PERMISSION))
        number = permission.findtext("ObjectID") or ""
        if not number.isdigit() or int(number) not in ids:
            yield "ids", f"a permission is for object {number}, outside of the app's"
