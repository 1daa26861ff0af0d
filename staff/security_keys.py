"""Security keys (WebAuthn): registered in a session, and answering for their owner at sign-in and before danger.

A key signs for one origin only, so a copied sign-in page gets nothing from it: the reason why it is asked of those who
can open everything. The key checks its owner itself (PIN or finger): it is of no use to whoever finds it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    CredentialCreationOptions,
    CredentialRequestOptions,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.actor import Actor, staff_actor
from core.audit import record
from core.clock import after, koza_now, now
from staff.errors import NotFoundError
from staff.models import Account, AccountRole, KeyChallenge, SecurityKey
from staff.rules import KEY_ROLES

Purpose = Literal["sign_in", "step_up", "unlock", "register"]
Options = dict[str, Any]

CHALLENGE_S: Final = 300
NAME_LENGTH: Final = 60
_REQUIRED: Final = UserVerificationRequirement.REQUIRED
#: What the library raises at an answer that is malformed or does not verify; nothing of it is told to the asker.
_BROKEN: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AssertionError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    struct.error,
    UnsupportedAlgorithm,
)
#: The library writes ids of keys into its lines; what happened to a key is told by the audit.
logging.getLogger("fido2").setLevel(logging.WARNING)


class LastKeyError(Exception):
    """The last key of somebody who must have one is not removed: she adds the next one first."""


@dataclass(frozen=True)
class KeyRow:
    """A key as its owner sees it."""

    id: UUID
    name: str
    added_at: datetime
    last_used_at: datetime | None


class KeyDesk:
    """Speaks WebAuthn for one origin, compared exactly: scheme, host and port."""

    def __init__(self, dashboard_url: str, *, production: bool) -> None:
        url = urlsplit(dashboard_url)
        self._origin = f"{url.scheme}://{url.netloc}"
        host = url.hostname or ""
        #: Browsers know keys for domain names only; at a bare address time codes are all there is.
        self.usable = bool(host) and not _is_address(host)
        #: Keys are demanded where they can exist: a rule that nobody can satisfy would shut everybody out.
        self.demanded = production and self.usable
        self._server = Fido2Server(
            PublicKeyCredentialRpEntity(name="Koza", id=host),
            attestation=AttestationConveyancePreference.NONE,
            verify_origin=lambda origin: origin == self._origin,
        )
        self._algorithms = frozenset(one.alg for one in self._server.allowed_algorithms)

    def asks(self, session: Session, account_id: UUID, purpose: Purpose, holder_id: UUID) -> Options:
        """What a browser hands to the account's keys; the challenge waits five minutes for one answer."""
        options, _ = self._server.authenticate_begin(_credentials(session, account_id), _REQUIRED)
        return _sent(session, options, account_id, purpose, holder_id)

    def offers(self, session: Session, account_id: UUID, session_id: UUID) -> Options:
        """What a browser needs to register a further key in this session."""
        name = session.execute(select(Account.name).where(Account.id == account_id)).scalar_one()
        options, _ = self._server.register_begin(
            PublicKeyCredentialUserEntity(id=account_id.bytes, name=name, display_name=name),
            _credentials(session, account_id),
            ResidentKeyRequirement.DISCOURAGED,
            _REQUIRED,
        )
        return _sent(session, options, account_id, "register", session_id)

    def register(
        self, session: Session, actor: Actor, session_id: UUID, name: str, answer: Mapping[str, Any]
    ) -> UUID | None:
        """Keep the key that answered this session's challenge; ``None``, written down, when it is not to be trusted."""
        account = _owner(session, actor)
        try:
            given = RegistrationResponse.from_dict(answer)
            sent = _taken(session, given.response.client_data.challenge, "register", session_id)
            if sent is None or sent.account_id != account.id:
                raise ValueError("no such challenge")
            made = self._server.register_complete(_state(given.response.client_data.challenge), answer)
            if given.response.client_data.cross_origin:
                raise ValueError("asked for by a page within another")
            if made.credential_data is None or made.credential_data.public_key.ALGORITHM not in self._algorithms:
                raise ValueError("not a key that could ever sign in, or by an algorithm that nobody offered it")
        except _BROKEN:
            record(session, actor, "key_refused", "account", account.id, account.centre_id, step="register")
            return None
        credential = made.credential_data
        taken = select(SecurityKey.id).where(SecurityKey.credential_id == credential.credential_id)
        if session.scalar(taken) is not None:
            record(session, actor, "key_refused", "account", account.id, account.centre_id, step="register")
            return None
        key = SecurityKey(
            account_id=account.id,
            data_key_id=account.data_key_id,
            name=name.strip()[:NAME_LENGTH] or "1",
            credential_id=credential.credential_id,
            credential=bytes(credential),
            sign_count=made.counter,
        )
        session.add(key)
        session.flush()
        record(session, actor, "key_added", "account", account.id, account.centre_id, key=str(key.id))
        return key.id

    def answered(self, session: Session, answer: Mapping[str, Any], purpose: Purpose, holder_id: UUID) -> UUID | None:
        """The account whose key answered a challenge of this purpose and holder; ``None``, written down, otherwise.

        The challenge is used up by any answer. Its account decides which keys are looked at, so a key of somebody
        else signs for nobody.
        """
        try:
            given = AuthenticationResponse.from_dict(answer)
            challenge = given.response.client_data.challenge
        except _BROKEN:
            return None
        sent = _taken(session, challenge, purpose, holder_id)
        if sent is None:
            return None
        actor = staff_actor(sent.account_id, None)
        key = session.scalars(
            select(SecurityKey)
            .join(Account, Account.id == SecurityKey.account_id)
            .where(
                SecurityKey.account_id == sent.account_id,
                SecurityKey.credential_id == given.raw_id,
                Account.disabled_at.is_(None),
            )
            .with_for_update(of=SecurityKey)
            .execution_options(populate_existing=True),
        ).one_or_none()
        if key is None or not self._verified(key, challenge, answer):
            reason = "unknown" if key is None else "proof"
            record(session, actor, "key_refused", "account", sent.account_id, step=purpose, reason=reason)
            return None
        count = given.response.authenticator_data.counter
        # A count that does not rise means a copy of the key; keys that do not count say 0 for ever.
        if (count or key.sign_count) and count <= key.sign_count:
            record(session, actor, "key_refused", "account", sent.account_id, step=purpose, reason="sign_count")
            return None
        key.sign_count, key.last_used_at = count, now(session)
        session.flush()
        record(session, actor, "key_used", "account", sent.account_id, step=purpose, key=str(key.id))
        return sent.account_id

    def _verified(self, key: SecurityKey, challenge: bytes, answer: Mapping[str, Any]) -> bool:
        try:
            known = [AttestedCredentialData(key.credential)]
            self._server.authenticate_complete(_state(challenge), known, answer)
        except _BROKEN:
            return False
        return not AuthenticationResponse.from_dict(answer).response.client_data.cross_origin


