from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog

from tools import catalogues


def _catalogue(locale: str, **messages: str) -> Catalog:
    catalogue = Catalog(locale=locale)
    for message, text in messages.items():
        catalogue.add(message, text)
    return catalogue


def _text(catalogue: Catalog, message: str, context: str | None = None) -> object:
    found = catalogue.get(message, context)
    assert found is not None
    return found.string


def test_missing_empty_fuzzy_and_misplaced_are_found() -> None:
    template = _catalogue("en", Take="", Give="", Wait="")
    template.add("%(n)s calls")
    turkish = _catalogue("tr", Take="Al", Give="")
    turkish.add("Wait", "Bekle", flags=["fuzzy"])
    turkish.add("%(n)s calls", "%(m)s çağrı")
    assert catalogues.problems(template, turkish) == {
        "Give": "no Turkish",
        "Wait": "fuzzy",
        "%(n)s calls": "other places than %(n)s",
    }


def test_a_merge_keeps_translations_and_guesses_nothing() -> None:
    template = _catalogue("en", Take="", Taken="")
    old = _catalogue("tr", Take="Al", Close="Kapat")
    new = catalogues.merge(template, old, "tr")
    assert _text(new, "Take") == "Al"
    assert not _text(new, "Taken")
    assert [message.id for message in new.obsolete.values()] == ["Close"]
    assert not catalogues.merge(template, old, "tr", prune=True).obsolete


def test_a_translation_may_come_before_its_message(tmp_path: Path) -> None:
    catalogues.fill({"not in the code yet": "henüz kodda yok", "state|not in the code": "yok"}, tmp_path)
    written = catalogues.read("tr", tmp_path)
    assert "not in the code yet" not in {message.id for message in written}
    template = _catalogue("en")
    template.add("not in the code yet")
    template.add("not in the code", context="state")
    merged = catalogues.merge(template, written, "tr")
    assert _text(merged, "not in the code yet") == "henüz kodda yok"
    assert _text(merged, "not in the code", "state") == "yok"
