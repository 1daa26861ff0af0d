"""The panel of the person: until somebody checked who speaks, nothing but that the number is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.i18n import format_date
from core.i18n import gettext as _
from dashboard.answers import drop_words, last_day, safe_hours_of
from dashboard.board import channel_of
from dashboard.names import Names
from dashboard.presenters import EarlierContact, Option, PersonPanel
from dashboard.safe_hours import say_hours
from escalation.cases import queries as cases
from hotline import queries as hotline
from intake import queries as intake
from intake.codes import fields as coded_fields
from intake.covers import story
from intake.danger import group_codes
from intake.identity import Identity, identity_of, merged, not_hers, recorded_for_other_party
from intake.one_person import others_of_person
from intake.queries import IntakeView, SafeContactView
from intake.rules import DANGER
from intake.service.reading import AGREED_WORDS
from staff.scope import Scope

_LISTED = 10


def cleared_reasons() -> tuple[Option, ...]:
    """How somebody knows that she has her telephone again; the code stands in the audit."""
    return (
        Option(value="code_word", label=_("She said the code word")),
        Option(value="spoke", label=_("I spoke with her and am sure")),
        Option(value="typed_wrong", label=_("The code word was typed wrongly")),
    )


def identity_ways(channel: str) -> tuple[Option, ...]:
    """How somebody can make sure who speaks where no code word was agreed; the code stands with the check."""
    ways = (
        Option(value="question", label=_("She answered the ordinary question that was agreed")),
        Option(value="facts", label=_("She told what only she and we know")),
        Option(value="voice", label=_("I know her voice")),
        Option(value="colleague", label=_("A colleague who knows her spoke with her")),
    )
    return tuple(way for way in ways if channel == "voice" or way.value != "voice")


def _way(code: str) -> str:
    known = {option.value: option.label for option in identity_ways("voice")}
    return known.get(code, _("She said the code word"))


def shows_agreement(view: IntakeView, safe: SafeContactView | None, who: Identity) -> bool:
    """Whether the form may show what was agreed: in this very conversation, or once it is sure who speaks."""
    return safe is None or who.checked or safe.intake_id == view.id


def behind_the_hint(session: Session, contact_ids: Sequence[UUID]) -> list[UUID]:
    """Of the contacts of one number those that a search may name: the live one alone until it is sure who speaks.

    Somebody is on that number now, and a search for it would tell who she might be to whoever has her on the line.
    """
    living = hotline.contacts(Scope.system("dashboard.person")).subquery("living")
    wanted = select(living.c.id).where(living.c.id.in_(contact_ids), living.c.ended_at.is_(None))
    unsure = [one for one in session.scalars(wanted) if not identity_of(session, one).checked]
    return unsure or list(contact_ids)


def safe_contact(session: Session, scope: Scope, contact_id: UUID) -> SafeContactView | None:
    """What was agreed about reaching her, where the reader may know it."""
    if not scope.may("safe_contact.read"):
        return None
    return intake.safe_contact_of_contact(session, scope, contact_id)


def person_panel(
    session: Session,
    scope: Scope,
    view: IntakeView,
    safe: SafeContactView | None,
    who: Identity,
) -> PersonPanel:
    """The panel for the intake's contact."""
    if who.not_her:
        # The same for a number that is known and one that is not: he may hear it in her voice, or be beside her.
        may = _may(session, scope, view, "intake")
        return PersonPanel(known=False, identity_checked=False, suspected=who.suspected, not_her=True, may_check=may)
    found = hotline.earlier_contacts(session, scope, view.contact_id, limit=_LISTED)
    others = not_hers(session, [one.id for one in found])
    earlier = [one for one in found if one.id not in others]
    also_other = recorded_for_other_party(session, view.contact_id)
    in_danger = view.level == DANGER and view.level_rule in {*group_codes(), AGREED_WORDS}
    known = bool(earlier) or safe is not None or also_other or merged(session, view.id)
    panel = PersonPanel(
        known=known,
        identity_checked=known and who.checked,
        also_other=also_other,
        code_word_set=safe.code_word_set if safe is not None else False,
        compromised=safe is not None and safe.compromised,
        doubted=safe is not None and safe.doubted,
        wrote_danger=in_danger,
        question=safe.code_word_hint if safe is not None and not in_danger else "",
        cleared_reasons=cleared_reasons() if _may(session, scope, view, "safe_contact") else (),
        ways=identity_ways(str(view.fields.get("channel", ""))),
        may_check=_may(session, scope, view, "intake"),
    )
    if not panel.identity_checked:
        return panel
    earlier = _with_hers(session, scope, view.contact_id, earlier)
    ids = [view.contact_id, *(one.id for one in earlier)]
    case = _open_case(session, scope, ids)
    return replace(
        panel,
        checked_how=_way(who.how),
        checked_by=Names(session, [who.checked_by]).of(who.checked_by),
        checked_at=who.checked_at,
        safe_contact=_safe_words(safe),
        earlier=_earlier(session, scope, earlier),
        open_case_ref=case,
        open_case_href=f"/cases/{case}" if case else "",
    )


