"""Security keys: what a key signs counts once, for its owner, on our own pages, with its owner at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor, staff_actor
from core.audit import AuditEntry
from core.ids import new_id
from staff.errors import NotFoundError
from staff.security_keys import KeyDesk, LastKeyError, forget_keys, has_key, keys_of, remove_key, rename_key
from tests.edge.staff.conftest import Person
from tests.support.authenticator import Authenticator

ORIGIN = "https://koza.example"
DESK = KeyDesk(ORIGIN, production=True)
SESSION = new_id()
BROWSER = new_id()


def _key() -> Authenticator:
    return Authenticator(ORIGIN, "koza.example")


def _registered(session: Session, person: Person, key: Authenticator) -> Actor:
    actor = staff_actor(person(session, "director").id, None)
    assert _add(session, actor, key) is not None
    return actor


def _add(session: Session, actor: Actor, key: Authenticator) -> UUID | None:
    assert actor.id is not None
    return DESK.register(session, actor, SESSION, "Mavi", key.create(DESK.offers(session, actor.id, SESSION)))


def _signs(session: Session, actor: Actor, key: Authenticator) -> UUID | None:
    assert actor.id is not None
    return DESK.answered(session, key.get(DESK.asks(session, actor.id, "sign_in", BROWSER)), "sign_in", BROWSER)


def _acts(session: Session, actor: Actor) -> list[str]:
    found = select(AuditEntry.act).where(AuditEntry.subject_id == str(actor.id), AuditEntry.act.like("key_%"))
    return list(session.scalars(found.order_by(AuditEntry.at, AuditEntry.id)))


def test_a_registered_key_signs_for_its_owner_and_all_of_it_is_written_down(session: Session, person: Person) -> None:
    key = _key()
    actor = _registered(session, person, key)
    assert _signs(session, actor, key) == actor.id
    assert _signs(session, actor, key) == actor.id
    row = keys_of(session, actor.id or new_id())[0]
    assert (row.name, row.last_used_at is None) == ("Mavi", False)
    assert sorted(_acts(session, actor)) == ["key_added", "key_used", "key_used"]


@pytest.mark.parametrize(
    "lie",
    [
        lambda key: replace(key, origin="https://koza.example.evil"),
        lambda key: replace(key, origin="https://desk.koza.example"),
        lambda key: replace(key, origin="https://koza.example:8443"),
        lambda key: replace(key, rp_id="koza.evil"),
        lambda key: replace(key, verifies=False),
        lambda key: replace(key, private=_key().private),
        lambda key: replace(key, credential_id=_key().credential_id),
        lambda key: replace(key, counter=1),
        lambda key: replace(key, framed=True),
    ],
    ids=["origin", "subdomain", "port", "rp id", "not verified", "forged", "unknown key", "count not risen", "framed"],
)
def test_a_key_that_lies_opens_nothing(
    session: Session, person: Person, lie: Callable[[Authenticator], Authenticator]
) -> None:
    key = _key()
    actor = _registered(session, person, key)
    assert _signs(session, actor, key) == actor.id
    assert _signs(session, actor, key) == actor.id
    assert _signs(session, actor, lie(key)) is None
    assert "key_refused" in _acts(session, actor)
    assert _signs(session, actor, key) == actor.id


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"verifies": False},
        {"framed": True},
        {"alg": -65535},
    ],
)
def test_a_key_that_lies_is_not_registered(session: Session, person: Person, lie: dict[str, Any]) -> None:
    actor = staff_actor(person(session, "director").id, None)
    assert _add(session, actor, replace(_key(), **lie)) is None
    assert _acts(session, actor) == ["key_refused"]


def test_a_challenge_is_answered_once_in_time_and_where_it_was_asked(session: Session, person: Person) -> None:
    key = _key()
    actor = _registered(session, person, key)
    account_id = actor.id or new_id()
    answer = key.get(DESK.asks(session, account_id, "sign_in", BROWSER))
    assert DESK.answered(session, answer, "sign_in", BROWSER) == account_id
    assert DESK.answered(session, answer, "sign_in", BROWSER) is None

    for_session = DESK.asks(session, account_id, "step_up", SESSION)
    assert DESK.answered(session, key.get(for_session), "sign_in", SESSION) is None
    assert DESK.answered(session, key.get(for_session), "step_up", new_id()) is None
    assert DESK.answered(session, key.get(for_session), "step_up", SESSION) == account_id

    late = DESK.asks(session, account_id, "sign_in", BROWSER)
    clock.shift(session, timedelta(minutes=5, seconds=1))
    assert DESK.answered(session, key.get(late), "sign_in", BROWSER) is None
    assert DESK.answered(session, {"response": 1}, "sign_in", BROWSER) is None


def test_the_key_of_another_person_signs_for_nobody(session: Session, person: Person) -> None:
    hers, his = _key(), _key()
    director, admin = _registered(session, person, hers), _registered(session, person, his)
    assert _signs(session, director, his) is None
    assert _add(session, admin, hers) is None
    with pytest.raises(NotFoundError):
        remove_key(session, admin, keys_of(session, director.id or new_id())[0].id, required=False)


def test_the_last_key_stays_while_it_is_required_and_a_reset_takes_all(session: Session, person: Person) -> None:
    actor = _registered(session, person, _key())
    account_id = actor.id or new_id()
    first = keys_of(session, account_id)[0].id
    with pytest.raises(LastKeyError):
        remove_key(session, actor, first, required=True)
    second = _add(session, actor, _key())
    remove_key(session, actor, first, required=True)
    rename_key(session, actor, second or new_id(), " Kırmızı ")
    assert [row.name for row in keys_of(session, account_id)] == ["Kırmızı"]
    waiting = DESK.asks(session, account_id, "sign_in", BROWSER)
    forget_keys(session, account_id)
    assert not has_key(session, account_id)
    assert DESK.answered(session, _key().get(waiting), "sign_in", BROWSER) is None


@pytest.mark.parametrize(
    ("url", "usable"),
    [("https://koza.example", True), ("http://localhost:8000", True), ("http://127.0.0.1:8000", False)],
)
def test_keys_are_demanded_where_browsers_know_them(url: str, usable: bool) -> None:
    assert KeyDesk(url, production=True).demanded is usable
    assert not KeyDesk(url, production=False).demanded
