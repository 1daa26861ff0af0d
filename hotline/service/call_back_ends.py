"""One of the two telephones of a call back is gone: what that means for it, and for the call that came of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hotline.models import HERS, Leg
from hotline.service import calls
from hotline.service.call_back_rows import call_back_of_leg
from hotline.service.call_backs import callers_telephone_is_gone, her_telephone_is_gone
from hotline.service.holding import hold


def telephone_gone(session: Session, leg: Leg, status: str) -> None:
    """Tell the row of it; hers was her call itself, which is over with it."""
    row = call_back_of_leg(session, leg)
    if row is None:
        return
    if leg.purpose != HERS:
        callers_telephone_is_gone(session, row)
        return
    if leg.contact_id is not None:
        contact, call, _ = hold(session, leg.contact_id)
        calls.note_status(session, contact, call, status)
    her_telephone_is_gone(session, row, status)


__all__ = ["telephone_gone"]
