"""The translations: from the English texts in src/texts/ to po/*.po for translators, and from there to JSON.

`python addin/locale/compile.py` brings the .po files up to date (new texts untranslated, changed ones fuzzy, gone ones
removed) and writes <language>/<subject>.json, which is what a page loads; `--check` writes nothing and fails where
anything would change. Untranslated and fuzzy texts stay out of the JSON: the page shows them in English.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

LOCALE = Path(__file__).parent
TEXTS = LOCALE.parent / "src" / "texts"
LANGUAGES = ("da", "de", "es", "fr", "nl")
_ENTRY = re.compile(r'^  "([\w.]+)":\s*("(?:[^"\\]|\\.)*"),$', re.MULTILINE)
_START = re.compile(r'^  "', re.MULTILINE)
_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def english() -> dict[str, dict[str, str]]:
    """The texts by subject and id, as the modules have them. Refuses a module it cannot read whole."""
    return {path.stem: _texts(path) for path in sorted(TEXTS.glob("*.js"))}


def _texts(path: Path) -> dict[str, str]:
    source = path.read_text(encoding="utf-8")
    found = {name: str(json.loads(text)) for name, text in _ENTRY.findall(source)}
    if len(found) != len(_START.findall(source)):
        raise SystemExit(f'{path.name}: an entry is not of the form "id": "text", or an id occurs twice.')
    return found


def present(language: str) -> Catalog:
    """What translators have so far."""
    path = LOCALE / "po" / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renewed(language: str, texts: Mapping[str, Mapping[str, str]]) -> Catalog:
    """The catalogue with exactly the texts there are, each with its translation if it has one."""
    before = {message.context: message for message in present(language) if message.id}
    catalog = Catalog(locale=language, fuzzy=False)
    for subject, entries in texts.items():
        for name, text in entries.items():
            old = before.get(name)
            flags = ["fuzzy"] if old and old.string and (old.fuzzy or old.id != text) else []
            places = [(f"src/texts/{subject}.js", None)]
            catalog.add(text, old.string if old else "", context=name, flags=flags, locations=places)  # type: ignore[arg-type]
    return catalog


def as_po(language: str, catalog: Catalog) -> bytes:
    """The file for translators: ids as contexts, in the order of the modules, without dates that change every run."""
    file = io.BytesIO()
    write_po(file, catalog, width=0, omit_header=True, ignore_obsolete=True)
    return _HEADER.format(language=language).encode() + file.getvalue()


def translated(catalog: Catalog, texts: Mapping[str, str]) -> dict[str, str]:
    """What is ready of one subject."""
    ready: dict[str | None, Message] = {m.context: m for m in catalog if m.id and m.string and not m.fuzzy}
    return {name: str(ready[name].string) for name in texts if name in ready}


def files() -> Iterator[tuple[Path, bytes]]:
    """Every file as it should be."""
    texts = english()
    for language in LANGUAGES:
        catalog = renewed(language, texts)
        yield LOCALE / "po" / f"{language}.po", as_po(language, catalog)
        for subject, entries in texts.items():
            content = json.dumps(translated(catalog, entries), ensure_ascii=False, indent=0)
            yield LOCALE / language / f"{subject}.json", f"{content}\n".encode()


def main(arguments: list[str]) -> int:
    """Write what differs, or with --check only name it."""
    changed = [(path, content) for path, content in files() if not path.exists() or path.read_bytes() != content]
    for path, content in changed:
        sys.stdout.write(f"{path.relative_to(LOCALE)}\n")
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return 1 if changed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
