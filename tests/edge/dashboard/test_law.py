"""What is due by the law's clock: told, taken on, put off within limits, and what only a person can tell."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from core.actor import system
from core.audit import AuditEntry
from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases.clock import queries as clock
from escalation.cases.clock import service
from escalation.cases.clock.models import Deadline, Reminder
from escalation.cases.register.service import mark_approval_unknown
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_decisions import Desk, desk_of

__all__ = ["desk_of"]


def tell(desk: Desk) -> None:
    """Do what is due of the reminders of this case, as the sweeper does."""
    with unit_of_work(desk.house.ground) as session:
        of_case = select(Reminder.id).join(Deadline).where(Deadline.case_id == UUID(desk.case))
        due = session.scalars(of_case.where(Reminder.state == "waiting", Reminder.at <= now(session))).all()
        for reminder_id in due:
            service.remind(session, reminder_id)


def urgent(desk: Desk) -> str:
    """A police decision whose submission is reminded of at once; the reminder's id."""
    desk.police()
    tell(desk)
    with unit_of_work(desk.house.ground) as session:
        told = select(Reminder.id).join(Deadline).where(Deadline.case_id == UUID(desk.case), Reminder.state == "told")
        return str(session.scalars(told.where(Deadline.rule == "urgent_submit")).one())


def acts(desk: Desk, rule: str) -> list[str]:
    with unit_of_work(desk.house.ground) as session:
        found = session.scalars(select(Deadline.id).where(Deadline.case_id == UUID(desk.case), Deadline.rule == rule))
        ids = [str(one) for one in found]
        query = select(AuditEntry.act).where(AuditEntry.subject_id.in_(ids)).order_by(AuditEntry.id)
        return list(session.scalars(query))


def waiting(browser: Browser) -> str:
    """The page's part of what waits for its reader."""
    page = browser.get("/due")
    assert page.status_code == 200
    return page.text.split('id="mine"', 1)[1].split('id="others"', 1)[0]


def test_what_ends_first_stands_first_and_no_limit_hides_what_waits_for_her(desk_of: Desk) -> None:
    decided = desk_of.today - timedelta(days=3)
    desk_of.record(length="20:days", docket="2026/71", number="2026/71", decided_on=decided.isoformat())
    told = urgent(desk_of)
    with unit_of_work(desk_of.house.ground) as session:
        scope = Scope.of(session, desk_of.lawyer.account_id)
        every, none = clock.due(session, scope)
        first, left_out = clock.due(session, scope, most=1)
    mine = [one for one in every if one.mine]
    assert (every[: len(mine)], none.number) == (mine, 0)
    ends = [one.deadline.safe_at for one in mine]
    assert ends == sorted(filter(None, ends)) + [None] * ends.count(None)
    assert ends.count(None) > 0
    assert (first, left_out.number) == (every[:1], len(every) - 1)
    assert str(first[0].reminders[0].id) == told


def test_a_period_is_shown_with_its_reckoning_and_taken_on(desk_of: Desk) -> None:
    told = urgent(desk_of)
    mine = waiting(desk_of.lawyer)
    for words in ("Legal moment", "Last safe working moment", "How it was reckoned", "Counted from the decision"):
        assert words in mine
    assert "Law 6284, Art. 3/2 and 5/2" in mine
    assert "(Regulation of Law 6284, Art. 29/1-2)" in mine
    assert f'href="/cases/{desk_of.ref}"' in mine
    assert "else Shift lead" in mine
    assert 'href="/due"' in desk_of.lawyer.get(f"/cases/{desk_of.ref}").text
    before = re.search(r'href="/due".*?<b class="num">(\d+)</b>', desk_of.lawyer.get("/due").text, re.DOTALL)
    assert before is not None
    for _ in range(2):
        assert desk_of.lawyer.post(f"/reminders/{told}/acknowledge").status_code == 303
    assert f"/reminders/{told}/acknowledge" not in waiting(desk_of.lawyer)
    assert "taken on by" in shown(desk_of.lawyer.get("/due"))
    assert acts(desk_of, "urgent_submit").count("reminder_acknowledged") == 1


