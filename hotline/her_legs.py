"""What her telephone gets that we called back: the room with who calls her, or silence.

No prompt is ever said here, for nobody knows who answers: not while the carrier listens whether it is a machine, not
to a machine, not where nothing can be read. Whoever rings her knows no more than her number until she has spoken.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.crypto import new_data_key
from core.log import get_logger
from hotline import voice, voice_scripts
from hotline.models import Leg
from hotline.service.call_back_rows import call_back_of_leg
from hotline.service.call_backs import answer_call_back, end_call_back
from hotline.service.inbox import Event, repeated, take_in
from hotline.shapes import VoiceStep

log = get_logger(__name__)
#: What the carrier says of a line on which no person spoke. That it does not know is no machine: who calls listens.
_MACHINES: Final = ("machine", "fax")


def answered(session: Session, leg_id: UUID, step: VoiceStep, event: Event) -> str:
    """Somebody or something answered on her telephone."""
    leg = session.scalars(select(Leg).where(Leg.id == leg_id)).one_or_none()
    row = call_back_of_leg(session, leg) if leg is not None else None
    if leg is None or row is None or row.her_leg_id != leg.id:
        return voice_scripts.hang_up()
    session.refresh(leg, with_for_update=True)
    known = repeated(session, event)
    if known is not None:
        return known.answer
    leg.carrier_sid = leg.carrier_sid or step.call_sid
    row.answered_by = step.answered_by
    session.flush()
    if row.state != "calling":
        answer = voice_scripts.hang_up()
    elif (step.answered_by or "").startswith(_MACHINES):
        leg.next = {"do": "dismiss"}
        end_call_back(session, row, "machine")
        answer = voice_scripts.hang_up()
    else:
        contact, call = answer_call_back(session, row, leg, step.call_sid)
        answer = voice.enter_talk(session, contact, call)
    key_id = leg.data_key_id or new_data_key(session)
    leg.data_key_id = key_id
    session.flush()
    take_in(session, event, contact_id=leg.contact_id or leg.id, data_key_id=key_id, answer=answer)
    return answer


__all__ = ["answered"]
