"""The engine: each rung notifies its people once, waits, and hands over to the next, until somebody accepts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import record
from core.clock import after, koza_now
from core.clock import now as database_now
from core.facts import report
from core.log import get_logger
from core.metrics import alarms
from escalation.paging import queries, rules
from escalation.paging.events import PageExhausted, PageNotified, PageReopened
from escalation.paging.models import Notification, Page, Proof, Target
from escalation.paging.service import many
from escalation.paging.service.moves import TOPIC, announce, fence, locked, move, note_state, notifications_of, step_at
from escalation.paging.service.people import left_out, people_on, telephones
from escalation.paging.service.reading import end_her_reading
from escalation.paging.service.watch import LATE_S, in_trouble
from escalation.paging.service.words import actor, locale_of
from hotline import service as hotline_service
from hotline.phrases import phrase
from staff.queries import ContactPointRow

log = get_logger(__name__)

#: A page's text or call that could not leave within this time is stale: later rungs have spoken by then.
SEND_WITHIN_S = 900
#: States of a notification that reached nobody, as far as we know.
_LOST = frozenset({"failed", "unknown"})


def climb(session: Session, page_id: UUID, epoch: int) -> None:
    """The wait of a rung is over: notify the next one's people. A rung without anybody is passed at once."""
    page = locked(session, page_id)
    if page.epoch != epoch:
        return
    if page.state == "snoozed":
        wake(session, page, "snooze_over")
        return
    if page.state != "open":
        return
    now = database_now(session)
    at = rules.notify_at(page.reason, page.level, now)
    if at > now:
        _wait_until(session, page, at - now)
        return
    if page.due_at is not None and (now - page.due_at).total_seconds() > LATE_S:
        in_trouble(session, page, "late")
    ladder = queries.ladder_of(session, page.policy_version_id)
    rung = rules.next_rung(ladder, _rung(page))
    while not _call_out(session, page, ladder, rung) and not rung.last_resort:
        log.error("page_rung_empty", page=page.id, step=rung.step)
        alarms.add(kind="coverage_gap")
        rung = rules.next_rung(ladder, rung)
    _wait_until(session, page, timedelta(seconds=rules.step_at(ladder, rung).delay_s))


def _rung(page: Page) -> rules.Rung | None:
    return None if page.step < 0 else rules.Rung(page.step, page.loop, page.last_resort)


def wake(session: Session, page: Page, why: str) -> None:
    """A page that was put off asks again: its time is over, or she called once more."""
    move(session, page, "wake", step=-1, loop=0, last_resort=False, due_at=koza_now())
    record(session, actor(), "page_reopened", TOPIC, page.id, page.centre_id, why=why)
    report(session, PageReopened(page.contact_id, page.centre_id, page.id, why))
    _wait_until(session, page, timedelta())


def _wait_until(session: Session, page: Page, wait: timedelta) -> None:
    page.due_at = database_now(session) + wait
    step_at(session, page, page.due_at)
    announce(session, page)


def _call_out(session: Session, page: Page, ladder: rules.Ladder, rung: rules.Rung) -> int:
    """Notify the people of one rung; returns how many could be."""
    if rung.last_resort and not page.last_resort:
        alarms.add(kind="page_exhausted")
        record(session, actor(), "page_exhausted", TOPIC, page.id, page.centre_id, code=page.code)
        report(session, PageExhausted(page.contact_id, page.centre_id, page.id))
        in_trouble(session, page, "exhausted")
    page.step, page.loop, page.last_resort = rung.step, rung.loop, rung.last_resort
    session.flush()
    step = rules.step_at(ladder, rung)
    people = people_on(session, page, step.roles)
    barred = left_out(session, page, last_resort=rung.last_resort)
    for account_id, role in people.items():
        session.add(
            Target(
                page_id=page.id,
                epoch=page.epoch,
                step=rung.step,
                loop=rung.loop,
                account_id=account_id,
                role=role,
                skipped=account_id in barred,
            ),
        )
    session.flush()
    wanted = [account_id for account_id in people if account_id not in barred]
    points = telephones(session, wanted)
    for account_id in wanted:
        _notify(session, page, account_id, points.get(account_id, []), parallel=step.parallel)
    return sum(1 for account_id in wanted if points.get(account_id))


def _notify(
    session: Session,
    page: Page,
    account_id: UUID,
    points: list[ContactPointRow],
    *,
    parallel: bool,
) -> None:
    """Plan one member's telephones for the rung that stands on the page, and order the first of them."""
    if not points:
        log.error("page_no_telephone", page=page.id, account=account_id)
        alarms.add(kind="coverage_gap")
    by_id = {point.id: point for point in points}
    plan = rules.plan([rules.Point(point.id, point.medium) for point in points], parallel=parallel)
    for chosen, rule_no in plan:
        point = by_id[chosen.id]
        notification = Notification(
            page_id=page.id,
            epoch=page.epoch,
            step=page.step,
            loop=page.loop,
            account_id=account_id,
            contact_point_id=point.id,
            rule_no=rule_no,
            medium=point.medium,
            state="waiting",
        )
        session.add(notification)
        session.flush()
        if rule_no == 0:
            _order(session, page, notification, point.address)


