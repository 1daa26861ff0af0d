"""Staff for the tests of this room: fresh centres and people, quickly made."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from core.actor import system
from core.clock import now
from staff.service import NewAccount, create_account, create_centre
from staff.totp import code_of, counter_at
from tests.support.planted import NAME

ACTOR = system("test")
PASSWORD = "Mavi fincan 42 kuşku dağı"

Person = Callable[..., NewAccount]


@pytest.fixture
def centre(session: Session) -> UUID:
    """A centre of this test's own."""
    return create_centre(session, ACTOR, slug=f"c{secrets.token_hex(6)}", name="Deneme ŞÖNİM")


@pytest.fixture
def person(centre: UUID, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Makes accounts; their hash is computed once, because sixty-four megabytes take their time."""
    monkeypatch.setattr("staff.service.accounts.hash_password", lambda _: KNOWN_HASH)

    def make(session: Session, *roles: str, at: UUID | None = centre, partner_id: UUID | None = None) -> NewAccount:
        return create_account(
            session,
            ACTOR,
            name=f"p{secrets.token_hex(6)}@test",
            display_name=NAME,
            password=PASSWORD,
            roles=roles or ("operator",),
            centre_id=at,
            partner_id=partner_id,
        )

    return make


#: Argon2id of PASSWORD with today's costs.
KNOWN_HASH = "$argon2id$v=19$m=65536,t=3,p=1$aXXR7XcdtzHloVX6vv1i9w$FIKcQNJaJRd3k0+Q/SR6xavHjSCeU2j6nkXpMYeLzRk"


def code_now(session: Session, account: NewAccount, *, steps: int = 0) -> str:
    """The code that the account's telephone shows now, or ``steps`` half-minutes from now."""
    return code_of(account.totp_seed, counter_at(now(session)) + steps)
