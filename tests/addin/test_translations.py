"""The translations: the same ids and placeholders everywhere, complete, and compiled from what translators wrote."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ADDIN = Path(__file__).parents[2] / "addin"
LANGUAGES = ("da", "de", "es", "fr", "nl")
ENTRY = re.compile(r'^  "([\w.]+)":\s*("(?:[^"\\]|\\.)*"),$', re.MULTILINE)
PLACEHOLDER = re.compile(r"\{\w+\}")
SUBJECTS = {
    path.stem: {name: str(json.loads(text)) for name, text in ENTRY.findall(path.read_text(encoding="utf-8"))}
    for path in sorted((ADDIN / "src/texts").glob("*.js"))
}
EVERY = [(language, subject) for language in LANGUAGES for subject in SUBJECTS]


def compiled(language: str, subject: str) -> dict[str, str]:
    found = json.loads((ADDIN / f"locale/{language}/{subject}.json").read_text(encoding="utf-8"))
    return {str(name): str(text) for name, text in found.items()}


def test_there_is_a_catalogue_for_each_language_and_nothing_else() -> None:
    assert {path.name for path in (ADDIN / "locale").iterdir() if path.is_dir()} - {"__pycache__"} == {*LANGUAGES, "po"}
    assert {path.stem for path in (ADDIN / "locale/po").iterdir()} == set(LANGUAGES)
    for language in LANGUAGES:
        assert {path.stem for path in (ADDIN / "locale" / language).iterdir()} == set(SUBJECTS)


def test_an_id_belongs_to_one_subject() -> None:
    ids = [name for texts in SUBJECTS.values() for name in texts]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("language", "subject"), EVERY)
def test_every_text_is_translated_and_none_is_left_over(language: str, subject: str) -> None:
    assert list(compiled(language, subject)) == list(SUBJECTS[subject])


@pytest.mark.parametrize(("language", "subject"), EVERY)
def test_a_translation_fills_in_what_the_english_text_fills_in(language: str, subject: str) -> None:
    for name, text in compiled(language, subject).items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(SUBJECTS[subject][name])), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_ends_as_the_english_text_does(language: str) -> None:
    for subject, texts in SUBJECTS.items():
        for name, text in compiled(language, subject).items():
            if " " in texts[name] and not name.startswith("field."):
                assert (text[-1] in ".…?") == (texts[name][-1] in ".…?"), name


@pytest.mark.parametrize(
    ("language", "word"),
    [("da", "sammenkæd"), ("de", "koppel"), ("es", "emparej"), ("fr", "coupl"), ("nl", "koppel")],
)
def test_coupling_is_called_what_the_products_call_it(language: str, word: str) -> None:
    coupling = compiled(language, "common")["button.setUp"] + compiled(language, "done")["setUp.done"]

    assert coupling.lower().count(word) == 2 or (language == "de" and coupling.lower().count("kopp") == 2)


def test_the_compiled_files_are_those_of_the_catalogues() -> None:
    command = [sys.executable, str(ADDIN / "locale/compile.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, f"python addin/locale/compile.py:\n{done.stdout}{done.stderr}"
