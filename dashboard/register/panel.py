"""What protects her now and what is missing, and the periods that run, as the page of her case shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_date, format_datetime
from core.i18n import gettext as _
from dashboard.presenters import Tone
from dashboard.presenters.register import DeadlineRow, DecisionBrief, MeasureLine, ProtectionPanel
from dashboard.register import drafts, steps, words
from escalation.cases.clock import queries as clock
from escalation.cases.register import queries as register
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.queries import DecisionView, ItemView, Standing
from staff.scope import Scope


def may_record(session: Session, scope: Scope, case_id: UUID, centre_id: UUID, *, restricted: bool) -> bool:
    """Whether the reader may enter decisions of this case."""
    return scope.may("register.write") and scope.reaches(
        session, "register", case_id, centre_id, subject_kind="case", act="write", restricted=restricted
    )


def panel(session: Session, scope: Scope, case_id: UUID, *, record: bool, draft: bool) -> ProtectionPanel | None:
    """The panel; ``None`` where the reader may not know what the register holds.

    ``record``: she enters decisions; ``draft``: she draws up petitions, each at the need that it answers.
    """
    if not scope.may("register.read"):
        return None
    found = register.standing(session, scope, case_id)
    if found is None:
        return None
    sure = {one.item.id: one.certain for one in found.protections}
    now = {one.decision.id: one.decision for one in found.protections}
    sentence, tone = sentence_of(found)
    return ProtectionPanel(
        sentence=sentence,
        tone=tone,
        decisions=tuple(brief(one, sure) for one in now.values()),
        earlier=tuple(brief(one, sure) for one in found.decisions if one.id not in now),
        missing=drafts.missing(found, case_id, drafts=draft),
        today=drafts.today(found, case_id, drafts=draft),
        record_href=f"/cases/{case_id}/decisions/new" if record else "",
    )


def sentence_of(found: Standing) -> tuple[str, Tone]:
    """What protects her now, in one sentence."""
    if found.protected == "yes":
        until = found.surely_until
        if until is None:
            return _("Protected; no last day is known"), "held"
        return _("Protected until %(day)s", day=format_date(until)), "held"
    if found.protected == "waiting":
        return _("An urgent decision protects her until its approval is answered"), "soon"
    if found.protected == "unknown":
        return _("Unknown whether she is protected: ask the authority. Unknown is not lapsed"), "soon"
    return _("No protection is known in the register"), "now"


def brief(decision: DecisionView, sure: dict[UUID, bool]) -> DecisionBrief:
    """A decision in a few lines."""
    return DecisionBrief(
        href=f"/decisions/{decision.id}",
        authority=decision.authority,
        decided_on=decision.decided_on,
        state=words.decision_state(decision.state),
        tone=words.decision_tone(decision.state),
        measures=tuple(line(item, sure=sure.get(item.id, False)) for item in decision.items),
    )


def line(item: ItemView, *, sure: bool) -> MeasureLine:
    """One measure with its last day in words."""
    return MeasureLine(
        id=str(item.id),
        ref=ref_of(item.measure),
        title=str(item.measure.title),
        until=_until(item),
        state=words.end_reason(item.end_reason or ""),
        sure=sure,
        detail=item.detail or "",
        live=item.ended_on is None,
    )


def ref_of(measure: Measure) -> str:
    """The article and letter of a measure; empty for a decision that stands in no article."""
    return measure.ref if any(sign.isdecimal() for sign in measure.ref) else ""


def _until(item: ItemView) -> str:
    if item.ended_on is not None:
        return _("ended %(day)s", day=format_date(item.ended_on))
    if item.ends is None and item.safe_ends is None:
        return _("no last day is written")
    if item.ends is None:
        safe = format_date(item.safe_ends) if item.safe_ends else ""
        return _("last day not known yet; on the safe side %(day)s", day=safe)
    if item.safe_ends is not None and item.safe_ends != item.ends:
        return _(
            "until %(day)s; on the safe side %(safe)s", day=format_date(item.ends), safe=format_date(item.safe_ends)
        )
    return _("until %(day)s", day=format_date(item.ends))


def deadlines(session: Session, scope: Scope, case_id: UUID, moment: datetime) -> tuple[DeadlineRow, ...]:
    """The periods of a case: those that run first, the next to end before the others."""
    found = clock.of_case(session, scope, case_id)
    decisions = register.decision_views(session, scope, case_id) if found and scope.may("register.read") else []
    about = {
        one.id: _("%(authority)s, %(day)s", authority=one.authority, day=format_date(one.decided_on))
        for one in decisions
    }
    return tuple(steps.deadline(one, moment, about.get(one.subject_id, "")) for one in found)


def band(found: ProtectionPanel | None, periods: Iterable[DeadlineRow]) -> tuple[str, Tone]:
    """The line at the top of the case: what stands between her and harm."""
    if found is None:
        return "", ""
    parts = [found.sentence]
    ends = [row.safe_at for row in periods if row.live and row.ends_protection and row.safe_at is not None]
    if ends and found.tone == "held":
        parts.append(_("last safe working moment %(day)s", day=format_datetime(max(ends))))
    if found.missing:
        parts.append(_("missing: %(what)s", what=", ".join(one.text for one in found.missing)))
    tone: Tone = "soon" if found.tone == "held" and found.missing else found.tone
    return " · ".join(parts), "info" if tone == "held" else tone
