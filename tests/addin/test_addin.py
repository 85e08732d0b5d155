"""The browser side as files: what it is made of, what it may contain, how big it is, and that its types hold."""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from coupler.api.errors import STATUS

ADDIN = Path(__file__).parents[2] / "addin"
SOURCES = sorted((ADDIN / "src").rglob("*.js"))
BUDGET = 40 * 1024
LOCALES = sorted(path for path in (ADDIN / "locale").glob("??") if path.name != "po")
# Asked for by the type checker only; no module loads it.
TYPES = ADDIN / "src" / "types.js"
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
}
IMPORT = re.compile(r'^(?:import|export)\b[^;]*?"(\.[^"]+)";$', re.MULTILINE)
LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
# What is loaded before a page shows its first state, besides the entry: modules and stylesheets.
FIRST = {
    "the pane of a coupled record": (["pane", "coupled", "../framed"], ["beside"]),
    "the pane of an uncoupled record": (["pane", "uncoupled", "../framed"], ["beside"]),
    "the coupling window": (["coupling-page", "set-up-coupling"], ["window"]),
    "Synchronize Now": (["coupling-page", "synchronize-now"], []),
    "Delete Coupling": (["coupling-page", "delete-coupling"], []),
    "the users": (["users-page"], ["window", "lists"]),
    "the log": (["jobs-page"], ["lists"]),
    "the setup": (["setup-page"], ["lists"]),
}
TEXT = re.compile(r'^  "([\w.]+)":\s*"((?:[^"\\]|\\.)*)",$', re.MULTILINE)


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text inside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag in ("script", "style") and data.strip():
            self.inline.append(data.strip())

    def handle_endtag(self, _tag: str) -> None:
        self.lasttag = ""


@pytest.fixture(scope="module")
def shell() -> Tags:
    return Tags((ADDIN / "index.html").read_text(encoding="utf-8"))


def test_the_vendored_file_is_the_one_that_is_written_down() -> None:
    record = json.loads((ADDIN / "vendor/vendor.json").read_text(encoding="utf-8"))

    assert record["file"] == "lit.js"
    assert hashlib.sha256((ADDIN / "vendor/lit.js").read_bytes()).hexdigest() == record["sha256"]


def test_the_vendored_file_is_of_the_pinned_version_and_brings_its_licence() -> None:
    record = json.loads((ADDIN / "vendor/vendor.json").read_text(encoding="utf-8"))
    pinned = json.loads((ADDIN / "package.json").read_text(encoding="utf-8"))["devDependencies"]

    assert record["packages"]["lit"] == pinned["lit"]
    assert "Redistribution and use in source and binary forms" in (ADDIN / "vendor/lit.LICENSE.txt").read_text()


def test_every_tool_is_pinned_to_one_version() -> None:
    pinned = json.loads((ADDIN / "package.json").read_text(encoding="utf-8"))["devDependencies"]

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values()), pinned


def test_the_shell_has_no_inline_script_style_or_handler(shell: Tags) -> None:
    assert shell.inline == []
    for tag, attributes in shell.tags:
        assert tag != "style"
        assert tag != "script" or attributes.get("src")
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag


def test_the_shell_states_the_strict_policy_itself(shell: Tags) -> None:
    stated = [
        a["content"] for tag, a in shell.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]

    assert len(stated) == 1
    assert {part.strip() for part in (stated[0] or "").split(";")} == POLICY


