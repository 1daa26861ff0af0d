"""Signed webhooks through the door: a call from the first ring to its end, texts, repeats, conflicts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select

from core.actor import system
from core.facts import StoredFact
from core.ids import new_id
from core.metrics import REGISTRY
from core.sweeping import sweep
from core.unit_of_work import run, unit_of_work
from escalation.paging.models import Page
from hotline.models import Call, Conflict, Contact, InboxEntry, Message, Quarantined
from hotline.service import connect
from hotline.twiml import EMPTY
from routing.models import Queued
from tests.edge.hotline.conftest import alarmed
from tests.support.line import Line, fresh_number, fresh_sid, line_number
from tests.support.planted import SENTENCE

#: Bytes of a webhook.
LIMIT = 256 * 1024


def contact_of(line: Line, sid: str) -> Contact:
    with unit_of_work(line.ground) as session:
        return session.scalars(select(Contact).where(Contact.carrier_sid == sid)).one()


def path_in(twiml: str, name: str) -> str:
    found = re.search(rf"/twilio/voice/{name}/[0-9a-f-]+", twiml)
    assert found is not None, twiml
    return found.group()


def test_a_call_is_a_contact_at_the_first_ring(line: Line) -> None:
    caller = fresh_number()
    sid, answer = line.ring(caller)
    assert answer.status_code == 200
    assert "<Gather" in answer.text
    with unit_of_work(line.ground) as session:
        contact = session.scalars(select(Contact).where(Contact.carrier_sid == sid)).one()
        assert (contact.state, contact.address, contact.centre_id) == ("ringing", caller, line.centre_id)
        call = session.get_one(Call, contact.id)
        assert (call.deadline_at - contact.received_at).total_seconds() == 120


def test_a_wrong_signature_is_refused_and_nothing_is_stored(line: Line) -> None:
    sid = fresh_sid("CA")
    form = {"CallSid": sid, "AccountSid": line.ground.settings.twilio_account_sid, "From": fresh_number()}
    answer = line.client.post("/twilio/voice", data=form, headers={"X-Twilio-Signature": "AAAA"})
    assert answer.status_code == 403
    with unit_of_work(line.ground) as session:
        assert session.scalars(select(InboxEntry).where(InboxEntry.key == sid)).all() == []


def test_whoever_does_not_claim_to_be_the_carrier_keeps_no_thread_by_sending_slowly(line: Line) -> None:
    class Slow(BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was waited for")

    answer = line.client.post("/twilio/sms", input_stream=Slow(), content_length=5000)
    assert answer.status_code == 403


@pytest.mark.parametrize("kind", ["call", "text"])
def test_eight_concurrent_copies_make_one_row_and_equal_answers(line: Line, kind: str) -> None:
    sender, sid = fresh_number(), fresh_sid("CA" if kind == "call" else "SM")

    def deliver() -> str:
        if kind == "call":
            return line.ring(sender, sid)[1].text
        return line.text(sender, "merhaba", sid)[1].text

    eight_times(deliver)
    with unit_of_work(line.ground) as session:
        assert len(session.scalars(select(Contact).where(Contact.carrier_sid == sid)).all()) == 1
        assert len(session.scalars(select(InboxEntry).where(InboxEntry.key == sid)).all()) == 1
        if kind == "text":
            assert len(session.scalars(select(Message).where(Message.carrier_sid == sid)).all()) == 1


@pytest.mark.parametrize("kind", ["call", "text"])
def test_eight_concurrent_copies_are_one_fact_one_place_in_the_queue_and_one_page(line: Line, kind: str) -> None:
    """She is in danger and nobody is there, so that somebody must be woken: once."""
    sender, sid = fresh_number(), fresh_sid("CA" if kind == "call" else "SM")
    if kind == "call":
        ring = eight_times(lambda: line.ring(sender, sid)[1].text)
        menu = path_in(ring, "menu")
        eight_times(lambda: line.step(menu, sid, sender, Digits="5").text)
        expected = {"CallArrived": 1, "DangerSignalled": 1, "CallWaiting": 1, "IntakeOpened": 1, "LevelRaised": 1}
    else:
        eight_times(lambda: line.text(sender, f"beni öldürecek {SENTENCE}", sid)[1].text)
        expected = {"TextArrived": 1, "IntakeOpened": 1, "LevelRaised": 1}
    # What other tests left due on this database comes first.
    sweep(line.ground, limit=10_000)
    contact_id = contact_of(line, sid).id
    with unit_of_work(line.ground) as session:
        told = Counter(session.scalars(select(StoredFact.kind).where(StoredFact.contact_id == contact_id)))
        assert {kind: told[kind] for kind in expected} == expected
        assert len(session.scalars(select(Queued).where(Queued.contact_id == contact_id)).all()) == 1
        assert len(session.scalars(select(Page).where(Page.contact_id == contact_id)).all()) == 1
        assert told["PageOpened"] == 1


def eight_times(deliver: Callable[[], str]) -> str:
    """Deliver eight copies in the same moment; they are answered alike."""
    with ThreadPoolExecutor(8) as pool:
        [answer] = set(pool.map(lambda _: deliver(), range(8)))
    return answer


Second = Callable[[Line], tuple[str, str, str]]


def text_twice(line: Line) -> tuple[str, str, str]:
    sender = fresh_number()
    sid, answer = line.text(sender, "merhaba")
    return sid, answer.text, line.text(sender, "başka", sid)[1].text


def ring_twice(line: Line) -> tuple[str, str, str]:
    sid, answer = line.ring(fresh_number())
    return sid, answer.text, line.ring(fresh_number(), sid)[1].text


def key_twice(line: Line) -> tuple[str, str, str]:
    caller = fresh_number()
    sid, answer = line.ring(caller)
    menu = path_in(answer.text, "menu")
    first, second = (line.step(menu, sid, caller, Digits=digits).text for digits in ("1", "3"))
    return "menu:" + menu.rpartition("/")[2], first, second


def staff_key_twice(line: Line) -> tuple[str, str, str]:
    caller, to, leg_sid = fresh_number(), fresh_number(), fresh_sid("CA")
    sid, answer = line.ring(caller)
    line.step(path_in(answer.text, "menu"), sid, caller, Digits="1")
    desk = (system("tests"), contact_of(line, sid).id, new_id(), to, str(new_id()))
    leg_id = run(line.ground, lambda session: connect(session, *desk))
    line.step(f"/twilio/voice/leg/{leg_id}/0", leg_sid, to)
    first, second = (line.step(f"/twilio/voice/leg/{leg_id}/1", leg_sid, to, Digits=digits).text for digits in "12")
    return f"{leg_id}:1", first, second


@pytest.mark.parametrize("twice", [text_twice, ring_twice, key_twice, staff_key_twice])
def test_something_else_under_a_known_key_is_kept_and_told_and_not_done(line: Line, twice: Second) -> None:
    told = alarmed("signature")
    key, first, second = twice(line)
    assert first == second
    assert alarmed("signature") == told + 1
    with unit_of_work(line.ground) as session:
        assert len(session.scalars(select(Conflict).where(Conflict.key == key)).all()) == 1
        assert len(session.scalars(select(InboxEntry).where(InboxEntry.key == key)).all()) == 1
        bodies = session.scalars(select(Message).where(Message.carrier_sid == key)).all()
        assert [message.body for message in bodies] == (["merhaba"] if twice is text_twice else [])


def test_the_second_key_of_a_step_changes_nothing(line: Line) -> None:
    caller = fresh_number()
    sid, answer = line.ring(caller)
    for digits in ("1", "4", "4"):
        line.step(path_in(answer.text, "menu"), sid, caller, Digits=digits)
    contact = contact_of(line, sid)
    assert (contact.language, contact.state) == ("tr", "queued")


def stray_call(line: Line) -> tuple[str, str]:
    sid, answer = line.ring(fresh_number(), To="", Called="")
    assert "112" in answer.text or "<Dial" in answer.text
    return "voice", sid


def stray_call_to_another_number(line: Line) -> tuple[str, str]:
    stranger = line_number()
    sid, answer = line.ring(fresh_number(), To=stranger, Called=stranger)
    assert "112" in answer.text or "<Dial" in answer.text
    return "voice", sid


def stray_text(line: Line) -> tuple[str, str]:
    sid, answer = line.text(fresh_number(), SENTENCE, To=line_number())
    assert "<Message" not in answer.text
    return "sms", sid


def stray_step(line: Line) -> tuple[str, str]:
    nobody, sid = new_id(), fresh_sid("CA")
    for _ in range(2):
        line.step(f"/twilio/voice/wait/{nobody}", sid, fresh_number(), QueueTime="15")
    return "voice.step", f"wait:{nobody}:{sid}"


@pytest.mark.parametrize("stray", [stray_call, stray_call_to_another_number, stray_text, stray_step])
def test_what_is_not_ours_goes_to_quarantine_and_nobody_is_dropped(
    line: Line,
    stray: Callable[[Line], tuple[str, str]],
) -> None:
    told = alarmed("quarantine")
    kind, key = stray(line)
    assert alarmed("quarantine") == told + 1
    with unit_of_work(line.ground) as session:
        assert session.scalars(select(Quarantined.kind).where(Quarantined.key == key)).all() == [kind]


@pytest.mark.parametrize(("size", "status"), [(LIMIT - 4096, 200), (LIMIT + 1, 413)])
def test_the_door_takes_so_much_and_no_more(line: Line, size: int, status: int) -> None:
    filler = {"Zz": "z" * size}
    sid, answer = line.text(fresh_number(), "merhaba", **filler)
    assert answer.status_code == status
    with unit_of_work(line.ground) as session:
        kept = session.scalars(select(Message).where(Message.carrier_sid == sid)).all()
    assert len(kept) == (1 if status == 200 else 0)


@pytest.mark.parametrize(("digits", "language"), [("4", "ku"), ("2", "en"), ("", None), ("0", None)])
def test_every_key_of_the_greeting_leads_to_the_waiting_room(line: Line, digits: str, language: str | None) -> None:
    caller = fresh_number()
    sid, answer = line.ring(caller)
    entered = line.step(path_in(answer.text, "menu"), sid, caller, Digits=digits)
    assert "<Enqueue" in entered.text
    contact = contact_of(line, sid)
    assert (contact.state, contact.language) == ("queued", language)


def test_after_key_five_no_prompt_plays(line: Line) -> None:
    caller = fresh_number()
    sid, answer = line.ring(caller)
    entered = line.step(path_in(answer.text, "menu"), sid, caller, Digits="5")
    waited = line.step(path_in(entered.text, "wait"), sid, caller)
    assert contact_of(line, sid).danger is True
    assert "<Say" not in waited.text
    assert "<Play" not in waited.text


def test_a_call_that_ends_unanswered_says_where(line: Line) -> None:
    caller = fresh_number()
    sid, answer = line.ring(caller)
    line.step(path_in(answer.text, "menu"), sid, caller, Digits="1")
    line.status(sid, caller, "completed", 3)
    contact = contact_of(line, sid)
    assert (contact.state, contact.ended_by) == ("abandoned_in_queue", "caller")
    assert contact.ended_at is not None


def test_texts_of_one_person_are_one_contact_until_it_is_closed(line: Line) -> None:
    sender = fresh_number()
    first, _ = line.text(sender, "merhaba")
    second, answer = line.text(sender, SENTENCE)
    assert "<Message" not in answer.text
    with unit_of_work(line.ground) as session:
        contacts = {
            session.scalars(select(Message.contact_id).where(Message.carrier_sid == sid)).one()
            for sid in (first, second)
        }
        assert len(contacts) == 1
        bodies = session.scalars(select(Message).where(Message.contact_id == contacts.pop()).order_by(Message.at)).all()
        assert [message.body for message in bodies] == ["merhaba", SENTENCE]


def test_a_withheld_caller_is_nobody_in_particular(line: Line) -> None:
    sids = [line.ring("+266696687")[0] for _ in range(2)]
    contacts = [contact_of(line, sid) for sid in sids]
    assert {contact.address_kind for contact in contacts} == {"withheld"}
    assert [contact.repeat for contact in contacts] == [0, 0]
    assert all(isinstance(contact.id, UUID) for contact in contacts)


def alarms_raised() -> float:
    return REGISTRY.get_sample_value("koza_alarms_total", {"kind": "recording"}) or 0.0


def test_a_recording_is_an_alarm_and_nothing_of_it_is_kept(line: Line) -> None:
    before = alarms_raised()
    told = {"RecordingSid": fresh_sid("RE"), "RecordingUrl": "https://api.twilio.com/x", "RecordingStatus": "completed"}
    sid = fresh_sid("CA")
    answer = line.post("/twilio/voice/recording", {"CallSid": sid, **told})
    assert (answer.status_code, answer.text) == (200, EMPTY)
    assert alarms_raised() == before + 1
    ringing, _ = line.ring(fresh_number(), **told)
    assert alarms_raised() == before + 2
    with unit_of_work(line.ground) as session:
        assert session.scalars(select(InboxEntry).where(InboxEntry.key == sid)).all() == []
        entry = session.scalars(select(InboxEntry).where(InboxEntry.key == ringing)).one()
        assert "Recording" not in (entry.payload or "")


def test_only_the_carrier_can_raise_that_alarm(line: Line) -> None:
    before = alarms_raised()
    answer = line.client.post("/twilio/voice/recording", data={"RecordingSid": fresh_sid("RE")})
    assert answer.status_code == 403
    assert alarms_raised() == before
