from __future__ import annotations

import re

import pytest

from core.text import fold_tr, segments, to_gsm_ascii
from hotline.phrases import LANGUAGES, PhraseEntry, cards, catalogue, phrase

# What a text must not say to whoever holds the telephone.
TELLING = (
    "koza",
    "siddet",
    "konukevi",
    "polis",
    "112",
    "tehlike",
    "violence",
    "shelter",
    "danger",
    "sonim",
    "عنف",
    "خطر",
    "xeter",
)

#: What a call begins with, on a line that names the institution and on one that does not.
GREETINGS = ("greeting", "greeting_neutral")

# (key, language): characters counted against 3GPP TS 23.038; each is one segment.
COUNTED = {
    ("danger_now", "tr"): 63, ("danger_now", "tr_ascii"): 100, ("danger_now", "en"): 104,
    ("danger_now", "ar"): 50, ("danger_now", "ku"): 65,
    ("safe_to_text", "tr"): 68, ("safe_to_text", "tr_ascii"): 80, ("safe_to_text", "en"): 87,
    ("safe_to_text", "ar"): 60, ("safe_to_text", "ku"): 66,
    ("connecting", "tr"): 62, ("connecting", "tr_ascii"): 72, ("connecting", "en"): 86,
    ("connecting", "ar"): 48, ("connecting", "ku"): 52,
    ("not_reached", "tr"): 59, ("not_reached", "tr_ascii"): 85, ("not_reached", "en"): 95,
    ("not_reached", "ar"): 59, ("not_reached", "ku"): 58,
    ("opted_out", "tr"): 64, ("opted_out", "tr_ascii"): 81, ("opted_out", "en"): 89,
    ("opted_out", "ar"): 61, ("opted_out", "ku"): 59,
    ("discreet", "tr"): 53, ("discreet", "tr_ascii"): 51, ("discreet", "en"): 51,
    ("discreet", "ar"): 43, ("discreet", "ku"): 52,
}  # fmt: skip

SAMPLE: dict[str, str | int] = {
    "code": "K7Q2",
    "level": 1,
    "province": "06",
    "language": "KU",
    "repeat": "",
    "count": 99_999,
}


def _entries(*uses: str, medium: str | None = None) -> list[PhraseEntry]:
    return [e for e in catalogue().phrases if e.use in uses and medium in {None, e.medium}]


@pytest.mark.parametrize(("key", "language"), sorted(COUNTED))
def test_the_texts_have_their_counted_length(key: str, language: str) -> None:
    assert segments(phrase(key, language).text).units == COUNTED[key, language]


@pytest.mark.parametrize("entry", _entries("automatic", "card", "staff", medium="sms"), ids=lambda entry: entry.key)
def test_every_text_is_one_segment(entry: PhraseEntry) -> None:
    for language in entry.texts:
        chosen = phrase(entry.key, language)
        text = chosen.fill(**{name: SAMPLE[name] for name in chosen.parameters})
        assert segments(text).count == 1, (entry.key, language)
        if language == "tr_ascii" or entry.use == "staff":
            assert text == to_gsm_ascii(text)


@pytest.mark.parametrize("entry", _entries("automatic"), ids=lambda entry: entry.key)
def test_an_automatic_text_does_not_tell_what_we_are(entry: PhraseEntry) -> None:
    for text in entry.texts.values():
        for word in TELLING:
            assert word not in fold_tr(text)


@pytest.mark.parametrize("entry", _entries("prompt"), ids=lambda entry: entry.key)
def test_keys_mean_one_thing_everywhere(entry: PhraseEntry) -> None:
    for language, text in entry.texts.items():
        keys = set(re.findall(r"\b\d\b", text))
        dialogue = {"yes_no": {"1", "2"}, "yes_no_again": {"1", "2"}, "interpreter_joins": {"2"}}
        allowed = {"danger": {"5"}, **dialogue}
        greeting = {"tr": {"1"}, "en": {"2"}, "ar": {"3"}, "ku": {"4"}}
        expected = greeting[language] if entry.key in GREETINGS else allowed.get(entry.key, set())
        assert keys == expected, (entry.key, language)


@pytest.mark.parametrize("entry", _entries("staff"), ids=lambda entry: entry.key)
def test_staff_phrases_take_neutral_parameters_only(entry: PhraseEntry) -> None:
    assert set(entry.parameters) <= set(SAMPLE)
    assert not any("9" in text for text in entry.texts.values())


def test_kurmanji_prompts_ask_for_a_recording_and_unchecked_languages_for_a_reader() -> None:
    for entry in _entries("prompt"):
        assert entry.recording_needed == ("ku",)
    for entry in _entries("prompt", "automatic", "card"):
        assert set(entry.needs_review) == {"ar", "ku"}


def test_a_missing_language_falls_back_to_turkish() -> None:
    assert phrase("accept_or_decline", "ku").language == "tr"
    assert phrase("accept_or_decline", "xx").text == "Kabul için 1, ret için 2."
    assert phrase("waiting", "ku").recording_needed
    assert not phrase("waiting", "tr").recording_needed
    assert phrase("waiting", "ar").needs_review


def test_filling_takes_exactly_the_parameters() -> None:
    assert phrase("page_text", "tr").fill(code="K7Q2", level=1, province="06", language="KU") == "K7Q2 D1 06 KU"
    assert phrase("page_text", "en").fill(code="K7Q2", level=1, province="06", language="KU") == "K7Q2 L1 06 KU"
    with pytest.raises(ValueError, match="takes: code"):
        phrase("page_taken").fill(code="K7Q2", name="Ayşe")
    with pytest.raises(KeyError):
        phrase("no_such_phrase")


def test_cards_are_in_every_language() -> None:
    for language in LANGUAGES:
        assert {card.language for card in cards(language)} == {language}
        assert "discreet" not in {card.key for card in cards(language)}


@pytest.mark.parametrize("key", GREETINGS)
def test_a_greeting_in_four_languages_takes_twelve_seconds_at_most(key: str) -> None:
    # A synthetic voice speaks about fourteen characters a second.
    assert sum(len(phrase(key, language).text) for language in LANGUAGES) / 14 <= 12


def test_the_neutral_greeting_does_not_tell_what_we_are() -> None:
    for language in LANGUAGES:
        assert not [word for word in TELLING if word in fold_tr(phrase("greeting_neutral", language).text)]


def test_only_the_greeting_of_a_line_that_is_set_so_names_the_institution() -> None:
    naming = {entry.key for entry in _entries("prompt") for text in entry.texts.values() if "koza" in fold_tr(text)}
    assert naming == {"greeting"}
