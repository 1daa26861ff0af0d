"""Words for codes: levels, states, languages, reasons. A code without a word here is shown as it is."""

from __future__ import annotations

from core.i18n import gettext as _
from hotline.rules import DESK_CHANNELS


def level(number: int) -> str:
    """The short name of a level: danger first."""
    return {1: _("Danger"), 2: _("Urgent"), 3: _("Support"), 4: _("Information")}.get(number, str(number))


def level_short(number: int) -> str:
    """Two signs for narrow places (L1, in Turkish D1)."""
    return {1: _("L1"), 2: _("L2"), 3: _("L3"), 4: _("L4")}.get(number, str(number))


def language(code: str) -> str:
    """The name of a language the lines serve."""
    names = {"tr": _("Turkish"), "ku": _("Kurdish"), "ar": _("Arabic"), "en": _("English"), "": _("Language unknown")}
    return names.get(code, code)


def channel(code: str) -> str:
    """Call or text."""
    return {"voice": _("Call"), "text": _("Text")}.get(code, code)


def contact_state(code: str) -> str:
    """Where a call or a thread stands."""
    return {
        "ringing": _("Ringing"),
        "ivr": _("Hears the greeting"),
        "queued": _("Waiting"),
        "offered": _("Offered"),
        "connected": _("Talking"),
        "wrap_up": _("Wrap-up"),
        "closed": _("Closed"),
        "abandoned_in_ivr": _("Hung up in the greeting"),
        "abandoned_in_queue": _("Hung up while waiting"),
        "failed": _("Line failed"),
        "silent": _("Silent"),
        "new": _("New"),
        "auto_answered": _("Answered by the machine"),
        "waiting_staff": _("Waits for us"),
        "in_conversation": _("In conversation"),
        "waiting_person": _("Waits for her"),
        "idle": _("Quiet"),
    }.get(code, code)


def contact_tone(code: str) -> str:
    """The tone of a contact's state: soon while she waits for us, held while someone is with her."""
    if code in {"queued", "offered", "waiting_staff", "new", "ringing", "ivr", "auto_answered"}:
        return "soon"
    if code in {"connected", "in_conversation"}:
        return "mine"
    return "quiet"


def page_state(code: str) -> str:
    """Where a page stands."""
    return {
        "new": _("Being sent"),
        "open": _("Nobody yet"),
        "acked": _("Accepted"),
        "engaged": _("In contact"),
        "snoozed": _("Put off"),
        "merged": _("Merged"),
        "closed": _("Closed"),
    }.get(code, code)


def page_tone(code: str) -> str:
    """Red while nobody has accepted a page."""
    return {"new": "now", "open": "now", "snoozed": "soon", "acked": "held", "engaged": "mine"}.get(code, "quiet")


def page_reason(code: str) -> str:
    """Why people are woken: the closed list and the reasons an operator may give."""
    return {
        "operator_request": _("An operator asks for on-call"),
        "call_unanswered": _("A call ended unanswered"),
        "text_unanswered": _("A text is unanswered"),
        "nobody_present": _("Nobody here has this contact"),
        "duress": _("A member of staff signalled duress"),
        "check_in": _("A check-in was missed"),
        "protection_lost": _("Protection has lapsed"),
        "detention_release": _("Released from detention today"),
        "pager": _("The pager itself failed"),
        "due": _("Something is due"),
    }.get(code, code)


def page_closed_reason(code: str) -> str:
    """Why a page asks nothing any more: what a person chose, or what ended it by itself."""
    return {
        "done": _("It is done: nothing more is asked"),
        "elsewhere": _("Somebody else looks after it"),
        "no_safe_way": _("There is no safe way to reach her"),
        "mistake": _("It was opened by mistake"),
        "answered": _("A colleague has spoken with her or written to her"),
        "contact_closed": _("Her contact was closed"),
        "merged": _("Another page asks for the same"),
        "more_urgent": _("She became more urgent and has a page of her own"),
    }.get(code, code)


def attempt_state(code: str) -> str:
    """How far one attempt to reach a person came."""
    return {
        "waiting": _("Not yet due"),
        "due": _("Due"),
        "sending": _("Sending"),
        "accepted": _("Handed to the carrier"),
        "delivered": _("Delivered"),
        "reached": _("Reached a person"),
        "cancelled": _("Called off"),
        "failed": _("Failed"),
        "unknown": _("Outcome unknown"),
        "expired": _("Too late, not sent"),
    }.get(code, code)


