"""Acts that need a second person, as their forms show them: who was asked, who agreed, what is done alone at night."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from core.i18n import current_locale, format_datetime
from core.i18n import gettext as _
from dashboard import labels
from dashboard.presenters import FourEyes, LowerForm, Option
from intake.access import KIND
from intake.queries import IntakeView
from intake.rules import DANGER
from intake.service.levels import LOWER_DANGER
from staff import night_acts, queries
from staff.catalogues import four_eyes_acts
from staff.scope import Scope

#: The four-eyes act of giving somebody a new password and second factor.
RESET = "reset_sign_in"
#: Under this name an error stands beside the form for lowering a level.
LOWER = "lower"
LEAST_URGENT = 4


def act_title(code: str) -> str:
    """What the act is called in the reader's language."""
    entry = four_eyes_acts().get(code)
    return code if entry is None else entry.title.tr if current_locale() == "tr" else entry.title.en


def two_persons(session: Session, scope: Scope, act: str, subject: tuple[str, str], reason: str = "") -> FourEyes:
    """How far this reader has come with an act on one subject. ``reason`` is what she typed and was not kept."""
    mine = queries.my_open_acts(session, scope)
    row = next((one for one in mine if (one.act, one.subject_kind, one.subject_id) == (act, *subject)), None)
    review = night_acts.review_if_alone(session, act)
    alone = ""
    if review is not None:
        alone = _(
            "Alone, at night only: done at once, kept with your reason, and somebody else looks at it on %(when)s.",
            when=format_datetime(review),
        )
    return FourEyes(
        reason=reason or (row.reason if row is not None else ""),
        asked_until=row.expires_at if row is not None and row.state == "requested" else None,
        agreed_until=row.expires_at if row is not None and row.state == "approved" else None,
        alone=alone,
    )


def lower_form(
    session: Session,
    scope: Scope,
    view: IntakeView,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
) -> LowerForm | None:
    """The form for lowering a level; none for who may not, and where there is nothing to lower."""

    def may(act: str) -> bool:
        return scope.may(f"{KIND}.{act}") and scope.reaches(
            session, KIND, view.contact_id, view.centre_id, subject_kind="contact", act=act
        )

    if view.state in ("closed", "escalated") or view.level >= LEAST_URGENT or not may("lower"):
        return None
    second = view.level == DANGER and not may(LOWER_DANGER)
    reason = typed.get("reason", "")
    two = two_persons(session, scope, LOWER_DANGER, (KIND, str(view.id)), reason) if second else None
    return LowerForm(
        levels=tuple(
            Option(value=str(level), label=f"{labels.level_short(level)} {labels.level(level)}")
            for level in range(view.level + 1, LEAST_URGENT + 1)
        ),
        chosen=typed.get("level", ""),
        reason=two.reason if two is not None else reason,
        error=errors.get(LOWER, ""),
        two=two,
    )
