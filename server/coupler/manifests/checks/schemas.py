"""A CRM solution against Microsoft's own schemas, which are not ours to ship (surfaces 1.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from coupler.domain.errors import InvalidInput
from coupler.manifests.checks.findings import Finding, Parts

if TYPE_CHECKING:
    from xmlschema import XMLSchema10

MAIN, RIBBON = "CustomizationsSolution.xsd", "RibbonCore.xsd"
CUSTOMIZATIONS = "customizations.xml"
_MOST = 50
# Patterns as .NET reads them: anchors, and a look-ahead that XML Schema does not have.
_ANCHORS = re.compile(r'(<xs:pattern\s+value\s*=\s*")\^(.*?)\$("\s*/>)')
_INCLUDE = re.compile(r'<xs:include\s+schemaLocation\s*=\s*"([^"]+)"\s*/>')
_LOOK_AHEAD = re.compile(r'(<xs:pattern\s+value\s*=\s*")\(\?![^)]*\)')


def schema_findings(artefact: str, parts: Parts, folder: Path) -> Iterator[Finding]:
    """What the schema finds in customizations.xml, at most fifty. solution.xml has no schema.

    Raises InvalidInput when the folder lacks the schemas, or the library that reads them is not installed.
    """
    text = parts[CUSTOMIZATIONS].decode()
    for number, error in enumerate(_schema(folder).iter_errors(re.sub(r"^<\?xml[^>]*\?>\s*", "", text))):
        if number == _MOST:
            return
        yield Finding(artefact, f"{CUSTOMIZATIONS}{error.path or ''}", "schema", str(error.reason))


@cache
def _schema(folder: Path) -> XMLSchema10:
    try:
        import xmlschema
    except ImportError as error:
        raise InvalidInput("Reading schemas needs the package xmlschema: pip install xmlschema.") from error
    if not (folder / MAIN).is_file():
        raise InvalidInput(f"{folder} holds no {MAIN}; it is in the SDK of Dynamics CRM 2015, folder Schemas.")
    files = {path.name.lower(): path for path in folder.glob("*.xsd")}
    return xmlschema.XMLSchema10(_joined(MAIN, files))


def _repaired(path: Path) -> str:
    text = path.read_text(encoding="utf-8-sig")
    return _LOOK_AHEAD.sub(r"\1", _ANCHORS.sub(r"\1\2\3", text))


def _joined(name: str, files: dict[str, Path]) -> str:
    """One schema of all that are included: names of files differ in case, and there is no namespace to keep apart."""
    done: dict[str, str] = {}
    waiting = [name.lower()]
    while waiting:
        one = waiting.pop(0)
        if one in done:
            continue
        if one not in files:
            raise InvalidInput(f"The schemas include {one}, which is not in the folder.")
        done[one] = _repaired(files[one])
        waiting += [name.lower() for name in _INCLUDE.findall(done[one])]
    bodies = "\n".join(_INCLUDE.sub("", _body(source)) for source in done.values())
    return f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{bodies}</xs:schema>'


def _body(schema: str) -> str:
    start = re.search(r"<xs:schema\b[^>]*>", schema)
    end = schema.rfind("</xs:schema>")
    if start is None or end < 0:
        raise InvalidInput("A file in the folder of schemas is no schema.")
    return schema[start.end() : end]
