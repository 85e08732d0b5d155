"""Our own rules for artefacts, always on; Microsoft's schemas beside them when a folder is given.

They catch slips in what we generate. They are no compiler and no import: passing them is not proof that a product
takes the artefact (surfaces 4.5, 7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from coupler.domain.errors import InvalidInput
from coupler.manifests.archive import unpacked
from coupler.manifests.checks import app, extension, objects, solution
from coupler.manifests.checks.findings import Finding, Parts
from coupler.manifests.surfaces import Surfaces, load_surfaces

__all__ = ["Finding", "check", "check_files", "kind_of"]

Rules = Callable[[str, Parts, Surfaces], Iterator[Finding]]
# The part that tells what an artefact is.
_KINDS: Mapping[str, tuple[str, Rules]] = {
    "solution.xml": ("crm", solution.findings),
    "app.json": ("bc", app.findings),
    "manifest.json": ("extension", extension.findings),
    "Coupler.txt": ("nav", objects.findings),
}


def kind_of(name: str, parts: Parts) -> str:
    """Which kind of artefact these parts are; raises InvalidInput for none of ours."""
    return _rules(name, parts)[0]


def check(name: str, content: bytes, *, surfaces: Surfaces | None = None, schemas: Path | None = None) -> list[Finding]:
    """Every broken rule of one artefact. Raises InvalidInput for a file that is none of ours."""
    parts = unpacked(content, name)
    kind, rules = _rules(name, parts)
    findings = list(rules(name, parts, surfaces or load_surfaces()))
    if schemas is not None and kind == "crm" and not any(one.rule == "xml" for one in findings):
        from coupler.manifests.checks.schemas import schema_findings

        findings += schema_findings(name, parts, schemas)
    return findings


def check_files(paths: list[Path], *, schemas: Path | None = None) -> list[Finding]:
    """Every broken rule of the files; raises InvalidInput for one that cannot be read."""
    findings: list[Finding] = []
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
        findings += check(path.name, content, schemas=schemas)
    return findings


def _rules(name: str, parts: Parts) -> tuple[str, Rules]:
    for part, found in _KINDS.items():
        if part in parts:
            return found
    raise InvalidInput(f"{name} is no artefact of Coupler: it holds none of {', '.join(_KINDS)}.")
