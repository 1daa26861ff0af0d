"""Applications for measures on the dashboard: begun, approved by her, filed, answered by a decision, withdrawn."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from tests.edge.dashboard.conftest import House, shown
from tests.edge.dashboard.test_decisions import Desk, desk_of
from tests.support.planted import SENTENCE

__all__ = ["desk_of"]
COURT = "Ankara 4. Aile Mahkemesi"


def form(**more: object) -> dict[str, object]:
    return {
        "codes": ["o5_a", "o5_c", "c8_6"], "authority": COURT, "authority_kind": "judge", "province": "06",
        "statement": SENTENCE, **more,
    }  # fmt: skip


def begun(desk: Desk, **more: object) -> str:
    answer = desk.worker.post(f"/cases/{desk.case}/applications", form(**more))
    assert answer.status_code == 303, shown(answer)
    return answer.headers["Location"]


def approved(desk: Desk, **more: object) -> str:
    where = begun(desk, **more)
    answer = desk.worker.post(where, {"do": "approve", "manner": "oral", "approved_at": desk.moment(minutes=9)})
    assert answer.status_code == 303
    return where


def filed(desk: Desk, **more: object) -> str:
    where = approved(desk, **more)
    sent = {"do": "file", "filed_at": desk.moment(minutes=5), "authority": COURT, "authority_kind": "judge"}
    assert desk.worker.post(where, {**sent, "docket": "2026/77"}).status_code == 303
    return where


def test_from_a_draft_to_the_decision_that_answers_it(desk_of: Desk) -> None:
    new = desk_of.worker.get(f"/cases/{desk_of.case}/applications/new").text
    assert new.index('value="p3_a"') < new.index('value="p4_a"') < new.index('value="o5_a"') < new.index('value="c8_6"')
    assert "autofocus" in new
    where = begun(desk_of)
    case = desk_of.worker.get(f"/cases/{desk_of.ref}").text
    assert f'<a class="button small" href="{where}">Record her approval</a>' in case
    page = desk_of.worker.get(where)
    assert SENTENCE in unescape(page.text)
    assert f'href="/petitions/{where.rsplit("/", 1)[1]}"' in page.text
    assert 'id="approve" open' in page.text
    typed = {"do": "approve", "manner": "written", "approved_at": desk_of.moment(minutes=9)}
    assert desk_of.worker.post(where, typed).status_code == 303
    assert "She signed it" in shown(desk_of.worker.get(where))
    sent = {"do": "file", "filed_at": desk_of.moment(minutes=5), "authority": COURT, "authority_kind": "judge"}
    assert desk_of.worker.post(where, {**sent, "docket": "2026/77"}).status_code == 303
    # The case worker filed it; the court's answer is the lawyer's.
    page = desk_of.worker.get(where).text
    assert 'id="answer"' not in page
    assert "decisions/new?application=" not in page
    page = desk_of.lawyer.get(where).text
    href = re.search(r'href="(/cases/[^"]+/decisions/new\?application=[^"]+)"', page)
    assert href is not None
    entry = desk_of.lawyer.get(href[1].split("?")[0], application=href[1].split("=")[1]).text
    for code in ("o5_a", "o5_c", "c8_6"):
        assert f'value="{code}" checked' in entry
    assert f'value="{COURT}"' in entry
    assert 'value="2026/77"' in entry
    asked = where.rsplit("/", 1)[1]
    decided = desk_of.court(authority=COURT, docket="2026/77", codes=["o5_a", "c8_6"], application=asked)
    answer = desk_of.lawyer.post(f"/cases/{desk_of.case}/decisions", decided)
    assert answer.status_code == 303
    page = desk_of.lawyer.get(where)
    assert "Granted in part" in shown(page)
    assert f'href="{answer.headers["Location"]}"' in page.text
    assert f'href="{where}"' in desk_of.lawyer.get(answer.headers["Location"]).text
    words = shown(page).split("History", 1)[1]
    assert words.index("Granted in part") < words.index("Filed") < words.index("Approved by her")


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(desk_of: Desk) -> None:
    path = f"/cases/{desk_of.case}/applications"
    for more, field, words in (
        ({"codes": []}, "codes", "Tick at least one measure."),
        ({"authority": "A"}, "authority", "Write the name of the authority"),
        ({"authority_kind": "police_chief"}, "authority_kind", "Choose who decides."),
        ({"province": "99"}, "province", "Choose the province."),
    ):
        answer = desk_of.worker.post(path, form(**more))
        assert (answer.status_code, words in shown(answer)) == (422, True), words
        assert f'href="#f-{field}"' in answer.text
        assert SENTENCE in unescape(answer.text)
        if more.get("codes") != []:
            assert 'value="o5_c" checked' in answer.text
    where = begun(desk_of)
    later = desk_of.moment(minutes=-60)
    for sent, field, words in (
        ({"do": "approve", "approved_at": later, "manner": "oral"}, "approved_at", "This lies in the future."),
        ({"do": "approve", "approved_at": "bugün", "manner": "oral"}, "approved_at", "Enter a date and a time."),
        ({"do": "approve", "approved_at": desk_of.moment(), "manner": "by sign"}, "manner", "Choose how."),
        ({"do": "withdraw", "reason": ""}, "reason", "Say why."),
    ):
        answer = desk_of.worker.post(where, sent)
        assert (answer.status_code, words in shown(answer)) == (422, True), words
        assert f'href="#{sent["do"]}-{field}"' in answer.text
    assert (
        'value="bugün"' in desk_of.worker.post(where, {"do": "approve", "approved_at": "bugün", "manner": "oral"}).text
    )


def test_nothing_is_filed_that_she_did_not_approve(desk_of: Desk) -> None:
    where = begun(desk_of, authority="")
    sent = {"do": "file", "filed_at": desk_of.moment(minutes=1), "authority": COURT, "authority_kind": "judge"}
    assert desk_of.worker.post(where, sent).status_code == 422
    assert 'id="file"' not in desk_of.worker.get(where).text
    desk_of.worker.post(where, {"do": "approve", "manner": "oral", "approved_at": desk_of.moment(minutes=9)})
    nowhere = desk_of.worker.post(where, {**sent, "authority": ""})
    assert (nowhere.status_code, 'href="#file-authority"' in nowhere.text) == (422, True)
    assert desk_of.worker.post(where, sent).status_code == 303
    assert desk_of.worker.post(where, sent).status_code == 422
    assert COURT in desk_of.worker.get(where).text


def test_a_refusal_of_the_court_and_a_withdrawal(desk_of: Desk) -> None:
    where = filed(desk_of)
    early = (desk_of.today + timedelta(days=1)).isoformat()
    answer = desk_of.lawyer.post(where, {"do": "answer", "outcome": "refused", "answered_on": early})
    assert (answer.status_code, 'href="#answer-answered_on"' in answer.text) == (422, True)
    sent = {"do": "answer", "outcome": "refused", "answered_on": desk_of.today.isoformat()}
    assert desk_of.worker.post(where, sent).status_code == 403
    assert desk_of.lawyer.post(where, sent).status_code == 303
    assert "Refused" in shown(desk_of.lawyer.get(where))
    other = approved(desk_of)
    assert desk_of.worker.post(other, {"do": "withdraw", "reason": SENTENCE}).status_code == 303
    assert SENTENCE in unescape(desk_of.worker.get(other).text)
    assert 'class="more"' not in desk_of.worker.get(other).text
    with unit_of_work(desk_of.house.ground) as session:
        query = select(AuditEntry.act, AuditEntry.detail).where(AuditEntry.subject_id == other.rsplit("/", 1)[1])
        acts = [(row.act, str(row.detail)) for row in session.execute(query)]
    assert {"application_draft", "application_approve", "application_withdraw", "application_read"} == {
        act for act, _detail in acts
    }
    assert not any(SENTENCE in detail for _act, detail in acts)


def test_an_application_of_another_case_is_answered_by_no_decision_of_this_one(desk_of: Desk) -> None:
    where = begun(desk_of)
    asked = where.rsplit("/", 1)[1]
    draft = desk_of.lawyer.post(f"/cases/{desk_of.case}/decisions", desk_of.court(application=asked))
    assert draft.status_code == 422
    wrong = desk_of.lawyer.post(f"/cases/{desk_of.case}/decisions", desk_of.court(application=desk_of.case))
    assert (wrong.status_code, "The application is not of this case." in shown(wrong)) == (422, True)
    assert f'name="application" value="{desk_of.case}"' in wrong.text
    unreadable = desk_of.lawyer.post(f"/cases/{desk_of.case}/decisions", desk_of.court(application="x"))
    assert unreadable.status_code == 422
    assert "No protection is known" in shown(desk_of.lawyer.get(f"/cases/{desk_of.ref}"))
    assert desk_of.lawyer.get(f"/cases/{desk_of.case}/decisions/new", application=desk_of.case).status_code == 404


@pytest.mark.parametrize("who", ["legal", "director"])
def test_another_centre_finds_nothing(desk_of: Desk, elsewhere: House, who: str) -> None:
    where, path = filed(desk_of), f"/cases/{desk_of.case}/applications"
    stranger = elsewhere.browser(who)
    assert stranger.get(where).status_code == 404
    assert stranger.get(f"{path}/new").status_code == 404
    assert stranger.post(path, form()).status_code == 404
    assert stranger.post(where, {"do": "withdraw", "reason": "x"}).status_code == 404
    assert "Filed" in shown(desk_of.lawyer.get(where))


def test_who_may_not_write_reads_and_who_may_not_read_finds_nothing(desk_of: Desk) -> None:
    where, path = approved(desk_of), f"/cases/{desk_of.case}/applications"
    director = desk_of.house.browser("director")
    page = director.get(where)
    assert page.status_code == 200
    assert 'class="more"' not in page.text
    assert director.get(f"{path}/new").status_code == 403
    assert director.post(path, form()).status_code == 403
    assert director.post(where, {"do": "withdraw", "reason": "x"}).status_code == 403
    assert f'href="{path}/new"' not in director.get(f"/cases/{desk_of.ref}").text
    for role, status in (("social_worker", 404), ("shift_lead", 403), ("perpetrator_worker", 403)):
        other = desk_of.house.browser(role)
        assert {other.get(where).status_code, other.get(f"{path}/new").status_code} == {status}, role
