"""Two records are one woman's by a person's word alone, and each is read by itself again when it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from core.unit_of_work import unit_of_work
from intake.models import Merge
from staff import service as staff_service
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_callers import say
from tests.edge.dashboard.test_identity import HINT, known_woman
from tests.edge.dashboard.test_workspace import acts
from tests.support.desk import TESTS

_FIRST, _SECOND = "kapı komşum Nermin", "yeni hattım bu"
_WHY = {"why": "aynı sesi tanıdım"}
_YES = {"how": "facts", "reason": "çocuğunun adını ve ilk görüşmeyi anlattı"}


@dataclass(frozen=True)
class Two:
    """Two texts of two numbers, both with one case worker, and the case of the first."""

    house: House
    worker: Browser
    first: UUID
    second: UUID
    ref: str

    def path(self, contact: UUID) -> str:
        return f"/intakes/{self.house.desk.intake(contact).id}"

    def propose(self, by: Browser | None = None, ref: str = "", **fields: str) -> Any:
        ref = ref or self.house.desk.intake(self.first).ref
        return (by or self.worker).post(f"{self.path(self.second)}/one-person", {"ref": ref, **_WHY, **fields})

    @property
    def merge(self) -> Merge:
        """What was said of them last."""
        one = self.house.desk.intake(self.first).id
        with unit_of_work(self.house.ground) as session:
            mine = (Merge.first_id == one) | (Merge.second_id == one)
            one_merge = session.scalars(select(Merge).where(mine).order_by(Merge.proposed_at.desc()).limit(1)).one()
            # Opened while the session lasts.
            assert isinstance((one_merge.proposal, one_merge.reason, one_merge.ended_why), tuple)
            return one_merge

    def confirm(self, by: Browser | None = None, **fields: str) -> Any:
        sent = {name: value for name, value in {**_YES, **fields}.items() if value}
        return (by or self.worker).post(f"{self.path(self.second)}/one-person/{self.merge.id}/confirm", sent)

    def end(self, by: Browser | None = None, contact: UUID | None = None, **fields: str) -> Any:
        where = f"{self.path(contact or self.second)}/one-person/{self.merge.id}/end"
        return (by or self.worker).post(where, {"ended": "başkasıymış", **fields})

    def as_one(self, by: Browser | None = None) -> bool:
        """Whether the case tells what she wrote from the other number."""
        case = shown((by or self.worker).get(f"/cases/{self.ref}"))
        assert _FIRST in case
        return _SECOND in case

    def stored(self) -> list[Any]:
        """Both as they are stored: contacts, intakes, agreements, grants, bars, what belongs to the case."""
        contacts = [self.first, self.second]
        intakes = [self.house.desk.intake(one).id for one in contacts]
        with unit_of_work(self.house.ground) as session:
            asked = (
                ("SELECT * FROM hotline_contacts WHERE id = ANY(:ids) ORDER BY id", contacts),
                ("SELECT * FROM intake_intakes WHERE id = ANY(:ids) ORDER BY id", intakes),
                ("SELECT * FROM intake_safe_contacts WHERE intake_id = ANY(:ids) ORDER BY id", intakes),
                ("SELECT * FROM cases_case_contacts WHERE contact_id = ANY(:ids) ORDER BY contact_id", contacts),
                ("SELECT * FROM staff_grants WHERE subject_id = ANY(:ids) ORDER BY id", [*contacts, *intakes]),
                ("SELECT * FROM staff_bars WHERE subject_id = ANY(:ids) ORDER BY 1, 2, 3", [*contacts, *intakes]),
            )
            return [tuple(row) for sql, ids in asked for row in session.execute(text(sql), {"ids": ids})]


@pytest.fixture
def two(house: House) -> Two:
    worker = house.browser("social_worker", ready=True)
    contacts = []
    for words in (_FIRST, _SECOND):
        contact = house.desk.text(words)
        assert worker.post(f"/offers/{contact}/accept", json=True).get_json() == {"won": True}
        path = f"/intakes/{house.desk.intake(contact).id}"
        for name, value in (("district", "Çankaya"), ("safe_sms", "ok")):
            assert worker.save(path, {name: value}).get_json()["errors"] == []
        contacts.append(contact)
    opened = worker.post(f"/intakes/{house.desk.intake(contacts[0]).id}/open-case")
    return Two(house, worker, *contacts, opened.headers["Location"].removeprefix("/cases/"))


def test_h16_two_numbers_are_one_by_a_persons_word_alone_and_taking_it_back_leaves_what_was(two: Two) -> None:
    before = two.stored()
    ref = two.house.desk.intake(two.first).ref
    assert two.propose().status_code == 303
    page = shown(two.worker.get(f"/contacts/{two.second}"))
    assert "may be one person; nothing is read as one yet" in page
    assert not two.as_one()
    for wrong, field, words in (
        ({"reason": ""}, "reason", "Write the reason first."),
        ({"how": ""}, "how", "Say how you made sure who speaks."),
    ):
        answer = two.confirm(**wrong)
        assert answer.status_code == 422
        beside = answer.text.split(f'id="merge-{two.merge.id}-{field}-error"', 1)[1].split("</p>", 1)[0]
        assert words in beside
    assert not two.as_one()
    assert two.confirm().status_code == 303
    assert two.as_one()
    page = shown(two.worker.get(f"/contacts/{two.second}"))
    assert "Other records of hers: " + ref in page
    assert page.index("Earlier contacts") < page.rindex(ref)
    assert two.ref in page
    assert "It was confirmed that another record is hers too" in shown(two.worker.get(f"/cases/{two.ref}"))
    # The other conversation is a known number from now on: who opens it asks first.
    assert HINT in shown(two.worker.get(f"/contacts/{two.first}"))
    assert two.stored() == before
    assert two.end(ended="").status_code == 422
    assert two.end(contact=two.first).status_code == 303
    assert not two.as_one()
    page = shown(two.worker.get(f"/contacts/{two.second}"))
    assert "Earlier contacts" not in page
    assert two.ref not in page
    assert two.stored() == before
    kept = two.merge
    assert (kept.proposal, kept.reason, kept.ended_why) == (_WHY["why"], _YES["reason"], "başkasıymış")
    for contact in (two.first, two.second):
        for act in ("merge_proposed", "merge_confirmed", "merge_undone"):
            [entry] = acts(two.house, act, two.house.desk.intake(contact).id)
            assert (entry.actor_id, entry.detail) == (two.worker.account_id, {"merge": str(kept.id)})
    # Said again it stands anew, with both words kept.
    assert two.propose().status_code == 303
    assert two.end().status_code == 303
    assert [entry.detail for entry in acts(two.house, "merge_dismissed", two.house.desk.intake(two.first).id)] != []


def test_it_is_never_said_of_the_other_party_nor_holds_once_he_may_speak(two: Two) -> None:
    assert two.propose().status_code == 303
    say(two.house, two.worker, two.first, "third_party")
    answer = two.confirm()
    assert answer.status_code == 422
    assert "it is never read as hers" in shown(answer)
    say(two.house, two.worker, two.first, "self")
    assert two.confirm().status_code == 303
    assert two.as_one()
    assert two.worker.post(f"{two.path(two.second)}/other-party").status_code == 303
    assert not two.as_one()
    his = two.worker.get(f"/contacts/{two.second}")
    assert two.ref not in his.text
    assert 'id="one-person"' not in his.text
    assert two.end().status_code == 303
    answer = two.propose()
    assert answer.status_code == 422
    assert two.merge.ended_at is not None


def test_nothing_is_read_as_one_over_a_bar(two: Two) -> None:
    kept_away = two.house.browser("psychologist")
    matter = {one: [("contact", one), ("intake", two.house.desk.intake(one).id)] for one in (two.first, two.second)}

    def bar(contact: UUID, account_id: UUID) -> None:
        with unit_of_work(two.house.ground) as session:
            staff_service.bar(session, TESTS, subjects=matter[contact], account_id=account_id, reason="kin")

    bar(two.first, kept_away.account_id)
    assert two.propose().status_code == 303
    answer = two.confirm()
    assert answer.status_code == 422
    assert "One of the two keeps somebody away whom the other does not." in shown(answer)
    bar(two.second, kept_away.account_id)
    assert two.confirm().status_code == 303
    assert two.as_one()
    bar(two.second, two.house.desk.person("operator"))
    assert not two.as_one()


def test_who_works_on_it_proposes_and_a_case_worker_with_both_confirms(two: Two, elsewhere: House) -> None:
    operator = two.house.browser("operator")
    two.house.grant(operator, two.second, two.ref)
    answer = two.propose(operator)
    assert answer.status_code == 422
    assert "There is no record with this reference that you may read." in shown(answer)
    assert two.propose(ref="R-0000-0000").status_code == 422
    assert two.propose(ref=two.house.desk.intake(two.second).ref).status_code == 422
    assert two.propose(why=" ").status_code == 422
    assert two.propose(elsewhere.browser("shift_lead")).status_code == 404
    assert two.propose(two.house.browser("director")).status_code == 403
    two.house.grant(operator, two.first, two.ref)
    assert two.propose(operator).status_code == 303
    assert two.propose().status_code == 422
    assert two.confirm(operator).status_code == 403
    # Who reads one of the two alone learns nothing of the other, and confirms nothing.
    colleague = two.house.browser("psychologist")
    two.house.grant(colleague, two.second, two.ref)
    assert two.house.desk.intake(two.first).ref not in colleague.get(f"/contacts/{two.second}").text
    assert two.confirm(colleague).status_code == 404
    assert two.worker.post(f"{two.path(two.second)}/one-person/{uuid4()}/end", {"ended": "x"}).status_code == 404
    assert two.confirm().status_code == 303
    assert two.as_one()
    colleague = two.house.browser("legal")
    two.house.grant(colleague, two.first, two.ref)
    assert not two.as_one(colleague)


def test_on_a_known_number_nothing_is_proposed_before_it_is_sure_who_speaks(house: House) -> None:
    known = known_woman(house)
    operator, contact = known.again("sms")
    answer = operator.post(f"/intakes/{house.desk.intake(contact).id}/one-person", {"ref": known.intake_ref, **_WHY})
    assert answer.status_code == 422
    assert known.ref not in answer.text
