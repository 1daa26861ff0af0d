"""What may come together in one run, drawn by its number: callers, staff, telephones, and what goes wrong meanwhile."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, get_args

from hotline.phrases import phrase
from practice.faults import Faults
from practice.phones import Behaviour, Press
from tests.support.world import PIN

#: What stands in the way in a run, for a while or all along.
Weather = Literal[
    "calm",
    "storm",
    "database away",
    "late commits",
    "carrier refuses",
    "carrier silent",
    "carrier away",
    "own exception",
    "reaction fails",
    "killed",
    "statuses lost",
]
WEATHERS: tuple[Weather, ...] = get_args(Weather)
_NONE = Faults()
Duty = Literal["operator", "shift_lead", "oncall"] | None
Presence = Literal["ready", "break", "away", "dies"]
#: What somebody at a screen does at a moment of her own.
Doing = Literal["take", "decline", "hang up", "end", "silent", "voice", "ask", "close", "break", "back", "sign off"]

_ACCEPT = phrase("accept_or_decline", "tr").text
_PIN = phrase("enter_pin", "tr").text[:8]
_VOICE = phrase("ask_voice", "tr").text[:12]
_LEAST_S, _MOST_S = 60.0, 170.0


@dataclass(frozen=True)
class Caller:
    """One woman who calls: what she presses, and how long she stays whatever happens."""

    at: float
    keys: str
    five_at: float | None
    stays: float
    #: A number of her own, none, or that of the caller before.
    shows: Literal["own", "withheld", "same"]
    #: What she answers when she is asked by key, if anything.
    answers: str

    def behaviour(self) -> Behaviour:
        """Her at her telephone."""
        presses = [Press(self.keys, after=1.0 + len(self.keys))] if self.keys else []
        if self.five_at is not None:
            presses.append(Press("5", after=self.five_at))
        presses += [Press(key, after=30.0 + 25.0 * place) for place, key in enumerate(self.answers)]
        return Behaviour(presses=tuple(presses))


@dataclass(frozen=True)
class Act:
    """Somebody of the staff does something at a moment of the run."""

    at: float
    doing: Doing


@dataclass(frozen=True)
class Member:
    """One of the staff."""

    place: int
    duty: Duty
    presence: Presence
    phone: Behaviour
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Trouble:
    """The weather: from when on and how long; what it strikes, where it strikes something."""

    weather: Weather
    at: float = 0.0
    lasts: float = 0.0
    what: str = ""
    faults: Faults = _NONE


@dataclass(frozen=True)
class Run:
    """Everything that is drawn for one run."""

    number: int
    callers: tuple[Caller, ...]
    members: tuple[Member, ...]
    fallback: Behaviour | None
    trouble: Trouble


def _desk(dice: random.Random) -> Behaviour:
    """Whoever answers, says how to be joined where that is asked, and perhaps hangs up some time later."""
    presses = [Press("1", hearing=_ACCEPT, delay=dice.choice((0.5, 2.0, 6.0))), Press(f"{PIN}#", hearing=_PIN)]
    voice = dice.choice(("1", "2", ""))
    if voice:
        presses.append(Press(voice, hearing=_VOICE))
    hangs_up = dice.choice((None, None, None, 3.5, 9.0, 25.0, 60.0))
    return Behaviour(
        "answer", after=dice.choice((1.0, 3.0, 12.0, 22.0)), presses=tuple(presses), hang_up_after=hangs_up
    )


def telephone(dice: random.Random, *, taken: float = 0.5) -> Behaviour:
    """A telephone of staff: with this chance somebody takes the call."""
    if dice.random() < taken:
        return _desk(dice)
    after = dice.choice((1.0, 4.0, 15.0))
    key = dice.choice(("2", "9", "7"))
    return dice.choice(
        (
            Behaviour("machine", after=after),
            Behaviour("busy"),
            Behaviour("decline", after=after),
            Behaviour("no_answer"),
            Behaviour("failed"),
            Behaviour("answer", after=after),
            Behaviour("answer", after=after, hang_up_after=1.0),
            Behaviour("answer", after=after, presses=(Press(key, hearing=_ACCEPT), Press(f"{PIN}#", hearing=_PIN))),
        )
    )


def _caller(dice: random.Random, first: bool) -> Caller:
    keys = dice.choice(("", "1", "1", "2", "3", "4", "4", "5", "5", "0", "15", "9#"))
    return Caller(
        at=0.0 if first else round(dice.uniform(0, 45), 1),
        keys=keys,
        five_at=round(dice.uniform(3, 130), 1) if dice.random() < 0.2 else None,
        stays=round(dice.uniform(2, 60) if dice.random() < 0.55 else dice.uniform(_LEAST_S, _MOST_S), 1),
        shows=dice.choice(("own", "own", "own", "withheld")) if first else dice.choice(("own", "same", "withheld")),
        answers=dice.choice(("", "", "1", "12", "5", "22")),
    )


def _member(dice: random.Random, place: int) -> Member:
    duty: Duty = dice.choice(("operator", "operator", "shift_lead", "oncall", "oncall", None))
    home = duty == "oncall"
    presence: Presence = dice.choice(("away", "away", "break") if home else ("ready", "ready", "break", "away", "dies"))
    doings = [*("take",) * 6, *("decline",) * 2, *get_args(Doing)] if presence != "away" else []
    acts = [Act(round(dice.uniform(6, 150), 1), dice.choice(doings)) for _ in range(dice.randint(0, 4)) if doings]
    return Member(place, duty, presence, telephone(dice), tuple(sorted(acts, key=lambda act: act.at)))


_STORM = Faults(
    duplicate=0.15,
    reorder=0.25,
    lost_callback=0.2,
    delay=0.15,
    callback_first=0.3,
    response_lost=0.1,
    rest_500=0.05,
    rest_503=0.05,
    rest_429=0.1,
    rest_delay=0.1,
    rest_delay_seconds=8.0,
)
#: What of ours raises, where an exception is drawn; of the kinds of fact, what a higher room does about them.
STEPS = ("voice.menu", "voice.wait", "voice.join", "voice.again", "voice.over", "voice.rung", "staff_legs.leg")
FACTS = ("CallArrived", "CallWaiting", "DangerSignalled", "LegAnswered", "LegEnded", "CallConnected", "CallEnded")
#: What a killed process leaves behind: done and not answered, done and an error, not done, or nobody at the door.
KILLED = ("answer lost", "error after", "error", "no connection")
PATHS = ("/twilio/voice?", "/menu/", "/wait/", "/left/", "/join/", "/leg/", "/over/", "/rung", "/status")


def _trouble(dice: random.Random, weather: Weather) -> Trouble:
    at, lasts = round(dice.uniform(0, 90), 1), round(dice.choice((3, 10, 30, 45)) * dice.uniform(0.5, 1), 1)
    if weather == "storm":
        return Trouble(weather, faults=_STORM)
    if weather == "statuses lost":
        return Trouble(weather, faults=Faults(lost_callback=1.0))
    if weather == "carrier refuses":
        return Trouble(weather, at, lasts, faults=dice.choice((Faults(rest_500=1.0), Faults(rest_429=1.0))))
    if weather == "carrier silent":
        return Trouble(weather, at, lasts, faults=Faults(response_lost=1.0))
    if weather == "own exception":
        return Trouble(weather, at, lasts, dice.choice(STEPS))
    if weather == "reaction fails":
        return Trouble(weather, at, lasts, dice.choice(FACTS))
    if weather == "killed":
        # The carrier asks again twice and then our fallback: a process is there again by then.
        return Trouble(weather, at, 1.0, f"{dice.choice(KILLED)} at {dice.choice(PATHS)}")
    return Trouble(weather, at, lasts)


def draw(number: int) -> Run:
    """The run of this number: the same one each time."""
    dice = random.Random(f"run {number}")
    callers = [_caller(dice, first=place == 0) for place in range(dice.choice((1, 1, 1, 1, 1, 1, 1, 2, 2, 3)))]
    members = [_member(dice, place) for place in range(dice.choice((0, 1, 1, 2, 2, 3)))]
    fallback = telephone(dice, taken=0.4) if dice.random() < 0.5 else None
    # Half the weathers are fair: most of what goes wrong, people do.
    weather = WEATHERS[number % (2 * len(WEATHERS))] if number % (2 * len(WEATHERS)) < len(WEATHERS) else "calm"
    return Run(number, tuple(callers), tuple(members), fallback, _trouble(dice, weather))


__all__ = ["FACTS", "STEPS", "WEATHERS", "Act", "Caller", "Member", "Run", "Trouble", "Weather", "draw"]