def case_state(code: str) -> str:
    """Where a case stands."""
    return {
        "open": _("Open"),
        "assessment": _("Assessment"),
        "planned": _("Plan made"),
        "active": _("Under way"),
        "monitoring": _("Monitoring"),
        "closed": _("Closed"),
        "reopened": _("Reopened"),
    }.get(code, code)


def intake_state(code: str) -> str:
    """Where an intake stands."""
    return {
        "open": _("Not yet triaged"),
        "triaged": _("Triaged"),
        "assigned": _("Assigned"),
        "in_progress": _("In progress"),
        "closed": _("Closed"),
        "escalated": _("Became a case"),
    }.get(code, code)


def medium(code: str) -> str:
    """The way a person on call is reached."""
    return {"sms": _("Text message"), "call": _("Phone call"), "voice": _("Phone call"), "screen": _("Dashboard")}.get(
        code, code
    )


def note_kind(code: str) -> str:
    """Who reads a note of a case."""
    return {
        "team": _("Note for the team"),
        "legal": _("Note for the lawyers"),
        "author_only": _("Note for its author alone"),
    }.get(code, code)


def role(code: str) -> str:
    """The name of a staff role."""
    return {
        "director": _("Director"),
        "shift_lead": _("Shift lead"),
        "lead": _("Shift lead"),
        "operator": _("Operator"),
        "oncall": _("On call"),
        "social_worker": _("Social worker"),
        "psychologist": _("Psychologist"),
        "caseworker": _("Case worker"),
        "child_development": _("Child development specialist"),
        "health": _("Health worker"),
        "employment": _("Employment and education worker"),
        "police_liaison": _("Police liaison"),
        "shelter_liaison": _("Shelter liaison"),
        "legal": _("Lawyer"),
        "perp": _("Perpetrator unit"),
        "perpetrator_worker": _("Perpetrator unit"),
        "auditor": _("Auditor"),
        "statistician": _("Statistics"),
        "admin": _("System administrator"),
    }.get(code, code)


def due_kind(code: str) -> str:
    """What a deadline of today is about."""
    return {
        "task": _("Task"),
        "measure": _("Measure ends"),
        "review": _("Review"),
        "report_duty": _("Duty to report"),
        "read_along": _("Read along"),
        "record": _("Record to be written"),
        "callback": _("Agreed call"),
        "call_back": _("Call back"),
        "approve": _("Second person"),
        "night_review": _("Night act"),
        "assign": _("Needs a case worker"),
    }.get(code, code)


def mark(code: str) -> str:
    """A small neutral remark on a contact."""
    return {
        "hold": _("On hold"),
        "transfer": _("Being transferred"),
        "coach": _("Coach listens"),
        "silent": _("Cannot speak"),
        "key5": _("Pressed 5"),
        "not_alone": _("Not alone"),
        "wants_woman": _("Wishes for a woman"),
        "called_112": _("112 was called"),
        "called_back": _("We called"),
    }.get(code) or desk_channel(code)


def desk_channel(code: str) -> str:
    """How somebody reached us without a call or a text."""
    return {
        "walk_in": _("Came in person"),
        "police": _("Police"),
        "hospital": _("Hospital"),
        "court": _("Court"),
        "school": _("School"),
        "ngo": _("Non-governmental organisation"),
        "kades_followup": _("KADES follow-up"),
        "alo183": "Alo 183",
        "other": _("Another way"),
    }.get(code, code)


