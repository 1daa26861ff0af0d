"""The story in words: every fact of a contact, its intake, its pages and its case as one line each, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from core.i18n import gettext as _
from core.i18n import ngettext
from dashboard import labels, law_story, listening_story
from dashboard.names import Names
from dashboard.presenters import TimelineItem, Tone
from dashboard.wording import level_rule
from escalation.cases.queries import TimelineItem as Told
from intake.codes import fields as coded_fields
from intake.consents import consents
from intake.emergency import emergency_card
from intake.report_duty import report_duties

Kind = Literal["call", "text", "page", "note", "state", "task", "screening", "system"]
Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the story."""

    what: str
    kind: Kind
    tone: Tone = ""


#: Told elsewhere, or of no use to a reader of the case.
SILENT = frozenset(
    {
        "LegAnswered", "LegEnded", "SendEnded", "StaffTextArrived", "IntakeOpened", "IntakeLinked", "WishesChanged",
        "ContactTaken", "CallerMarked", "Barred", "case.contact_linked",
    },
) | law_story.SILENT  # fmt: skip


#: Whose account a line names.
_NAMING = listening_story.NAMING | {
    "PageNotified", "case.owner", "GuestCalled", "GuestJoined", "GuestGone", "CallHandedOver",
}  # fmt: skip


class Story:
    """Puts a story into words. ``bodies`` holds texts and notes by id, only what the reader may read."""

    def __init__(self, names: Names, bodies: Mapping[str, str]) -> None:
        self._names = names
        self._bodies = bodies

    def tell(self, items: Sequence[Told]) -> tuple[TimelineItem, ...]:
        """The story, in its order."""
        told = []
        for item in items:
            if item.kind in SILENT:
                continue
            line = self._line(item)
            told.append(
                TimelineItem(
                    at=item.at,
                    what=line.what,
                    kind=line.kind,
                    by=self._names.of(item.actor_id),
                    body=self._bodies.get(_body_of(item.params), ""),
                    tone=line.tone,
                ),
            )
        return tuple(told)

    def _line(self, item: Told) -> Line:
        if item.kind in law_story.LINES:
            what, tone = law_story.LINES[item.kind](item.params)
            return Line(what, "state", tone)
        params = item.params
        if item.kind in _NAMING:
            params = {**params, "name": self._names.of(_id(params.get("account_id")))}
        if item.kind in listening_story.LINES:
            return Line(listening_story.LINES[item.kind](params), "call")
        teller = _LINES.get(item.kind)
        return Line(item.kind, "system") if teller is None else teller(params)


def actors_in(items: Sequence[Told]) -> list[UUID]:
    """Everybody the story names."""
    named = [item.actor_id for item in items] + [_id(item.params.get("account_id")) for item in items]
    return [one for one in named if one is not None]


def _id(value: object) -> UUID | None:
    return UUID(value) if isinstance(value, str) else None


def _body_of(params: Params) -> str:
    named = ("message_id", "note_id", "out_id", "call_id", "duty_id", "consent_id")
    return next((str(params[name]) for name in named if params.get(name)), "")


def _call_ended(params: Params) -> Line:
    if params.get("answered"):
        return Line(_("The call ended"), "call")
    return Line(_("The call ended while nobody had her"), "call", "now")


def _danger(params: Params) -> Line:
    if params.get("source") == "silent":
        return Line(_("She was heard to be silent: treated as danger"), "call", "now")
    return Line(_("She pressed 5: danger, or she cannot speak"), "call", "now")


def _key_answered(params: Params) -> Line:
    words = {
        "key": _("She answered by key"),
        "none": _("She pressed no key: no answer"),
        "over": _("Her call ended before she could answer by key"),
    }
    return Line(words.get(str(params.get("outcome")), _("She could not be led to answer by key")), "call")


def _hold_ended(params: Params) -> Line:
    words = {
        "fetched": _("She was fetched from hold"),
        "asked": _("She pressed 0 and came back from hold"),
        "late": _("Nobody fetched her from hold: she came back by herself"),
        "over": _("Her waiting on hold was over"),
    }
    return Line(words.get(str(params.get("outcome")), _("She could not be put on hold")), "call")


