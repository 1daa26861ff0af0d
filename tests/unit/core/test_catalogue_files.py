from __future__ import annotations

from pathlib import Path

import pytest

from core.catalogue import Catalogue, CatalogueError, Entry, Label, load_catalogue
from core.i18n import use_locale

HEAD = "source: a law\nvalid_from: 2026-01-01\n"


class Item(Entry):
    code: str
    weight: int = 0


class Items(Catalogue):
    items: tuple[Item, ...]


def _write(folder: Path, text: str) -> Path:
    path = folder / "items.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_words_and_codes_stay_text(tmp_path: Path) -> None:
    path = _write(tmp_path, HEAD + "items: [{code: no}, {code: 01, weight: 7}, {code: on}]\n")
    assert [(item.code, item.weight) for item in load_catalogue(path, Items).items] == [("no", 0), ("01", 7), ("on", 0)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEAD + "items: [{code: a, colour: red}]\n", "items.0.colour"),
        (HEAD + "items: [{weight: 1}]\n", "items.0.code"),
        ("items: []\n", "source"),
        (HEAD + "items: []\nitems: []\n", "'items' stands twice"),
        (HEAD + "items: [\n", "line"),
        ("", "file"),
    ],
)
def test_an_error_names_the_file_and_the_key(tmp_path: Path, text: str, named: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(CatalogueError) as error:
        load_catalogue(path, Items)
    assert "items.yaml" in str(error.value)
    assert named in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"absent\.yaml"):
        load_catalogue(tmp_path / "absent.yaml", Items)


def test_a_label_speaks_the_current_language() -> None:
    label = Label(tr="Polis", en="Police")
    with use_locale("tr"):
        assert str(label) == "Polis"
    with use_locale("en"):
        assert f"{label}" == "Police"
