"""What somebody whose telephone is with her sees and may do: her own voice, and questions answered by a key."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters import CallIn, Guest, KeyAnswer, Option, ReadingAlong, Together
from hotline import queries as hotline
from hotline.queries import ContactView, KeyQuestionView
from routing import queries as routing_queries
from routing import service as routing
from routing.rules import Operator
from staff.scope import Scope

Rejoin = Literal["", "may", "closed", "rings"]

#: What the last questions are shown of; the rest stands in the story.
_SHOWN = 5


def ready_questions() -> tuple[Option, ...]:
    """Questions to be read out to somebody who can only answer yes or no; the code is kept with her answer."""
    return (
        Option(value="near", label=_("Is the person you are afraid of near you now?")),
        Option(value="hurt", label=_("Are you hurt?")),
        Option(value="weapon", label=_("Is there a weapon?")),
        Option(value="children", label=_("Are children with you?")),
        Option(value="leave", label=_("Can you get out of there?")),
        Option(value="police", label=_("Do you want the police to come?")),
        Option(value="stay", label=_("Can you stay on the line?")),
    )


def together(session: Session, scope: Scope, contact: ContactView) -> Together | None:
    """What she sees whose telephone is with the caller; ``None`` for everybody else."""
    contact_id = contact.id
    voice = hotline.voice_of(session, contact_id, scope.account_id)
    if voice is None:
        return None
    asked = hotline.key_questions(session, scope, contact_id)
    hers = contact.owner_id == scope.account_id
    led_out_for = hotline.led_out_for(session, contact_id)
    return Together(
        muted=voice.muted,
        settled=voice.settled,
        asking=led_out_for in ("question", "announce"),
        on_hold=led_out_for == "hold",
        hers=hers,
        guests=_guests(session, scope, contact_id),
        call_in=_call_in(session, scope, contact_id) if hers else CallIn(),
        untold=contact.danger,
        stays=routing.stays(session, contact_id),
        answers=tuple(_answer(one) for one in reversed(asked[-_SHOWN:])),
        questions=ready_questions(),
    )


def rejoin(session: Session, scope: Scope, contact: ContactView, *, mine: bool) -> Rejoin:
    """How somebody comes back to the caller whom she has, when her telephone has dropped out of the talk."""
    if scope.account_id is None or not mine or contact.channel != "voice" or contact.state != "connected":
        return ""
    where = hotline.telephone_with_her(session, contact.id, scope.account_id)
    if where in ("inside", "rings"):
        return "rings" if where == "rings" else ""
    # A tab that died stays in the room until the carrier notices: that it no longer shows itself is known before.
    closed = routing_queries.browser_phone(session, scope.account_id) == "away"
    return "closed" if closed else "may" if where == "" else ""


def reading_along(session: Session, scope: Scope, contact: ContactView, *, works: bool) -> ReadingAlong | None:
    """Who reads along in a conversation that nothing may interrupt; ``works``: this reader has it."""
    mine = not works and routing.reads_along(session, scope, contact)
    if contact.ended_at is not None or not (works or mine) or not routing.stays(session, contact.id):
        return None
    found = routing.readers(session, contact.id)
    could = routing.could_read(session, contact.id, scope.account_id) if works and scope.account_id else []
    free = [one for one in could if one not in {reader.account_id for reader in found}]
    names = Names(session, [*(one.account_id for one in found), *free])
    return ReadingAlong(
        names=tuple((names.of(one.account_id), one.since) for one in found),
        could=tuple(Option(value=str(one), label=names.of(one)) for one in free),
        ends=works and bool(found),
        mine=mine,
    )


def _guests(session: Session, scope: Scope, contact_id: UUID) -> tuple[Guest, ...]:
    others = hotline.others_with_her(session, contact_id, scope.account_id)
    names = Names(session, [one.account_id for one in others])
    return tuple(
        Guest(
            leg=str(one.leg_id),
            name=names.of(one.account_id),
            interpreter=one.interpreter,
            inside=one.inside,
            may_have_her=one.inside and not one.interpreter,
        )
        for one in others
    )


def _call_in(session: Session, scope: Scope, contact_id: UUID) -> CallIn:
    if scope.account_id is None:
        return CallIn()
    found = routing.colleagues(session, contact_id, scope.account_id)
    names = Names(session, [one.account_id for one in found.people])

    def option(one: Operator) -> Option:
        name = names.of(one.account_id)
        return Option(value=str(one.account_id), label=_("%(name)s, on call", name=name) if one.on_call else name)

    first = [one for one in found.people if found.women_first and one.gender == "female"]
    return CallIn(
        women_first=found.women_first,
        women=tuple(map(option, first)),
        others=tuple(option(one) for one in found.people if one not in first),
    )


def question_words(code: str) -> str:
    """The question as it is read out; one that was put in other words has none here."""
    known = {option.value: option.label for option in ready_questions()}
    return known.get(code, _("A question of your own"))


def answer_words(view: KeyQuestionView) -> str:
    """What came of a question. No key is never a no."""
    if view.kind == "announce":
        return _announced(view)
    answers = {
        "yes": _("Pressed 1: yes"),
        "no": _("Pressed 2: no"),
        "danger": _("Pressed 5: danger"),
        "other": _("Pressed another key: neither yes nor no"),
    }
    ends = {
        "none": _("No key was heard. That is no answer, and not a no."),
        "lost": _("The carrier did not lead her to it: ask again."),
        "over": _("Her call ended before."),
    }
    if view.answer is not None:
        return answers.get(view.answer, view.answer)
    if view.outcome is not None:
        return ends.get(view.outcome, view.outcome)
    return _("Listening for her key…") if view.state == "out" else _("She is being led to it…")


def told_words(view: KeyQuestionView) -> str:
    """A question and what came of it, for the story."""
    return f"{question_words(view.question)} {answer_words(view)}" if view.kind == "question" else answer_words(view)


def _announced(view: KeyQuestionView) -> str:
    words = {
        "refused": _("She does not want an interpreter: none was called."),
        "lost": _("She could not be told, and none was called: try again."),
        "over": _("Her call ended before."),
    }
    if view.outcome is None:
        return _("She is told of it…")
    return words.get(view.outcome, _("She was told and did not refuse."))


def _answer(view: KeyQuestionView) -> KeyAnswer:
    tone = "now" if view.answer == "danger" else "held" if view.answer is not None else ""
    asked = question_words(view.question) if view.kind == "question" else _("An interpreter")
    return KeyAnswer(question=asked, answer=answer_words(view), at=view.asked_at, tone=tone)


__all__ = ["answer_words", "question_words", "reading_along", "ready_questions", "rejoin", "together", "told_words"]
