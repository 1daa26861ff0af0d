"""What lets periods run and ends them: facts of the intake, of cases, and of the register. The one place of wiring.

Moments and days arrive as ISO 8601; an empty one is not known, and a period whose beginning nobody knows does not run.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor, staff_actor
from core.clock import now as database_now
from core.facts import Reactions
from escalation.cases import queries as cases
from escalation.cases.clock import assessments, queries, rules, service
from escalation.cases.clock.events import DeadlineUnknown
from escalation.cases.clock.models import Deadline
from escalation.cases.clock.periods import parse_term
from escalation.cases.clock.reckoning import Trigger
from escalation.cases.clock.service import Opening
from escalation.cases.clock.service.held import CLOCK, PURPOSE
from escalation.cases.events import CaseOpened, CaseStateChanged
from escalation.cases.register import events as register_facts
from escalation.cases.register.service import mark_approval_unknown
from escalation.paging import queries as paging
from escalation.paging.events import PageAccepted
from intake import queries as intake_queries
from intake.events import IntakeLinked, ReportDutyDecided, ReportDutyOpened, SafeContactChanged
from staff.scope import Scope

#: What subjects are called: a decision with its periods, a breach with what follows it, an application, a case.
MEASURE, BREACH, APPLICATION, CASE = "measure", "breach", "application", "case"
#: What ends the waiting for an application's result.
_ANSWERED = {
    **dict.fromkeys(("granted", "partly_granted", "refused"), "answered"),
    "withdrawn": "withdrawn",
}
#: What runs about a decision beside its approval.
_OBJECTIONS = ("objection_window", "own_objection")
_OF_ITS_END = ("measure_expiry", "renewal_window", *_OBJECTIONS)
_NOT_URGENT = ("service_pending", *_OF_ITS_END)
_LAPSE_RULE = {"civil_authority": "urgent_lapse_civil", "judge": "urgent_lapse_judge"}


def _at(text: str) -> datetime | date | None:
    if not text:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _by(fact: register_facts.MeasureLapsed) -> Actor:
    return CLOCK if fact.account_id is None else staff_actor(fact.account_id, fact.centre_id)


def _run(
    session: Session, rule: str, kind: str, subject_id: UUID, case_id: UUID, *triggers: Trigger, part: str = ""
) -> None:
    service.open_deadline(session, CLOCK, Opening(rule, kind, subject_id, case_id, triggers, part=part))


def urgent_issued(session: Session, fact: register_facts.UrgentDecisionIssued) -> None:
    """The police decided: the file has to reach who approves."""
    at = _at(fact.issued_at)
    service.record_in_case(session, CLOCK, fact.case_id, "lapsed", "decided")
    if at is not None:
        _run(session, "urgent_submit", MEASURE, fact.decision_id, fact.case_id, Trigger("decision", at))
        _run(session, "service_pending", MEASURE, fact.decision_id, fact.case_id, Trigger("decision", at))


def urgent_submitted(session: Session, fact: register_facts.UrgentDecisionSubmitted) -> None:
    """The file reached who approves: 48 or 24 hours run."""
    service.record_act(session, CLOCK, MEASURE, fact.decision_id, "submitted")
    at, rule = _at(fact.submitted_at), _LAPSE_RULE.get(fact.approver)
    if at is not None and rule is not None:
        _run(session, rule, MEASURE, fact.decision_id, fact.case_id, Trigger("submission", at))


def approval_recorded(session: Session, fact: register_facts.ApprovalRecorded) -> None:
    """Somebody learned the answer: nobody has to ask any more."""
    service.record_act(session, CLOCK, MEASURE, fact.decision_id, fact.outcome)


def approval_unknown(session: Session, fact: DeadlineUnknown) -> None:
    """The legal moment went by and nobody told of an answer: the register says so, and says nothing more."""
    if fact.rule in rules.APPROVALS and fact.subject_kind == MEASURE:
        end = session.get_one(Deadline, fact.deadline_id).legal_at
        mark_approval_unknown(session, CLOCK, fact.subject_id, end or database_now(session))


def measure_lapsed(session: Session, fact: register_facts.MeasureLapsed) -> None:
    """A person confirmed it in the register, with source and time: nothing protects her."""
    at = _at(fact.learned_at)
    if isinstance(at, datetime):
        actor, subject = _by(fact), (MEASURE, fact.decision_id)
        service.lapse_told(session, actor, *subject, fact.case_id, at)


def measure_decided(session: Session, fact: register_facts.MeasureDecided) -> None:
    """A judge or authority decided: service is waited for, and what was to be applied for again is there."""
    at = _at(fact.decided_on)
    service.record_in_case(session, CLOCK, fact.case_id, "lapsed", "decided")
    if at is not None:
        _run(session, "service_pending", MEASURE, fact.decision_id, fact.case_id, Trigger("decision", at))


def period_set(session: Session, fact: register_facts.MeasurePeriodSet) -> None:
    """An item's period is known or changed. Items that end on one day have one clock, for one reminder is enough."""
    service.leave_part(session, CLOCK, MEASURE, fact.decision_id, fact.item_id, but=fact.safe_ends)
    triggers = _readings(session, fact)
    for rule in ("measure_expiry", "renewal_window") if triggers else ():
        opening = Opening(rule, MEASURE, fact.decision_id, fact.case_id, triggers, part=fact.safe_ends)
        service.join_part(session, CLOCK, opening, fact.item_id)


