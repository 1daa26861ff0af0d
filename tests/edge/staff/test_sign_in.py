"""Signing in: one answer for everything that is wrong, one hash in every path, codes that work once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.audit import AuditEntry
from core.clock import now
from core.database import Ground
from core.outbox import Outbox
from core.unit_of_work import unit_of_work
from staff import service, sessions, sign_in
from staff.models import Account, SessionRow
from staff.passwords import verify_password
from staff.service import NewAccount
from staff.sessions import SessionToken, session_of
from staff.sign_in import SignInRefused
from tests.edge.staff.conftest import ACTOR, PASSWORD, Person, code_now
from tests.support.planted import NAME


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hash that was verified."""
    seen: list[str] = []

    def counted(stored: str, password: str) -> bool:
        seen.append(stored)
        return verify_password(stored, password)

    monkeypatch.setattr(sign_in, "verify_password", counted)
    return seen


def _signed_in(session: Session, account: NewAccount, *, steps: int = 0) -> SessionToken:
    result = sign_in.sign_in(session, account.name, PASSWORD, code_now(session, account, steps=steps), "10.0.0.1")
    assert isinstance(result, SessionToken)
    return result


def test_the_right_name_password_and_code_open_a_session(session: Session, person: Person) -> None:
    account = person(session, "operator", "oncall")
    result = _signed_in(session, account)
    signed = session_of(session, result.token)
    assert signed is not None
    assert (signed.account_id, signed.locked, signed.stepped_up) == (account.id, False, False)
    assert signed.scope.roles == {"operator", "oncall"}
    assert signed.scope.may("contact.answer")
    assert not signed.scope.may("staff.manage")
    assert signed.expires_at - now(session) == timedelta(hours=13)
    assert session_of(session, result.token + "x") is None


Change = Callable[[Session, NewAccount], tuple[str, str, str]]


def _disabled(session: Session, account: NewAccount) -> tuple[str, str, str]:
    service.disable_account(session, ACTOR, account.id, reason="left")
    return account.name, PASSWORD, code_now(session, account)


@pytest.mark.parametrize(
    "change",
    [
        lambda s, a: ("nobody@nowhere", PASSWORD, code_now(s, a)),
        lambda _s, _a: ("", "", ""),
        lambda s, a: (a.name, PASSWORD + " ", code_now(s, a)),
        lambda _s, a: (a.name, PASSWORD, "000000"),
        lambda _s, a: (a.name, PASSWORD, ""),
        lambda s, a: (a.name, PASSWORD, code_now(s, a, steps=2)),
        lambda s, a: (a.name, "x" * 400, code_now(s, a)),
        _disabled,
    ],
    ids=["unknown", "empty", "password", "code", "no code", "code of later", "long", "disabled"],
)
def test_whatever_is_wrong_answer_and_work_are_the_same(
    session: Session,
    person: Person,
    hashes: list[str],
    change: Change,
) -> None:
    name, password, code = change(session, person(session))
    assert sign_in.sign_in(session, name, password, code, "10.0.0.1") == SignInRefused()
    assert len(hashes) == 1


def test_a_code_works_once_even_for_two_at_the_same_instant(ground: Ground, person: Person) -> None:
    with unit_of_work(ground) as session:
        centre = service.create_centre(session, ACTOR, slug=f"t{clock.now(session).timestamp():.0f}", name="T")
        account = person(session, at=centre)
        code = code_now(session, account)

    def once(_: int) -> bool:
        with unit_of_work(ground) as own:
            return isinstance(sign_in.sign_in(own, account.name, PASSWORD, code, "10.0.0.1"), SessionToken)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(once, range(4))) == [False, False, False, True]


def test_a_recovery_code_works_once(session: Session, person: Person) -> None:
    account = person(session)
    first, second, *_ = service.issue_recovery_codes(session, ACTOR, account.id)
    assert isinstance(sign_in.sign_in(session, account.name, PASSWORD, first.lower(), "a"), SessionToken)
    assert sign_in.sign_in(session, account.name, PASSWORD, first, "a") == SignInRefused()
    other = person(session)
    assert sign_in.sign_in(session, other.name, PASSWORD, second, "a") == SignInRefused()
    assert isinstance(sign_in.sign_in(session, account.name, PASSWORD, second, "a"), SessionToken)


def test_failures_delay_the_name_and_the_address_and_lock_nobody(
    session: Session,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sign_in, "verify_password", lambda _stored, password: password == PASSWORD)
    account, other = person(session), person(session)
    for _ in range(11):
        sign_in.sign_in(session, account.name, "wrong", "000000", "10.9.9.9")
    assert sign_in.prepare(session, account.name.upper(), "10.1.1.1").delay_s == 2
    assert sign_in.prepare(session, other.name, "10.9.9.9").delay_s == 0
    for _ in range(15):
        sign_in.sign_in(session, f"guess{_}@x", "wrong", "000000", "10.9.9.9")
    assert sign_in.prepare(session, other.name, "10.9.9.9").delay_s == 8
    assert isinstance(_signed_in(session, account), SessionToken)