def _guest_called(params: Params) -> Line:
    if params.get("role") == "interpreter":
        return Line(_("%(name)s is called in as an interpreter", name=params["name"]), "call")
    return Line(_("%(name)s is called in", name=params["name"]), "call")


def _guest_joined(params: Params) -> Line:
    return Line(_("%(name)s joined the conversation", name=params["name"]), "call")


def _guest_gone(params: Params) -> Line:
    if params.get("joined"):
        return Line(_("%(name)s left the conversation", name=params["name"]), "call")
    return Line(_("%(name)s did not join", name=params["name"]), "call")


def _guest_announced(params: Params) -> Line:
    words = {
        "refused": _("She did not want an interpreter"),
        "lost": _("She could not be told of an interpreter"),
        "over": _("Her call ended before she was told of an interpreter"),
    }
    return Line(words.get(str(params.get("outcome")), _("She was told that an interpreter joins")), "call")


def _offers(params: Params) -> Line:
    count = int(params.get("count", 0))
    return Line(ngettext("Offered to %(n)s person", "Offered to %(n)s people", count), "system")


def _accepted(params: Params) -> Line:
    waited = int(params.get("waited_seconds", 0))
    words = _("Taken on the telephone") if params.get("via") == "phone" else _("Taken on the board")
    return Line(ngettext("%(what)s after %(n)s second", "%(what)s after %(n)s seconds", waited, what=words), "state")


def _raised(params: Params) -> Line:
    level = int(params.get("level", 1))
    what = _("Level raised to %(level)s. %(why)s", level=labels.level(level), why=level_rule(str(params.get("rule"))))
    return Line(what, "screening", "now" if level == 1 else "soon")


def _lowered(params: Params) -> Line:
    level = labels.level(int(params.get("level", 4)))
    return Line(_("Level lowered to %(level)s, with a written reason", level=level), "screening")


def _triaged(params: Params) -> Line:
    level = labels.level(int(params.get("level", 2)))
    why = level_rule(str(params.get("rule")))
    return Line(_("Triaged as %(level)s. %(why)s", level=level, why=why), "screening")


def _called_112(params: Params) -> Line:
    outcome = emergency_card().outcome(str(params.get("outcome")))
    return Line(_("112 was called: %(outcome)s", outcome=outcome), "call", "now")


def _heard(params: Params) -> Line:
    field = coded_fields()["heard"]
    heard = ", ".join(field.name(code) for code in str(params.get("heard", "")).split(","))
    return Line(_("Heard beside her: %(noises)s", noises=heard), "call", "soon")


def _duty_opened(params: Params) -> Line:
    basis = report_duties().basis(str(params.get("basis")))
    return Line(_("It is to be decided whether this is reported: %(basis)s", basis=basis), "task", "soon")


def _duty_decided(params: Params) -> Line:
    if params.get("decision") == "no_duty":
        return Line(_("It was decided: there is no duty to report"), "task", "held")
    if not params.get("over"):
        return Line(_("It was decided to report it; it has not left yet"), "task", "soon")
    authority = report_duties().authority(str(params.get("authority")))
    return Line(_("It was reported: %(authority)s", authority=authority), "task", "held")


def _consent(params: Params) -> Line:
    whom = consents().recipient(str(params.get("recipient")))
    if params.get("why"):
        return Line(_("Consent to share withdrawn: %(whom)s", whom=whom), "state", "soon")
    return Line(_("She agreed that something is shared: %(whom)s", whom=whom), "state")


def _intake_closed(params: Params) -> Line:
    outcome = coded_fields()["outcome"].name(str(params.get("outcome", "")))
    return Line(_("Intake closed: %(outcome)s", outcome=outcome), "state")


def _call_back_over(params: Params) -> Line:
    words = {
        "unreached": _("She was not called: the telephone of who wanted to call was not answered"),
        "withdrawn": _("The call to her was given up"),
        "forbidden": _("The call to her did not leave: the gate forbade it"),
        "busy": _("We called: her line was busy"),
        "no_answer": _("We called: nobody answered"),
        "failed": _("We called: the call did not get through"),
        "machine": _("We called: a machine answered and heard nothing"),
        "reached": _("We called and reached her"),
        "other": _("We called: somebody else answered"),
    }
    unsure = _("We called: somebody answered, and nobody made sure who")
    return Line(words.get(str(params.get("outcome")), unsure), "call")