def screen_words() -> dict[str, str]:
    """All words the browser's modules speak, in the reader's language. Keys are stable; the page carries them once."""
    words = {
        "live": _("live"),
        "polling": _("polling"),
        "stale": _("stale"),
        "live.help": _("Connected. Changes appear at once."),
        "polling.help": _("No live connection. The board is fetched every 3 seconds."),
        "stale.help": _("No answer from the server. What you see may be old."),
        "d": _("{n} d"),
        "h": _("{n} h"),
        "min": _("{n} min"),
        "s": _("{n} s"),
        "over": _("{t} over"),
        "in": _("in {t}"),
        "late": _("late by {t}"),
        "nth": _("contact no. {n}"),
        "ringing.you": _("Rings for you"),
        "ringing.other": _("Rings for others ({n})"),
        "second": _("A second caller waits"),
        "second.how": _("End your call or hand it over, then you can take her."),
        "second.mine": _("To your call"),
        "owner": _("With {name}"),
        "owner.you": _("With you"),
        "owner.wall": _("Taken"),
        "page": _("Page {code} · step {step} of {steps}"),
        "page.next": _("next step"),
        "woken": _("{n} people woken"),
        "calls": _("{n} calls, the last at {t}"),
        "calls.again": _("may call again"),
        "accepted.by": _("Accepted by {name}"),
        "take": _("Take"),
        "taking": _("Taking…"),
        "won": _("Yours. Opening…"),
        "lost": _("{name} was faster"),
        "not.now": _("Not now"),
        "declined": _("Passed on"),
        "decline.failed": _("Not passed on: no answer from the server. Try again."),
        "accept.failed": _("Not taken: no answer from the server. Try again."),
        "said.new": _("New contact waiting: {level}"),
        "said.danger": _("Danger. A contact of level 1 is waiting."),
        "said.ring": _("A contact rings for you"),
        "said.second": _("A second caller waits: {level}"),
        "said.taken": _("{ref} is taken"),
        "said.order": _("The board is in order again"),
        "said.page": _("A page is open: {code}"),
        "saved": _("Saved {t}"),
        "saving": _("Saving…"),
        "unsaved": _("Not yet saved"),
        "offline": _("Offline: kept on this screen, will be saved"),
        "refused": _("Not saved: see the errors above"),
        "theirs": _("Changed meanwhile: {fields}"),
        "signed.out": _("Your session has ended. Sign in again; what you typed stays here until you leave the page."),
        "segments": _("{chars} characters · {parts} text(s)"),
        "leaves": _("leaves in {t}"),
        "sound.off": _("Sound is off: press to test it"),
        "sound.on": _("Sound tested"),
        "ready": _("Receiving calls"),
        "away": _("Not receiving"),
        "away.phone": _("Not receiving: telephone closed"),
        "presence.failed": _("The server did not hear that. You may not receive calls."),
        "code.wrong": _("That code is not right, or was used already."),
        "key.failed": _("The key did not answer. Try again."),
        "code.wait": _("Too many codes were tried. Wait a little and try again."),
        "duty.ready": _("{ready} of {count} ready"),
        "duty.gap": _("Nobody on duty"),
        "duty.until": _("until {t}"),
        "duty.from": _("from {t}"),
    }
    for number in (1, 2, 3, 4):
        words[f"level.{number}"] = level(number)
        words[f"level.short.{number}"] = level_short(number)
    for code in ("voice", "text"):
        words[f"channel.{code}"] = channel(code)
    words.update({f"lang.{code}": language(code) for code in ("tr", "ku", "ar", "en", "")})
    words.update({f"contact.{code}": contact_state(code) for code in _CONTACT_STATES})
    words.update({f"page.state.{code}": page_state(code) for code in _PAGE_STATES})
    words.update({f"reason.{code}": page_reason(code) for code in _PAGE_REASONS})
    words.update({f"mark.{code}": mark(code) for code in _MARKS})
    words.update({f"role.{code}": role(code) for code in ("operator", "shift_lead", "oncall")})
    words.update({f"due.{code}": due_kind(code) for code in _DUE_KINDS})
    return words


_CONTACT_STATES = (
    "ringing", "ivr", "queued", "offered", "connected", "wrap_up", "closed", "abandoned_in_ivr", "abandoned_in_queue",
    "failed", "silent", "new", "auto_answered", "waiting_staff", "in_conversation", "waiting_person", "idle",
)  # fmt: skip
_DUE_KINDS = (
    "task", "measure", "review", "callback", "call_back", "report_duty", "read_along", "record", "assign",
    "approve", "night_review",
)  # fmt: skip
_MARKS = (
    "hold",
    "transfer",
    "coach",
    "silent",
    "key5",
    "not_alone",
    "wants_woman",
    "called_112",
    "called_back",
    *DESK_CHANNELS,
)
_PAGE_STATES = ("new", "open", "acked", "engaged", "snoozed", "merged", "closed")
_PAGE_REASONS = (
    "operator_request", "call_unanswered", "text_unanswered", "nobody_present", "duress", "check_in", "protection_lost",
    "detention_release", "pager", "due",
)  # fmt: skip


def anchors() -> tuple[tuple[str, str], ...]:
    """What every conversation comes back to (WHO, LIVES): the word, and what may be said. Nothing of it presses her."""
    return (
        (_("Listen"), _("“I am listening. Take your time.” Close, without judging, without hurry.")),
        (_("Ask"), _("“What worries you most now?” What she needs and fears, no more than she wants to tell.")),
        (_("Believe"), _("“I believe you. It is not your fault, and you are not alone.”")),
        (
            _("Make safer"),
            _("“Are you safe now? What could make the next hours safer?” With what she tried herself."),
        ),
        (_("Support"), _("“These doors are open to you. You decide which, and when.” A no is an answer too.")),
    )