def _readings(session: Session, fact: register_facts.MeasurePeriodSet) -> list[Trigger]:
    """From what each reading counts, and what it adds: the length that the paper writes, or its last day."""
    ends, safe_ends = _at(fact.ends), _at(fact.safe_ends)
    if safe_ends is None:
        return []
    # One that begins with its service has no beginning yet; the end that is safe to go by is known all the same.
    begins = _at(fact.begins) or database_now(session)
    decided_on = _at(fact.decided_on) or begins
    length = parse_term(fact.length) if fact.length else None
    triggers = [Trigger("decision", decided_on, length or _day(safe_ends))]
    if ends is not None and ends != safe_ends:
        triggers.append(Trigger(fact.start_basis, begins, length or _day(ends)))
    return triggers


def _day(at: datetime | date) -> date:
    return at.date() if isinstance(at, datetime) else at


def item_ended(session: Session, fact: register_facts.MeasureItemEnded) -> None:
    """One item protects no more; the others of its day run on."""
    service.leave_part(session, CLOCK, MEASURE, fact.decision_id, fact.item_id)


def measure_extended(session: Session, fact: register_facts.MeasureExtended) -> None:
    """The new periods have come or come as facts of their own; the old ones have their end."""
    for rule in ("measure_expiry", "renewal_window"):
        service.record_before(session, CLOCK, MEASURE, fact.decision_id, rule, fact.until, "extended")


def measure_ended(session: Session, fact: register_facts.MeasureEnded) -> None:
    """A decision protects no more: everything about it ends, but not the question who protects her now."""
    act = {"refused": "refused", "expired": "expired"}.get(fact.reason, "lifted")
    only = _NOT_URGENT if fact.reason == "lapsed" else ()
    service.record_act(session, CLOCK, MEASURE, fact.decision_id, act, only=only)
    if act == "refused":
        # What was never approved has no end either: nobody is reminded of one, and nobody asks whether it was extended.
        service.record_act(session, CLOCK, MEASURE, fact.decision_id, "lifted", only=_OF_ITS_END)


def application_changed(session: Session, fact: register_facts.ApplicationChanged) -> None:
    """An application was filed: its result is waited for. So was an extension, or what nothing protected her without.

    Once it was answered or withdrawn nobody waits for it.
    """
    if fact.state in _ANSWERED:
        service.record_act(session, CLOCK, APPLICATION, fact.application_id, _ANSWERED[fact.state])
    if fact.state != "filed":
        return
    at = _at(fact.filed_at)
    if at is not None:
        _run(session, "application_pending", APPLICATION, fact.application_id, fact.case_id, Trigger("filing", at))
    if fact.purpose == "extension" and fact.decision_id is not None:
        service.record_act(session, CLOCK, MEASURE, fact.decision_id, "extension_filed")
    elif fact.purpose == "measures":
        service.record_in_case(session, CLOCK, fact.case_id, "lapsed", "filed")


