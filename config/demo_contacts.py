"""One made-up call or conversation by text of the past: everything the rooms would have written about it, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from config.demo_bulk import Bulk
from config.demo_words import WaitingThread, words
from core.ids import new_reference
from hotline import events as line_events
from hotline.service.sending import address_index
from intake import events as intake_events
from routing import events as routing_events

_CEILING = timedelta(seconds=150)
#: How urgent those were who spoke with a person, in percent, and the rule that said so.
_LEVELS: Final = ((1, 6, "with_her_now"), (2, 22, "several"), (3, 40, "one_sign"), (4, 32, "information"))
_VIOLENCE: Final = ("psychological", "verbal", "physical", "economic", "threat", "stalking", "digital")
_RELATIONS: Final = ("spouse", "spouse", "spouse", "ex_spouse", "ex_partner", "partner", "father", "other_kin")
_WANTS: Final = {
    1: (("police",), ("shelter", "police")), 2: (("lawyer",), ("shelter",), ("talk", "lawyer")),
    3: (("talk",), ("lawyer", "information")), 4: (("information",),),
}  # fmt: skip
_INFORMATION: Final = 4
_CLASSES: Final = {1: "emergency", 2: "counselling", 3: "counselling", 4: "information"}
#: What an intake holds only once somebody has asked.
_ASKED: Final = (
    "data_key_id", "safe_to_talk", "caller_role", "contact_class", "province_code", "age_band", "gender",
    "violence_types", "relation", "happened_when", "immediate_danger", "wants", "actions_taken", "summary_sealed",
    "saved_at", "triaged_at", "triaged_by",
)  # fmt: skip
_AGES: Final = ("18-24", "25-34", "25-34", "35-44", "35-44", "45-59", "60+", "unknown")


@dataclass(frozen=True, slots=True)
class Place:
    """One centre of the demonstration: its line, and who answers there."""

    centre_id: UUID
    line_id: UUID
    province: str
    answerers: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Told:
    """What a contact of the past was, for the cases and pages that hang on it."""

    place: Place
    contact_id: UUID
    intake_id: UUID
    channel: str
    level: int
    language: str
    answered_by: UUID | None
    at: datetime
    answered_at: datetime | None
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """How a contact went, before it is written down. ``owner`` is empty where nobody answered."""

    channel: str
    at: datetime
    answered_at: datetime | None
    ended_at: datetime
    owner: UUID | None
    language: str
    level: int
    rule: str
    state: str = "closed"
    #: The case that was opened from it.
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    """A contact that was written, for what hangs on it."""

    contact_id: UUID
    key_id: UUID
    conversation_id: UUID | None
    carrier_sid: str


class Chronicle:
    """Writes contacts down. Numbers begin with +90 555 001: nobody's, and seen at once as practice numbers."""

    def __init__(self, bulk: Bulk, first_number: int) -> None:
        self._bulk = bulk
        self._dice = bulk.dice
        self._number = first_number

    def _address(self) -> str:
        self._number += 1
        return f"+9055500{self._number:05d}"

    def _urgency(self, *, serious: bool) -> tuple[int, str]:
        known = _LEVELS[:-1] if serious else _LEVELS
        level, _, rule = self._dice.choices(known, weights=[share for _, share, _ in known])[0]
        return level, rule

    def call(self, place: Place, at: datetime, language: str, case_id: UUID | None = None) -> Told:
        """A call: four of five speak with a person, most within half a minute. From ``case_id`` on there is a case."""
        dice = self._dice
        roll = dice.random() if case_id is None else 0.0
        waited = min(dice.lognormvariate(2.6, 0.6) + 6, 140)
        if roll < 0.82:
            level, rule = self._urgency(serious=case_id is not None)
            answered = at + timedelta(seconds=waited)
            owner = dice.choice(place.answerers)
            ended = answered + timedelta(seconds=min(60 + dice.expovariate(1 / 420), 3600))
            course = Course("voice", at, answered, ended, owner, language, level, rule, case_id=case_id)
        else:
            how = "abandoned_in_ivr" if roll < 0.9 else "abandoned_in_queue" if roll < 0.98 else "failed"
            ended = at + timedelta(seconds=4 + (waited if how == "abandoned_in_queue" else dice.random() * 12))
            course = Course("voice", at, None, ended, None, language, 2, "before_triage", how)
        opened = self._contact(place, course, None if dice.random() < 0.06 else self._address())
        self._call_row(opened, course)
        self._call_facts(place, opened.contact_id, course)
        return self._told(place, opened.contact_id, course)

    def thread(self, place: Place, at: datetime, language: str, case_id: UUID | None = None) -> Told:
        """A conversation by text, answered and closed. From ``case_id`` on there is a case."""
        level, rule = self._urgency(serious=case_id is not None)
        owner = self._dice.choice(place.answerers)
        answered = at + timedelta(seconds=min(25 + self._dice.expovariate(1 / 60), 900))
        lines = self._dice.choice(words().threads[language])
        times = [at, answered]
        while len(times) < len(lines):
            times.append(times[-1] + timedelta(seconds=40 + self._dice.random() * 200))
        end = times[-1] + timedelta(minutes=5)
        course = Course("sms", at, answered, end, owner, language, level, rule, case_id=case_id)
        opened = self._contact(place, course, self._address(), last_text=times[(len(lines) - 1) // 2 * 2])
        for turn, (text, moment) in enumerate(zip(lines, times, strict=False)):
            self._message(place, opened, moment, text, by=owner if turn % 2 else None, first=turn == 0)
        self._bulk.fact(end, line_events.ContactClosed(opened.contact_id, place.centre_id, owner))
        return self._told(place, opened.contact_id, course)

    def waiting(self, place: Place, now: datetime, thread: WaitingThread) -> UUID:
        """A thread that nobody has taken: offered to whoever becomes ready. The pager's clock does not run for it."""
        moments = [now - timedelta(minutes=thread.minutes, seconds=-40 * turn) for turn in range(len(thread.texts))]
        level, rule = thread.level, "before_triage"
        course = Course("sms", moments[0], None, moments[-1], None, thread.language, level, rule, "waiting_staff")
        opened = self._contact(place, course, self._address(), last_text=moments[-1])
        contact_id = opened.contact_id
        for turn, (text, moment) in enumerate(zip(thread.texts, moments, strict=True)):
            self._message(place, opened, moment, text, by=None, first=turn == 0)
        self._bulk.add(
            "routing_queue",
            contact_id=contact_id,
            centre_id=place.centre_id,
            line_id=place.line_id,
            channel="sms",
            level=thread.level,
            language=thread.language,
            since=moments[0],
            state="waiting",
            exhausted=True,
        )
        self._told(place, contact_id, course)
        return contact_id

    def _contact(
        self,
        place: Place,
        course: Course,
        address: str | None,
        *,
        last_text: datetime | None = None,
    ) -> _Opened:
        bulk = self._bulk
        text = course.channel == "sms"
        contact_id, key_id = bulk.id_at(course.at), bulk.key()
        index = None if address is None else address_index(bulk.session, address)
        conversation_id = self._conversation(place, course.at, address, index) if text else None
        carrier_sid = ("SM" if text else "CA") + bulk.hex(32)
        over = course.state != "waiting_staff"
        bulk.add(
            "hotline_contacts",
            id=contact_id,
            data_key_id=key_id,
            centre_id=place.centre_id,
            line_id=place.line_id,
            conversation_id=conversation_id,
            channel=course.channel,
            carrier_sid=carrier_sid,
            state=course.state,
            language=course.language,
            address_sealed=bulk.sealed(key_id, "hotline_contacts", "address", contact_id, address),
            address_kind="withheld" if address is None else "number",
            address_index=index,
            owner_id=course.owner,
            danger=course.level == 1 and not text and bulk.dice.random() < 0.5,
            received_at=course.at,
            answered_at=course.answered_at,
            last_inbound_at=last_text or course.at,
            ended_at=course.ended_at if over else None,
            ended_by=None if not over else "staff" if text else bulk.dice.choice(("caller", "staff")),
        )
        return _Opened(contact_id, key_id, conversation_id, carrier_sid)

    def _conversation(self, place: Place, at: datetime, address: str | None, index: bytes | None) -> UUID:
        bulk = self._bulk
        conversation_id, key_id = bulk.id_at(at), bulk.key()
        bulk.add(
            "hotline_conversations",
            id=conversation_id,
            data_key_id=key_id,
            line_id=place.line_id,
            address_index=index,
            address_sealed=bulk.sealed(key_id, "hotline_conversations", "address", conversation_id, address),
            created_at=at,
        )
        return conversation_id

    def _call_row(self, opened: _Opened, course: Course) -> None:
        bulk = self._bulk
        waits = course.state != "abandoned_in_ivr"
        bulk.add(
            "hotline_calls",
            id=opened.contact_id,
            carrier_sid=opened.carrier_sid,
            conference=f"c_{bulk.hex(32)}",
            deadline_at=course.at + _CEILING,
            stage="over",
            last_seen_at=course.ended_at,
            waiting_since=course.at + timedelta(seconds=4) if waits else None,
            status="completed",
            ended_at=course.ended_at,
        )

    def _call_facts(self, place: Place, contact_id: UUID, course: Course) -> None:
        tell, centre_id, at = self._bulk.fact, place.centre_id, course.at
        tell(at, line_events.CallArrived(contact_id, centre_id, place.line_id, late=False))
        if course.language != "tr":
            tell(at + timedelta(seconds=2), line_events.LanguageChosen(contact_id, centre_id, course.language))
        if course.state != "abandoned_in_ivr":
            tell(at + timedelta(seconds=4), line_events.CallWaiting(contact_id, centre_id, returned=False))
        if course.owner is not None and course.answered_at is not None:
            waited = round((course.answered_at - at).total_seconds())
            count = len(place.answerers)
            tell(at + timedelta(seconds=5), routing_events.OffersMade(contact_id, centre_id, wave=1, count=count))
            accepted = routing_events.OfferAccepted(
                contact_id,
                centre_id,
                course.owner,
                via="board",
                waited_seconds=max(waited - 4, 1),
            )
            tell(course.answered_at - timedelta(seconds=1), accepted)
            leg_id = self._bulk.id_at(at)
            tell(course.answered_at, line_events.CallConnected(contact_id, centre_id, course.owner, leg_id))
        answered = course.answered_at is not None
        tell(course.ended_at, line_events.CallEnded(contact_id, centre_id, answered=answered, how=course.state))

    def _message(
        self,
        place: Place,
        opened: _Opened,
        at: datetime,
        text: str,
        *,
        by: UUID | None,
        first: bool,
    ) -> None:
        bulk, contact_id, key_id = self._bulk, opened.contact_id, opened.key_id
        message_id = bulk.id_at(at)
        bulk.add(
            "hotline_messages",
            id=message_id,
            data_key_id=key_id,
            conversation_id=opened.conversation_id,
            contact_id=contact_id,
            direction="in" if by is None else "out",
            carrier_sid=opened.carrier_sid if first else "SM" + bulk.hex(32),
            body_sealed=bulk.sealed(key_id, "hotline_messages", "body", message_id, text),
            state="received" if by is None else "delivered",
            author_id=by,
            at=at,
        )
        if by is None:
            bulk.fact(
                at,
                line_events.TextArrived(
                    contact_id,
                    place.centre_id,
                    place.line_id,
                    message_id,
                    first=first,
                    late=False,
                ),
            )
        else:
            bulk.fact(at, line_events.StaffReplied(contact_id, place.centre_id, message_id, by))

    def _told(self, place: Place, contact_id: UUID, course: Course) -> Told:
        """Write the intake: open where she still waits, escalated where a case was opened, else closed."""
        bulk, centre_id = self._bulk, place.centre_id
        intake_id = bulk.id_at(course.at)
        done_at = course.ended_at + timedelta(minutes=4)
        state = "open" if course.state == "waiting_staff" else "closed" if course.case_id is None else "escalated"
        outcome = None if state == "open" else self._outcome(course)
        bulk.add(
            "intake_intakes",
            id=intake_id,
            ref=new_reference("R"),
            centre_id=centre_id,
            contact_id=contact_id,
            level=course.level,
            level_rule=course.rule,
            state=state,
            language=course.language,
            outcome=outcome,
            created_at=course.at,
            closed_at=done_at if state == "closed" else None,
            case_id=course.case_id,
            extra={"channel": course.channel},
            closed_by=course.owner or place.answerers[0] if state == "closed" else None,
            **self._answers(place, intake_id, course),
        )
        bulk.fact(course.at, intake_events.IntakeOpened(contact_id, centre_id, intake_id, level=2))
        if course.owner is not None:
            bulk.fact(
                course.ended_at,
                intake_events.IntakeTriaged(contact_id, centre_id, intake_id, course.level, course.rule, course.owner),
            )
        if state == "closed" and outcome is not None:
            bulk.fact(done_at, intake_events.IntakeClosed(contact_id, centre_id, intake_id, outcome, course.owner))
        return Told(
            place,
            contact_id,
            intake_id,
            course.channel,
            course.level,
            course.language,
            course.owner,
            course.at,
            course.answered_at,
            course.ended_at,
        )

    def _answers(self, place: Place, intake_id: UUID, course: Course) -> dict[str, Any]:
        """What was asked and said; nothing where nobody spoke with her."""
        bulk, dice = self._bulk, self._dice
        if course.owner is None:
            empty = dict.fromkeys(_ASKED)
            return {**empty, "safe_to_talk": "not_asked", "violence_types": [], "wants": [], "actions_taken": []}
        key_id, summary = bulk.key(), dice.choice(words().summaries[course.level])
        violent = course.level < _INFORMATION
        return {
            "data_key_id": key_id,
            "safe_to_talk": "yes",
            "caller_role": dice.choice(("self", "self", "self", "third_party")),
            "contact_class": _CLASSES[course.level],
            "province_code": place.province,
            "age_band": dice.choice(_AGES),
            "gender": "female",
            "violence_types": sorted(dice.sample(_VIOLENCE, k=dice.randint(1, 3))) if violent else [],
            "relation": dice.choice(_RELATIONS) if violent else None,
            "happened_when": dice.choice(("24h", "week", "month", "older")) if violent else None,
            "immediate_danger": "yes" if course.level == 1 else "no",
            "wants": list(dice.choice(_WANTS[course.level])),
            "actions_taken": ["guidance"],
            "summary_sealed": bulk.sealed(key_id, "intake_intakes", "summary", intake_id, summary),
            "saved_at": course.ended_at,
            "triaged_at": course.ended_at,
            "triaged_by": course.owner,
        }

    def _outcome(self, course: Course) -> str:
        if course.case_id is not None:
            return "case_opened"
        if course.owner is None:
            return "dropped"
        if course.level == _INFORMATION:
            return self._dice.choice(("info_only", "info_only", "info_only", "not_service"))
        return self._dice.choice(("referred", "info_only", "referred", "refused", "dropped"))