def test_the_shell_loads_only_files_that_are_here(shell: Tags) -> None:
    wanted = [
        a["src"] if tag == "script" else a["href"]
        for tag, a in shell.tags
        if tag == "script" or (tag == "link" and a.get("rel") == "stylesheet")
    ]

    assert len(wanted) == 2
    for path in wanted:
        assert path is not None
        assert (ADDIN.parent / path).is_file()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_a_module_stays_on_its_origin_and_writes_no_markup_as_text(source: Path) -> None:
    text = source.read_text(encoding="utf-8")

    assert not re.search(r"https?://", text)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|unsafe(HTML|SVG)|\beval\(|new Function", text
    )
    assert not re.search(r"\bstyle=|localStorage|sessionStorage|document\.cookie", text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_a_module_has_one_subject_and_imports_what_exists(source: Path) -> None:
    text = source.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 300
    for imported in IMPORT.findall(text) + LATER.findall(text):
        assert (source.parent / imported).is_file(), imported


def reached(entry: Path, *, later: bool = False) -> set[Path]:
    """What a module loads: at once, or sooner or later."""
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        module = waiting.pop()
        if module not in found and module.suffix == ".js":
            found.add(module)
            text = module.read_text(encoding="utf-8")
            imported = IMPORT.findall(text) + (LATER.findall(code(module)) if later else [])
            waiting += [(module.parent / path).resolve() for path in imported]
    return found


def test_every_module_is_reached_from_the_entry() -> None:
    assert set(SOURCES) - reached(ADDIN / "src/main.js", later=True) == {TYPES}


def code(source: Path) -> str:
    """A module without what it says to people and to readers of the code."""
    return re.sub(r"/\*\*.*?\*/|^\s*//.*?$", "", source.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def test_only_host_js_knows_address_and_window() -> None:
    for source in SOURCES:
        if source.name not in ("host.js", "app.js") and source.parent.name != "texts":
            assert not re.search(r"\blocation\b|\bwindow\.(?!css)|\bhistory\.(?!js)", code(source)), source.name


def texts() -> dict[str, str]:
    """The English texts by id."""
    return dict(pair for path in sorted((ADDIN / "src/texts").glob("*.js")) for pair in TEXT.findall(path.read_text()))


def test_every_message_is_used_and_every_used_one_exists() -> None:
    ids = set(texts())
    said = "".join(code(source) for source in SOURCES if source.parent.name != "texts")
    named = set(re.findall(r'"([a-zA-Z]+\.[\w.]+)"', said)) - {"button.primary", "button.call"}
    built = tuple(set(re.findall(r"`([\w.]+\.)\$\{", said)))

    assert {i for i in named - ids if i.split(".")[0] in {i.split(".")[0] for i in ids}} == set()
    unused = {i for i in ids - named if i.removesuffix(".one") not in named and not i.startswith(built)}
    assert unused == set()


def test_every_next_step_is_for_a_code_the_api_has() -> None:
    told = {i.removeprefix("next.") for i in texts() if i.startswith("next.")}

    assert told - codes() == {"other", "unreachable"}


def codes() -> set[str]:
    """The code of every problem the API knows."""
    found, waiting = set[str](), list(STATUS)
    while waiting:
        error = waiting.pop()
        found.add(error.code)
        waiting += error.__subclasses__()
    return found


@pytest.mark.parametrize("page", FIRST)
def test_everything_a_page_loads_first_fits_the_budget_in_every_language(page: str) -> None:
    elements, styles = FIRST[page]
    modules = reached(ADDIN / "src/main.js").union(
        *(reached((ADDIN / f"src/elements/{name}.js").resolve()) for name in elements)
    )
    looks = [ADDIN / f"src/{name}.css" for name in ("pane", *styles)]
    subjects = {module.stem for module in modules if module.parent.name == "texts"}
    catalogues = [sum(weight(folder / f"{name}.json") for name in subjects) for folder in LOCALES]

    english = sum(map(weight, [ADDIN / "index.html", *looks, *modules]))
    assert english <= BUDGET
    # The coupling window is a page of its own, where nobody waits beside a record; another language may add to it.
    assert english + max(catalogues) <= BUDGET + (2048 if page == "the coupling window" else 0)


def weight(path: Path) -> int:
    """Bytes on the way, compressed."""
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def tool(name: str) -> str:
    """The installed tool; the test is skipped where Node or the tools are not there."""
    found = ADDIN / "node_modules/.bin" / (f"{name}.cmd" if os.name == "nt" else name)
    if shutil.which("node") is None or not found.exists():
        pytest.skip("no Node tools: npm install --prefix addin")
    return str(found)


def test_the_types_hold() -> None:
    done = subprocess.run([tool("tsc"), "--noEmit"], cwd=ADDIN, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_lint_and_format_are_clean() -> None:
    done = subprocess.run(
        [tool("biome"), "ci", "--error-on-warnings", "."], cwd=ADDIN, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_vendored_file_can_be_made_again() -> None:
    tool("esbuild")
    node = shutil.which("node") or "node"

    done = subprocess.run([node, "vendor/build.mjs", "--check"], cwd=ADDIN, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
