"""The rows of one of very many made-up cases: its decisions with measures, notices, approvals, breaches and periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from config.demo_bulk import Bulk
from config.demo_words import words
from core.crypto import keyring_of
from core.i18n import ISTANBUL
from escalation.cases.clock.calendar import Calendar
from escalation.cases.clock.periods import rule_of
from escalation.cases.clock.planning import plan
from escalation.cases.clock.reckoning import Reading, Trigger, reckon_all
from escalation.cases.clock.service import END, REMINDER
from escalation.cases.clock.stored import reading_out, triggers_out
from escalation.cases.register.rules import papers

_KINDS: Final = ("judge", "police_chief", "civil_authority")
_KIND_WEIGHTS: Final = (70, 18, 12)
_ENTRY: Final = {"judge": "court", "civil_authority": "civil", "police_chief": "police_preventive"}
#: Decisions of a case, and days of a decision, with their weights.
_DECISIONS: Final = ((0, 1, 2, 3), (10, 62, 20, 8))
_LENGTHS: Final = ((15, 30, 60, 90, 120, 180), (6, 22, 22, 24, 8, 18))
_CODES: Final = {
    "judge": (
        ("o5_a", "o5_c"),
        ("o5_a", "o5_c", "o5_d", "o5_f"),
        ("o5_a", "o5_b", "o5_c", "o5_d", "c8_6"),
        ("o5_a", "o5_c", "o5_g", "o5_h", "c12"),
        ("p4_ch", "c8_6"),
    ),
    "police_chief": (("o5_a", "o5_b", "o5_c"), ("o5_a", "o5_c")),
    "civil_authority": (("p3_a", "p3_b"), ("p3_a", "p3_c", "p3_ch"), ("p3_d",)),
}
_OPEN_STATES: Final = ("open", "assessment", "planned", "active", "monitoring")


@dataclass(frozen=True, slots=True)
class Office:
    """A centre, who owns its newest cases, and the authorities of its province by kind."""

    centre_id: UUID
    province: str
    owner_id: UUID | None
    authorities: Mapping[str, tuple[UUID, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a case before its dice fall; ``today`` is the database's day in Turkey."""

    number: int
    ref: str
    office: Office
    #: Another centre, for the few who move.
    elsewhere: UUID
    opened: datetime
    today: date


