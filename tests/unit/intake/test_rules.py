from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import CatalogueError, load_catalogue
from core.i18n import use_locale
from intake.rules import BEFORE_TRIAGE, Level, assess, explain, level_after, lowering_allowed, lowering_refusal
from intake.screening import Screening, screening

ITEMS = {item.code: item.answers for item in screening().items}
MARKS = {item.code: item.answers for item in screening().marks}
GRAVE = ("threats", "weapon", "strangling")
SIGNS = ("worsening", "leaving", "stalking", "control", "sexual", "pregnancy", "his_crisis")

CALM = dict.fromkeys(ITEMS, "no") | {"fear": "none"}

# From least to most urgent; "unknown" and "refused" weigh the same.
WEIGHT = {"no": 0, "none": 0, "unknown": 1, "refused": 1, "some": 2, "yes_older": 2, "very": 3, "yes": 3}

finished_answers = st.fixed_dictionaries(
    {code: st.sampled_from(answers) for code, answers in ITEMS.items()},
    optional={code: st.sampled_from(answers) for code, answers in MARKS.items()},
)
some_answers = st.fixed_dictionaries(
    {}, optional={code: st.sampled_from(answers) for code, answers in (ITEMS | MARKS).items()}
)


def test_there_are_thirteen_items_and_two_marks() -> None:
    assert len(ITEMS) == 13
    assert set(MARKS) == {"child_in_danger", "suicide_plan"}


def test_nothing_is_information() -> None:
    assert assess(CALM) == Level(4, "information", finished=True)


@pytest.mark.parametrize(
    ("answers", "level", "rule"),
    [
        ({"with_her_now": "yes"}, 1, "with_her_now"),
        ({"threats": "yes"}, 1, "grave"),
        ({"weapon": "yes"}, 1, "grave"),
        ({"strangling": "yes"}, 1, "grave"),
        ({"strangling": "yes_older"}, 2, "grave_older"),
        ({"threats": "yes_older", "weapon": "yes"}, 1, "grave"),
        ({"fear": "very", "control": "yes"}, 1, "very_afraid_and_more"),
        ({"fear": "very", "strangling": "yes_older"}, 1, "very_afraid_and_more"),
        ({"fear": "very", "breach": "yes"}, 1, "very_afraid_and_more"),
        ({"child_in_danger": "yes"}, 1, "child_in_danger"),
        ({"suicide_plan": "yes"}, 1, "suicide_plan"),
        ({"leaving": "yes", "stalking": "yes"}, 2, "several"),
        ({"breach": "yes"}, 2, "breach"),
        ({"pregnancy": "yes"}, 3, "one_sign"),
        ({"fear": "very"}, 3, "afraid"),
        ({"fear": "some"}, 3, "afraid"),
        ({"fear": "some", "stalking": "yes"}, 3, "one_sign"),
        ({"threats": "unknown", "weapon": "refused", "leaving": "unknown", "fear": "refused"}, 3, "too_little_known"),
        ({"threats": "unknown", "weapon": "refused", "leaving": "unknown"}, 4, "information"),
    ],
)
def test_the_first_rule_that_holds_decides(answers: dict[str, str], level: int, rule: str) -> None:
    assert assess(CALM | answers) == Level(level, rule, finished=True)


@given(finished_answers, st.sampled_from(sorted(ITEMS)), st.data())
def test_a_graver_answer_is_never_less_urgent(answers: dict[str, str], item: str, data: st.DataObject) -> None:
    graver = [answer for answer in ITEMS[item] if WEIGHT[answer] >= WEIGHT[answers[item]]]
    changed = answers | {item: data.draw(st.sampled_from(graver))}
    assert assess(changed).level <= assess(answers).level


@given(some_answers, st.sampled_from(sorted(MARKS)))
def test_a_mark_is_level_1_whatever_else_was_said(answers: dict[str, str], mark: str) -> None:
    assert assess(answers | {mark: "yes"}).level == 1