def served(session: Session, fact: register_facts.ServiceRecorded) -> None:
    """Notice reached a party: the time for objection runs for that party; hers is rounded to the earlier side.

    Served as well as pronounced it may be counted from either, so both are kept.
    """
    at = _at(fact.served_on)
    if fact.party == "perpetrator":
        service.record_act(session, CLOCK, MEASURE, fact.decision_id, "served", only=("service_pending",))
    if at is not None:
        basis = "pronouncement" if fact.manner == "pronounced" else "service"
        rule = "own_objection" if fact.party == "protected" else "objection_window"
        subject = (MEASURE, fact.decision_id, fact.case_id)
        opening = Opening(rule, *subject, [Trigger(basis, at)], part=fact.party, adds=True)
        service.pass_over(session, CLOCK, service.open_deadline(session, CLOCK, opening))


def objected(session: Session, fact: register_facts.ObjectionFiled) -> None:
    """An objection was filed: that party's time is used, and the court has a week to decide."""
    service.record_act(session, CLOCK, MEASURE, fact.decision_id, "objected", only=_OBJECTIONS, part=fact.party)
    at = _at(fact.filed_on)
    if at is not None:
        trigger = Trigger("objection", at)
        opening = Opening(
            "objection_window",
            MEASURE,
            fact.decision_id,
            fact.case_id,
            [trigger],
            part=str(fact.objection_id),
            variant="decision",
        )
        service.open_deadline(session, CLOCK, opening)


def objection_decided(session: Session, fact: register_facts.ObjectionDecided) -> None:
    """The objection was decided."""
    part, only = str(fact.objection_id), ("objection_window",)
    service.record_act(session, CLOCK, MEASURE, fact.decision_id, "objection_decided", only=only, part=part)


def breached(session: Session, fact: register_facts.BreachRecorded) -> None:
    """A measure was breached: it is reported without delay and followed until the court decided."""
    at = _at(fact.occurred_at)
    if at is not None:
        _run(session, "breach_followup", BREACH, fact.breach_id, fact.case_id, Trigger("breach", at))


def breach_filed(session: Session, fact: register_facts.BreachFiled) -> None:
    """The breach was reported: that was the task, and the court's decision is still waited for."""
    service.record_act(session, CLOCK, BREACH, fact.breach_id, "breach_filed")


def breach_decided(session: Session, fact: register_facts.BreachDecided) -> None:
    """The court refused detention: nobody waits for its decision any more. Of an objection its answer is waited for."""
    at = _at(fact.decided_on)
    if fact.outcome == "refused":
        service.record_act(session, CLOCK, BREACH, fact.breach_id, "breach_decided")
    elif at is not None:
        _run(session, "detention_objection", BREACH, fact.breach_id, fact.case_id, Trigger("objection", at))


def breach_called_off(session: Session, fact: register_facts.BreachCalledOff) -> None:
    """It was a mistake: nothing about it is waited for, and nobody is asked to report it."""
    service.take_back(session, CLOCK, BREACH, fact.breach_id)


def detention_ordered(session: Session, fact: register_facts.DetentionOrdered) -> None:
    """The court ordered detention; all that was ordered for the decision together counts against the cap."""
    service.record_act(session, CLOCK, BREACH, fact.breach_id, "breach_decided")
    at = _at(fact.ordered_on)
    if at is not None:
        trigger = Trigger("detention", at)
        opening = Opening("detention_cap", MEASURE, fact.decision_id, fact.case_id, [trigger])
        service.note_detentions(session, CLOCK, opening, [fact.total_days])


def detention_executed(session: Session, fact: register_facts.DetentionExecuted) -> None:
    """He is detained until a day: she is warned before it."""
    start, end = _at(fact.starts_on), _at(fact.ends_on)
    service.record_act(session, CLOCK, BREACH, fact.breach_id, "detention_executed")
    if start is not None and end is not None:
        trigger = Trigger("execution", start, _day(end))
        _run(session, "detention_end", BREACH, fact.breach_id, fact.case_id, trigger)


def safe_contact_changed(session: Session, fact: SafeContactChanged) -> None:
    """How she may be reached was agreed anew: it is asked again thirty days after it was confirmed."""
    if fact.contact_id is not None:
        _safe_contact(session, fact.contact_id)


def case_opened(session: Session, fact: CaseOpened) -> None:
    """What was agreed in the intake is asked again as well."""
    if fact.contact_id is not None:
        _safe_contact(session, fact.contact_id)


