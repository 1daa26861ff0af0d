"""The statements of status callbacks, built once: most callbacks cost these alone."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from core.database import table_of
from core.statements import Read, Write
from hotline.models import Attempt, Call, Contact, Leg, Message, StatusEvent

_EVENTS = table_of(StatusEvent)
# Built once, because every callback sends them.
KEEP = Write(insert(_EVENTS).on_conflict_do_nothing())
_TAKEN = (
    update(_EVENTS)
    .where(
        _EVENTS.c.kind == bindparam("of_kind"),
        _EVENTS.c.carrier_sid == bindparam("of_sid"),
        _EVENTS.c.applied.is_(False),
    )
    .values(applied=True)
    .returning(_EVENTS.c.status, _EVENTS.c.error_code)
)
TAKE = Read(_TAKEN)
_CONTACTS, _CALLS = table_of(Contact), table_of(Call)
TAKE_HERS = Read(_TAKEN.where(exists().where(_CALLS.c.carrier_sid == bindparam("of_sid"))))
_ATTEMPTS, _LEGS, _MESSAGES = table_of(Attempt), table_of(Leg), table_of(Message)
_OURS = _ATTEMPTS.c.carrier_sid == bindparam("of_sid")
#: What is held before an attempt: the call of a telephone of staff, the contact of a text to her.
HERS_OF = {
    "voice": Read(
        select(_CALLS.c.id)
        .join(_CONTACTS, _CONTACTS.c.id == _CALLS.c.id)
        .join(_LEGS, _LEGS.c.contact_id == _CALLS.c.id)
        .join(_ATTEMPTS, _ATTEMPTS.c.send_id == _LEGS.c.send_id)
        .where(_OURS)
        .with_for_update(of=(_CONTACTS, _CALLS), key_share=True)
    ),
    "sms": Read(
        select(_CONTACTS.c.id)
        .join(_MESSAGES, _MESSAGES.c.contact_id == _CONTACTS.c.id)
        .join(_ATTEMPTS, _ATTEMPTS.c.send_id == _MESSAGES.c.send_id)
        .where(_OURS)
        .with_for_update(of=_CONTACTS, key_share=True)
    ),
}
KNOWN = Read(
    select(_ATTEMPTS.c.id, _ATTEMPTS.c.send_id, _ATTEMPTS.c.status, _ATTEMPTS.c.error_code)
    .where(_OURS)
    .with_for_update()
)
TAKE_OURS = Read(_TAKEN.where(exists().where(_OURS)))
ADVANCE = Write(
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("of_id"))
    .values(status=bindparam("to_status"), error_code=bindparam("to_code"))
)
SET_LEG_STATUS = Write(
    update(_LEGS).where(_LEGS.c.send_id == bindparam("of_send")).values(status=bindparam("to_status"))
)
