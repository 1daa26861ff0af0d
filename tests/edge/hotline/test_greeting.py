"""What a line says of itself at the first ring: its name where it is set so, and never by who calls."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.actor import system
from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from hotline.phrases import LANGUAGES, phrase
from staff import service as staff
from staff.errors import NotFoundError
from tests.support.line import Line, fresh_number, line_number
from tests.unit.hotline.twiml_table import validate


def spoken(twiml: str) -> list[str]:
    """What a document says before any key is pressed."""
    return [element.text or "" for element in validate(twiml).iter("Say")]


def words(key: str) -> list[str]:
    """A greeting, and the sentence about key 5 that follows each."""
    return [*(phrase(key, language).text for language in LANGUAGES), phrase("danger", "tr").text]


def name_it(line: Line, *, named: bool) -> None:
    with unit_of_work(line.ground) as session:
        staff.set_greeting(session, system("tests"), line.number, named=named)


def test_a_new_line_does_not_say_whose_it_is_and_says_what_was_reached(line: Line) -> None:
    _, answer = line.ring(fresh_number())
    assert spoken(answer.text) == words("greeting_neutral")
    assert "KOZA" not in answer.text
    assert "Destek hattı" in answer.text


def test_a_line_that_is_set_so_names_the_institution_from_the_next_call_on_until_it_is_taken_back(line: Line) -> None:
    name_it(line, named=True)
    _, answer = line.ring(fresh_number())
    assert spoken(answer.text) == words("greeting")
    assert "KOZA" in answer.text
    name_it(line, named=False)
    assert "KOZA" not in line.ring(fresh_number())[1].text


@pytest.mark.parametrize("named", [False, True])
def test_whoever_calls_again_hears_what_a_first_caller_hears(line: Line, *, named: bool) -> None:
    """Else her telephone could be used to find out whether she has called."""
    name_it(line, named=named)
    hers = fresh_number()
    line.text(hers, "merhaba")
    answers = [line.ring(hers)[1].text, line.ring(hers)[1].text, line.ring(fresh_number())[1].text]
    assert len({tuple(spoken(answer)) for answer in answers}) == 1


def test_a_repeated_delivery_hears_what_was_said_first(line: Line) -> None:
    """The carrier asks again after a lost answer: the setting may have changed, her greeting has not."""
    caller = fresh_number()
    sid, first = line.ring(caller)
    name_it(line, named=True)
    assert line.ring(caller, sid)[1].text == first.text


def test_the_name_is_said_nowhere_else_on_her_way(line: Line) -> None:
    """Also not where the line names it: later sentences are heard by whoever has come into the room."""
    name_it(line, named=True)
    caller = fresh_number()
    sid, greeting = line.ring(caller)
    menu = validate(greeting.text)[0].get("action") or ""
    room = line.step(menu.partition("#")[0], sid, caller, Digits="1").text
    waiting = validate(room)[0].get("waitUrl") or ""
    for document in (room, line.step(waiting.partition("#")[0], sid, caller, QueueTime="0").text):
        assert "KOZA" not in document


def test_what_was_set_is_written_down_and_a_number_that_is_no_line_is_refused(line: Line) -> None:
    name_it(line, named=True)
    name_it(line, named=False)
    with unit_of_work(line.ground) as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.act == "greeting_set", AuditEntry.subject_id == str(line.line_id))
        ).all()
        assert sorted(entry.detail["named"] for entry in entries) == [False, True]
        assert {entry.centre_id for entry in entries} == {line.centre_id}
        with pytest.raises(NotFoundError):
            staff.set_greeting(session, system("tests"), line_number(), named=True)
