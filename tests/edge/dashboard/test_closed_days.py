"""What is to be ticked off before closed days: who may, what it was done with, and what needs no tick."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select

from core.unit_of_work import unit_of_work
from escalation.cases.clock import service
from escalation.cases.clock.models import ClosureTick, Deadline
from tests.edge.dashboard.conftest import House, shown
from tests.edge.dashboard.test_decisions import Desk, desk_of
from tests.edge.dashboard.test_law import acts
from tests.support.planted import SENTENCE

__all__ = ["desk_of"]


@pytest.fixture
def listed(desk_of: Desk) -> list[str]:
    """Two periods of the case that end before the next working day; the ticks' ids."""
    desk_of.police()
    with unit_of_work(desk_of.house.ground) as session:
        rules = ("urgent_submit", "measure_expiry")
        found = session.scalars(
            select(Deadline.id).where(Deadline.case_id == UUID(desk_of.case), Deadline.rule.in_(rules))
        ).all()
        assert len(found) == 2
        following = desk_of.today + timedelta(days=3)
        rows = [
            ClosureTick(
                centre_id=desk_of.house.desk.centre_id,
                deadline_id=one,
                day=desk_of.today,
                next_working_day=following,
            )
            for one in found
        ]
        session.add_all(rows)
        session.flush()
        return [str(row.id) for row in rows]


def late(desk: Desk) -> None:
    with unit_of_work(desk.house.ground) as session:
        service.closure_late(session, desk.house.desk.centre_id, desk.today)


def test_each_is_ticked_off_with_what_was_done(desk_of: Desk, listed: list[str]) -> None:
    page = desk_of.lawyer.get("/closed-days")
    assert page.text.count('<form class="stack-tight"') == 2
    assert page.text.count("autofocus") == 1
    assert "2 to tick off before closed days" in shown(desk_of.lawyer.get("/due"))
    for sent, words in (
        ({}, "Choose what was done."),
        ({"done": "looked"}, "Choose what was done."),
        ({"done": "other", "words": " "}, "Say what was done."),
    ):
        answer = desk_of.lawyer.post(f"/closed-days/{listed[0]}", sent)
        assert (answer.status_code, words in shown(answer)) == (422, True)
    kept = desk_of.lawyer.post(f"/closed-days/{listed[0]}", {"done": "", "words": SENTENCE})
    assert f'value="{SENTENCE}"' in unescape(kept.text)
    assert f'href="#f-{listed[0]}-done"' in kept.text
    assert desk_of.lawyer.post(f"/closed-days/{listed[0]}", {"done": "other", "words": SENTENCE}).status_code == 303
    page = desk_of.lawyer.get("/closed-days")
    assert SENTENCE in unescape(page.text)
    assert page.text.count('<form class="stack-tight"') == 1
    assert "1 to tick off before closed days" in shown(page)
    assert desk_of.lawyer.post(f"/closed-days/{listed[1]}", {"done": "asked"}).status_code == 303
    page = shown(desk_of.lawyer.get("/closed-days"))
    assert "Everything is ticked off." in page
    assert "to tick off before closed days" not in page
    ticked = [act for rule in ("urgent_submit", "measure_expiry") for act in acts(desk_of, rule)]
    assert ticked.count("closure_ticked") == 2


def test_what_is_late_is_the_director_s_and_nobody_else_s(desk_of: Desk, listed: list[str], elsewhere: House) -> None:
    director = desk_of.house.browser("director")
    assert '<form class="stack-tight"' not in director.get("/closed-days").text
    assert "to tick off before closed days" not in shown(director.get("/due"))
    assert director.post(f"/closed-days/{listed[0]}", {"done": "asked"}).status_code == 403
    late(desk_of)
    page = director.get("/closed-days")
    assert "2 to tick off before closed days" in shown(page)
    assert "late, at the director" in shown(page)
    assert page.text.count('<form class="stack-tight"') == 2
    for reader, status in (
        (desk_of.house.browser("shift_lead"), 403),
        (desk_of.house.browser("police_liaison"), 403),
        (desk_of.house.browser("social_worker"), 404),
        (desk_of.house.browser("perpetrator_worker"), 403),
        (elsewhere.browser("legal"), 404),
        (elsewhere.browser("director"), 404),
    ):
        assert reader.post(f"/closed-days/{listed[0]}", {"done": "asked"}).status_code == status
    assert desk_of.ref not in elsewhere.browser("legal").get("/closed-days").text
    tasks = desk_of.worker.get(f"/cases/{desk_of.ref}").text
    assert tasks.count("Tatilden önce onaylanmadı") == 2
    assert director.post(f"/closed-days/{listed[0]}", {"done": "covered"}).status_code == 303
    tasks = desk_of.worker.get(f"/cases/{desk_of.ref}").text
    assert len(re.findall(r"<li[^>]*data-done[^>]*><span>Tatilden önce", tasks)) == 1


def test_what_was_recorded_meanwhile_needs_no_tick(desk_of: Desk, listed: list[str]) -> None:
    hrefs = set(re.findall(r'href="(/decisions/[^"]+)"', desk_of.lawyer.get("/closed-days").text))
    for href in hrefs:
        sent = {"do": "submitted", "submitted_at": desk_of.moment(minutes=10)}
        assert desk_of.lawyer.post(href, sent).status_code == 303
        sent = {"do": "approval", "outcome": "refused", "answered_at": desk_of.moment(minutes=5), "source": "kalem"}
        assert desk_of.lawyer.post(href, sent).status_code == 303
    with unit_of_work(desk_of.house.ground) as session:
        of_case = select(Deadline.id).where(Deadline.case_id == UUID(desk_of.case))
        on_list = session.scalars(select(ClosureTick.id).where(ClosureTick.deadline_id.in_(of_case))).all()
    # On a day with such a list of its own, what began to run with the submission has come onto it as well.
    assert {*listed} <= {str(one) for one in on_list}
    page = desk_of.lawyer.get("/closed-days")
    assert shown(page).count("recorded meanwhile") == len(on_list)
    assert '<form class="stack-tight"' not in page.text
    assert "to tick off before closed days" not in shown(page)


def test_without_a_list_the_page_says_when_the_next_one_comes(desk_of: Desk) -> None:
    page = shown(desk_of.lawyer.get("/closed-days"))
    assert "The next list is made on" in page or "Nothing that you see ends before the next working day." in page
