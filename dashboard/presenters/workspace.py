"""The operator's workspace: the contact, its thread, the intake form, the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dashboard.presenters.consents import ConsentCard
from dashboard.presenters.forms import Channel, Field, FormError, FormSection, FourEyes, Option, Tone
from dashboard.presenters.informants import InformantCard
from dashboard.presenters.listening import Listening, ReadingAlong
from dashboard.presenters.one_person import OnePersonCard


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTab:
    """One of the contacts I hold, as a tab."""

    id: str
    ref: str
    channel: Channel
    unread: int = 0
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateForm:
    """Page on-call: the reasons that may wake people now, each with its effect in ``note``."""

    reasons: tuple[Option, ...]
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the gate says about writing to her or calling her back now, and which number she will see."""

    allowed: bool
    sentence: str
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackCard:
    """Calling her: what the gate says with the number she will see, how far a call came, or what to say in it.

    ``until``, ``how`` and ``number`` are said before ``may_call`` is used; ``next_at``: when it may be tried again.
    ``goes``: the page of the call that somebody answered. ``unsure``: nobody made sure yet who did; ``other``: it is
    somebody else, and ``cover`` is what to say. ``question`` is the ordinary one that was agreed.
    """

    state: str = ""
    warning: str = ""
    outcome: str = ""
    forbidden: str = ""
    number: str = ""
    until: str = ""
    how: str = ""
    next_at: datetime | None = None
    may_call: bool = False
    may_withdraw: bool = False
    goes: str = ""
    unsure: bool = False
    other: bool = False
    script: tuple[str, ...] = ()
    question: str = ""
    cover: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAnswer:
    """A question and what she answered by key, in words. ``tone`` as of a line of the story."""

    question: str
    answer: str
    at: datetime
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody else in her conversation. ``inside``: in the room, else still rung; ``may_have_her``: no interpreter."""

    leg: str
    name: str
    interpreter: bool
    inside: bool
    may_have_her: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallIn:
    """Whom I may call in. ``women_first``: she has not said that it need not be one; without it all are ``others``."""

    women_first: bool = False
    women: tuple[Option, ...] = ()
    others: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What I can do while my telephone is with her: my voice, and questions that she answers by a key.

    ``muted``: she does not hear me, or will not in a moment; ``settled``: the carrier has done what I wished.
    ``asking``: she is led to where her key is heard, or is there. ``questions`` are ready ones to read out.
    """

    muted: bool
    settled: bool
    asking: bool
    #: She waits outside the room until she is fetched.
    on_hold: bool = False
    #: Whether she is mine: who has her calls in, hands over and lets go, who has not may leave.
    hers: bool = False
    guests: tuple[Guest, ...] = ()
    call_in: CallIn = CallIn()
    #: She pressed 5: no machine tells her of an interpreter.
    untold: bool = False
    #: She may take her own life: she is not handed over and not put on hold.
    stays: bool = False
    answers: tuple[KeyAnswer, ...] = ()
    questions: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOut:
    """One line of what is read out to 112; ``missing``: it is not known, and is asked for first."""

    label: str
    text: str
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCallRow:
    """One call to 112 as it was written down."""

    at: datetime
    by: str
    telephone: str
    reference: str
    outcome: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCard:
    """What to read out to 112, the form for what was done, and the calls so far. ``open``: its form was refused."""

    lines: tuple[ReadOut, ...]
    fields: tuple[Field, ...]
    calls: tuple[EmergencyCallRow, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDutyCard:
    """The duty to report: in a few words where it stands, what was assessed so far, and the form.

    ``waiting``: somebody has to act, and its time runs. ``open``: its form was refused.
    """

    waiting: bool
    sentence: str
    lines: tuple[str, ...]
    fields: tuple[Field, ...]
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPanel:
    """The call or thread at the left of the workspace.

    ``since`` is when this state began, ``heard_at`` her last sign. ``callback`` is what the gate says about calling her
    back while she is on the line, ``call_back`` what can be done about it after. ``refused`` says why the last act was
    not done, ``head`` is how far the reader's streams had come at this reading.
    """

    id: str
    head: int
    ref: str
    channel: Channel
    level: int
    state: str
    language: str
    line: str
    arrived_at: datetime
    heard_at: datetime
    since: datetime
    owner: str = ""
    mine: bool = False
    masked_number: str = ""
    late: int = 0
    marks: tuple[str, ...] = ()
    page_code: str = ""
    page_state: str = ""
    may_accept: bool = False
    may_hang_up: bool = False
    may_escalate: bool = False
    may_transfer: bool = False
    may_replay: bool = False
    may_close: bool = False
    may_unmask: bool = False
    may_mark_silent: bool = False
    unmask_reasons: tuple[Option, ...] = ()
    close_needs: tuple[FormError, ...] = ()
    escalate: EscalateForm | None = None
    callback: Gate | None = None
    call_back: CallBackCard | None = None
    together: Together | None = None
    #: My telephone dropped out of the talk: may (be rung again), closed (a tab must be opened first), rings; or empty.
    rejoin: Literal["", "may", "closed", "rings"] = ""
    reading: ReadingAlong | None = None
    listening: Listening | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a thread. ``direction`` in or out; ``undo_until`` is set while it has not left.

    ``why``: why it did not arrive, and what is left to do.
    """

    id: str
    direction: Literal["in", "out"]
    text: str
    at: datetime
    language: str = ""
    by: str = ""
    state: str = ""
    failed: bool = False
    why: str = ""
    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The messages of a contact and the composer. ``draft`` is what the server kept of an unsent reply."""

    messages: tuple[Message, ...]
    gate: Gate
    draft: str = ""
    may_answer: bool = False
    replies: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredRule:
    """The level and the sentence of the rule that set it; ``by`` when a person set it."""

    level: int
    sentence: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerForm:
    """The form for a less urgent level. Without ``two`` this reader's own word and reason suffice."""

    levels: tuple[Option, ...]
    chosen: str = ""
    reason: str = ""
    error: str = ""
    two: FourEyes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeForm:
    """The intake in the order of a conversation. ``safe`` comes first and stands alone."""

    id: str
    ref: str
    state: str
    safe: FormSection
    sections: tuple[FormSection, ...]
    screening: FormSection
    outcome: FormSection
    fired: FiredRule
    saved_at: datetime | None = None
    version: int = 0
    editable: bool = True
    #: Nothing but the first questions stands there until she was asked whether she can talk.
    locked: bool = False
    may_raise: bool = False
    lower: LowerForm | None = None
    may_triage: bool = False
    may_close: bool = False
    may_reopen: bool = False
    may_open_case: bool = False
    copy_href: str = ""
    case_ref: str = ""
    case_href: str = ""
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierContact:
    """A line of the past: owner's summary, never the content."""

    ref: str
    at: datetime
    channel: Channel
    outcome: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightCard:
    """What who has her on the line reads of her case, until ``until``. ``line`` is the owner's word to the night."""

    ref: str
    protection: str
    protection_tone: Tone
    fired: FiredRule
    until: datetime
    owner: str = ""
    line: str = ""
    line_by: str = ""
    line_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerKind:
    """One kind of caller: ``asked`` is what is said, ``kept`` what the house holds, for the operator alone.

    ``standing``: the record says so. ``mark``: it is taken back by itself, for it is no answer of the form. ``anew``:
    the whole page is drawn again after it.
    """

    code: str
    label: str
    asked: tuple[str, ...]
    kept: tuple[str, ...]
    standing: bool = False
    mark: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPanel:
    """What we may show about the person. Until ``identity_checked`` nothing but the warnings is drawn.

    ``suspected``: whoever speaks may be the other party, and nothing at all is told; nor where somebody else than she
    speaks for another reason (``not_her``). ``also_other``: the number is recorded for the other party too. ``ways``:
    how somebody may have made sure. ``compromised``: somebody else may have her telephone; ``doubted``: who writes did
    not give the agreed answer; ``cleared_reasons`` for who may say that she has it again. ``wrote_danger``: she is not
    asked now who she is.
    """

    known: bool
    identity_checked: bool
    suspected: bool = False
    not_her: bool = False
    also_other: bool = False
    code_word_set: bool = False
    ways: tuple[Option, ...] = ()
    may_check: bool = False
    checked_how: str = ""
    checked_by: str = ""
    checked_at: datetime | None = None
    compromised: bool = False
    doubted: bool = False
    wrote_danger: bool = False
    #: The ordinary question that was agreed with her, for who may ask it now.
    question: str = ""
    cleared_reasons: tuple[Option, ...] = ()
    safe_contact: tuple[tuple[str, str], ...] = ()
    earlier: tuple[EarlierContact, ...] = ()
    open_case_ref: str = ""
    open_case_href: str = ""
    night_card: NightCard | None = None
    #: Earlier contacts of this number were marked as abusive or a prank; ``may_clear``: this reader may end that.
    disturbed: bool = False
    may_clear: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspacePage:
    """One contact with everything an operator needs while she speaks.

    ``kinds`` is who may be calling, with the same words for every contact; ``shown`` are those that the record says.
    """

    contact: ContactPanel
    intake: IntakeForm
    person: PersonPanel
    thread: Thread | None = None
    emergency: EmergencyCard | None = None
    duty: ReportDutyCard | None = None
    consents: ConsentCard | None = None
    one_person: OnePersonCard | None = None
    informant: InformantCard | None = None
    tabs: tuple[ContactTab, ...] = ()
    kinds: tuple[CallerKind, ...] = ()
    shown: tuple[CallerKind, ...] = ()
    errors: tuple[FormError, ...] = ()
