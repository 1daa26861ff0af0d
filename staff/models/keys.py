"""Security keys of accounts, and the challenges that wait for a key's answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import NOW_DEFAULT
from core.crypto import Sealed, secret
from core.database import Base


class SecurityKey(Sealed, Base):
    """One key of one account. Its data key is its account's; what the browser is told of it is no secret."""

    __tablename__ = "staff_security_keys"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    #: What its owner calls it: her own words, and so sealed.
    name = secret()
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    #: WebAuthn's attested credential data: model, credential id and public key.
    credential: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(server_default=NOW_DEFAULT)
    last_used_at: Mapped[datetime | None]


class KeyChallenge(Base):
    """A challenge sent out and not yet answered; the answer deletes it, so that it is answered once."""

    __tablename__ = "staff_key_challenges"
    __table_args__ = (CheckConstraint("purpose IN ('sign_in', 'step_up', 'unlock', 'register')", name="purpose"),)

    challenge: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    #: Who was asked and alone may answer: a session, or a browser between the password and the key.
    holder_id: Mapped[UUID]
    expires_at: Mapped[datetime]
