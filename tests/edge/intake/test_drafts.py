"""A draft for every contact, and a level that rises by itself; driven through the line."""

from __future__ import annotations

import pytest

from core.unit_of_work import run
from hotline import service as hotline
from hotline.queries.reach import reach
from hotline.service import flags
from intake import queries
from intake.service import open_draft, raise_to
from tests.support.desk import TESTS, Desk
from tests.support.line import fresh_number


def test_the_first_ring_makes_a_draft_of_level_two(desk: Desk) -> None:
    contact = desk.call(waiting=False)
    draft = desk.intake(contact)
    assert (draft.level, draft.level_rule, draft.state) == (2, "before_triage", "open")
    assert draft.ref.startswith("R-")
    assert draft.extra == {"channel": "voice"}
    assert [fact.kind for fact in desk.facts(contact)][:2] == ["CallArrived", "IntakeOpened"]


def test_a_second_draft_of_a_contact_is_not_made(desk: Desk) -> None:
    contact = desk.call(waiting=False)
    with desk.work() as session:
        assert open_draft(session, contact, desk.centre_id, "voice") is None


def test_the_second_text_of_a_contact_makes_none(desk: Desk) -> None:
    sender = fresh_number()
    first = desk.text("merhaba", sender)
    assert desk.text("orada misiniz", sender) == first
    assert len(desk.facts(first, "IntakeOpened")) == 1


@pytest.mark.parametrize("words", ["Beni oldurecek", "imdat"])
def test_words_of_danger_raise_a_text_before_anybody_reads_it(desk: Desk, words: str) -> None:
    contact = desk.text(words)
    assert desk.intake(contact).level == 1
    [raised] = desk.facts(contact, "LevelRaised")
    assert raised.payload["level"] == 1
    assert desk.queued(contact).level == 1


def test_key_five_raises_a_call_and_its_place(desk: Desk) -> None:
    contact = desk.call()
    with desk.work() as session:
        hotline.mark_silent(session, TESTS, contact)
    draft = desk.intake(contact)
    assert (draft.level, draft.level_rule) == (1, "silent")
    assert desk.queued(contact).level == 1


def test_a_level_rises_and_never_falls_by_itself(desk: Desk) -> None:
    contact = desk.text("merhaba")
    with desk.work() as session:
        assert raise_to(session, contact, 1, "danger_key")
        assert not raise_to(session, contact, 2, "words")
        assert not raise_to(session, contact, 1, "danger_key")
    assert len(desk.facts(contact, "LevelRaised")) == 1
    assert (desk.intake(contact).level, desk.intake(contact).level_rule) == (1, "danger_key")


def test_the_language_key_fills_the_form_once(desk: Desk) -> None:
    contact = desk.call(waiting=False)
    with desk.work() as session:
        hotline.set_language(session, TESTS, contact, "ku")
    assert desk.intake(contact).language == "ku"
    with desk.work() as session:
        hotline.set_language(session, TESTS, contact, "ar")
    assert desk.intake(contact).language == "ku"


def test_the_board_reads_neutral_words_alone(desk: Desk) -> None:
    contact = desk.text("Beni oldurecek, adim Zeynep")
    with desk.work() as session:
        row = queries.levels(session, [contact])[contact]
    assert (row.level, row.state, row.province) == (1, "open", None)
    assert "Zeynep" not in repr(row)


def test_a_whole_message_opt_out_closes_the_address(desk: Desk) -> None:
    sender = fresh_number()
    contact = desk.text("merhaba", sender)
    assert desk.text("İPTAL", sender) == contact
    with desk.work() as session:
        known = reach(session, contact)
    assert known is not None
    assert known.opted_out_at is not None
    assert [fact.payload["why"] for fact in desk.facts(contact, "SafeContactChanged")] == ["opt_out"]


def test_a_cry_is_no_opt_out(desk: Desk) -> None:
    contact = desk.text("dur yapma")
    with desk.work() as session:
        known = reach(session, contact)
    assert known is not None
    assert known.opted_out_at is None


def test_a_mark_holds_on_every_contact_of_the_address(desk: Desk) -> None:
    sender = fresh_number()
    contact = desk.text("merhaba", sender)
    run(desk.line.ground, lambda session: flags.mark_compromised(session, contact))
    sid, _ = desk.line.ring(sender)
    with desk.work() as session:
        known = reach(session, desk.contact(sid))
    assert known is not None
    assert known.compromised_at is not None
