"""Consent to share: what she agreed others may be told, by her alone, withdrawn at once, read in her case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from core.clock import now
from core.unit_of_work import unit_of_work
from intake.models import Consent
from intake.service.consents import LONGEST_WORDS
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_callers import path_of, say
from tests.edge.dashboard.test_identity import SURE, known_woman
from tests.edge.dashboard.test_workspace import acts, taken_call, taken_text
from tests.edge.domain.test_rules_of_the_line import TOLD
from tests.support.house import Clock

_WORDS = "yalnız Çankaya polis merkezi, annesinin adı geçmesin"
POLICE: Mapping[str, object] = {"recipient": "police", "told": ["name", "violence"], "how": "spoken"}
FORM = 'id="consent-recipient"'


def consents(house: House, contact: UUID) -> list[Consent]:
    with unit_of_work(house.ground) as session:
        mine = select(Consent).where(Consent.intake_id == house.desk.intake(contact).id).order_by(Consent.recorded_at)
        found = list(session.scalars(mine))
        assert all(isinstance((one.words, one.withdrawn_words), tuple) for one in found)
        return found


def agree(house: House, operator: Browser, contact: UUID, **other: object) -> int:
    sent = {name: value for name, value in {**POLICE, **other}.items() if value != ""}
    return operator.post(f"{path_of(house, contact)}/consents", sent).status_code


def withdraw(house: House, operator: Browser, contact: UUID, consent: UUID, **fields: str) -> int:
    path = f"{path_of(house, contact)}/consents/{consent}/withdraw"
    return operator.post(path, {"why": "she_said", **fields}).status_code


def test_what_she_agreed_to_is_kept_sealed_and_told_by_codes_alone(house: House) -> None:
    operator, call = taken_call(house)
    assert "Consent to share: none" in shown(operator.get(f"/contacts/{call}"))
    assert agree(house, operator, call, words=_WORDS, until="2099-12-31") == 303
    [row] = consents(house, call)
    assert (row.recipient, row.told, row.how, row.words) == ("police", ["name", "violence"], "spoken", _WORDS)
    assert (row.recorded_by, row.given_at, row.withdrawn_at) == (operator.account_id, row.recorded_at, None)
    assert row.until is not None
    assert row.until.isoformat() == "2099-12-31T21:00:00+00:00"
    page = shown(operator.get(f"/contacts/{call}"))
    for words in ("Consent to share: Police or gendarmerie", "Her name and identity", "Çankaya polis merkezi"):
        assert words in page
    with unit_of_work(house.ground) as session:
        raw = session.execute(text("SELECT * FROM intake_consents WHERE id = :id"), {"id": row.id}).one()
        kinds = ("ConsentRecorded", "ConsentWithdrawn")
        facts = session.execute(
            text("SELECT payload FROM core_facts WHERE kind = ANY(:kinds)"), {"kinds": list(kinds)}
        ).scalars()
        mine = [fact for fact in facts if fact["consent_id"] == str(row.id)]
    assert not [value for value in raw if "ankaya" in str(value)]
    assert [(fact["recipient"], fact["account_id"]) for fact in mine] == [("police", str(operator.account_id))]
    [entry] = acts(house, "consent_recorded", house.desk.intake(call).id)
    assert entry.detail == {"recipient": "police", "told": "name,violence", "how": "spoken"}


def test_it_is_withdrawn_at_once_by_whoever_works_on_it_and_stays_so(house: House) -> None:
    operator, call = taken_call(house)
    assert agree(house, operator, call) == 303
    [row] = consents(house, call)
    assert withdraw(house, house.browser("operator"), call, row.id) in (403, 404)
    lead = house.browser("shift_lead")
    assert withdraw(house, lead, call, row.id, words="telefonda söyledi") == 303
    [over] = consents(house, call)
    assert (over.withdrawn_by, over.withdrawn_why) == (lead.account_id, "she_said")
    assert over.withdrawn_words == "telefonda söyledi"
    assert withdraw(house, operator, call, row.id, why="mistake") == 303
    [still] = consents(house, call)
    assert (still.withdrawn_at, still.withdrawn_why) == (over.withdrawn_at, "she_said")
    [entry] = acts(house, "consent_withdrawn", house.desk.intake(call).id)
    assert entry.detail == {"recipient": "police", "why": "she_said"}
    page = shown(operator.get(f"/contacts/{call}"))
    assert "Consent to share: none" in page
    assert "She takes it back" in page
    assert f"/consents/{row.id}/withdraw" not in operator.get(f"/contacts/{call}").text


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(house: House) -> None:
    operator, call = taken_call(house)
    with unit_of_work(house.ground) as session:
        yesterday = (now(session) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M+00:00")
    for field, wrong, words in (
        ("recipient", {"recipient": "him"}, "Choose one of the list."),
        ("told", {"told": ""}, "Tick at least one thing that may be told."),
        ("told", {"told": ["name", "nationality"]}, "Choose one of the list."),
        ("how", {"how": ""}, "Say whether she said or signed it."),
        ("given", {"given": "yarın"}, "Enter a date and a time."),
        ("given", {"given": "2099-01-01T10:00"}, "This time has not come yet."),
        ("given", {"given": yesterday}, "At this time she had not reached us."),
        ("until", {"until": "bayram"}, "Enter a date."),
        ("until", {"until": "2020-01-01"}, "This day is over already."),
        ("words", {"recipient": "other"}, "Say which."),
        ("words", {"words": "x" * (LONGEST_WORDS + 1)}, "This is too long."),
    ):
        sent = {name: value for name, value in {**POLICE, **wrong}.items() if value != ""}
        answer = operator.post(f"{path_of(house, call)}/consents", sent)
        assert answer.status_code == 422
        beside = answer.text.split(f'id="consent-{field}-error"', 1)[1].split("</p>", 1)[0]
        assert words in beside, (field, beside)
        assert '<dialog id="consent" data-open' in answer.text
        if "how" not in wrong:
            assert 'value="spoken" checked' in answer.text
    assert consents(house, call) == []
    # A paper may be older than her call.
    assert agree(house, operator, call, how="written", given=yesterday, until="2099-01-01") == 303


def test_a_withdrawal_that_says_nothing_known_is_refused_beside_its_field(house: House) -> None:
    operator, call = taken_call(house)
    assert agree(house, operator, call) == 303
    [row] = consents(house, call)
    path = f"{path_of(house, call)}/consents/{row.id}/withdraw"
    for field, sent, words in (
        ("why", {"why": "whim"}, "Choose one of the list."),
        ("words", {"why": "mistake", "words": "x" * (LONGEST_WORDS + 1)}, "This is too long."),
    ):
        answer = operator.post(path, sent)
        assert answer.status_code == 422
        beside = answer.text.split(f'id="withdraw-{row.id}-{field}-error"', 1)[1].split("</p>", 1)[0]
        assert words in beside
        # That the other form on the page was refused is not said.
        assert '<dialog id="consent" data-open' not in answer.text
    assert consents(house, call)[0].withdrawn_at is None


def test_it_ends_by_itself_on_its_day(house: House, hand: Clock) -> None:
    operator, call = taken_call(house)
    with unit_of_work(house.ground) as session:
        day = (now(session) + timedelta(days=2)).date().isoformat()
    assert agree(house, operator, call, until=day) == 303
    assert "Consent to share: Police or gendarmerie" in shown(operator.get(f"/contacts/{call}"))
    hand.advance(4 * 24 * 3600)
    page = shown(house.browser("shift_lead").get(f"/contacts/{call}"))
    assert "Consent to share: none" in page
    assert "over since" in page


@pytest.mark.parametrize("kind", ["other_party", "perpetrator", "third_party", "professional"])
def test_nobody_agrees_in_her_place(house: House, kind: str) -> None:
    operator, call = taken_call(house)
    assert agree(house, operator, call) == 303
    [before] = consents(house, call)
    if kind == "other_party":
        assert operator.post(f"{path_of(house, call)}/other-party").status_code == 303
    else:
        say(house, operator, call, kind)
    page = operator.get(f"/contacts/{call}")
    assert FORM not in page.text
    # What was said before by the same voice does not count either.
    assert "Consent to share: none" in shown(page)
    assert "does not count: somebody else than she called" in shown(page)
    answer = operator.post(f"{path_of(house, call)}/consents", POLICE)
    assert answer.status_code == 422
    assert "nobody agrees in her place" in shown(answer)
    assert len(consents(house, call)) == 1
    assert withdraw(house, operator, call, before.id, why="not_her") == 303
    assert consents(house, call)[0].withdrawn_at is not None


@pytest.mark.parametrize("channel", ["voice", "sms"])
def test_on_a_known_number_nothing_is_agreed_before_it_is_sure_who_speaks(house: House, channel: str) -> None:
    operator, contact = known_woman(house).again(channel)
    page = operator.get(f"/contacts/{contact}")
    assert FORM not in page.text
    assert "say first how you made sure who speaks" in shown(page)
    answer = operator.post(f"{path_of(house, contact)}/consents", POLICE)
    assert answer.status_code == 422
    assert "say first how you made sure who speaks" in shown(answer)
    assert consents(house, contact) == []
    assert operator.post(path_of(house, contact), SURE).status_code == 303
    assert FORM in operator.get(f"/contacts/{contact}").text
    assert agree(house, operator, contact) == 303
    # It is withdrawn without any check: that forbids more.
    reason = {"reason": "sesi başka"}
    assert operator.post(f"{path_of(house, contact)}/identity", reason).status_code == 303
    [row] = consents(house, contact)
    assert agree(house, operator, contact) == 422
    assert withdraw(house, operator, contact, row.id) == 303


def test_what_was_agreed_in_this_conversation_makes_no_known_number_of_it(house: House) -> None:
    operator, contact = taken_text(house)
    assert operator.save(path_of(house, contact), {"safe_sms": "ok"}).get_json()["errors"] == []
    assert agree(house, operator, contact) == 303


def test_her_case_shows_what_holds_and_the_story_all_of_it(house: House) -> None:
    operator, call = taken_call(house)
    assert agree(house, operator, call, words=_WORDS) == 303
    assert agree(house, operator, call, recipient="school", told=["children"]) == 303
    ref = operator.post(f"{path_of(house, call)}/open-case").headers["Location"].removeprefix("/cases/")
    case = operator.get(f"/cases/{ref}")
    assert "She agreed that something is shared: Police or gendarmerie" in shown(case)
    facts = case.text.split('id="facts"', 1)[1].split("</section>", 1)[0]
    assert "Çankaya polis merkezi" in facts
    assert "School or education directorate" in facts
    school = next(one for one in consents(house, call) if one.recipient == "school")
    assert withdraw(house, operator, call, school.id) == 303
    case = operator.get(f"/cases/{ref}")
    facts = case.text.split('id="facts"', 1)[1].split("</section>", 1)[0]
    assert "School or education directorate" not in facts
    assert "Consent to share withdrawn: School or education directorate" in shown(case)


def test_a_referral_closes_only_where_whoever_is_told_may_be(house: House) -> None:
    operator, call = taken_call(house)
    path = path_of(house, call)
    told = {**TOLD, "safe_to_talk": "no", "outcome": "referred"}
    assert operator.save(path, told).get_json()["errors"] == []
    answer = operator.post(f"{path}/close")
    assert "Closing needs: Referred to" in shown(answer)
    assert operator.save(path, {"referred_to": ["police", "prosecutor"]}).get_json()["errors"] == []
    assert agree(house, operator, call) == 303
    answer = operator.post(f"{path}/close")
    assert answer.status_code == 422
    wanted = "her consent, or a report that the law wants: "
    assert f"Closing needs: {wanted}Public prosecutor" in shown(answer)
    assert f"{wanted}Police" not in shown(answer)
    with unit_of_work(house.ground) as session:
        at = now(session).strftime("%Y-%m-%dT%H:%M+00:00")
    report = {"basis": "tck_279", "decision": "report", "reason": "darp", "authority": "prosecutor", "at": at}
    assert operator.post(f"/contacts/{call}/report-duty", report).status_code == 303
    [row] = consents(house, call)
    assert withdraw(house, operator, call, row.id) == 303
    answer = operator.post(f"{path}/close")
    assert f"Closing needs: {wanted}Police" in shown(answer)
    assert f"{wanted}Public prosecutor" not in shown(answer)
    assert agree(house, operator, call) == 303
    assert operator.post(f"{path}/close").status_code == 303
    assert house.desk.intake(call).state == "closed"


def test_only_who_works_on_it_writes_it_down_and_a_consent_belongs_to_its_intake(
    house: House, elsewhere: House
) -> None:
    operator, call = taken_call(house)
    _, other = taken_call(house)
    assert agree(house, elsewhere.browser("shift_lead"), call) == 404
    assert agree(house, house.browser("operator"), call) in (403, 404)
    assert agree(house, house.browser("director"), call) == 403
    assert consents(house, call) == []
    assert agree(house, operator, call) == 303
    [row] = consents(house, call)
    lead = house.browser("shift_lead")
    assert withdraw(house, lead, other, row.id) == 404
    assert withdraw(house, lead, call, uuid4()) == 404
    assert consents(house, call)[0].withdrawn_at is None
    # The director reads it, and has no form.
    page = house.browser("director").get(f"/contacts/{call}")
    assert "Consent to share: Police or gendarmerie" in shown(page)
    assert FORM not in page.text
