"""Accounts, PINs, telephones, centres and lines."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.actor import staff_actor
from core.clock import after
from core.crypto import keyring_of
from core.facts import StoredFact
from core.i18n import use_locale
from core.ids import new_id
from core.settings import LineNumber
from staff import queries, service
from staff.catalogue_rows import change_role, load_catalogues
from staff.errors import MissingPermissionError, NotFoundError, WeakPasswordError, WeakPinError
from staff.models import ContactPoint, RoleVersion
from staff.scope import Scope
from tests.edge.staff.conftest import ACTOR, PASSWORD, Person
from tests.support.planted import NAME

SYSTEM = Scope.system("test")


def a_number() -> str:
    """A Turkish mobile number that no other test uses."""
    return f"+90555{secrets.randbelow(10**7):07d}"


def test_what_colleagues_see_of_an_account(session: Session, centre: UUID, person: Person) -> None:
    made = person(session, "operator", "legal")
    row = queries.account(session, made.id)
    assert row is not None
    assert (row.display_name, row.roles, row.centre_id) == (NAME, ("legal", "operator"), centre)
    assert made.totp_uri.startswith("otpauth://totp/Koza:")
    service.set_profile(
        session, ACTOR, made.id, languages=["tr", "ku", "tr"], gender="female", display_name=f"{NAME} B"
    )
    assert queries.languages_of(session, [made.id]) == {made.id: frozenset({"tr", "ku"})}
    assert queries.speakers(session, [centre], "ku") == [made.id]
    assert queries.accounts_with_role(session, [centre], "legal") == [made.id]
    session.expire_all()
    assert queries.staff_of(session, [made.id])[made.id].display_name == f"{NAME} B"


def test_who_lists_whom(session: Session, centre: UUID, person: Person) -> None:
    operator, admin = person(session, "operator"), person(session, "admin", at=None)
    elsewhere = service.create_centre(session, ACTOR, slug=f"e{new_id().hex[-8:]}", name="E")
    stranger = person(session, "operator", at=elsewhere)
    seen = {row.id for row in queries.accounts(session, Scope.of(session, operator.id))}
    assert seen == {operator.id}
    assert {operator.id, admin.id, stranger.id} <= {
        row.id for row in queries.accounts(session, Scope.of(session, admin.id))
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": "Elif"}, ValueError),
        ({"roles": []}, ValueError),
        ({"roles": ["king"]}, ValueError),
        ({"password": "kısa"}, WeakPasswordError),
    ],
)
def test_bad_accounts_are_refused(session: Session, changes: dict[str, object], error: type[Exception]) -> None:
    given: dict[str, object] = {
        "name": "a@b",
        "display_name": "A",
        "password": PASSWORD,
        "roles": ["operator"],
        "centre_id": None,
    }
    with pytest.raises(error):
        service.create_account(session, ACTOR, **(given | changes))  # type: ignore[arg-type]


def test_the_pin_is_right_or_wrong_and_waits_after_five_failures(session: Session, person: Person) -> None:
    account = person(session, "oncall").id
    assert not service.check_pin(session, account, "")
    with pytest.raises(WeakPinError):
        service.set_pin(session, ACTOR, account, "1234")
    service.set_pin(session, ACTOR, account, "4071")
    assert service.check_pin(session, account, "4071")
    assert service.check_pin(session, account, "٤٠٧١")
    for wrong in ("4072", "", "40710", "407", "9999"):
        assert not service.check_pin(session, account, wrong)
    assert not service.check_pin(session, account, "4071")
    clock.shift(session, timedelta(seconds=15))
    assert service.check_pin(session, account, "4071")
    assert service.check_pin(session, account, "4071")
    other = person(session, "oncall").id
    service.set_pin(session, ACTOR, other, "2468")
    assert not service.check_pin(session, other, "4071")
    service.disable_account(session, ACTOR, other, reason="left")
    assert not service.check_pin(session, other, "2468")


def test_a_telephone_is_used_only_after_its_owner_read_the_digits_back(session: Session, person: Person) -> None:
    account, number = person(session, "oncall").id, a_number()
    point = service.add_contact_point(session, ACTOR, account, "voice", number.replace("+90", "0"))
    assert queries.contact_points_of(session, SYSTEM, [account], purpose="page") == []
    assert [p.address for p in queries.contact_points_of(session, SYSTEM, [account], purpose="proof")] == [number]
    code = service.new_proof(session, ACTOR, point)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert not service.verify_contact_point(session, ACTOR, point, wrong)
    assert service.verify_contact_point(session, ACTOR, point, code)
    assert not service.verify_contact_point(session, ACTOR, point, code)
    usable = queries.contact_points_of(session, SYSTEM, [account], purpose="page", medium="voice")
    assert [(p.address, p.state) for p in usable] == [(number, "verified")]
    assert number not in repr(usable)
    assert queries.contact_points_of(session, SYSTEM, [account], purpose="page", medium="sms") == []
    assert queries.accounts_at(session, number) == [(account, point)]
    assert queries.contact_point_states(session, [account]) == [(account, point, "voice", "verified")]


def test_proof_ends_by_time_and_by_tries(session: Session, person: Person) -> None:
    account = person(session, "oncall").id
    point = service.add_contact_point(session, ACTOR, account, "sms", a_number())
    code = service.new_proof(session, ACTOR, point)
    for _ in range(5):
        assert not service.verify_contact_point(session, ACTOR, point, "x")
    assert not service.verify_contact_point(session, ACTOR, point, code)
    code = service.new_proof(session, ACTOR, point)
    clock.shift(session, timedelta(minutes=15))
    assert not service.verify_contact_point(session, ACTOR, point, code)


def test_addresses_open_only_for_the_system(session: Session, person: Person) -> None:
    director = person(session, "director")
    with pytest.raises(MissingPermissionError):
        queries.contact_points_of(session, Scope.of(session, director.id), [director.id], purpose="page")


def test_a_suspect_telephone_comes_last_and_is_reported_and_an_answer_mends_it(
    session: Session,
    person: Person,
) -> None:
    account = person(session, "oncall").id
    points = [_verified(session, account, a_number()) for _ in range(2)]
    service.suspect_contact_point(session, points[1], "bounced")
    service.suspect_contact_point(session, points[1], "bounced")
    facts = session.scalars(select(StoredFact.payload).where(StoredFact.kind == "ContactPointSuspected")).all()
    assert [fact["reason"] for fact in facts if fact["contact_point_id"] == str(points[1])] == ["bounced"]
    found = queries.contact_points_of(session, SYSTEM, [account], purpose="page")
    assert [(p.id, p.state) for p in found] == [(points[0], "verified"), (points[1], "suspect")]
    service.note_proof(session, points[1])
    assert {p.state for p in queries.contact_points_of(session, SYSTEM, [account], purpose="page")} == {"verified"}


def test_a_disabled_telephone_is_gone(session: Session, person: Person) -> None:
    account, number = person(session, "oncall").id, a_number()
    point = _verified(session, account, number)
    with pytest.raises(ValueError, match="already"):
        service.add_contact_point(session, ACTOR, account, "sms", number)
    service.disable_contact_point(session, ACTOR, point, reason="changed")
    assert queries.accounts_at(session, number) == []
    assert queries.contact_points_of(session, SYSTEM, [account], purpose="proof") == []
    row = session.get(ContactPoint, point, populate_existing=True)
    assert row is not None
    assert row.address is None
    with pytest.raises(NotFoundError):
        service.new_proof(session, ACTOR, point)
    service.add_contact_point(session, ACTOR, account, "sms", number)


def _verified(session: Session, account: UUID, number: str) -> UUID:
    point = service.add_contact_point(session, ACTOR, account, "sms", number)
    assert service.verify_contact_point(session, ACTOR, point, service.new_proof(session, ACTOR, point))
    return point


@pytest.mark.parametrize("number", ["112", "155", "183", "anonymous", "", "+9055", "sip:a@b"])
def test_emergency_numbers_and_nonsense_are_no_telephones_of_staff(
    session: Session,
    person: Person,
    number: str,
) -> None:
    with pytest.raises(ValueError, match="reached"):
        service.add_contact_point(session, ACTOR, person(session).id, "voice", number)


def test_telephones_share_their_account_s_key(session: Session, person: Person) -> None:
    account = person(session).id
    _verified(session, account, a_number())
    _verified(session, account, a_number())
    keys = session.scalars(select(ContactPoint.data_key_id).where(ContactPoint.account_id == account)).all()
    assert len(set(keys)) == 1
    assert keyring_of(session) is not None


def test_the_line_that_was_dialled(session: Session, centre: UUID) -> None:
    number = a_number()
    line = service.add_line(
        session,
        ACTOR,
        centre_id=centre,
        number=number,
        name="Ankara",
        fallback_number="+903120000000",
    )
    row = queries.line_by_number(session, number)
    assert row is not None
    assert row == queries.line_by_id(session, line)
    assert (row.centre_id, row.national, row.fallback_number, row.institution_name_spoken) == (
        centre,
        False,
        "+903120000000",
        False,
    )
    assert queries.line_by_number(session, a_number()) is None
    assert queries.answering_centres(session, line) == [centre]
    with pytest.raises(ValueError, match="national"):
        service.set_answerers(session, ACTOR, line, [new_id()])
    with pytest.raises(ValueError, match=r"\+90"):
        service.add_line(session, ACTOR, centre_id=centre, number="0312", name="x")
    service.close_line(session, ACTOR, line)
    assert line not in {row.id for row in queries.lines(session)}
    assert queries.line_by_number(session, number) is not None


def test_lines_of_the_settings_are_made_once(session: Session, centre: UUID) -> None:
    slug = next(row.slug for row in queries.centres(session, [centre]))
    numbers = [LineNumber(a_number(), slug), LineNumber(a_number())]
    made = service.ensure_lines(session, ACTOR, numbers)
    assert {line.number for line in made} == {item.number for item in numbers}
    assert queries.lines(session, centre_id=centre)[0].number in {item.number for item in numbers}
    assert service.ensure_lines(session, ACTOR, numbers) == []


def test_a_number_waits_for_its_centre(session: Session) -> None:
    slug = f"w{secrets.token_hex(6)}"
    waiting = [LineNumber(a_number(), slug)]
    assert service.ensure_lines(session, ACTOR, waiting) == []
    centre_id = service.create_centre(session, ACTOR, slug=slug, name="Deneme")
    fallback = a_number()
    made = service.ensure_lines(session, ACTOR, waiting, fallback_number=fallback)
    assert [(line.centre_id, line.fallback_number) for line in made] == [(centre_id, fallback)]
    (later,) = service.ensure_lines(session, ACTOR, [LineNumber(a_number(), slug)])
    assert later.fallback_number == fallback
    other = a_number()
    assert service.set_fallback(session, ACTOR, centre_id, other) == 2
    with pytest.raises(ValueError, match="never calls"), use_locale("en"):
        service.set_fallback(session, ACTOR, centre_id, "+90312112")
    assert {line.fallback_number for line in queries.lines(session, centre_id=centre_id)} == {other}


def test_provinces_are_there_and_centres_are_found(session: Session, centre: UUID) -> None:
    assert [row.code for row in queries.provinces(session)] == [f"{n:02d}" for n in range(1, 82)]
    found = queries.centres(session, [centre])[0]
    assert queries.centre_by_slug(session, found.slug) == found


def test_an_administrator_s_version_of_a_role_survives_the_next_start(session: Session, person: Person) -> None:
    lead = person(session, "shift_lead")
    number = change_role(session, staff_actor(lead.id, None), "shift_lead", {"contact.read": "centre"})
    load_catalogues(session)
    assert Scope.of(session, lead.id).permissions == {"contact.read"}
    current = session.scalars(select(RoleVersion).where(RoleVersion.role == "shift_lead", RoleVersion.current)).one()
    assert (current.version, current.made_by) == (number, "administrator")
    with pytest.raises(KeyError):
        change_role(session, ACTOR, "shift_lead", {"rule.world": "centre"})


def test_loading_twice_changes_nothing_and_a_changed_catalogue_makes_a_version(
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load_catalogues(session)
    before = session.execute(select(RoleVersion.role, RoleVersion.version).where(RoleVersion.current)).all()
    load_catalogues(session)
    assert session.execute(select(RoleVersion.role, RoleVersion.version).where(RoleVersion.current)).all() == before
    session.scalars(
        select(RoleVersion).where(RoleVersion.role == "auditor", RoleVersion.current)
    ).one().permissions = {}
    session.flush()
    load_catalogues(session)
    auditor = session.scalars(select(RoleVersion).where(RoleVersion.role == "auditor", RoleVersion.current)).one()
    assert auditor.version == dict(before)["auditor"] + 1
    assert "audit.read" in auditor.permissions


def test_a_grant_may_end_at_a_moment_of_the_database(session: Session, person: Person) -> None:
    account = person(session).id
    service.grant(
        session,
        ACTOR,
        subject_kind="intake",
        subject_id=account,
        grantee_kind="staff",
        grantee_id=account,
        reason="break_glass",
        until=after(3600),
    )
    assert len(queries.readers_of(session, "intake", account)) == 1
