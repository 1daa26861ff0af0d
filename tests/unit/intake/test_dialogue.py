from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import fold_tr
from hotline.optout import is_opt_out
from hotline.phrases import catalogue
from intake.danger import danger_words
from intake.dialogue import FIRST, FIRST_EVERY_S, QUESTIONS, WITHIN_S, follows, yes_or_no

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)
SAID = st.lists(st.tuples(st.sampled_from(["discreet", "good_time"]), st.integers(0, FIRST_EVERY_S)), max_size=6).map(
    lambda rows: [(key, NOW - timedelta(seconds=ago)) for key, ago in sorted(rows, key=lambda row: row[1])]
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1", "yes"), ("١", "yes"), ("۱", "yes"), ("１", "yes"), ("1.", "yes"), ("EVET", "yes"), ("evt", "yes"),
        ("ewet!", "yes"), ("Erê", "yes"), ("نعم", "yes"), ("yess", "yes"),
        ("2", "no"), ("٢", "no"), ("HAYIR", "no"), ("hayir", "no"), ("hyr", "no"), ("haır", "no"), ("لا", "no"),
        ("na", "no"), ("nope", "no"),
        ("", None), ("3", None), ("12", None), ("1 2", None), ("evet ama korkuyorum", None), ("hayır burda", None),
        ("dur", None), ("merhaba", None), ("½", None),
    ],
)  # fmt: skip
def test_a_yes_and_a_no_in_any_script_and_haste(text: str, answer: str | None) -> None:
    assert yes_or_no(text) == answer


def test_her_first_text_is_answered_once_and_only_a_clear_yes_leads_on() -> None:
    assert follows("merhaba", [], NOW) == FIRST
    asked = [(FIRST, NOW - timedelta(minutes=2))]
    assert follows("1", asked, NOW) == "good_time"
    assert [follows(text, asked, NOW) for text in ("2", "korkuyorum", "evet ama", "merhaba")] == [None] * 4
    twice = [("good_time", NOW - timedelta(minutes=1)), *asked]
    assert follows("1", twice, NOW) is None


@given(st.text(max_size=40) | st.sampled_from(["1", "2", "evet", "hayır"]), SAID)
def test_the_machine_never_says_more_than_it_may(text: str, said: list[tuple[str, datetime]]) -> None:
    key = follows(text, said, NOW)
    lately = [at for _, at in said if (NOW - at).total_seconds() <= WITHIN_S]
    if said and key is not None:
        assert key != FIRST
        assert yes_or_no(text) == "yes"
        assert 0 < len(lately) < QUESTIONS


def test_h7_whatever_the_machine_may_say_is_in_the_catalogue_and_names_nothing() -> None:
    automatic = {entry.key: entry for entry in catalogue().phrases if entry.use == "automatic"}
    assert {FIRST, "good_time"} == set(automatic)
    for entry in automatic.values():
        for text in entry.texts.values():
            assert danger_words(text) is None
            assert not is_opt_out(text)
            folded = fold_tr(text)
            telling = [
                "112",
                "183",
                "koza",
                "sonim",
                "siddet",
                "tehlike",
                "polis",
                "kadin",
                "violen",
                "danger",
                "police",
            ]
            more = (
                "police",
                "women",
                "shelter",
                "abuse",
                "help",
                "yardim",
                "عنف",
                "خطر",
                "شرطه",
                "tundi",
                "xeter",
                "alikari",
            )
            assert [word for word in (*telling, *more) if word in folded] == []