def test_an_old_hash_is_made_anew(session: Session, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    account = person(session)
    monkeypatch.setattr(sign_in, "outdated", lambda _stored: True)
    monkeypatch.setattr(sign_in, "hash_password", lambda _password: "new")
    _signed_in(session, account)
    assert session.scalar(select(Account.password_hash).where(Account.id == account.id)) == "new"


def test_refusals_and_sign_ins_are_audited_without_what_was_typed(session: Session, person: Person) -> None:
    account = person(session)
    sign_in.sign_in(session, "Zeynep Kaya", "hunter2", "123", "10.0.0.1")
    sign_in.sign_in(session, account.name, PASSWORD, "000000", "10.0.0.1")
    _signed_in(session, account)
    rows = session.execute(
        select(AuditEntry.act, AuditEntry.subject_id).where(AuditEntry.act.in_(("sign_in_refused", "signed_in"))),
    ).all()
    assert ("sign_in_refused", "unknown") in rows
    assert ("sign_in_refused", str(account.id)) in rows
    assert ("signed_in", str(account.id)) in rows


def test_the_screen_locks_by_hand_and_by_itself_and_the_session_goes_on(session: Session, person: Person) -> None:
    account = person(session)
    token = _signed_in(session, account).token
    clock.shift(session, timedelta(minutes=5, seconds=1))
    idle = session_of(session, token)
    assert idle is not None
    assert idle.locked
    sessions.touch(session, idle.session_id)
    assert not sessions.unlock(session, idle, "000000")
    assert sessions.unlock(session, idle, code_now(session, account))
    awake = session_of(session, token)
    assert awake is not None
    assert not awake.locked
    sessions.lock(session, awake)
    locked = session_of(session, token)
    assert locked is not None
    assert locked.locked
    assert set(sessions.rights_of(session, [locked.session_id])) == {locked.session_id}


def test_a_session_ends_after_thirteen_hours_unless_her_shift_goes_on(session: Session, person: Person) -> None:
    account = person(session)
    token = _signed_in(session, account).token
    sessions.extend_sessions(session, account.id, clock.after(15 * 3600))
    sessions.extend_sessions(session, account.id, clock.after(3600))
    clock.shift(session, timedelta(hours=14))
    assert session_of(session, token) is not None
    clock.shift(session, timedelta(hours=1))
    assert session_of(session, token) is None


def test_stepping_up_changes_the_token_and_holds_ten_minutes(session: Session, person: Person) -> None:
    account = person(session)
    old = _signed_in(session, account, steps=-1).token
    signed = session_of(session, old)
    assert signed is not None
    assert sessions.step_up(session, signed, "000000") is None
    new = sessions.step_up(session, signed, code_now(session, account))
    assert new is not None
    assert session_of(session, old) is None
    stepped = session_of(session, new)
    assert stepped is not None
    assert stepped.stepped_up
    assert stepped.session_id == signed.session_id
    clock.shift(session, timedelta(minutes=10))
    later = session_of(session, new)
    assert later is not None
    assert not later.stepped_up


def test_disabling_ends_every_session_and_tells_the_sockets(session: Session, person: Person) -> None:
    account = person(session)
    first, second = _signed_in(session, account, steps=-1), _signed_in(session, account)
    before = session.scalar(select(func.count()).select_from(Outbox).where(Outbox.topic == "session"))
    service.disable_account(session, ACTOR, account.id, reason="left")
    assert session_of(session, first.token) is None
    assert session_of(session, second.token) is None
    assert not sessions.rights_of(session, [first.session_id, second.session_id])
    told = session.scalars(select(Outbox.subject).where(Outbox.topic == "session").order_by(Outbox.id)).all()
    assert len(told) == (before or 0) + 1
    assert told[-1] == str(account.id)
    service.enable_account(session, ACTOR, account.id)
    assert session_of(session, first.token) is None


def test_signing_out_ends_one_session_and_new_roles_end_all(session: Session, person: Person) -> None:
    account = person(session)
    first, second = _signed_in(session, account, steps=-1), _signed_in(session, account)
    signed = session_of(session, first.token)
    assert signed is not None
    sessions.sign_out(session, signed)
    assert session_of(session, first.token) is None
    assert session_of(session, second.token) is not None
    service.set_roles(session, ACTOR, account.id, ["director"])
    assert session_of(session, second.token) is None


def test_a_disabled_account_is_refused_even_if_its_session_row_stands(session: Session, person: Person) -> None:
    account = person(session)
    token = _signed_in(session, account).token
    session.execute(update(Account).where(Account.id == account.id).values(disabled_at=clock.koza_now()))
    assert session_of(session, token) is None


def test_the_tables_hold_neither_token_nor_seed_nor_name(session: Session, person: Person) -> None:
    account = person(session)
    token = _signed_in(session, account).token
    row = session.execute(select(SessionRow.__table__).where(SessionRow.account_id == account.id)).one()
    stored = session.execute(select(Account.__table__).where(Account.id == account.id)).one()
    for secret in (token, account.totp_seed, NAME, PASSWORD):
        for value in (*row, *stored):
            assert secret not in str(value)
            assert not isinstance(value, bytes) or secret.encode() not in value
    assert account.totp_seed not in repr(account)