def _with_hers(
    session: Session, scope: Scope, contact_id: UUID, earlier: Sequence[hotline.EarlierContact]
) -> list[hotline.EarlierContact]:
    """The earlier contacts of the number, and all contacts that were confirmed to be hers, the newest first."""
    listed = [contact_id, *(one.id for one in earlier)]
    others = others_of_person(session, scope, listed)
    if not others:
        return list(earlier)
    found = hotline.contacts(scope).subquery("found")
    hers = select(found.c.id, found.c.channel, found.c.state, found.c.received_at).where(found.c.id.in_(others))
    joined = [*earlier, *(hotline.EarlierContact(*row) for row in session.execute(hers))]
    return sorted(joined, key=lambda one: one.received_at, reverse=True)[:_LISTED]


def may_with(
    session: Session, scope: Scope, record: str, act: str, contact_id: UUID, centre_id: UUID, *, secret: bool
) -> bool:
    """Whether the reader may do ``<record>.<act>`` about a contact.

    Where her case is under secrecy only who was given her may, but for the contact itself: that she came and waits is
    the centre's to see.
    """
    return scope.may(f"{record}.{act}") and scope.reaches(
        session,
        record,
        contact_id,
        centre_id,
        subject_kind="contact",
        act=act,
        restricted=secret and record != "contact",
    )


def _may(session: Session, scope: Scope, view: IntakeView, record: str) -> bool:
    works = may_with(session, scope, "intake", "write", view.contact_id, view.centre_id, secret=view.confidential)
    return scope.may(f"{record}.write") and works


def _safe_words(safe: SafeContactView | None) -> tuple[tuple[str, str], ...]:
    if safe is None:
        return ()
    allowed = {
        "unasked": _("Not asked"),
        "never": _("Never"),
        "neutral": _("Only neutral words"),
        "ok": _("Yes, plainly"),
    }
    words = [
        (_("We may call"), allowed.get(safe.call, safe.call)),
        (_("We may text"), allowed.get(safe.sms, safe.sms)),
        (_("Safe days and hours"), say_hours(safe_hours_of(safe)) or _("always")),
    ]
    if safe.who_may_answer:
        words.append((_("Who may answer"), safe.who_may_answer))
    words.append((_("If the line drops"), drop_words(safe.on_drop)))
    cover = story(safe.cover_story)
    if cover is not None:
        words.append((_("To somebody else"), str(cover.label)))
    if safe.expires_at is not None:
        words.append((_("Agreed until"), format_date(last_day(safe.expires_at) or safe.expires_at)))
    if safe.opted_out:
        words.append((_("Warning"), _("She asked us to stop writing.")))
    if safe.expired:
        words.append((_("Warning"), _("What was agreed has expired.")))
    return tuple(words)


def _open_case(session: Session, scope: Scope, contact_ids: list[UUID]) -> str:
    if not scope.may("case.read"):
        return ""
    opened = cases.cases(scope).subquery("opened")
    intakes = intake.intakes(Scope.system("dashboard.person")).subquery("intakes")
    found = session.execute(
        select(opened.c.ref)
        .join(intakes, intakes.c.case_id == opened.c.id)
        .where(intakes.c.contact_id.in_(contact_ids), opened.c.state != "closed")
        .order_by(opened.c.opened_at.desc())
        .limit(1),
    ).scalar()
    return str(found) if found else ""


def _earlier(
    session: Session,
    scope: Scope,
    earlier: list[hotline.EarlierContact],
) -> tuple[EarlierContact, ...]:
    if not earlier:
        return ()
    levels = intake.levels(session, [one.id for one in earlier])
    readable = intake.intakes(scope).subquery("readable")
    rows = session.execute(
        select(readable.c.contact_id, readable.c.outcome).where(readable.c.contact_id.in_([one.id for one in earlier])),
    )
    outcomes = {row.contact_id: row.outcome for row in rows}
    return tuple(
        EarlierContact(
            ref=levels[one.id].ref if one.id in levels else "",
            at=one.received_at,
            channel=channel_of(one.channel),
            outcome=_outcome(outcomes.get(one.id)),
            href=f"/contacts/{one.id}" if one.id in outcomes else "",
        )
        for one in earlier
    )


def _outcome(code: str | None) -> str:
    return coded_fields()["outcome"].name(code) if code else _("without an outcome")
