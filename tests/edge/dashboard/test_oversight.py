"""Staff administration, search, audit, acts of the night, reports, and the demonstration's button."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from core.actor import system
from core.audit import AuditEntry
from core.clock import after
from core.unit_of_work import unit_of_work
from dashboard import night
from hotline.models import Contact
from staff import queries as staff
from staff import service as staff_service
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import number_of, taken_call, taken_text
from tests.support.desk import Desk
from tests.support.line import fresh_number, line_number
from tests.support.planted import NAME, SENTENCE


def test_an_account_is_made_and_its_secrets_are_shown_once(house: House) -> None:
    admin = house.browser("admin", stepped_up=True)
    name = f"p{house.desk.centre_id.hex[:12]}@test"
    given = {"name": name, "display_name": "Yeni Biri", "roles": ["", "operator"], "languages": ["", "tr", "ku"]}
    with unit_of_work(house.ground) as session:
        slug = staff.centres(session, [house.desk.centre_id])[0].slug
    assert admin.post("/staff", {**given, "name": "Not A Name"}).status_code == 422
    assert admin.post("/staff", {**given, "roles": [""]}).status_code == 422
    page = admin.post("/staff", {**given, "centre": slug})
    assert page.status_code == 200
    assert name in unescape(page.text)
    assert "Shown once." in shown(page)
    assert admin.post("/staff", {**given, "centre": slug}).status_code == 422
    with unit_of_work(house.ground) as session:
        made = staff.account_by_name(session, name)
    assert made is not None
    assert (made.roles, made.languages, made.centre_id) == (("operator",), ("tr", "ku"), house.desk.centre_id)


def test_an_administrator_of_one_centre_makes_no_account_elsewhere_and_none_of_all(
    house: House, elsewhere: House
) -> None:
    bound = house.browser("admin", stepped_up=True)
    name = f"q{house.desk.centre_id.hex[:12]}@test"
    given = {"name": name, "display_name": "Yeni Biri", "roles": ["", "director"]}
    with unit_of_work(house.ground) as session:
        slugs = [staff.centres(session, [one.desk.centre_id])[0].slug for one in (house, elsewhere)]
    form = bound.get("/staff").text
    assert [f'value="{slug}"' in form for slug in slugs] == [True, False]
    for centre in ("", slugs[1], "nowhere"):
        refused = bound.post("/staff", {**given, "centre": centre})
        assert (refused.status_code, "Choose a centre." in shown(refused)) == (422, True)
    with unit_of_work(house.ground) as session:
        assert staff.account_by_name(session, name) is None
    # Who belongs to no centre administers all of them.
    assert (
        house.of_all.browser("admin", stepped_up=True).post("/staff", {**given, "centre": slugs[1]}).status_code == 200
    )
    with unit_of_work(house.ground) as session:
        made = staff.account_by_name(session, name)
        assert made is not None
        assert made.centre_id == elsewhere.desk.centre_id


def test_accounts_are_made_and_changed_only_with_the_code_entered_again(house: House) -> None:
    admin, operator = house.browser("admin"), house.browser("operator")
    given = {"name": "yeni@test", "display_name": "Yeni Biri", "roles": ["operator", "oncall"], "languages": ["tr"]}
    path = f"/staff/{operator.account_id}"
    for where in ("/staff", path):
        asked = admin.post(where, {**given, "do": "save"})
        assert asked.status_code == 403
        # A field with several answers is carried along with all of them.
        assert [f'name="roles" value="{role}"' in asked.text for role in given["roles"]] == [True, True]
    assert admin.post(path, {"do": "disable"}).status_code == 403
    assert operator.get("/").status_code == 200
    form = {**given, "do": "save", "csrf_token": admin.csrf, "step_up_to": path, "step_up_code": house.code(admin)}
    assert admin.send_on(form).status_code == 303
    with unit_of_work(house.ground) as session:
        found = staff.account(session, operator.account_id)
        assert found is not None
        assert (found.roles, found.display_name) == (("oncall", "operator"), "Yeni Biri")


def test_an_account_is_changed_disabled_and_reset(house: House) -> None:
    admin, operator = house.browser("admin", stepped_up=True), house.browser("operator", phone=False)
    path = f"/staff/{operator.account_id}"
    assert admin.get(path).status_code == 200
    profile = {"display_name": "Elif Başka", "roles": ["operator", "oncall"], "languages": ["tr", "en"], "do": "save"}
    assert admin.post(path, {**profile, "pin": "1111"}).status_code == 422
    refused = admin.post(path, {**profile, "telephone": "0312 155"})
    assert refused.status_code == 422
    assert "Koza never calls an emergency or short service number." in shown(refused)
    assert admin.post(path, {**profile, "pin": "7391", "telephone": "05325550011"}).status_code == 303
    assert "not yet proven" in shown(admin.get(path))
    assert admin.post(path, {**profile, "proof": "000000"}).status_code == 422
    with unit_of_work(house.ground) as session:
        found = staff.account(session, operator.account_id)
        assert found is not None
        assert (found.roles, found.has_pin) == (("oncall", "operator"), True)
    assert "needs two supervisors" in shown(admin.post(path, {"do": "reset"}))
    assert admin.post(path, {"do": "disable"}).status_code == 303
    assert operator.get("/").headers["Location"] == "/sign-in"
    assert admin.post(path, {"do": "enable"}).status_code == 303
    assert house.browser("operator").get("/staff").status_code == 403


def test_a_telephone_is_removed_and_the_last_of_a_person_on_call_not_by_one_press(house: House) -> None:
    admin, member, colleague = house.browser("admin"), house.browser("oncall"), house.browser("oncall")
    house.on_duty(member, "oncall")
    path = f"/staff/{member.account_id}"
    with unit_of_work(house.ground) as session:
        [(_, point, _, _)] = staff.contact_point_states(session, [member.account_id])
        number = staff.contact_points_of(session, Scope.system("tests"), [member.account_id], purpose="page")[0].address
    page = admin.get(path)
    assert f"••• {number[-3:]}" in shown(page)
    assert number.lstrip("+") not in page.text
    assert "I am sure" in shown(page)
    refused = admin.post(f"{path}/telephones/{point}")
    assert refused.status_code == 422
    assert "Without this telephone pages do not reach her." in shown(refused)
    assert admin.post(f"/staff/{colleague.account_id}/telephones/{point}").status_code == 404
    assert house.browser("shift_lead").post(f"{path}/telephones/{point}").status_code == 403
    with unit_of_work(house.ground) as session:
        assert staff.contact_point_states(session, [member.account_id])
    assert admin.post(f"{path}/telephones/{point}", {"sure": "1"}).status_code == 303
    with unit_of_work(house.ground) as session:
        assert staff.contact_point_states(session, [member.account_id]) == []
        removed = select(AuditEntry).where(AuditEntry.act == "contact_point_disabled")
        [entry] = session.scalars(removed.where(AuditEntry.subject_id == str(point)))
        assert (entry.actor_id, entry.detail) == (admin.account_id, {"reason": "administrator_last"})
        assert entry.centre_id == house.desk.centre_id
    assert "No telephone yet." in shown(admin.get(path))


def test_a_number_is_removed_for_calls_and_texts_at_once(house: House) -> None:
    admin, operator = house.browser("admin", stepped_up=True), house.browser("operator", phone=False)
    path = f"/staff/{operator.account_id}"
    profile = {"display_name": "Elif Başka", "roles": ["operator"], "languages": ["tr"], "do": "save"}
    number = fresh_number()
    assert admin.post(path, {**profile, "telephone": number}).status_code == 303
    with unit_of_work(house.ground) as session:
        points = [point for _, point, _, _ in staff.contact_point_states(session, [operator.account_id])]
    assert len(points) == 2
    assert admin.post(f"{path}/telephones/{points[0]}").status_code == 303
    with unit_of_work(house.ground) as session:
        assert staff.contact_point_states(session, [operator.account_id]) == []
    assert admin.post(path, {**profile, "telephone": number}).status_code == 303


def test_a_search_finds_what_the_reader_may_read_and_nothing_else(house: House, elsewhere: House) -> None:
    operator, call = taken_call(house)
    ref = house.desk.intake(call).ref
    number = number_of(house, call)
    for words in (ref, ref.lower().replace("-", " "), number):
        assert ref in operator.post("/search", {"q": words}).text
    assert "Nothing found" in shown(house.browser("operator").post("/search", {"q": number}))
    assert "Nothing found" in shown(elsewhere.browser("shift_lead").post("/search", {"q": ref}))
    assert "Give a reference" in shown(operator.post("/search", {"q": NAME}))
    assert house.browser("admin").get("/search").status_code == 403
    with unit_of_work(house.ground) as session:
        searches = select(AuditEntry).where(AuditEntry.act == "searched", AuditEntry.actor_id == operator.account_id)
        kinds = [entry.subject_id for entry in session.scalars(searches.order_by(AuditEntry.at))]
        assert kinds == ["reference", "reference", "number"]


def test_the_auditor_reads_who_did_what_and_no_content(house: House, elsewhere: House) -> None:
    operator, contact = taken_text(house, SENTENCE)
    operator.get(f"/contacts/{contact}")
    auditor = house.browser("auditor")
    page = auditor.get("/audit")
    assert page.status_code == 200
    assert "contact_opened" in page.text
    assert SENTENCE not in page.text
    assert "contact_opened" not in auditor.get("/audit", act="audit_read").text
    assert "contact_opened" not in elsewhere.browser("auditor").get("/audit").text
    assert operator.get("/audit").status_code == 403


def answered_after(house: House, waits: dict[UUID, int | None]) -> None:
    """These contacts came an hour ago, and were answered after so many seconds, or never."""
    with unit_of_work(house.ground) as session:
        for contact_id, seconds in waits.items():
            came = after(-3600)
            answered = None if seconds is None else after(seconds - 3600)
            times = {"received_at": came, "answered_at": answered}
            session.execute(update(Contact).where(Contact.id == contact_id).values(times))


def charts(page: TestResponse) -> dict[str, list[list[float | None]]]:
    """The series of the time charts."""
    found = [json.loads(unescape(one.split('"', 1)[0])) for one in page.text.split('data-chart="')[1:]]
    return {chart["key"]: [series["values"] for series in chart["series"]] for chart in found}


def test_the_reports_count_the_contacts_of_the_centre(house: House, elsewhere: House) -> None:
    desk = house.desk
    answered_after(house, {desk.text("bir"): 60, desk.text("iki"): 120, desk.text("üç"): None, desk.call(): 12})
    answered_after(elsewhere, {elsewhere.desk.call(): 30})
    director = house.browser("director")
    page = director.get("/reports", days="7")
    assert page.status_code == 200
    assert "<svg" in page.text
    words = shown(page)
    figures = "Contacts 4 Answered by a person 75 % Answered in time 75 %"
    assert figures in words
    assert "Half are answered within 1 min 0 s Nine of ten are answered within 1 min 48 s" in words
    assert "Call 1 100 % 100 % 12 s 12 s" in words
    assert "Text 3 67 % 67 % 1 min 30 s 1 min 54 s" in words
    drawn = charts(page)
    assert [[value for value in series if value] for series in drawn["trend"]] == [[4], [3]]
    assert [[value for value in series if value is not None] for series in drawn["speed"]] == [[60], [108]]
    assert drawn["speed"][0].count(None) == 7
    calls = director.get("/reports", days="7", channel="voice")
    assert [[value for value in series if value is not None] for series in charts(calls)["speed"]] == [[12], [12]]
    assert "Contacts 1 Answered by a person 100 %" in shown(calls)
    assert figures in shown(house.browser("statistician").get("/reports", days="7"))
    assert house.browser("operator").get("/reports").status_code == 403


def test_the_reports_of_another_centre_hold_nothing_of_ours(house: House, elsewhere: House) -> None:
    answered_after(house, {house.desk.text("bir"): 60, house.desk.call(): 90})
    answered_after(elsewhere, {elsewhere.desk.call(): 30})
    page = elsewhere.browser("director").get("/reports", days="7")
    assert "Contacts 1 Answered by a person 100 % Answered in time 0 %" in shown(page)
    assert [sum(filter(None, series)) for series in charts(page)["speed"]] == [30, 30]
    assert "Text" not in shown(page).split("Answer times by channel", 1)[1].split("Answer times by language", 1)[0]


def counted(browser: Browser) -> list[str]:
    """The number of contacts in her report, and the last of its tables: level and contacts."""
    page = browser.get("/reports").text
    figures = re.search(r"<dt>Contacts</dt><dd>(\d+)</dd>", page)
    assert figures is not None
    levels = page.split("Answer times by level</caption>", 1)[1]
    return [figures[1], *re.findall(r"<td[^>]*>(\d+)</td>", levels)]


def test_the_reports_count_a_national_line_where_it_is_answered(house: House, elsewhere: House) -> None:
    actor = system("tests")
    with unit_of_work(house.ground) as session:
        slug = f"n{secrets.token_hex(6)}"
        national = staff_service.create_centre(session, actor, slug=slug, name="Ulusal", kind="national")
        number = line_number()
        line = staff_service.add_line(session, actor, number=number, centre_id=national, name="Ulusal hat")
        staff_service.set_answerers(session, actor, line, [house.desk.centre_id])
    called = House(house.app, Desk(replace(house.desk.line, centre_id=national, line_id=line, number=number))).desk
    own, shared = house.desk.text("merhaba"), called.text("merhaba")
    assert own != shared
    director, statistician = house.browser("director"), house.browser("statistician")
    for reader in (director, statistician):
        assert counted(reader) == ["2", "2"]
    assert counted(elsewhere.browser("director"))[0] == "0"
    with unit_of_work(house.ground) as session:
        kept_out = [("contact", shared)]
        staff_service.bar(session, actor, subjects=kept_out, account_id=director.account_id, reason="kin")
    assert counted(director) == ["1", "1"]
    assert counted(statistician) == ["2", "2"]


def test_an_act_is_decided_once_and_not_by_everybody(house: House) -> None:
    operator, call = taken_call(house)
    path = f"/intakes/{house.desk.intake(call).id}/level"
    operator.post(path, {"level": "1"})
    assert operator.post(path, {"do": "ask", "reason": f"{NAME}: {SENTENCE}"}).status_code == 303
    lead = house.browser("shift_lead")
    act = lead.get("/night-acts").text.split('name="id" value="', 1)[1].split('"', 1)[0]
    assert lead.post("/night-acts", {"id": act, "decision": "confirm"}).status_code == 303
    assert lead.post("/night-acts", {"id": act, "decision": "confirm"}).status_code == 422
    assert operator.get("/night-acts").status_code == 403


def test_the_night_exists_in_a_demonstration_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = house.browser("shift_lead")
    assert lead.post("/play-night").status_code == 404
    assert "Play a night" not in lead.get("/").text
    begun: list[tuple[str, str]] = []
    monkeypatch.setattr(night, "begin", lambda exchange, line: begun.append((exchange, line)))
    app_ground = house.app.extensions["koza_ground"]
    demo = replace(app_ground.settings, env="demo", twilio_api_url="http://127.0.0.1:9")
    monkeypatch.setitem(house.app.extensions, "koza_ground", replace(app_ground, settings=demo))
    assert "Play a night" in lead.get("/").text
    assert lead.post("/play-night").status_code == 303
    assert begun == [("http://127.0.0.1:9", house.desk.line.number)]
    assert house.browser("operator").post("/play-night").status_code == 403


def test_the_night_is_five_calls_and_two_texts_in_three_minutes() -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    waits: list[float] = []
    assert night.play("http://x", "+903120000001", send=lambda url, body: sent.append((url, body)), wait=waits.append)
    assert [url.rpartition("/")[2] for url, _ in sent].count("call") == 5
    assert [url.rpartition("/")[2] for url, _ in sent].count("text") == 2
    assert sum(waits) <= 180
    assert all(body["to"] == "+903120000001" for _, body in sent)
