"""A telephone of staff whose number is an emergency or short service number: never called, never again, and told."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.crypto import keyring_of
from dashboard.wording import page_words
from hotline.sender import Sender
from staff import queries as staff
from staff import service as staff_service
from staff.models import ContactPoint
from staff.scope import Scope
from tests.edge.escalation.conftest import ACTOR, House
from tests.edge.escalation.pages import troubles
from tests.support.fake_carrier import FakeCarrier


def _write_down(house: House, name: str, number: str) -> None:
    """As an import of an older system, or a hand in the database, would leave it."""

    def change(session: Session) -> None:
        wanted = select(ContactPoint).where(
            ContactPoint.account_id == house[name].id, ContactPoint.address_index == _index(session, house[name].mobile)
        )
        for point in session.scalars(wanted):
            point.address, point.address_index = number, _index(session, number)

    house.do(change)


def _index(session: Session, number: str) -> bytes:
    return keyring_of(session).blind_index(staff.ADDRESS_INDEX, number)


@pytest.mark.parametrize("number", ["+90112", "+903121550000", "155"])
def test_what_is_no_person_s_telephone_is_stopped_before_it_leaves(house: House, number: str) -> None:
    forbidden = number != "+903121550000"
    _write_down(house, "oncall1", number)
    page_id = house.request(house.contact())
    house.sweep()
    carrier = FakeCarrier(house.moment)
    Sender(house.ground, carrier).round()
    assert (carrier.of(number) == []) is forbidden
    assert carrier.of(house["oncall2"].mobile)
    hers = [item for item in house.notified(page_id) if item.account_id == house["oncall1"].id]
    states = {(item.medium, item.rule_no): item.state for item in hers}
    # Her other telephone does not wait for the ladder, and the pager says what is wrong with the first one.
    assert (states["voice", 1] == "sending") is forbidden
    assert bool(troubles(house)) is forbidden


def test_it_is_never_tried_again_and_staff_read_why(house: House) -> None:
    _write_down(house, "oncall1", "+90155")
    house.request(house.contact())
    house.sweep()
    carrier = FakeCarrier(house.moment)
    sender = Sender(house.ground, carrier)
    sender.round()
    name = house.do(lambda session: staff.staff_of(session, [house["oncall1"].id])[house["oncall1"].id].name)
    [(_, _, words)] = troubles(house)
    assert words == {f"never_dialled {name}"}
    assert name in page_words("pager", "\n".join(words))[0]
    later = house.request(house.contact())
    house.sweep()
    sender.round()
    assert "+90155" not in [send.address for send in house.sends(later)]
    assert carrier.of("+90155") == []
    phones = house.do(lambda session: staff.telephones_of(session, house["oncall1"].id))
    assert [(phone.digits, phone.never_dialled) for phone in phones if phone.never_dialled] == [("155", True)]
    acts = select(AuditEntry.detail).where(AuditEntry.act == "contact_point_withdrawn")
    withdrawn = {point for phone in phones if phone.never_dialled for point, _, _ in phone.points}
    entries = house.do(
        lambda session: list(session.scalars(acts.where(AuditEntry.subject_id.in_([str(one) for one in withdrawn]))))
    )
    assert entries == [{"reason": "never_dialled"}] * 2


def test_it_cannot_be_proven_into_use_again(house: House) -> None:
    _write_down(house, "oncall1", "+90183")
    house.do(lambda session: staff_service.withdraw_never_dialled(session, "+90183"))
    points = house.do(
        lambda session: staff.contact_points_of(
            session, Scope.system("tests"), [house["oncall1"].id], purpose="proof", medium="sms"
        )
    )
    [point] = [one for one in points if one.address == "+90183"]

    def prove(session: Session) -> bool:
        code = staff_service.new_proof(session, ACTOR, point.id)
        return staff_service.verify_contact_point(session, ACTOR, point.id, code)

    assert not house.do(prove)
    assert house.do(lambda session: staff_service.withdraw_never_dialled(session, "+90183")) == [house["oncall1"].id]
