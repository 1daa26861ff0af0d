"""Texts that nobody answers: each has its time, counted from the first one that stands unanswered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core.clock import koza_now
from core.due import Due, cancel_due, set_due
from core.facts import is_new
from core.statements import Read, read_together
from escalation.paging import queries, rules
from escalation.paging.models import Page
from escalation.paging.service import many
from escalation.paging.service.about import About, about_contact, asked_about, told_about
from escalation.paging.service.moves import TEXT, locked
from escalation.paging.service.reached import wait_over
from escalation.paging.service.requests import raise_page, request_for_contact, request_page
from escalation.paging.service.words import actor, tell_more
from hotline import queries as hotline_queries
from hotline.queries.reach import reach
from hotline.rules import DESK_CHANNELS
from intake import queries as intake_queries
from staff.scope import Scope

_KNOWN = hotline_queries.contacts(Scope.system("pager")).subquery("known")
# Built once: every text asks this.
_STANDS = Read(
    select(
        koza_now().label("now"),
        select(Due.at).where(Due.kind == TEXT, Due.subject == bindparam("subject")).scalar_subquery().label("running"),
        select(_KNOWN.c.owner_id).where(_KNOWN.c.id == bindparam("contact")).scalar_subquery().label("owner"),
    )
)
_VERSIONS = queries.versions_of(select(_KNOWN.c.centre_id).where(_KNOWN.c.id == bindparam("contact")).scalar_subquery())


def text_arrived(session: Session, contact_id: UUID, centre_id: UUID | None = None) -> None:
    """Start the clock of an unanswered text; a second text does not move it."""
    level = intake_queries.level_in_hand(session, contact_id)
    if is_new(session, contact_id) and level is not None and centre_id is not None:
        # Her first text, in the transaction that took it in: no clock runs yet, and nobody has her.
        seconds = queries.opens_after_s(session, centre_id, level, taken=False)
        set_due(session, TEXT, str(contact_id), timedelta(seconds=seconds), centre_id=centre_id, rank=level)
    else:
        standing = _standing(session, contact_id)
        if standing.running is None:
            _run(session, contact_id, standing.about, _seconds(session, standing))
        else:
            _bring_forward(session, contact_id, standing)


def text_level_raised(session: Session, contact_id: UUID) -> None:
    """She became more urgent: a running clock is shortened, and who waits with less urgent ones waits so no more.

    The page that stands for all calls of her number is about her alone: it becomes as urgent as she is.
    """
    _shorten(session, contact_id)
    waits = many.where_she_waits(session, contact_id)
    if waits is not None and waits.merged_into is not None:
        about = about_contact(session, contact_id)
        page = locked(session, waits.merged_into)
        if about.level < page.level and not page.of_many:
            raise_page(session, page, about.level)
        elif about.level < page.level:
            wait_over(session, actor(), [contact_id], many.MORE_URGENT)
            text_waits(session, contact_id)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How it stands with her text: when its clock ends if one runs, whether somebody has her, what a page would say."""

    now: datetime
    running: datetime | None
    taken: bool
    about: About
    #: Of the policies that say how long it may stand unanswered.
    versions: Sequence[Any]


def _standing(session: Session, contact_id: UUID) -> _Standing:
    values = {"subject": str(contact_id), "contact": contact_id}
    asked = ((_STANDS, values), (_VERSIONS, {"contact": contact_id}), *asked_about(contact_id))
    (row,), versions, *told = read_together(session, *asked)
    return _Standing(row.now, row.running, row.owner is not None, told_about(*told), versions)


def _seconds(session: Session, standing: _Standing) -> int:
    return queries.opens_after_told(session, standing.versions, standing.about.level, taken=standing.taken)


def _bring_forward(session: Session, contact_id: UUID, standing: _Standing) -> None:
    seconds = _seconds(session, standing)
    if standing.running is not None and standing.now + timedelta(seconds=seconds) < standing.running:
        _run(session, contact_id, standing.about, seconds)


def _shorten(session: Session, contact_id: UUID) -> None:
    """Bring a running clock forward where her level now allows less time."""
    standing = _standing(session, contact_id)
    if standing.running is not None:
        _bring_forward(session, contact_id, standing)


def _run(session: Session, contact_id: UUID, about: About, seconds: int) -> None:
    after = timedelta(seconds=seconds)
    set_due(session, TEXT, str(contact_id), after, centre_id=about.centre_id, rank=about.level)


def text_taken(session: Session, contact_id: UUID) -> None:
    """Somebody owns it now and has longer to answer; owning is not answering, so the clock goes on."""
    about = about_contact(session, contact_id)
    seconds = queries.opens_after_s(session, about.centre_id, about.level, taken=True)
    running = session.scalars(select(Due.id).where(Due.kind == TEXT, Due.subject == str(contact_id))).one_or_none()
    if running is not None:
        _run(session, contact_id, about, seconds)


def text_answered(session: Session, contact_id: UUID) -> None:
    """A person of ours has written, or the contact is closed: the clock stops."""
    cancel_due(session, TEXT, str(contact_id))


def text_overdue(session: Session, contact_id: UUID) -> None:
    """Its time is over: somebody on call is wanted, unless the contact was closed meanwhile.

    Who was left at a desk wrote nothing: her page says that nobody has her.
    """
    known = reach(session, contact_id)
    if known is None or known.ended:
        return
    if known.channel in DESK_CHANNELS:
        request_for_contact(session, actor(), contact_id, "nobody_present")
    else:
        text_waits(session, contact_id)


def text_waits(session: Session, contact_id: UUID) -> None:
    """Somebody on call is wanted for a text: by a page of its own, or by the one page of the many that wait."""
    if many.where_she_waits(session, contact_id) is not None:
        return
    about = about_contact(session, contact_id)
    page = _page_of_many(session, about) if many.may_join(session, contact_id, about) else None
    if page is None:
        request_for_contact(session, actor(), contact_id, "text_unanswered")
        return
    if many.where_she_waits(session, contact_id) is not None:
        # The same was done at the same time, and held the page first.
        return
    many.join(session, actor(), page, contact_id, about)
    if page.state == "acked":
        number = many.waiting(session, page)
        if rules.worth_telling(number):
            tell_more(session, page, number)


def _page_of_many(session: Session, about: About) -> Page | None:
    """The page of many that this text joins; opened when there is none and few enough have pages of their own."""
    known = many.page_of(session, about)
    if known is not None or not many.enough_alone(session, about):
        return known
    request_page(
        session,
        actor(),
        about.centre_id,
        "contact",
        None,
        "text_unanswered",
        level=about.level,
        line_id=about.line_id,
        language=about.language,
        key=many.key_of(about, about.level),
    )
    return many.page_of(session, about)
