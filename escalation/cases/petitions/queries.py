"""A petition as its readers see it: what the register says, put into its template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import false, func, select
from sqlalchemy.orm import Session

from core.clock import now as database_now
from core.i18n import format_date, format_datetime
from escalation.cases.models import Case
from escalation.cases.petitions import rules
from escalation.cases.petitions.catalogues import Petition, petitions_catalogue
from escalation.cases.petitions.models import PetitionRow
from escalation.cases.petitions.rules import Facts, Line, Paper
from escalation.cases.register import access
from escalation.cases.register import queries as register
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.models import Application, Authority
from escalation.cases.register.queries import ApplicationView, BreachView, DecisionView
from staff import queries as staff_queries
from staff.scope import Scope

#: What is typed for a petition, because no record holds it.
PARTICULARS: Final = ("applicant", "against", "national_id", "address")
#: As many authorities as a province has at most, and its neighbours.
_OFFERED: Final = 300


@dataclass(frozen=True, slots=True, repr=False)
class PetitionView:
    """A petition: its paper, and how far it has come."""

    application: ApplicationView
    case_id: UUID
    case_ref: str
    centre_id: UUID
    template: Petition
    particulars: Mapping[str, str]
    paper: Paper
    secret: bool
    released_at: datetime | None
    released_by: UUID | None
    template_version: int

    @property
    def is_draft(self) -> bool:
        """Whether it bears the watermark: not approved by her, not released by a lawyer, or withdrawn."""
        return self.released_at is None or self.application.state in ("draft", "withdrawn")


def case_known(session: Session, scope: Scope, case_id: UUID) -> tuple[UUID, str, bool] | None:
    """(id, reference, whether she may write in it) of a case whose register the reader reads; else ``None``."""
    found = session.scalars(select(Case).where(Case.id == case_id, access.readable(scope))).one_or_none()
    if found is None:
        return None
    writes = any(
        scope.reaches(
            session,
            kind,
            found.id,
            found.centre_id,
            subject_kind=access.SUBJECT,
            act="write",
            restricted=found.confidential,
        )
        for kind in (access.KIND, access.SUBJECT)
    )
    return found.id, found.ref, writes


def authorities(session: Session, case_id: UUID) -> list[tuple[UUID, str]]:
    """(id, name) of those to whom a petition of this case may be written, the ones of its province first.

    Public bodies, so no scope asks.
    """
    province = select(Case.province_code).where(Case.id == case_id).scalar_subquery()
    near = func.coalesce(Authority.province_code == province, false())
    query = select(Authority.id, Authority.title).order_by(near.desc(), Authority.folded, Authority.id)
    return [(row.id, row.title) for row in session.execute(query.limit(_OFFERED))]


def petition(session: Session, scope: Scope, application_id: UUID) -> PetitionView | None:
    """The petition of an application; ``None`` where the reader may not know of it. The caller audits the reading."""
    case = session.scalars(
        select(Case)
        .join(Application, Application.case_id == Case.id)
        .where(Application.id == application_id, access.readable(scope)),
    ).one_or_none()
    if case is None:
        return None
    asked = register.application_views(session, scope, case.id)
    application = next(one for one in asked if one.id == application_id)
    decisions = register.decision_views(session, scope, case.id)
    row = session.scalars(select(PetitionRow).where(PetitionRow.application_id == application_id)).one_or_none()
    particulars: dict[str, str] = json.loads((row.particulars if row is not None else None) or "{}")
    secret = case.confidential or any(one.asks_secrecy for one in asked) or _ordered(decisions)
    facts = _facts(session, scope, case, application, decisions, particulars, secret=secret)
    template = petitions_catalogue().of(application.purpose)
    paper = rules.compose(template, facts) if row is None or row.paper is None else _kept(row.paper, facts)
    return PetitionView(
        application=application,
        case_id=case.id,
        case_ref=case.ref,
        centre_id=case.centre_id,
        template=template,
        particulars=particulars,
        paper=paper,
        secret=secret,
        released_at=row.released_at if row is not None else None,
        released_by=row.released_by if row is not None else None,
        template_version=(row.template_version if row is not None else None) or template.version,
    )


def _kept(paper: str, facts: Facts) -> Paper:
    """A released paper reads as it was released, but for her address where secrecy came later."""
    lines = tuple(Line(style, text) for style, text in json.loads(paper))
    return Paper(rules.hide(lines, facts.address) if facts.secret else lines)


def _ordered(decisions: list[DecisionView]) -> bool:
    return any(item.measure.secrecy for one in decisions if one.in_force for item in one.live)


def _facts(
    session: Session,
    scope: Scope,
    case: Case,
    application: ApplicationView,
    decisions: list[DecisionView],
    particulars: Mapping[str, str],
    *,
    secret: bool,
) -> Facts:
    about = next((one for one in decisions if one.id == application.about_id), None)
    named = about or next((one for one in decisions if one.in_force), None)
    breaches = [
        one
        for one in register.breach_views(session, scope, case.id)
        if about and one.decision_id == about.id and one.called_off_at is None
    ]
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    authority = session.get(Authority, application.authority_id) if application.authority_id is not None else None
    single = {
        "authority": authority.title if authority is not None else "",
        "applicant": particulars.get("applicant") or (named.protected if named is not None else None) or "",
        "against": particulars.get("against") or (named.against if named is not None else None) or "",
        "national_id": particulars.get("national_id", ""),
        "address": particulars.get("address", ""),
        "centre": next((one.name for one in staff_queries.centres(session, [case.centre_id])), ""),
        "today": format_date(database_now(session)),
        "statement": application.statement or "",
        **_about(about, breaches),
    }
    many = {
        "requested": tuple(_measure(known[code]) for code in application.codes if code in known),
        "decided": tuple(_item(item.measure, item.detail, secret=secret) for item in (about.live if about else ())),
        "breaches": tuple(_breach(one, known) for one in reversed(breaches) if one.state in ("reported", "filed")),
    }
    return Facts(single, many, secret, application.secrecy_asked, particulars.get("address", ""))


def _about(about: DecisionView | None, breaches: list[BreachView]) -> dict[str, str]:
    if about is None:
        return {}
    days = sum(one.days or 0 for one in breaches if one.state in ("accepted", "executed"))
    return {
        "decision_authority": about.authority,
        "decision_date": format_date(about.decided_on),
        "decision_docket": about.docket or "",
        "decision_number": about.number or "",
        "decision_end": _day(about.first_end),
        "detention_before": str(days) if days else "",
    }


def _day(day: date | None) -> str:
    return "" if day is None else format_date(day)


def _measure(measure: Measure) -> str:
    # A petition is Turkish whatever language its writer's screen has.
    return f"{measure.title.tr} (m. {measure.ref})" if measure.ref else measure.title.tr


def _item(measure: Measure, detail: str | None, *, secret: bool) -> str:
    """A measure of a decision. Under secrecy without the words beside it: they name the places she must be safe in."""
    return _measure(measure) if secret or not detail else f"{_measure(measure)}: {detail}"


def _breach(breach: BreachView, known: Mapping[str, Measure]) -> str:
    which = ", ".join(known[code].ref for code in breach.codes if code in known)
    return ": ".join(part for part in (f"{format_datetime(breach.occurred_at)} (m. {which})", breach.account) if part)
