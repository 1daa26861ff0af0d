"""Pure decisions of the telephone edge: what a key means, when the ceiling falls, how a call ended."""

from __future__ import annotations

#: Seconds from the first ring to the last rung, held by this room alone.
CEILING_S = 120
#: She may be alone in the talking room this long before she waits again, first of all.
ALONE_S = 10
#: How often a leg that waits for a decision is asked for patience before it is let go.
MAX_POLLS = 3
#: Contacts from one address within this time count as repeated.
REPEAT_S = 24 * 3600

#: Ways to us without a call or a text, as the intake's catalogue names them. Such a contact has a text's states and
#: is written down by whoever stands before her, or before the one who tells of her.
DESK_CHANNELS = ("walk_in", "police", "hospital", "court", "school", "ngo", "kades_followup", "alo183", "other")

LANGUAGES = {"1": "tr", "2": "en", "3": "ar", "4": "ku"}
DANGER_KEY = "5"
PERSON_KEY = "0"
#: She has this long to press a key after the carrier led her out of the talking room for it.
KEY_S = 20
#: She has this long to refuse an interpreter of whom she is told, with the sentence itself.
ANNOUNCE_S = 15
#: She is on hold this long at most; then she is with the operator again, whatever he had in mind.
HOLD_S = 180
#: What a key says there; any other says that she pressed one.
ANSWERS = {"1": "yes", "2": "no", DANGER_KEY: "danger"}
OTHER_KEY = "other"
#: On a telephone of staff.
DURESS_KEY = "9"


def is_danger(digits: str | None) -> bool:
    """Whether what she pressed, at whatever prompt, says danger: a 5, also one that came right after another key."""
    return DANGER_KEY in (digits or "")


def language_of(digits: str | None) -> str | None:
    """The language that her first key at the greeting chose. No key is not silence: it means Turkish and onward."""
    return LANGUAGES.get((digits or "")[:1])


def answer_of(digits: str) -> str:
    """What she answered by the key that she pressed. Nothing pressed is no answer, and is not asked here."""
    return ANSWERS.get(digits[:1], OTHER_KEY)


#: Stages of a call, in the order in which they come; a late request never moves one back.
STAGES = ("greeting", "waiting", "joining", "entered", "talking", "last_rung", "over")


#: The state of a contact with whom somebody spoke, when her call is over.
ANSWERED = "wrap_up"


def end_of_call(stage: str, status: str) -> str:
    """The state her contact takes when her call is over at ``stage``.

    Who spoke with a person and waits again has nobody: hanging up then is hanging up unanswered.
    """
    if stage == "talking":
        return ANSWERED
    if status == "failed":
        return "failed"
    return "abandoned_in_ivr" if stage == "greeting" else "abandoned_in_queue"


def retry_pause(tries: int) -> int:
    """Seconds until the carrier is asked again after the ``tries``-th refusal that it surely did not take."""
    return min(1 << min(tries, 5), 30)