def holder_of(token: str) -> UUID:
    """Who a browser is between the password and the key; its cookie is kept as a hash alone."""
    return UUID(bytes=hashlib.sha256(token.encode()).digest()[:16])


def is_bound(session: Session, account_id: UUID | None) -> bool:
    """Whether the account holds a role that is proved by a key."""
    held = select(AccountRole.role).where(AccountRole.account_id == account_id, AccountRole.role.in_(KEY_ROLES))
    return session.scalar(held.limit(1)) is not None


def keys_of(session: Session, account_id: UUID) -> list[KeyRow]:
    """An account's keys, oldest first."""
    found = session.scalars(
        select(SecurityKey).where(SecurityKey.account_id == account_id).order_by(SecurityKey.added_at, SecurityKey.id),
    )
    return [KeyRow(key.id, key.name or "", key.added_at, key.last_used_at) for key in found]


def has_key(session: Session, account_id: UUID | None) -> bool:
    """Whether an account has a key."""
    found = select(SecurityKey.id).where(SecurityKey.account_id == account_id).limit(1)
    return session.scalar(found) is not None


def rename_key(session: Session, actor: Actor, key_id: UUID, name: str) -> None:
    """Call one's own key something else."""
    key = _own(session, actor, key_id)
    key.name = name.strip()[:NAME_LENGTH] or "1"
    session.flush()
    record(session, actor, "key_renamed", "account", key.account_id, actor.centre_id, key=str(key_id))


def remove_key(session: Session, actor: Actor, key_id: UUID, *, required: bool) -> None:
    """Forget one's own key. Raises :class:`LastKeyError` for the last one of somebody who must have one."""
    # Two removals at once take turns, or each would leave the other's key as the last.
    _owner(session, actor)
    key = _own(session, actor, key_id)
    count = session.scalar(select(func.count()).where(SecurityKey.account_id == key.account_id))
    if required and count == 1:
        raise LastKeyError
    session.delete(key)
    session.flush()
    record(session, actor, "key_removed", "account", key.account_id, actor.centre_id, key=str(key_id))


def forget_keys(session: Session, account_id: UUID) -> None:
    """After a reset: keys that are lost open nothing, and challenges already sent are void."""
    session.execute(delete(SecurityKey).where(SecurityKey.account_id == account_id))
    session.execute(delete(KeyChallenge).where(KeyChallenge.account_id == account_id))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _owner(session: Session, actor: Actor) -> Account:
    account = session.get(Account, actor.id, with_for_update=True)
    if account is None:
        raise NotFoundError("account")
    return account


def _own(session: Session, actor: Actor, key_id: UUID) -> SecurityKey:
    key = session.get(SecurityKey, key_id, with_for_update=True)
    if key is None or key.account_id != actor.id:
        raise NotFoundError("key")
    return key


def _credentials(session: Session, account_id: UUID) -> list[AttestedCredentialData]:
    found = session.scalars(select(SecurityKey.credential).where(SecurityKey.account_id == account_id))
    return [AttestedCredentialData(item) for item in found]


def _state(challenge: bytes) -> dict[str, Any]:
    # The row that was deleted is the proof that we sent it; the library compares it with the answer once more.
    return {"challenge": websafe_encode(challenge), "user_verification": _REQUIRED}


def _sent(
    session: Session,
    options: CredentialCreationOptions | CredentialRequestOptions,
    account_id: UUID,
    purpose: Purpose,
    holder_id: UUID,
) -> Options:
    session.execute(delete(KeyChallenge).where(KeyChallenge.expires_at < koza_now()))
    session.add(
        KeyChallenge(
            challenge=options.public_key.challenge,
            purpose=purpose,
            account_id=account_id,
            holder_id=holder_id,
            expires_at=after(CHALLENGE_S),
        ),
    )
    session.flush()
    shown: Options = json.loads(json.dumps(dict(options)["publicKey"], default=dict))
    return shown


def _taken(session: Session, challenge: bytes, purpose: Purpose, holder_id: UUID) -> KeyChallenge | None:
    wanted = (
        KeyChallenge.challenge == challenge,
        KeyChallenge.purpose == purpose,
        KeyChallenge.holder_id == holder_id,
    )
    return session.scalars(
        delete(KeyChallenge).where(*wanted, KeyChallenge.expires_at > koza_now()).returning(KeyChallenge),
    ).one_or_none()