def test_put_off_within_limits_and_refused_in_words(desk_of: Desk) -> None:
    told = urgent(desk_of)
    choice = re.search(rf'<select[^>]*id="s-{told}".*?</select>', waiting(desk_of.lawyer), re.DOTALL)
    spans = re.findall(r'<option value="(\d+)"', choice[0]) if choice is not None else []
    # A morning before the safe moment allows all that the rule does; later ones less, and never more.
    assert set(spans) <= {"15", "30", "60"}
    for minutes in ("120", "9999", "x", ""):
        answer = desk_of.lawyer.post(f"/reminders/{told}/snooze", {"minutes": minutes})
        assert (answer.status_code, "It cannot be put off that long." in shown(answer)) == (422, True), minutes
        assert f'href="#f-{told}"' in answer.text
    assert "reminder_snoozed" not in acts(desk_of, "urgent_submit")
    if not spans:
        return
    assert desk_of.lawyer.post(f"/reminders/{told}/snooze", {"minutes": spans[0]}).status_code == 303
    assert "put off until" in shown(desk_of.lawyer.get("/due"))
    assert acts(desk_of, "urgent_submit").count("reminder_snoozed") == 1
    again = desk_of.lawyer.post(f"/reminders/{told}/snooze", {"minutes": spans[0]})
    assert (again.status_code, "It was taken on or put off meanwhile." in shown(again)) == (422, True)
    taken = desk_of.lawyer.post(f"/reminders/{told}/acknowledge")
    assert (taken.status_code, "Look at it again." in shown(taken)) == (422, True)


def test_what_was_put_off_too_often_says_so_and_offers_no_more(desk_of: Desk) -> None:
    told = urgent(desk_of)
    with unit_of_work(desk_of.house.ground) as session:
        session.get_one(Reminder, UUID(told)).snoozes = 2
    mine = waiting(desk_of.lawyer)
    assert "It was put off as often as it may be." in mine
    assert f"/reminders/{told}/snooze" not in mine
    answer = desk_of.lawyer.post(f"/reminders/{told}/snooze", {"minutes": "15"})
    assert (answer.status_code, "as often as it may be" in shown(answer)) == (422, True)


def test_the_recorded_act_takes_it_from_everybody_s_page(desk_of: Desk) -> None:
    urgent(desk_of)
    where = re.search(r'href="(/decisions/[^"]+)"', waiting(desk_of.lawyer))
    assert where is not None
    sent = {"do": "submitted", "submitted_at": desk_of.moment(minutes=10)}
    assert desk_of.lawyer.post(where[1], sent).status_code == 303
    assert "Police decision to be submitted" not in shown(desk_of.lawyer.get("/due"))


def test_who_is_not_addressed_reads_it_and_may_not_take_it_on(desk_of: Desk, elsewhere: House) -> None:
    told = urgent(desk_of)
    director = desk_of.house.browser("director")
    assert desk_of.ref not in waiting(director)
    assert desk_of.ref in director.get("/due").text
    assert f"/reminders/{told}/acknowledge" not in director.get("/due").text
    lead = desk_of.house.browser("shift_lead")
    for reader, status in (
        (director, 403),
        (lead, 403),
        (elsewhere.browser("legal"), 404),
        (elsewhere.browser("director"), 404),
        (desk_of.house.browser("social_worker"), 404),
        (desk_of.house.browser("perpetrator_worker"), 403),
    ):
        for path, body in (("acknowledge", {}), ("snooze", {"minutes": "15"})):
            assert reader.post(f"/reminders/{told}/{path}", body).status_code == status
    for stranger in (elsewhere.browser("legal"), desk_of.house.browser("social_worker")):
        assert desk_of.ref not in stranger.get("/due").text
    assert desk_of.house.browser("perpetrator_worker").get("/due").status_code == 403
    assert "reminder_acknowledged" not in acts(desk_of, "urgent_submit")