@dataclass(slots=True)
class Periods:
    """Reckonings of the law's clock: decisions of one day with one end have the same."""

    calendar: Calendar
    moment: datetime
    _known: dict[tuple[str, date, date], tuple[Reading, dict[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def of(self, rule: str, decided_on: date, ends: date) -> tuple[Reading, dict[str, Any], dict[str, Any]]:
        """A reading, and it and its triggers as the database keeps them."""
        key = (rule, decided_on, ends)
        if key not in self._known:
            triggers = [Trigger("decision", decided_on, ends)]
            reading = reckon_all(rule_of(rule), triggers, self.calendar)
            self._known[key] = (reading, reading_out(reading), triggers_out(triggers))
        return self._known[key]


def write_case(bulk: Bulk, periods: Periods, measures: Mapping[str, UUID], case: Case) -> None:
    """Collect everything about one case."""
    dice, office, opened = bulk.dice, case.office, case.opened
    case_id, key_id = bulk.id_at(opened), bulk.key()
    age = (case.today - opened.astimezone(ISTANBUL).date()).days
    closed_at = opened + timedelta(days=180) if age > 200 and dice.random() < 0.93 else None
    owner = office.owner_id if age < 60 and closed_at is None else None
    bulk.add(
        "cases_cases",
        id=case_id,
        data_key_id=key_id,
        ref=case.ref,
        centre_id=office.centre_id,
        province_code=office.province,
        owner_id=owner,
        state="closed" if closed_at else dice.choice(_OPEN_STATES),
        level=dice.choices((1, 2, 3, 4), weights=(10, 30, 40, 20))[0],
        confidential=dice.random() < 0.02,
        opened_at=opened,
        closed_at=closed_at,
        closure_reason="safe" if closed_at else None,
        title_sealed=bulk.sealed(key_id, "cases_cases", "title", case_id, dice.choice(words().cases).title),
    )
    bulk.add("cases_events", case_id=case_id, kind="opened", actor_kind="system", params={}, at=opened)
    if owner is not None:
        _grant(bulk, case_id, "staff", owner, "owner", opened)
    if dice.random() < 0.01 and closed_at is None:
        # She moved: the centre where she is now reads it too.
        _grant(bulk, case_id, "unit", case.elsewhere, "referral", opened)
    begins = opened.astimezone(ISTANBUL).date()
    for turn in range(dice.choices(_DECISIONS[0], weights=_DECISIONS[1])[0]):
        decided_on = begins + timedelta(days=dice.randrange(12))
        if decided_on > case.today:
            break
        days = dice.choices(_LENGTHS[0], weights=_LENGTHS[1])[0]
        begins = decided_on + timedelta(days=days)
        _Made(bulk, periods, measures, case, case_id, key_id, turn, decided_on, begins).write()


def _grant(bulk: Bulk, case_id: UUID, kind: str, grantee_id: UUID, reason: str, at: datetime) -> None:
    bulk.add(
        "staff_grants",
        id=bulk.id_at(at),
        subject_kind="case",
        subject_id=case_id,
        grantee_kind=kind,
        grantee_id=grantee_id,
        reason=reason,
        created_at=at,
    )


@dataclass(slots=True)
class _Made:
    """One decision."""

    bulk: Bulk
    periods: Periods
    measures: Mapping[str, UUID]
    case: Case
    case_id: UUID
    key_id: UUID
    #: The first, second or third of its case.
    turn: int
    decided_on: date
    ends: date

    def write(self) -> None:
        """Collect its rows."""
        dice, case, at = self.bulk.dice, self.case, datetime.combine(self.decided_on, time(11), ISTANBUL)
        kind = dice.choices(_KINDS, weights=_KIND_WEIGHTS)[0]
        decision_id, live = self.bulk.id_at(at), self.ends >= case.today
        codes = dice.choice(_CODES[kind])
        authority_id = dice.choice(case.office.authorities[kind])
        extended = dice.random() < 0.12
        paper = case.number * len(_DECISIONS[0]) + self.turn
        docket, number = f"{self.decided_on.year}/{paper % 9000 + 1} D.İş", f"{self.decided_on.year}/{paper + 1}"
        self.bulk.add(
            "cases_decisions",
            id=decision_id,
            data_key_id=self.key_id,
            case_id=self.case_id,
            centre_id=case.office.centre_id,
            authority_id=authority_id,
            authority_kind=kind,
            province_code=case.office.province,
            state=("extended" if extended else "active") if live else "expired",
            entry=_ENTRY[kind],
            decided_on=self.decided_on,
            issued_at=at if kind == "police_chief" else None,
            approver="judge" if kind == "police_chief" else None,
            codes=sorted(codes),
            first_end=self.ends,
            last_end=self.ends,
            ended_on=None if live else self.ends,
            end_reason=None if live else "expired",
            entered_at=at,
            **self._numbers(decision_id, authority_id, docket, number),
            protected_sealed=self._sealed("protected", decision_id, words().many.protected.format(case.number)),
            against_sealed=self._sealed("against", decision_id, words().many.against.format(case.number)),
        )
        for code in codes:
            self._item(decision_id, code, at, live=live)
        self._around(decision_id, kind, at, codes, extended=extended)
        self._clock(decision_id, at, live=live)

    def _sealed(self, column: str, decision_id: UUID, text: str) -> bytes | None:
        return self.bulk.sealed(self.key_id, "cases_decisions", column, decision_id, text)

    def _numbers(self, decision_id: UUID, authority_id: UUID, docket: str, number: str) -> dict[str, Any]:
        ring = keyring_of(self.bulk.session)
        folded = [papers.file_number(docket), papers.file_number(number)]
        return {
            "docket_sealed": self._sealed("docket", decision_id, docket),
            "number_sealed": self._sealed("number", decision_id, number),
            "docket_index": ring.blind_index("register:docket", folded[0]),
            "number_index": ring.blind_index("register:number", folded[1]),
            "paper_index": ring.blind_index("register:paper", "\x1f".join([str(authority_id), *folded])),
        }

    def _item(self, decision_id: UUID, code: str, at: datetime, *, live: bool) -> None:
        self.bulk.add(
            "cases_decision_items",
            id=self.bulk.id_at(at),
            data_key_id=self.key_id,
            decision_id=decision_id,
            code=code,
            measure_id=self.measures[code],
            start_basis="decision",
            length_count=(self.ends - self.decided_on).days,
            length_unit="days",
            begins=self.decided_on,
            ends=self.ends,
            safe_ends=self.ends,
            ended_on=None if live else self.ends,
            end_reason=None if live else "expired",
        )

    def _around(self, decision_id: UUID, kind: str, at: datetime, codes: tuple[str, ...], *, extended: bool) -> None:
        """Its approval, its service of notice, its extension, its breach."""
        bulk, dice, today = self.bulk, self.bulk.dice, self.case.today
        own: dict[str, Any] = {"data_key_id": self.key_id, "decision_id": decision_id}
        if kind == "police_chief":
            answered = at + timedelta(hours=20)
            told = {"submitted_at": at, "answered_at": answered, "learned_at": answered}
            bulk.add("cases_urgent_approvals", id=bulk.id_at(at), state="approved", **own, **told)
        served_on = self.decided_on + timedelta(days=dice.randrange(9))
        if served_on <= today and dice.random() < 0.75:
            row = {"party": "perpetrator", "manner": "served", "served_on": served_on}
            bulk.add("cases_notices", id=bulk.id_at(at), decision_id=decision_id, **row)
        if extended:
            row = {"kind": "extension", "decided_on": self.decided_on, "until": self.ends}
            row["centre_id"] = self.case.office.centre_id
            bulk.add("cases_decision_changes", id=bulk.id_at(at), **own, **row)
        occurred = at + timedelta(days=dice.randrange(1, 10))
        if codes[0].startswith("o5") and dice.random() < 0.07 and occurred.date() < today - timedelta(days=20):
            days, answered_on = dice.randrange(3, 11), occurred.date() + timedelta(days=3)
            bulk.add(
                "cases_breaches",
                id=bulk.id_at(occurred),
                case_id=self.case_id,
                centre_id=self.case.office.centre_id,
                codes=list(codes[:1]),
                state="executed",
                occurred_at=occurred,
                filed_with="prosecutor",
                filed_on=answered_on,
                decided_on=answered_on,
                days=days,
                starts_on=answered_on,
                ends_on=answered_on + timedelta(days=days),
                **own,
            )

    def _clock(self, decision_id: UUID, at: datetime, *, live: bool) -> None:
        for rule in ("measure_expiry", "renewal_window") if live else ("measure_expiry",):
            reading, stored, triggers = self.periods.of(rule, self.decided_on, self.ends)
            driving, ends = reading.driving, reading.driving.ends
            assert ends is not None  # noqa: S101 - a decision with a last day always has an end
            deadline_id = self.bulk.id_at(at)
            self.bulk.add(
                "cases_deadlines",
                id=deadline_id,
                rule=rule,
                subject_kind="measure",
                subject_id=decision_id,
                part=self.ends.isoformat(),
                case_id=self.case_id,
                centre_id=self.case.office.centre_id,
                state="open" if live else "met",
                triggers=triggers,
                basis=driving.basis,
                start_at=driving.start_at,
                legal_day=ends.legal_day,
                legal_at=ends.legal_at,
                unrolled_at=ends.unrolled_at,
                safe_at=ends.safe_at,
                duty_court=driving.duty_court,
                reading=stored,
                facts={},
                opened_at=at,
                closed_at=None if live else ends.legal_at,
                closed_act=None if live else "expired",
            )
            if live:
                self._remind(deadline_id, rule, reading)

    def _remind(self, deadline_id: UUID, rule: str, reading: Reading) -> None:
        """The reminders that lie ahead; the house shall not wake up to thousands that are due."""
        bulk, centre_id, ends = self.bulk, self.case.office.centre_id, reading.driving.ends
        for one in plan(rule_of(rule), reading.driving, self.periods.calendar, since=self.periods.moment):
            if one.at <= self.periods.moment:
                continue
            reminder_id = bulk.id_at(self.periods.moment)
            told = {"key": one.key, "task": one.task, "state": "waiting", "at": one.at, "step": 0}
            bulk.add("cases_reminders", id=reminder_id, deadline_id=deadline_id, **told)
            bulk.add("core_due", kind=REMINDER, subject=str(reminder_id), at=one.at, rank=3, centre_id=centre_id)
        if ends is not None and ends.legal_at > self.periods.moment:
            bulk.add("core_due", kind=END, subject=str(deadline_id), at=ends.legal_at, rank=3, centre_id=centre_id)