def intake_linked(session: Session, fact: IntakeLinked) -> None:
    """A later contact belongs to the case, with what was agreed for its address."""
    if fact.contact_id is not None:
        _safe_contact(session, fact.contact_id)


def _safe_contact(session: Session, contact_id: UUID) -> None:
    scope = Scope.system(PURPOSE)
    case = cases.case_of_contact(session, scope, contact_id)
    agreed = intake_queries.safe_contact_of_contact(session, scope, contact_id)
    if case is None or agreed is None or agreed.confirmed_at is None:
        return
    case_id = case[0]
    known = queries.running(session, "safe_contact_stale", CASE, case_id)
    if known is None or known < agreed.confirmed_at:
        service.record_act(session, CLOCK, CASE, case_id, "confirmed", only=("safe_contact_stale",))
        _run(session, "safe_contact_stale", CASE, case_id, case_id, Trigger("confirmed", agreed.confirmed_at))


def page_accepted(session: Session, fact: PageAccepted) -> None:
    """Somebody on call promised to act on a page about a case: she must be able to read what it is about."""
    pages = paging.pages(Scope.system(PURPOSE)).subquery("pages")
    query = select(pages.c.subject_id).where(pages.c.id == fact.page_id, pages.c.subject_kind == CASE)
    case_id = session.execute(query).scalar()
    if case_id is not None:
        service.let_acceptor_read(session, case_id, fact.account_id)


def case_state_changed(session: Session, fact: CaseStateChanged) -> None:
    """A closed case is asked nothing more about her telephone; its measures run on as the law says."""
    if fact.after == "closed":
        service.case_closed(session, CLOCK, fact.case_id)


def register(reactions: Reactions) -> None:
    """Tell the ground what the clock does about which fact."""
    reactions.on(register_facts.UrgentDecisionIssued, "cases.clock_issued", urgent_issued)
    reactions.on(register_facts.UrgentDecisionSubmitted, "cases.clock_submitted", urgent_submitted)
    reactions.on(register_facts.ApprovalRecorded, "cases.clock_approval", approval_recorded)
    reactions.on(DeadlineUnknown, "cases.clock_unknown", approval_unknown)
    reactions.on(register_facts.MeasureLapsed, "cases.clock_lapsed", measure_lapsed)
    reactions.on(register_facts.MeasureDecided, "cases.clock_decided", measure_decided)
    reactions.on(register_facts.MeasurePeriodSet, "cases.clock_period", period_set)
    reactions.on(register_facts.MeasureItemEnded, "cases.clock_item_ended", item_ended)
    reactions.on(register_facts.MeasureExtended, "cases.clock_extended", measure_extended)
    reactions.on(register_facts.MeasureEnded, "cases.clock_ended", measure_ended)
    reactions.on(register_facts.ApplicationChanged, "cases.clock_application", application_changed)
    reactions.on(register_facts.ServiceRecorded, "cases.clock_served", served)
    reactions.on(register_facts.ObjectionFiled, "cases.clock_objected", objected)
    reactions.on(register_facts.ObjectionDecided, "cases.clock_objection_decided", objection_decided)
    reactions.on(register_facts.BreachRecorded, "cases.clock_breached", breached)
    reactions.on(register_facts.BreachFiled, "cases.clock_breach_filed", breach_filed)
    reactions.on(register_facts.BreachDecided, "cases.clock_breach_decided", breach_decided)
    reactions.on(register_facts.BreachCalledOff, "cases.clock_breach_called_off", breach_called_off)
    reactions.on(register_facts.DetentionOrdered, "cases.clock_detention", detention_ordered)
    reactions.on(register_facts.DetentionExecuted, "cases.clock_executed", detention_executed)
    reactions.on(SafeContactChanged, "cases.clock_safe_contact", safe_contact_changed)
    reactions.on(CaseOpened, "cases.clock_case_opened", case_opened)
    reactions.on(IntakeLinked, "cases.clock_intake_linked", intake_linked)
    reactions.on(ReportDutyOpened, "cases.clock_report_duty", assessments.opened)
    reactions.on(ReportDutyDecided, "cases.clock_report_duty", assessments.decided)
    reactions.on(IntakeLinked, "cases.clock_report_duty", assessments.linked)
    reactions.on(PageAccepted, "cases.clock_page_accepted", page_accepted)
    reactions.on(CaseStateChanged, "cases.clock_case_state", case_state_changed)