def _order(session: Session, page: Page, notification: Notification, address: str) -> None:
    """Hand one notification to the telephone edge, which sends it after this transaction."""
    locale = locale_of(session, notification.account_id)
    if notification.medium == "sms":
        values = rules.text_values(page.code, page.level, page.province_code, page.language)
        number = many.waiting(session, page)
        if number > 1:
            body = phrase("page_text_many", locale).fill(**values, count=number)
        else:
            body = phrase("page_text", locale).fill(**values)
        notification.send_id = hotline_service.page_text(
            session,
            actor(),
            page.centre_id,
            address,
            str(page.id),
            page.epoch,
            body,
            not_after=after(SEND_WITHIN_S),
            reply_code=page.code,
        )
    else:
        notification.send_id, notification.leg_id = hotline_service.page_call(
            session,
            actor(),
            page.centre_id,
            notification.account_id,
            address,
            str(page.id),
            page.epoch,
            not_after=after(SEND_WITHIN_S),
            contact_id=page.contact_id,
            language=locale,
        )
    notification.state = "sending"
    session.flush()
    report(
        session,
        PageNotified(
            page.contact_id,
            page.centre_id,
            page.id,
            notification.account_id,
            notification.medium,
            page.step,
            page.loop,
        ),
    )


def send_ended(session: Session, send_id: UUID, outcome: str) -> None:
    """What became of a message or call that we ordered; one that failed lets the next telephone ring now."""
    notification = session.scalars(select(Notification).where(Notification.send_id == send_id)).one_or_none()
    if notification is None:
        return
    if outcome == "expired":
        in_trouble(session, locked(session, notification.page_id), "not_sent")
    _now_is(session, notification, "failed" if outcome == "expired" else outcome)


def leg_ended(session: Session, leg_id: UUID) -> None:
    """A page's call is over; without the PIN it reached nobody, whatever answered: voicemail answers too."""
    notification = session.scalars(select(Notification).where(Notification.leg_id == leg_id)).one_or_none()
    if notification is not None and notification.state != "reached":
        _now_is(session, notification, "failed")


def _now_is(session: Session, notification: Notification, state: str) -> None:
    # A call that failed is told twice, as a leg and as a send: only the first one calls the next telephone.
    known_lost = notification.state in _LOST
    note_state(session, [notification], state)
    if notification.state in _LOST and not known_lost:
        _fall_back(session, notification)


def _fall_back(session: Session, failed: Notification) -> None:
    page = locked(session, failed.page_id)
    if page.state != "open" or page.epoch != failed.epoch:
        return
    same_rung = [
        item
        for item in notifications_of(session, page)
        if (item.epoch, item.step, item.loop) == (page.epoch, page.step, page.loop)
    ]
    hers = [item for item in same_rung if item.account_id == failed.account_id]
    waiting = sorted((item for item in hers if item.state == "waiting"), key=lambda item: item.rule_no)
    if waiting:
        points = telephones(session, [failed.account_id]).get(failed.account_id, [])
        addresses = {point.id: point.address for point in points}
        address = addresses.get(waiting[0].contact_point_id)
        if address is not None:
            _order(session, page, waiting[0], address)
        else:
            note_state(session, waiting[:1], "cancelled")
            _fall_back(session, failed)
        return
    if all(item.state in _LOST | {"cancelled"} for item in same_rung) and not page.last_resort:
        # Nobody of this rung can be reached any more: waiting out its delay would only lose time. The last resort
        # keeps its pause, or dead telephones would be called without end.
        _wait_until(session, page, timedelta())


def next_rung_now(session: Session, page: Page) -> None:
    """Everybody on this rung has declined: do not wait for its delay."""
    declined = set(
        session.scalars(
            select(Proof.account_id).where(
                Proof.page_id == page.id,
                Proof.epoch == page.epoch,
                Proof.kind == "declined",
            ),
        ),
    )
    called = set(
        session.scalars(
            select(Target.account_id).where(
                Target.page_id == page.id,
                Target.epoch == page.epoch,
                Target.step == page.step,
                Target.loop == page.loop,
                ~Target.skipped,
            ),
        ),
    )
    if called and called <= declined and not page.last_resort:
        _wait_until(session, page, timedelta())


def reopen(session: Session, page: Page, act: rules.PageAct, why: str) -> bool:
    """A promise lapsed or was given back: the page asks again, from the rung after the last one."""
    before = page.accepted_by
    if not move(session, page, act, accepted_by=None, accepted_at=None, contact_due_at=None, due_at=koza_now()):
        return False
    fence(session, page)
    if before is not None:
        end_her_reading(session, actor(), page, before)
        many.take_back(session, actor(), page, before)
    record(session, actor(), "page_reopened", TOPIC, page.id, page.centre_id, why=why, was=str(before))
    report(session, PageReopened(page.contact_id, page.centre_id, page.id, why))
    _wait_until(session, page, timedelta())
    return True


def promise_lapsed(session: Session, page_id: UUID, epoch: int) -> None:
    """The time for contact is over and none was noted."""
    page = locked(session, page_id)
    if page.epoch == epoch and page.state == "acked":
        reopen(session, page, "lapse", "no_contact")
