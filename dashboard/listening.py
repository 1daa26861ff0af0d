"""Who listens to a conversation, as its page shows it: to who has her, and to who may listen."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.database import settings_of
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters import Listener, Listening
from hotline import queries as hotline
from hotline.queries import ContactView
from routing import service as routing
from staff.scope import Scope

#: The field of her words.
WORDS = "listening_words"


def listening_panel(session: Session, scope: Scope, contact: ContactView, *, works: bool) -> Listening | None:
    """None where nobody may listen and nobody does; ``works``: this reader works on the contact."""
    if contact.channel != "voice" or contact.ended_at is not None or contact.call_ended_at is not None:
        return None
    may = contact.owner_id != scope.account_id and may_coach(session, scope, contact)
    if not (works or may):
        return None
    found = hotline.listeners(session, contact.id)
    why = routing.hindrance(session, contact)
    if why in ("off", "apart") and not found:
        return None
    known = hotline.agreed_to_listening(session, scope, contact.id)
    agreed = next((one for one in known if one.ended_at is None), None)
    names = Names(session, [*(one.account_id for one in found), agreed.account_id if agreed else None])
    hers = contact.owner_id == scope.account_id
    mine = any(one.account_id == scope.account_id and not one.going for one in found)
    return Listening(
        listeners=tuple(
            Listener(name=names.of(one.account_id), coach=one.coach, since=one.since, going=one.going) for one in found
        ),
        agreed_at=agreed.at if agreed else None,
        agreed_by=names.of(agreed.account_id) if agreed else "",
        words=agreed.words if agreed else "",
        may_agree=hers and agreed is None and why in (None, "unagreed"),
        may_withdraw=works and (agreed is not None or bool(found)),
        may_listen=may and why is None and not mine,
        why_not=why_not(why) if may and why is not None else "",
        mine=mine,
        needless=settings_of(session).practice,
    )


def may_coach(session: Session, scope: Scope, contact: ContactView) -> bool:
    """Whether this reader may listen to this contact, as far as her own rights go."""
    return scope.may("contact.coach") and scope.reaches(
        session, "contact", contact.id, contact.centre_id, act="coach", restricted=contact.confidential
    )


def why_not(why: str) -> str:
    """What stands in the way of listening."""
    return {
        "off": _("Nobody may listen on this line: the director has not allowed it."),
        "locked": _("Nobody listens to who is calling. Whoever is needed is called in and announced."),
        "apart": _("Nobody speaks with her at this moment."),
        "unagreed": _("She was not told that somebody may listen, or has not agreed."),
    }.get(why, why)


__all__ = ["WORDS", "listening_panel", "may_coach", "why_not"]
