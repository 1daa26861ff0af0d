"""Facts of the telephone edge, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class CallArrived(Fact):
    """A call reached us: the first ring. ``late`` when it entered by replay or reconciler."""

    line_id: UUID
    late: bool


@dataclass(frozen=True)
class TextArrived(Fact):
    """A text reached us. ``first`` opened the contact; ``late`` when it entered by replay or reconciler."""

    line_id: UUID
    message_id: UUID
    first: bool
    late: bool


@dataclass(frozen=True)
class DeskContactOpened(Fact):
    """Somebody came to us without a call or a text, and ``account_id`` wrote it down; she has the contact."""

    line_id: UUID
    channel: str
    account_id: UUID


@dataclass(frozen=True)
class LanguageChosen(Fact):
    """She pressed a language key (tr, en, ar, ku)."""

    language: str


@dataclass(frozen=True)
class DangerSignalled(Fact):
    """She pressed 5: danger, or she cannot speak."""

    source: str


@dataclass(frozen=True)
class CallWaiting(Fact):
    """She stands in the waiting room and is to be offered to people. ``returned``: she had been answered before."""

    returned: bool


@dataclass(frozen=True)
class CallConnected(Fact):
    """She and a member of staff are in the talking room."""

    account_id: UUID | None
    leg_id: UUID


@dataclass(frozen=True)
class CallerAlone(Fact):
    """She has been alone in the talking room for too long and waits again."""

    seconds: int


@dataclass(frozen=True)
class KeyAsked(Fact):
    """She was asked to answer by a key; ``out_id`` is the row that knows the question."""

    out_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class KeyAnswered(Fact):
    """What came of it: key (the row knows which), none, lost (she could not be led to it), over (so is her call)."""

    out_id: UUID
    outcome: str


@dataclass(frozen=True)
class HoldBegan(Fact):
    """She is led out of the talking room to wait."""

    out_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class HoldEnded(Fact):
    """She waits there no more: fetched, asked (she pressed 0), late (nobody fetched her), lost, over."""

    out_id: UUID
    outcome: str


@dataclass(frozen=True)
class GuestCalled(Fact):
    """Somebody is called in to a conversation. ``role``: colleague, interpreter."""

    leg_id: UUID
    account_id: UUID
    role: str


@dataclass(frozen=True)
class GuestJoined(Fact):
    """Who was called in is in the talking room."""

    leg_id: UUID
    account_id: UUID | None
    role: str


@dataclass(frozen=True)
class GuestGone(Fact):
    """Who was called in is not there (any more). ``joined``: was ever in the talking room."""

    leg_id: UUID
    account_id: UUID | None
    role: str
    joined: bool


@dataclass(frozen=True)
class GuestAnnounced(Fact):
    """She was told that an interpreter will join: none or key (not refused), refused, lost (not told), over."""

    out_id: UUID
    outcome: str


@dataclass(frozen=True)
class ListeningAgreed(Fact):
    """She was told by ``account_id`` that a colleague may listen, and agreed."""

    consent_id: UUID
    account_id: UUID


@dataclass(frozen=True)
class ListeningEnded(Fact):
    """What she agreed to about listening holds no longer: withdrawn, danger, marked."""

    agreed_id: UUID
    account_id: UUID | None
    why: str


@dataclass(frozen=True)
class ListenerCalled(Fact):
    """Somebody is rung to listen to a conversation. ``coach``: and to be heard by who has her, and never by her."""

    leg_id: UUID
    account_id: UUID
    coach: bool


@dataclass(frozen=True)
class ListenerJoined(Fact):
    """Whoever was rung to listen hears the conversation from now on."""

    leg_id: UUID
    account_id: UUID | None
    coach: bool


@dataclass(frozen=True)
class ListenerGone(Fact):
    """Whoever was rung to listen does not hear it (any more). ``joined``: ever did."""

    leg_id: UUID
    account_id: UUID | None
    coach: bool
    joined: bool


@dataclass(frozen=True)
class CallHandedOver(Fact):
    """Somebody else in the talking room has her now."""

    account_id: UUID
    before_id: UUID | None


@dataclass(frozen=True)
class CallBackBegan(Fact):
    """Somebody calls her back, for the sake of this contact: first that one's own telephone rings."""

    call_back_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class CallBackLeft(Fact):
    """The gate let it leave: her telephone is called."""

    call_back_id: UUID
    account_id: UUID


@dataclass(frozen=True)
class CallBackAnswered(Fact):
    """Somebody answered on her telephone, and this contact began; ``account_id`` has it. Nobody knows who it is yet."""

    line_id: UUID
    call_back_id: UUID
    account_id: UUID


@dataclass(frozen=True)
class CallBackConfirmed(Fact):
    """Somebody made sure that it is she who answered."""

    account_id: UUID | None


@dataclass(frozen=True)
class CallBackOver(Fact):
    """A call back came to its end; ``outcome`` as the row has it. It is told of the contact for whose sake it was."""

    call_back_id: UUID
    account_id: UUID
    outcome: str


@dataclass(frozen=True)
class CallEnded(Fact):
    """Her call is over. ``answered``: a person had her when it ended; ``how``: wrap_up, abandoned_in_ivr … failed."""

    answered: bool
    how: str


@dataclass(frozen=True)
class DeadlinePassed(Fact):
    """Her call's ceiling passed without a person; the last rung is being played."""

    danger: bool


@dataclass(frozen=True)
class LegAnswered(Fact):
    """A telephone that we rang entered a digit (or, with ``digit`` empty, answered)."""

    leg_id: UUID
    purpose: str
    ref: str
    account_id: UUID | None
    digit: str


@dataclass(frozen=True)
class LegEnded(Fact):
    """A telephone that we rang is gone. ``outcome``: completed, busy, no-answer, failed, canceled, refused."""

    leg_id: UUID
    purpose: str
    ref: str
    account_id: UUID | None
    outcome: str


@dataclass(frozen=True)
class SendEnded(Fact):
    """A send came to its end. ``outcome``: accepted, delivered, failed, expired, cancelled, unknown."""

    send_id: UUID
    medium: str
    owner_kind: str
    owner_ref: str
    epoch: int
    outcome: str
    error_code: int | None


@dataclass(frozen=True)
class NeverDialled(Fact):
    """A call or text was stopped before it left: its number is an emergency or short service number.

    ``account_id``: whose telephone it was written down as; None where it is nobody's.
    """

    send_id: UUID
    owner_kind: str
    owner_ref: str
    account_id: UUID | None


@dataclass(frozen=True)
class StaffReplied(Fact):
    """What a person of ours wrote to her has left. ``answers``: she has written nothing since it was written."""

    message_id: UUID
    account_id: UUID | None
    answers: bool = True


@dataclass(frozen=True)
class ReplyLost(Fact):
    """A text of ours had left and did not arrive; she waits for an answer again."""

    message_id: UUID


@dataclass(frozen=True)
class ContactTaken(Fact):
    """A text's contact has an owner now."""

    account_id: UUID


@dataclass(frozen=True)
class ContactClosed(Fact):
    """A contact was closed by a person."""

    account_id: UUID | None


@dataclass(frozen=True)
class StaffTextArrived(Fact):
    """A text from a number of on-call staff whose whole body may be a page's code. Not a contact."""

    account_id: UUID
    code: str


@dataclass(frozen=True)
class DaysCounted(Fact):
    """The carrier's lists of these days, both included, were compared with what we took in. Of no centre."""

    first: str
    last: str