@given(finished_answers)
def test_the_rules_say_what_the_page_for_professionals_says(answers: dict[str, str]) -> None:
    """The rules written a second time, by another hand, as plain conditions."""
    signs = sum(answers[item] == "yes" for item in SIGNS)
    older = any(answers[item] == "yes_older" for item in GRAVE)
    recent = any(answers[item] == "yes" for item in GRAVE)
    breach = answers["breach"] == "yes"
    marked = any(answers.get(mark) == "yes" for mark in MARKS)
    unknown = sum(answer in {"unknown", "refused"} for answer in answers.values())
    if (
        answers["with_her_now"] == "yes"
        or recent
        or marked
        or (answers["fear"] == "very" and (older or signs or breach))
    ):
        expected = 1
    elif older or signs >= 2 or breach:
        expected = 2
    elif signs or answers["fear"] in {"some", "very"} or unknown >= 4:
        expected = 3
    else:
        expected = 4
    assert assess(answers).level == expected


@given(some_answers)
def test_an_unfinished_screening_is_never_less_urgent_than_level_2(answers: dict[str, str]) -> None:
    result = assess(answers)
    if not set(ITEMS) <= set(answers):
        assert not result.finished
        assert result.level <= 2
    assert explain(result.rule)


@given(some_answers, st.integers(1, 4), st.booleans())
def test_a_screening_never_lowers_what_somebody_decided(answers: dict[str, str], current: int, triaged: bool) -> None:
    result = assess(answers)
    after = level_after(current, result, triaged=triaged)
    if after > current:
        assert not triaged
        assert result.finished
        assert current >= BEFORE_TRIAGE
    assert after <= max(current, result.level)
    if result.level <= current:
        assert after == result.level


@pytest.mark.parametrize("answers", [{"no_such_item": "yes"}, {"threats": "maybe"}, {"breach": "yes_older"}])
def test_an_unknown_answer_is_refused(answers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no "):
        assess(answers)


@given(st.integers(1, 4), st.integers(1, 4), st.text(max_size=5), st.booleans())
def test_lowering_needs_a_reason_and_from_level_1_a_lead(current: int, new: int, reason: str, lead: bool) -> None:
    allowed = lowering_allowed(current, new, reason=reason, lead_agrees=lead)
    if new <= current:
        assert allowed
    else:
        assert allowed == (bool(reason.strip()) and (lead or current != 1))


def test_a_refusal_says_what_is_missing() -> None:
    assert lowering_refusal(1, 3, reason=" ", lead_agrees=True) == "reason_missing"
    assert lowering_refusal(1, 2, reason="she is at her mother's", lead_agrees=False) == "lead_missing"
    assert lowering_refusal(2, 3, reason="information", lead_agrees=False) is None


def test_the_explanation_speaks_the_readers_language() -> None:
    with use_locale("en"):
        assert assess(CALM | {"breach": "yes"}).explanation == "A measure was broken."
    with use_locale("tr"):
        assert assess(CALM | {"breach": "yes"}).explanation == "Tedbir kararı ihlal edilmiş."
    assert explain("danger_key") == ""


def _broken(tmp_path: Path, old: str, new: str) -> str:
    text = (Path(__file__).resolve().parents[3] / "intake" / "catalogue" / "screening.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "screening.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert yaml.safe_load(path.read_text("utf-8"))
    with pytest.raises(CatalogueError) as error:
        load_catalogue(path, Screening)
    return str(error.value)


def test_a_mistake_in_the_data_is_found_at_start(tmp_path: Path) -> None:
    assert "no item brech" in _broken(tmp_path, "{items: [breach]", "{items: [brech]")
    assert "none of its items" in _broken(
        tmp_path, "{items: [fear], answers: [very]}", "{items: [fear], answers: [yes_older]}"
    )
    assert "more urgent" in _broken(tmp_path, "code: grave\n    level: 1", "code: grave\n    level: 3")
    assert "twice" in _broken(tmp_path, "code: grave_older", "code: grave")
