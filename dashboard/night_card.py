"""The night card in words: what who has her on the line reads of her case, and who read it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_datetime
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters import FiredRule, NightCard
from dashboard.register.panel import sentence_of
from dashboard.wording import level_rule
from escalation.cases import night
from escalation.cases.register import queries as register
from hotline.queries import ContactView
from intake import queries as intake
from staff.scope import Scope


def night_card(session: Session, scope: Scope, contact: ContactView) -> NightCard | None:
    """The card for the one who has her now; ``None`` where there is none for her."""
    found = night.read_card(session, scope, contact)
    if found is None:
        return None
    level = intake.levels(session, [found.contact_id]).get(found.contact_id) if found.contact_id is not None else None
    # The card is what she may read of the register: the case itself stays closed.
    standing = register.standing(session, Scope.system("night_card"), found.case_id)
    protection, tone = sentence_of(standing) if standing is not None else ("", "")
    names = Names(session, [found.owner_id, found.line_by])
    return NightCard(
        ref=found.ref,
        protection=protection,
        protection_tone=tone,
        fired=FiredRule(level=found.level, sentence=level_rule(level.rule) if level is not None else ""),
        owner=names.of(found.owner_id),
        line=found.line,
        line_by=names.of(found.line_by) if found.line else "",
        line_at=found.line_at if found.line else None,
        until=found.until,
    )


def card_readers(session: Session, case_id: UUID) -> tuple[str, ...]:
    """Who read the card and when last, for the list of the case's readers; it stays there when the card is over."""
    found = night.readings(session, case_id)
    names = Names(session, [one.account_id for one in found])
    return tuple(
        _("%(name)s · night card · %(at)s", name=names.of(one.account_id), at=format_datetime(one.at)) for one in found
    )


__all__ = ["card_readers", "night_card"]
