"""Ringing the telephone of somebody who is called in to a conversation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from core.clock import after
from core.facts import report
from core.ids import new_id
from hotline.events import GuestCalled
from hotline.models import GUEST, Contact
from hotline.service.board import announce
from hotline.service.legs import RING_S, call_staff
from hotline.service.sending import Owner


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is to be called in, as what, and what the telephone says of her."""

    account: str
    role: str
    level: int
    language: str
    address: str = field(repr=False)

    def kept(self) -> dict[str, str | int]:
        """For a sealed column: until she was told of an interpreter, none is rung."""
        return asdict(self)


def ring_guest(session: Session, contact: Contact, whom: Whom) -> None:
    """Ring the telephone; whoever answers must press 1."""
    leg = call_staff(
        session,
        centre_id=contact.centre_id,
        account_id=UUID(whom.account),
        address=whom.address,
        purpose=GUEST,
        owner=Owner(GUEST, str(new_id())),
        script={"role": whom.role, "hint": {"level": whom.level}, "caller_language": contact.language},
        not_after=after(RING_S),
        contact_id=contact.id,
        line_id=contact.line_id,
        language=whom.language,
    )
    report(session, GuestCalled(contact.id, contact.centre_id, leg.id, UUID(whom.account), whom.role))
    announce(session, contact)


__all__ = ["Whom", "ring_guest"]
