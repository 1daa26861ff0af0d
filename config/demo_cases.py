"""Cases of the past month: opened from contacts, with notes, tasks and the way each has gone so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from config.demo_bulk import Bulk
from config.demo_contacts import Told
from config.demo_words import CaseWords, words
from core.ids import new_reference
from escalation.cases import events
from intake.events import IntakeLinked

#: The way of a case; an older one has come farther, by one step in `_STEP_DAYS`.
_WAY: Final = ("open", "assessment", "planned", "active", "monitoring", "closed")
_STEP_DAYS: Final = 4
_ISTANBUL = ZoneInfo("Europe/Istanbul")
_OPENS, _CLOSES = 9, 17


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is still to be done, to be written as due."""

    task_id: UUID
    centre_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Team:
    """Who works on a centre's cases."""

    owner: UUID
    lawyer: UUID | None


def _at_work(at: datetime) -> datetime:
    """The moment ``at`` or, outside office hours, one in the next morning's first hour."""
    local = at.astimezone(_ISTANBUL)
    if _OPENS <= local.hour < _CLOSES:
        return local
    return (local + timedelta(days=local.hour >= _CLOSES)).replace(hour=_OPENS)


class CaseBook:
    """Writes the cases of one centre; ``open_cases`` and ``open_tasks`` fill with what is still open, oldest first."""

    def __init__(self, bulk: Bulk, team: Team, now: datetime, due: Sequence[datetime]) -> None:
        self._bulk = bulk
        self._team = team
        self._now = now
        #: Moments for the tasks of the first cases that are still open; the others get the days that follow.
        self._due = list(due)
        self.open_tasks: list[OpenTask] = []
        self.open_cases: list[UUID] = []

    def open_case(self, told: Told, case_id: UUID, number: int) -> None:
        """Write one case that was opened at the end of the contact ``told``."""
        bulk, owner, place = self._bulk, self._team.owner, told.place
        opened, key_id = told.ended_at + timedelta(minutes=2), bulk.key()
        book, way = words().cases[number % len(words().cases)], self._way(opened)
        closed_at = self._step_at(opened, len(way) - 1) if way[-1] == "closed" else None
        bulk.add(
            "cases_cases",
            id=case_id,
            data_key_id=key_id,
            ref=new_reference("V"),
            centre_id=place.centre_id,
            province_code=place.province,
            intake_id=told.intake_id,
            contact_id=told.contact_id,
            owner_id=owner,
            state=way[-1],
            level=told.level,
            opened_by=told.answered_by,
            opened_at=opened,
            closed_at=closed_at,
            title_sealed=bulk.sealed(key_id, "cases_cases", "title", case_id, book.title),
            closure_reason="safe" if closed_at is not None else None,
        )
        if closed_at is None:
            self.open_cases.append(case_id)
        bulk.add("cases_case_contacts", contact_id=told.contact_id, case_id=case_id, linked_by=told.answered_by,
                 linked_at=opened)  # fmt: skip
        self._event(case_id, opened, "opened", told.answered_by, intake_id=str(told.intake_id), level=told.level)
        self._event(case_id, opened, "contact_linked", told.answered_by, contact_id=str(told.contact_id))
        bulk.fact(opened, IntakeLinked(told.contact_id, place.centre_id, told.intake_id, case_id))
        made = events.CaseOpened(told.contact_id, place.centre_id, case_id, told.intake_id, told.answered_by)
        bulk.fact(opened, made)
        self._grants(told, case_id, opened)
        self._steps(told, case_id, opened, way)
        self._notes(case_id, key_id, opened, book)
        self._tasks(told, case_id, key_id, opened, book, closed_at)

    def _way(self, opened: datetime) -> tuple[str, ...]:
        """How far a case can have come since it was opened."""
        last = max(step for step in range(len(_WAY)) if self._step_at(opened, step) < self._now)
        return _WAY[: last + 1]

    @staticmethod
    def _step_at(opened: datetime, step: int) -> datetime:
        return _at_work(opened + timedelta(days=_STEP_DAYS * step)) if step else opened

    def _grants(self, told: Told, case_id: UUID, at: datetime) -> None:
        readers = [(self._team.owner, "owner")]
        if self._team.lawyer is not None:
            readers.append((self._team.lawyer, "assigned"))
        for account_id, reason in readers:
            for kind, subject_id in (("case", case_id), ("intake", told.intake_id), ("contact", told.contact_id)):
                self._bulk.add(
                    "staff_grants",
                    id=self._bulk.id_at(at),
                    subject_kind=kind,
                    subject_id=subject_id,
                    grantee_kind="staff",
                    grantee_id=account_id,
                    reason=reason,
                    created_at=at,
                )

    def _steps(self, told: Told, case_id: UUID, opened: datetime, way: tuple[str, ...]) -> None:
        for step, (before, after) in enumerate(pairwise(way), start=1):
            at, reason = self._step_at(opened, step), "safe" if after == "closed" else ""
            told_by = {"before": before, "after": after, "reason": reason, "over_duty": False}
            self._event(case_id, at, "state", self._team.owner, **told_by)
            moved = events.CaseStateChanged(told.contact_id, told.place.centre_id, case_id, before, after, reason)
            self._bulk.fact(at, moved)

    def _notes(self, case_id: UUID, key_id: UUID, opened: datetime, book: CaseWords) -> None:
        owner, lawyer = self._team.owner, self._team.lawyer
        notes = [("team", owner, text) for text in book.notes]
        if lawyer is not None:
            notes.append(("legal", lawyer, words().legal_note))
        for turn, (kind, author_id, text) in enumerate(notes):
            at = _at_work(opened + timedelta(hours=3 + 20 * turn))
            if at > self._now:
                return
            note_id = self._bulk.id_at(at)
            body = self._bulk.sealed(key_id, "cases_notes", "body", note_id, text)
            self._bulk.add("cases_notes", id=note_id, data_key_id=key_id, case_id=case_id, kind=kind,
                           author_id=author_id, body_sealed=body, at=at)  # fmt: skip
            self._event(case_id, at, "note", author_id, note_id=str(note_id), note_kind=kind)

    def _tasks(
        self,
        told: Told,
        case_id: UUID,
        key_id: UUID,
        opened: datetime,
        book: CaseWords,
        closed_at: datetime | None,
    ) -> None:
        """The first task was done on the day after, where that has come; the last is open unless the case is over."""
        for turn, text in enumerate(book.tasks):
            at = _at_work(opened + timedelta(minutes=30 + turn))
            done_at: datetime | None = _at_work(opened + timedelta(days=1 + turn, hours=1))
            last = turn == len(book.tasks) - 1
            if done_at is not None and (done_at > self._now or (last and closed_at is None)):
                done_at = None
            if at > self._now:
                continue
            due_at = done_at + timedelta(hours=5) if done_at is not None else self._next_due()
            self._task(told, case_id, key_id, text, at, due_at, done_at)

    def _next_due(self) -> datetime:
        if self._due:
            return self._due.pop(0)
        later = self._now + timedelta(days=1 + self._bulk.dice.randrange(9))
        return later.replace(minute=0, second=0, microsecond=0)

    def _task(
        self,
        told: Told,
        case_id: UUID,
        key_id: UUID,
        text: str,
        at: datetime,
        due_at: datetime,
        done_at: datetime | None,
    ) -> None:
        bulk, owner = self._bulk, self._team.owner
        task_id = bulk.id_at(at)
        bulk.add(
            "cases_tasks",
            id=task_id,
            data_key_id=key_id,
            case_id=case_id,
            due_at=due_at,
            assignee_id=owner,
            created_by=owner,
            title_sealed=bulk.sealed(key_id, "cases_tasks", "title", task_id, text),
            created_at=at,
            done_at=done_at,
            done_by=owner if done_at is not None else None,
        )
        self._event(case_id, at, "task_added", owner, task_id=str(task_id))
        if done_at is not None:
            self._event(case_id, done_at, "task_finished", owner, task_id=str(task_id))
        else:
            self.open_tasks.append(OpenTask(task_id, told.place.centre_id, due_at))

    def _event(self, case_id: UUID, at: datetime, kind: str, by: UUID | None, **params: Any) -> None:
        self._bulk.add(
            "cases_events",
            case_id=case_id,
            kind=kind,
            actor_kind="staff",
            actor_id=by,
            params=params,
            at=at,
        )
