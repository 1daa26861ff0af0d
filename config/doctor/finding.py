"""What an examination answers, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.carrier import account_of
from core.crypto import CryptoError, Keyring
from core.database import new_engine
from core.settings import Settings
from hotline.carriers.account import AccountRefusedError, RemoteAccount
from hotline.carriers.protocol import CarrierUnavailable

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """One examined thing: what, whether it is as it should be, the detail, and what to do where it is not."""

    what: str
    ok: bool
    detail: str
    remedy: str = ""
    #: The name of the examination, the same in every language.
    code: str = ""
    #: It is not as it should be, and outside production that is told only.
    told: bool = False


@dataclass(frozen=True)
class AccountTold:
    """What the carrier answered to the account's own credentials, and this machine's clock at that moment."""

    account: RemoteAccount | None
    why: str
    refused: bool
    heard_at: datetime


class Subject:
    """The installation that is examined. What several examinations ask is asked once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._engine: Engine | None = None
        self._away = False

    def lacks(self, what: str, detail: str, remedy: str = "") -> Finding:
        """What is wrong in production, and told elsewhere: a demonstration holds nothing that anybody would miss."""
        told = not self.settings.production
        return Finding(what, ok=told, detail=detail, remedy=remedy, told=told)

    @cached_property
    def keyring(self) -> Keyring | None:
        """The keys, where the key file can be read."""
        try:
            return Keyring.load(self.settings.data_key_file)
        except CryptoError:
            return None

    def read(self, work: Callable[[Session], T]) -> T | None:
        """What ``work`` reads; None where the database or the sealed values do not open. It changes nothing."""
        if self._away:
            return None
        if self._engine is None:
            self._engine = new_engine(self.settings.database_url, role=None, pool_size=1)
        try:
            with self._engine.connect() as connection, Session(connection) as session:
                session.info["keyring"] = self.keyring
                return work(session)
        except (SQLAlchemyError, CryptoError):
            self._away = not self._answers()
            return None

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()

    @cached_property
    def account(self) -> AccountTold:
        """The account at the carrier, asked with the newest auth token, which is what the carrier signs with."""
        account, why, refused = None, "", False
        try:
            account = account_of(self.settings, token=self.settings.twilio_auth_tokens[0]).fetch()
        except AccountRefusedError as error:
            why, refused = str(error.code or "-"), True
        except CarrierUnavailable as error:
            why = str(error)
        return AccountTold(account, why, refused, datetime.now(UTC))

    def _answers(self) -> bool:
        assert self._engine is not None  # noqa: S101 - asked after it was made
        try:
            self._engine.connect().close()
        except SQLAlchemyError:
            return False
        return True


Examination = Callable[[Subject], Finding]