def test_only_a_person_says_that_she_was_warned(desk_of: Desk, elsewhere: House) -> None:
    today = desk_of.today
    # Decided days ago, so that a minute ago is after it at midnight too.
    where = desk_of.record(decided_on=(today - timedelta(days=3)).isoformat())
    noted = {"do": "breach", "codes": ["o5_c"], "occurred_at": desk_of.moment(minutes=1)}
    assert desk_of.lawyer.post(where, noted).status_code == 303
    about = re.search(r'name="about" value="([^"]+)"', desk_of.lawyer.get(where).text)
    assert about is not None
    for sent in (
        {"do": "breach-file", "filed_with": "court", "filed_on": today.isoformat()},
        {"do": "breach-accept", "days": "5", "decided_on": today.isoformat()},
        {"do": "breach-execute", "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=5)).isoformat()},
    ):
        answer = desk_of.lawyer.post(where, {**sent, "about": about[1]})
        assert answer.status_code == 303, shown(answer)
    with unit_of_work(desk_of.house.ground) as session:
        mine = select(Deadline).where(Deadline.case_id == UUID(desk_of.case), Deadline.rule == "detention_end")
        deadline = session.scalars(mine).one()
        reminder = session.scalars(select(Reminder).where(Reminder.deadline_id == deadline.id)).first()
        assert reminder is not None
        reminder.state, reminder.told_at = "told", now(session)
        path = f"/deadlines/{deadline.id}/done"
    assert path in desk_of.worker.get("/due").text
    wrong = desk_of.worker.post(path, {"act": "served"})
    assert (wrong.status_code, "This does not end the period." in shown(wrong)) == (422, True)
    assert elsewhere.browser("legal").post(path, {"act": "warned_and_screened"}).status_code == 404
    assert desk_of.house.browser("director").post(path, {"act": "warned_and_screened"}).status_code == 403
    assert desk_of.worker.post(path, {"act": "warned_and_screened"}).status_code == 303
    assert path not in desk_of.worker.get("/due").text
    assert "deadline_closed" in acts(desk_of, "detention_end")


def guide(page: str) -> str:
    """A page of the documentation in one line."""
    whole = Path(__file__).parents[3] / "docs" / f"{page}.md"
    return " ".join(whole.read_text(encoding="utf-8").split())


def ended(desk: Desk, rule: str, state: str) -> str:
    """The path on which a person answers for a period of the case whose end has come; it was reminded of."""
    with unit_of_work(desk.house.ground) as session:
        mine = select(Deadline).where(Deadline.case_id == UUID(desk.case), Deadline.rule == rule)
        deadline = session.scalars(mine).one()
        deadline.state, deadline.safe_at = state, now(session) - timedelta(hours=1)
        reminder = session.scalars(select(Reminder).where(Reminder.deadline_id == deadline.id)).first()
        assert reminder is not None
        reminder.state, reminder.told_at = "told", now(session)
        return f"/deadlines/{deadline.id}/done"


def test_of_a_measure_that_ended_a_person_says_whether_it_was_extended(desk_of: Desk, elsewhere: House) -> None:
    desk_of.record(length="60:days")
    path = ended(desk_of, "measure_expiry", "open")
    assert path not in desk_of.lawyer.get("/due").text
    path = ended(desk_of, "measure_expiry", "unknown")
    page = desk_of.lawyer.get("/due").text
    assert path in page
    assert 'value="not_extended"' in page
    assert 'value="decided_anew"' in page
    # What happened at court is recorded in the register: an address that says otherwise ends nothing.
    forged = desk_of.lawyer.post(path, {"act": "extended"})
    assert (forged.status_code, "This does not end the period." in shown(forged)) == (422, True)
    assert elsewhere.browser("legal").post(path, {"act": "not_extended"}).status_code == 404
    assert desk_of.lawyer.post(path, {"act": "not_extended"}).status_code == 303
    assert path not in desk_of.lawyer.get("/due").text
    assert "deadline_closed" in acts(desk_of, "measure_expiry")


def test_that_nobody_objected_is_noted_once_it_is_sure(desk_of: Desk) -> None:
    where = desk_of.record(length="60:days")
    notice = {"do": "notice", "party": "perpetrator", "manner": "served", "served_on": desk_of.today.isoformat()}
    assert desk_of.lawyer.post(where, notice).status_code == 303
    path = ended(desk_of, "objection_window", "open")
    assert 'value="not_objected"' in desk_of.lawyer.get("/due").text
    assert desk_of.lawyer.post(path, {"act": "not_objected"}).status_code == 303
    assert "deadline_closed" in acts(desk_of, "objection_window")


@pytest.mark.parametrize(
    ("rule", "state", "act", "words", "pages"),
    [
        ("measure_expiry", "unknown", "not_extended", "Soruldu: uzatılmamış", ("vaka-calisanlari", "avukatlar")),
        (
            "measure_expiry",
            "unknown",
            "decided_anew",
            "Soruldu: şimdi kendisini koruyan karar girildi",
            ("vaka-calisanlari", "avukatlar"),
        ),
        ("objection_window", "open", "not_objected", "İtiraz eden olmadı: not edildi", ("avukatlar",)),
    ],
)
def test_the_guides_name_the_answer_as_it_stands_on_the_page(
    desk_of: Desk, rule: str, state: str, act: str, words: str, pages: tuple[str, ...]
) -> None:
    where = desk_of.record(length="60:days")
    notice = {"do": "notice", "party": "perpetrator", "manner": "served", "served_on": desk_of.today.isoformat()}
    assert desk_of.lawyer.post(where, notice).status_code == 303
    readers = {"avukatlar": desk_of.lawyer, "vaka-calisanlari": desk_of.worker}
    for page in pages:
        assert readers[page].post("/language", {"locale": "tr", "next": "/due"}).status_code == 303
    assert not any(words in shown(readers[page].get("/due")) for page in pages)
    path = ended(desk_of, rule, state)
    for page in pages:
        assert words in shown(readers[page].get("/due"))
        assert f"*{words}*" in guide(page)
    reader = readers[pages[0]]
    assert reader.post(path, {"act": act}).status_code == 303
    assert path not in reader.get("/due").text


def test_that_she_wants_no_new_application_is_said_by_who_works_with_her(desk_of: Desk) -> None:
    where = desk_of.police(issued_at=desk_of.moment(days=20))
    with unit_of_work(desk_of.house.ground) as session:
        over = now(session) - timedelta(days=10)
        mark_approval_unknown(session, system("tests"), UUID(where.rsplit("/", 1)[1]), over)
    told = {"do": "lapsed", "source": "kalem", "learned_at": desk_of.moment(minutes=1)}
    assert desk_of.lawyer.post(where, told).status_code == 303
    path = ended(desk_of, "lapsed", "open")
    for reader, page in ((desk_of.worker, "vaka-calisanlari"), (desk_of.lawyer, "avukatlar")):
        assert reader.post("/language", {"locale": "tr", "next": "/due"}).status_code == 303
        assert "Yeni başvuru istemiyor" in shown(reader.get("/due"))
        assert "*Yeni başvuru istemiyor*" in guide(page)
    assert desk_of.worker.post(path, {"act": "withdrawn"}).status_code == 303
    assert path not in desk_of.lawyer.get("/due").text


def test_what_a_period_stands_on_is_told_in_the_readers_language(desk_of: Desk) -> None:
    urgent(desk_of)
    assert desk_of.lawyer.post("/language", {"locale": "tr", "next": "/due"}).status_code == 303
    mine = waiting(desk_of.lawyer)
    assert "6284 sayılı Kanun m. 3/2 ve 5/2; Uygulama Yönetmeliği m. 29/1-2" in mine
    assert "Law 6" not in mine
    assert "Regulation" not in mine