def _callback_over(params: Params) -> Line:
    if params.get("why") == "answered":
        return Line(_("She was answered: she need not be called back"), "task", "held")
    return Line(_("She is not called back: what was agreed does not allow it any more"), "task")


def _page_opened(params: Params) -> Line:
    reason = labels.page_reason(str(params.get("reason")))
    tone: Tone = "now" if params.get("level") == 1 else "soon"
    return Line(_("On-call staff paged: %(reason)s", reason=reason), "page", tone)


def _page_joined(params: Params) -> Line:
    if params.get("reason") == "call_unanswered":
        return Line(
            _("She called again: the page that is open for her number stands for this call too"), "page", "soon"
        )
    return Line(_("Many texts wait: one page calls on-call staff for all of them"), "page", "soon")


def _page_notified(params: Params) -> Line:
    if params.get("medium") in ("voice", "call"):
        return Line(_("%(name)s is called on the telephone", name=params["name"]), "page")
    return Line(_("%(name)s is sent a text", name=params["name"]), "page")


def _page_accepted(params: Params) -> Line:
    how = {
        "keypad": _("Page accepted by telephone, with the PIN"),
        "text": _("Page accepted by text, with its code"),
        "dashboard": _("Page accepted on the dashboard"),
    }
    return Line(how.get(str(params.get("channel")), _("Page accepted")), "page", "held")


def _state(params: Params) -> Line:
    after = labels.case_state(str(params.get("after")))
    if params.get("reason"):
        return Line(_("Case closed: %(reason)s", reason=closure_reason(str(params["reason"]))), "state")
    return Line(_("Case moved to: %(state)s", state=after), "state")


def closure_reason(code: str) -> str:
    """Why a case was closed."""
    return {
        "safe": _("she is safe"),
        "moved": _("she moved"),
        "no_contact": _("no contact any more"),
        "withdrew": _("she withdrew"),
        "death": _("death"),
        "transferred": _("transferred"),
        "other": _("another reason"),
    }.get(code, code)


def _safe_changed(params: Params) -> Line:
    if params.get("why") == "compromised":
        return Line(_("Her telephone is no longer trusted: nothing more is sent to it"), "text", "soon")
    if params.get("why") == "opt_out":
        return Line(_("She asked us to stop writing"), "text", "soon")
    return Line(_("It was agreed anew how she may be reached"), "system")


def _always(what: Callable[[], str], kind: Kind, tone: Tone = "") -> Callable[[Params], Line]:
    return lambda _params: Line(what(), kind, tone)


