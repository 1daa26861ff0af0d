"""Decisions of the pager: who may be woken, which rung comes next, what a page may become. No clock, no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count, islice
from typing import Final, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

#: The closed list of what may wake a person at night. A new reason is written into one of these two, by a decision.
WakingReason = Literal[
    "operator_request",
    "call_unanswered",
    "text_unanswered",
    "nobody_present",
    "duress",
    "check_in",
    "protection_lost",
    "detention_release",
    "pager",
]
#: What waits for the morning: any other due row.
WaitingReason = Literal["due"]
Reason = Literal[WakingReason, WaitingReason]
WAKING: Final[frozenset[str]] = frozenset(get_args(WakingReason))
#: Everything that may open a page; nothing else does.
REASONS: Final[tuple[str, ...]] = (*get_args(WakingReason), *get_args(WaitingReason))
#: Reasons that end by themselves once a person of ours has spoken with or written to her.
ENDS_WITH_CONTACT: Final[frozenset[str]] = frozenset({"call_unanswered", "text_unanswered", "nobody_present"})
#: Why a person closes a page: it is done, others have it, there is no safe way to reach her, it should not be there.
#: A page about her that is closed for this reason leaves her line on the board for so long: she may call again.
NO_SAFE_WAY: Final = "no_safe_way"
MAY_CALL_AGAIN: Final = timedelta(hours=24)
CLOSE_REASONS: Final[tuple[str, ...]] = ("done", "elsewhere", "no_safe_way", "mistake")
ROLES: Final[tuple[str, ...]] = ("on_call", "lead", "director")
LEVELS: Final[tuple[int, ...]] = (1, 2, 3, 4)

ZONE: Final = ZoneInfo("Europe/Istanbul")
NIGHT_FROM: Final = time(22)
NIGHT_UNTIL: Final = time(7)

#: So many texts of a line have a page each; those after them share one.
TEXTS_ALONE: Final = 3
#: So many of the texts that share a page are in the hands of who accepted it, until she answers some.
IN_HAND: Final = 20

CODE_REST: Final = timedelta(hours=72)
MAX_PIN_TRIES: Final = 3

PageState = Literal["open", "acked", "engaged", "snoozed", "closed", "merged"]
PageAct = Literal["accept", "contact", "lapse", "give_back", "snooze", "wake", "close", "merge"]
#: What each act makes of a page in a state; an act that is not here is refused.
_TRANSITIONS: Final[dict[tuple[str, str], PageState]] = {
    ("open", "accept"): "acked",
    ("snoozed", "accept"): "acked",
    ("acked", "contact"): "engaged",
    ("acked", "lapse"): "open",
    ("acked", "give_back"): "open",
    ("open", "snooze"): "snoozed",
    ("snoozed", "wake"): "open",
    ("open", "close"): "closed",
    ("acked", "close"): "closed",
    ("engaged", "close"): "closed",
    ("snoozed", "close"): "closed",
    ("open", "merge"): "merged",
    ("snoozed", "merge"): "merged",
}
#: Acts after which nothing that was decided before may still go out.
FENCING: Final[frozenset[str]] = frozenset({"accept", "lapse", "give_back", "snooze", "wake", "close", "merge"})

#: A notification only climbs; what was reached, failed or cancelled stays so.
_NOTIFICATION_RANK: Final = {"waiting": 0, "sending": 1, "unknown": 2, "accepted": 2, "delivered": 3}
_NOTIFICATION_ENDS: Final = frozenset({"reached", "failed", "cancelled"})


def after_act(state: str, act: PageAct) -> PageState | None:
    """What ``act`` makes of a page in ``state``; ``None`` when the act is not possible there."""
    return _TRANSITIONS.get((state, act))


def states_before(act: PageAct) -> tuple[str, ...]:
    """The states in which ``act`` is possible."""
    return tuple(state for state, name in _TRANSITIONS if name == act)


def is_night(local: time) -> bool:
    """Whether a local time (Europe/Istanbul) lies in 22:00–07:00; 22:00 is night, 07:00 is day."""
    return local >= NIGHT_FROM or local < NIGHT_UNTIL


def may_wake(reason: str, level: int, local: time) -> bool:
    """Whether a page with this reason may ring somebody at this local time.

    By day everything may. By night only the closed list: an unanswered or level-1 contact, a caller still waiting,
    an operator's request, duress, the check-in timer, a confirmed loss of protection, a release from detention
    today, the pager itself. ``level`` makes no exception: a due row of level 1 is no contact.
    """
    if level not in LEVELS:
        raise ValueError("a level is 1 to 4")
    return not is_night(local) or reason in WAKING


def notify_at(reason: str, level: int, moment: datetime) -> datetime:
    """When a page that is ready at ``moment`` (aware) may notify people: then, or at the next 07:00 in Istanbul."""
    local = moment.astimezone(ZONE)
    if may_wake(reason, level, local.time()):
        return moment
    morning = local.replace(hour=NIGHT_UNTIL.hour, minute=0, second=0, microsecond=0)
    if local.time() >= NIGHT_FROM:
        morning += timedelta(days=1)
    return morning.astimezone(moment.tzinfo)


@dataclass(frozen=True)
class Step:
    """One rung: whom it notifies, and how many seconds it waits for an acceptance before the next."""

    roles: tuple[str, ...]
    delay_s: int
    parallel: bool


@dataclass(frozen=True)
class Ladder:
    """A whole policy. The last resort is not optional: it repeats until a person accepts."""

    slug: str
    steps: tuple[Step, ...]
    last_resort: Step
    loops: int
    contact_within_s: int
    snooze_max_s: int


@dataclass(frozen=True)
class Rung:
    """A place on a ladder. In the last resort ``step`` is the number of steps and ``loop`` counts for ever."""

    step: int
    loop: int
    last_resort: bool


def next_rung(ladder: Ladder, rung: Rung | None) -> Rung:
    """The rung after ``rung``; the first one after ``None``. There is always a next."""
    if rung is None:
        return Rung(0, 0, last_resort=False) if ladder.steps else Rung(0, 0, last_resort=True)
    if rung.last_resort:
        return Rung(rung.step, rung.loop + 1, last_resort=True)
    if rung.step + 1 < len(ladder.steps):
        return Rung(rung.step + 1, rung.loop, last_resort=False)
    if rung.loop + 1 < ladder.loops:
        return Rung(0, rung.loop + 1, last_resort=False)
    return Rung(len(ladder.steps), rung.loop + 1, last_resort=True)


def step_at(ladder: Ladder, rung: Rung) -> Step:
    """What the rung does."""
    return ladder.last_resort if rung.last_resort else ladder.steps[rung.step]


def rungs(ladder: Ladder) -> Iterator[Rung]:
    """All rungs from the first on, without end."""
    rung = next_rung(ladder, None)
    for _ in count():
        yield rung
        rung = next_rung(ladder, rung)


def budget_s(ladder: Ladder) -> int:
    """Seconds from opening to the last resort, if nobody accepts and every rung has people."""
    return ladder.loops * sum(step.delay_s for step in ladder.steps)


def first_rungs(ladder: Ladder, number: int) -> list[Rung]:
    """The first ``number`` rungs."""
    return list(islice(rungs(ladder), number))


@dataclass(frozen=True)
class Point:
    """A telephone of a member, best proven first in its list."""

    id: UUID
    medium: str


def plan(points: Sequence[Point], *, parallel: bool) -> list[tuple[Point, int]]:
    """Which of one member's telephones is used when: 0 at once, higher numbers when all before have failed.

    In parallel her best text and her best voice telephone go together; otherwise the text goes first. A second
    number of the same medium is always kept back, so that two calls never ring at the same person at once.
    """
    best = [next((point for point in points if point.medium == medium), None) for medium in ("sms", "voice")]
    chosen = [point for point in best if point is not None]
    rest = [point for point in points if point not in chosen]
    first = len(chosen) if parallel else 1
    return [(point, 0 if index < first else index - first + 1) for index, point in enumerate([*chosen, *rest])]


def raised(old: str, new: str) -> str:
    """The state of a notification that was ``old`` when ``new`` is reported: it never falls back."""
    if old in _NOTIFICATION_ENDS:
        return "reached" if new == "reached" and old == "failed" else old
    if new in _NOTIFICATION_ENDS:
        return new
    return new if _NOTIFICATION_RANK[new] >= _NOTIFICATION_RANK[old] else old


def code_is_free(code: str, taken: Iterable[tuple[str, datetime | None]], now: datetime) -> bool:
    """Whether a code may be given: no live page has it (closed ``None``) and none had it in the last 72 hours."""
    return all(other != code or (closed is not None and closed + CODE_REST <= now) for other, closed in taken)


def snooze_allowed(level: int, ladder: Ladder, seconds: int) -> bool:
    """Whether a page may be put off by ``seconds``: never on level 1, else within the ladder's limit."""
    return level > 1 and 0 < seconds <= ladder.snooze_max_s


def text_values(code: str, level: int, province: str | None, language: str | None) -> dict[str, str | int]:
    """What a page says on the air: code, level, province, language; nothing else, so that it is one GSM-7 segment.

    00 stands for no province; a caller who chose no language is answered in Turkish.
    """
    return {"code": code, "level": level, "province": province or "00", "language": (language or "tr").upper()}


def worth_telling(number: int) -> bool:
    """Whether who has promised contact is told that ``number`` wait by now: when they have doubled, not for each."""
    return number > 1 and number & (number - 1) == 0


def covers_all(serves: Iterable[tuple[Collection[str], Collection[int]]]) -> set[tuple[str, int]]:
    """The (reason, level) pairs that no ladder, or more than one, serves; empty when the catalogue is whole."""
    seen: dict[tuple[str, int], int] = {(reason, level): 0 for reason in REASONS for level in LEVELS}
    wrong: set[tuple[str, int]] = set()
    for reasons, levels in serves:
        for pair in ((reason, level) for reason in reasons for level in levels):
            if pair not in seen:
                wrong.add(pair)
            else:
                seen[pair] += 1
    return wrong | {pair for pair, number in seen.items() if number != 1}
