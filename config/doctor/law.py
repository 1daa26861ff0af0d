"""What the institution has to have decided before people are served."""

from __future__ import annotations

from config.doctor.finding import Finding, Subject
from config.law import matters
from core.i18n import gettext as _
from staff.queries import law_decisions


def transfer_abroad(subject: Subject) -> Finding:
    """On what ground personal data reach the carrier abroad."""
    return _decided(subject, "transfer_abroad", _("transfer abroad"))


def circular(subject: Subject) -> Finding:
    """How circular 2019/12 is kept."""
    return _decided(subject, "circular_2019_12", _("circular 2019/12"))


def information_notice(subject: Subject) -> Finding:
    """How people are informed."""
    return _decided(subject, "information_notice", _("information notice"))


def _decided(subject: Subject, matter: str, what: str) -> Finding:
    decisions = subject.read(law_decisions)
    if decisions is None:
        return Finding(what, ok=False, detail=_("cannot be read"))
    held = decisions[matter]
    if held is None:
        detail = _("undecided: %(about)s", about=matters()[matter])
        return subject.lacks(what, detail, f"koza law decide {matter}")
    detail = _("decided by %(by)s on %(day)s, %(reference)s", by=held.decided_by, day=held.decided_on.isoformat(),
               reference=held.reference)  # fmt: skip
    return Finding(what, ok=True, detail=detail)
