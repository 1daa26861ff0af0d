"""How a call was routed, in words: what she heard, who was asked and why, who was not and why not, second by second.

It tells nothing of what she said: the level stands here without the rule that gave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import record
from core.i18n import gettext as _
from dashboard import labels
from dashboard.administration.prompts import prompt_title
from dashboard.names import Names
from dashboard.presenters import Tone
from dashboard.presenters.replay import ReplayGroup, ReplayLine, ReplayPage
from dashboard.timeline import Story
from dashboard.workspace import contact_of
from escalation.cases.queries import TimelineItem as Told
from hotline import queries as hotline
from intake import queries as intake
from routing.reasons import ASKED, NOT_ASKED
from routing.recorded import recorded
from routing.replay import Happened, Person, Step, replay
from staff import queries as staff
from staff.scope import Scope

#: Facts that tell of her way to a person. Others are of her words, or stand here as offers and their ends.
_OF_THE_WAY: Final = frozenset(
    {
        *("CallArrived", "LanguageChosen", "DangerSignalled", "CallWaiting", "CallConnected", "CallerAlone"),
        *("CallHandedOver", "CallEnded", "DeadlinePassed", "NobodyReady", "OffersExhausted"),
        *("ListeningAgreed", "ListeningEnded", "ListenerCalled", "ListenerJoined", "ListenerGone"),
        *("ContactReturned", "PageOpened", "PageJoined", "PageNotified", "PageAccepted", "PageDeclined"),
        *("PageReopened", "PageExhausted", "PageContactMade", "PageClosed"),
    }
)
_LEVELS: Final = frozenset({"LevelRaised", "LevelLowered", "IntakeTriaged"})
_TELEPHONES: Final = frozenset({"LegAnswered", "LegEnded"})


def replay_page(session: Session, scope: Scope, contact_id: UUID) -> ReplayPage:
    """The replay of a call, for who may see whom it was offered to; that it was opened is written down.

    Raises OutOfScopeError and MissingPermissionError.
    """
    contact = contact_of(session, scope, contact_id)
    scope.require_record(session, "contact", contact_id, contact.centre_id, act="replay")
    record(session, scope.actor, "replay_opened", "contact", contact_id, contact.centre_id)
    known = recorded(session, contact_id)
    steps = replay(known.offers, known.thoughts, _happened(session, contact_id))
    names = Names(session, _named(steps))
    teller = _Teller(names, contact.received_at)
    level = intake.levels(session, [contact_id]).get(contact_id)
    line = staff.line_by_id(session, contact.line_id)
    return ReplayPage(
        contact=str(contact_id),
        ref=level.ref if level is not None else "",
        line=line.name if line is not None else "",
        language=contact.language or "",
        arrived_at=contact.received_at,
        state=contact.state,
        lines=tuple(told for step in steps for told in teller.tell(step)),
        whole=bool(known.thoughts) or not known.offers,
    )


def _happened(session: Session, contact_id: UUID) -> list[Happened]:
    facts = [
        Happened(row.at, row.kind, row.payload)
        for row in hotline.story(session, [contact_id])
        if row.kind in _OF_THE_WAY | _LEVELS | _TELEPHONES
    ]
    return facts + [Happened(at, "heard", {"prompts": prompts}) for at, prompts in hotline.heard(session, contact_id)]


def _named(steps: Iterable[Step]) -> set[UUID | None]:
    named: set[UUID | None] = set()
    for step in steps:
        named |= {one.account_id for one in (*step.people, *step.asked, *step.still_asked, *step.not_asked)}
        if step.what is not None:
            named.add(_account(step.what.params))
    return named


def _account(params: Mapping[str, Any]) -> UUID | None:
    raw = params.get("account_id")
    return UUID(raw) if isinstance(raw, str) else None


class _Teller:
    """Puts a step into words."""

    def __init__(self, names: Names, began_at: datetime) -> None:
        self._names = names
        self._story = Story(names, {})
        self._began_at = began_at

    def tell(self, step: Step) -> list[ReplayLine]:
        """A step as a line, or as none where it tells nothing."""
        if step.kind == "round":
            return [self._line(step, *self._round(step))]
        if step.kind == "answer":
            return [self._line(step, _answer(step.state), "state", groups=[self._group("", step.people)])]
        if step.what is None:
            return []
        if step.kind == "heard":
            return [self._line(step, _heard(step.what.params["prompts"]), "voice")]
        return self._fact(step, step.what)

    def _line(
        self, step: Step, what: str, kind: str, tone: Tone = "", groups: Iterable[ReplayGroup] = ()
    ) -> ReplayLine:
        after = max(int((step.at - self._began_at).total_seconds()), 0)
        return ReplayLine(at=step.at, after=after, what=what, kind=kind, tone=tone, groups=tuple(groups))

    def _fact(self, step: Step, what: Happened) -> list[ReplayLine]:
        if what.kind in _LEVELS:
            level = int(what.params.get("level", 2))
            words = _("Level: %(level)s", level=labels.level(level))
            return [self._line(step, words, "screening", "now" if level == 1 else "")]
        name = self._names.of(_account(what.params))
        if what.kind in _TELEPHONES:
            words = _telephone(what, name)
            return [self._line(step, words, "call")] if words else []
        told = Told(what.kind, step.at, "", _account(what.params), None, dict(what.params))
        return [self._line(step, _by(item.what, item.by), item.kind, item.tone) for item in self._story.tell([told])]

    def _round(self, step: Step) -> tuple[str, str, Tone, list[ReplayGroup]]:
        asked = self._by_reason(step.asked, asked=True)
        still = [self._group(_("asked already"), step.still_asked, asked=True)] if step.still_asked else []
        groups = [*asked, *still, *self._by_reason(step.not_asked)]
        if not step.asked:
            words = _("Nobody new was asked")
            return words, "system", "" if step.still_asked else "soon", groups
        return _("She was offered, wave %(n)s", n=step.wave), "ring", "", groups

    def _by_reason(self, people: Iterable[Person], *, asked: bool = False) -> list[ReplayGroup]:
        found: dict[str, list[Person]] = {}
        for one in people:
            found.setdefault(one.why or "", []).append(one)
        order = [*ASKED, *NOT_ASKED, ""]
        return [self._group(reason(code), found[code], asked=asked) for code in order if code in found]

    def _group(self, why: str, people: Iterable[Person], *, asked: bool = False) -> ReplayGroup:
        named = [self._name(one) for one in people]
        return ReplayGroup(why=why, people=tuple(sorted(named)), asked=asked)

    def _name(self, one: Person) -> str:
        name = self._names.of(one.account_id) or "—"
        return _("%(name)s (telephone)", name=name) if one.medium == "phone" else name


def reason(code: str) -> str:
    """Why somebody was asked, or was not."""
    return {
        "same_person": _("spoke with her until the call was cut off"),
        "first": _("on duty, free, and whom she wishes"),
        "everybody": _("everybody at work is asked now"),
        "telephone": _("on duty and at no screen"),
        "her_language": _("on call, and nobody at work speaks her language"),
        "on_call": _("on call: nobody at work had answered"),
        "barred": _("may not be asked for this contact"),
        "busy": _("spoke with another caller"),
        "wrap_up": _("in the pause after a call in danger"),
        "on_break": _("at her screen, takes nobody"),
        "screen_gone": _("her screen gave no sign of life"),
        "declined": _("had declined"),
        "no_telephone": _("no telephone that can be rung"),
        "no_shift": _("no shift on this line: asked from wave 2 on"),
        "language": _("does not speak her language"),
        "wish": _("she asked for a woman"),
        "texts": _("has as many texts as one person may"),
        "role": _("this role is not rung"),
        "occupied": _("chosen, and occupied in that instant"),
        "later": _("her turn had not come"),
        "": _("not written down"),
    }.get(code, code)


def _by(what: str, name: str) -> str:
    """What happened and who did it, who is not named twice."""
    return f"{what} · {name}" if name and name not in what else what


def _answer(state: str) -> str:
    return {
        "accepted": _("Accepted"),
        "declined": _("Declined"),
        "expired": _("Did not answer in time"),
        "taken": _("Told that somebody else has her"),
        "withdrawn": _("The offer was taken back"),
    }.get(state, state)


def _heard(prompts: Iterable[str]) -> str:
    return _("She was told: %(what)s", what=", ".join(prompt_title(key) for key in prompts))


def _telephone(what: Happened, name: str) -> str:
    """What a telephone of staff did, where its offer's end does not tell it."""
    if what.kind == "LegAnswered":
        return "" if what.params.get("digit") else _("The telephone of %(name)s was picked up", name=name)
    outcomes = {
        "busy": _("The telephone of %(name)s was busy", name=name),
        "no-answer": _("Nobody picked up the telephone of %(name)s", name=name),
        "failed": _("The telephone of %(name)s could not be reached", name=name),
        "refused": _("The carrier did not call the telephone of %(name)s", name=name),
    }
    return outcomes.get(str(what.params.get("outcome")), "")


__all__ = ["reason", "replay_page"]
