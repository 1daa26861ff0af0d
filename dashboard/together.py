"""What somebody whose telephone is with her sees and may do: her own voice, and questions answered by a key."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.presenters import KeyAnswer, Option, Together
from hotline import queries as hotline
from hotline.queries import KeyQuestionView
from staff.scope import Scope

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


def together(session: Session, scope: Scope, contact_id: UUID) -> Together | None:
    """What she sees whose telephone is with the caller; ``None`` for everybody else."""
    voice = hotline.voice_of(session, contact_id, scope.account_id)
    if voice is None:
        return None
    asked = hotline.key_questions(session, scope, contact_id)
    led_out_for = hotline.led_out_for(session, contact_id)
    return Together(
        muted=voice.muted,
        settled=voice.settled,
        asking=led_out_for == "question",
        on_hold=led_out_for == "hold",
        answers=tuple(_answer(one) for one in reversed(asked[-_SHOWN:])),
        questions=ready_questions(),
    )


def question_words(code: str) -> str:
    """The question as it is read out; one that was put in other words has none here."""
    known = {option.value: option.label for option in ready_questions()}
    return known.get(code, _("A question of your own"))


def answer_words(view: KeyQuestionView) -> str:
    """What came of a question. No key is never a no."""
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


def _answer(view: KeyQuestionView) -> KeyAnswer:
    tone = "now" if view.answer == "danger" else "held" if view.answer is not None else ""
    return KeyAnswer(question=question_words(view.question), answer=answer_words(view), at=view.asked_at, tone=tone)


__all__ = ["answer_words", "question_words", "ready_questions", "together"]