_LINES: Mapping[str, Callable[[Params], Line]] = {
    "CallArrived": lambda params: Line(
        _("A call reached us late") if params.get("late") else _("Her call rang"),
        "call",
    ),
    "TextArrived": lambda params: Line(
        _("She wrote, and it reached us late") if params.get("late") else _("She wrote"),
        "text",
    ),
    "DeskContactOpened": lambda params: Line(
        _("Written down at the desk: %(way)s", way=labels.desk_channel(str(params.get("channel")))), "state"
    ),
    "LanguageChosen": lambda params: Line(
        _("Language: %(language)s", language=labels.language(str(params.get("language")))),
        "call",
    ),
    "DangerSignalled": _danger,
    "CallWaiting": lambda params: Line(
        _("She waits again") if params.get("returned") else _("She is in the waiting room"),
        "call",
    ),
    "CallConnected": _always(lambda: _("Connected: they can speak"), "call", "mine"),
    "CallBackBegan": _always(lambda: _("Somebody is about to call her back"), "call"),
    "CallBackLeft": _always(lambda: _("Her telephone was called"), "call"),
    "CallBackAnswered": _always(lambda: _("We called, and somebody answered"), "call"),
    "CallBackConfirmed": _always(lambda: _("We called, and it was she who answered"), "call", "held"),
    "CallBackOver": _call_back_over,
    "CallerAlone": _always(lambda: _("She was left alone on the line"), "call", "now"),
    "KeyAsked": _always(lambda: _("She was asked to answer by key"), "call"),
    "KeyAnswered": _key_answered,
    "HoldBegan": _always(lambda: _("She was put on hold"), "call"),
    "HoldEnded": _hold_ended,
    "GuestCalled": _guest_called,
    "GuestJoined": _guest_joined,
    "GuestGone": _guest_gone,
    "GuestAnnounced": _guest_announced,
    "CallHandedOver": lambda params: Line(_("Handed over to %(name)s", name=params["name"]), "state"),
    "CallEnded": _call_ended,
    "DeadlinePassed": _always(lambda: _("The longest wait was over without a person"), "call", "now"),
    "StaffReplied": _always(lambda: _("We wrote"), "text"),
    "ReplyLost": _always(lambda: _("What we wrote did not arrive"), "text", "now"),
    "ContactClosed": _always(lambda: _("Contact closed"), "state"),
    "OffersMade": _offers,
    "OfferAccepted": _accepted,
    "NobodyReady": _always(lambda: _("Nobody was ready to take her"), "system", "soon"),
    "OffersExhausted": _always(lambda: _("Everybody ready was asked, and nobody took her"), "system", "soon"),
    "ContactReturned": _always(lambda: _("She waits again, before others"), "system", "soon"),
    "LevelRaised": _raised,
    "LevelLowered": _lowered,
    "IntakeTriaged": _triaged,
    "IntakeClosed": _intake_closed,
    "SafeContactChanged": _safe_changed,
    "CallbackPlanned": _always(lambda: _("She is to be called back in her safe hours"), "task", "soon"),
    "CallbackOver": _callback_over,
    "IdentityChecked": _always(lambda: _("It was made sure who speaks"), "state"),
    "IdentityWithdrawn": _always(lambda: _("It is no longer sure who speaks"), "state", "soon"),
    "OtherPartySuspected": _always(lambda: _("It may have been the other party"), "state", "now"),
    "OtherPartyCleared": _always(lambda: _("It was not the other party"), "state"),
    "EmergencyCallNoted": _called_112,
    "NoisesHeard": _heard,
    "ReportDutyOpened": _duty_opened,
    "ReportDutyDecided": _duty_decided,
    "ConsentRecorded": _consent,
    "ConsentWithdrawn": _consent,
    "PersonsMerged": _always(lambda: _("It was confirmed that another record is hers too"), "state"),
    "PersonsParted": _always(lambda: _("That another record is hers was taken back"), "state", "soon"),
    "CallbackDue": _always(lambda: _("The agreed next contact is due"), "task", "soon"),
    "PageOpened": _page_opened,
    "PageJoined": _page_joined,
    "PageNotified": _page_notified,
    "PageAccepted": _page_accepted,
    "PageDeclined": _always(lambda: _("Page declined"), "page"),
    "PageReopened": _always(lambda: _("The page asks again"), "page", "now"),
    "PageSnoozed": _always(lambda: _("Page put off"), "page"),
    "PageExhausted": _always(lambda: _("Nobody accepted on any step: everybody is called"), "page", "now"),
    "PageContactMade": _always(lambda: _("The on-call member reached her"), "page", "held"),
    "PageClosed": _always(lambda: _("Page closed"), "page"),
    "case.told_by_another": _always(lambda: _("Somebody else told of her"), "call"),
    "case.opened": _always(lambda: _("Case opened"), "state"),
    "case.state": _state,
    "case.owner": lambda params: Line(
        _("Owner: %(name)s", name=params["name"]) if params["name"] else _("The case has no owner any more"),
        "state",
    ),
    "case.note": lambda params: Line(labels.note_kind(str(params.get("note_kind"))), "note"),
    "case.task_added": _always(lambda: _("Task added"), "task"),
    "case.task_finished": _always(lambda: _("Task done"), "task"),
    "case.task_overdue": _always(lambda: _("A task is late"), "task", "soon"),
}
