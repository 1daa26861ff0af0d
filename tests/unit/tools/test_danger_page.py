"""The page of what the danger words hear is that of the shipped words, and hides no miss."""

from __future__ import annotations

import pytest

from tools import danger_page


def test_the_page_is_current() -> None:
    page = danger_page.PAGE.read_text(encoding="utf-8")
    assert page == danger_page.drawn(page)


def test_there_are_enough_examples_and_none_twice() -> None:
    texts = [(one.language, one.text) for one in danger_page.examples()]
    assert len(texts) == len(set(texts))
    assert len(texts) >= 400
    for language in danger_page.LANGUAGES:
        kinds = [one.kind for one in danger_page.examples() if one.language == language]
        assert len(kinds) >= 90
        assert {"danger", "violence", "other"} == set(kinds)


@pytest.mark.parametrize("language", danger_page.LANGUAGES)
def test_hardly_an_ordinary_text_is_an_alarm(language: str) -> None:
    """The list may be enlarged, but not until it cries at everything."""
    alarms, whole = (
        sum(counts)
        for counts in zip(*(danger_page.heard("other", part, language) for part in ("seen", "apart")), strict=True)
    )
    assert alarms <= whole // 10


@pytest.mark.parametrize("language", danger_page.LANGUAGES)
def test_what_was_heard_once_is_heard(language: str) -> None:
    """Of the part that the list was enlarged by, nothing is lost again."""
    hits, whole = danger_page.heard("danger", "seen", language)
    assert hits == whole
