"""Where the carrier asks next, and how patiently: our own routes as they stand in TwiML and in requests to it.

A URL's fragment is read by the carrier alone: it is neither sent nor signed. Without it one connection is tried again
and nothing else; a caller whose request met a process that was starting would be told of an error and cut off.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

ROOT: Final = "/twilio/voice"
#: Where the carrier goes when a step of a call failed.
FALLBACK: Final = f"{ROOT}/fallback"
STATUS: Final = f"{ROOT}/status"
TEXTS: Final = "/twilio/sms"
TEXT_STATUS: Final = f"{TEXTS}/status"
#: Where the channels beside the carrier bring texts and reports; the channel's name follows.
CHANNELS: Final = "/channels"
#: Everything below these is asked by carriers alone, who prove themselves in each request.
OF_CARRIERS: Final = ("/twilio/", f"{CHANNELS}/")
#: What an installation asks itself, signed as the carrier signs: whether the carrier's requests come through.
PING: Final = "/twilio/ping"
#: The steps of her call, each addressed by her contact.
CONTACT_STEPS: Final = frozenset({"menu", "wait", "left", "join", "again", "over", "rung", "rung-over", "apart"})
#: Routes of the safe answer: they read no row, so they work when the database does not.
SAFE_SCREEN: Final = f"{ROOT}/safe/screen"
SAFE_SCREENED: Final = f"{ROOT}/safe/screened"
SAFE_AFTER: Final = f"{ROOT}/safe/after"
#: In every URL of a call in which 5 was pressed: nothing is said any more, and the danger is signalled if it was not.
QUIET_PARAMETER: Final = "q"
#: How often a step was answered without a database; the answer comes to an end.
ROUND_PARAMETER: Final = "n"
#: The carrier could not have a sound: what this call hears next is read.
SPOKEN_PARAMETER: Final = "s"
#: In the URL of what comes after the duty telephones: the contact, where the call has one already.
CONTACT_PARAMETER: Final = "c"
#: A key whose request was lost or could not be decided: a language, or what staff chose; never a PIN.
KEY_PARAMETER: Final = "k"
#: In the URL of a step outside the talking room: which time of being led out it is, and the way back without a row.
OUT_PARAMETER: Final = "o"
ROOM_PARAMETER: Final = "r"
#: Accept, decline, duress.
STAFF_KEYS: Final = frozenset({"1", "2", "9"})
#: How long the carrier waits for the answer to a step of a call before it asks again.
READ_TIMEOUT_S: Final = 4
#: For whatever a telephone waits for: soon, and again after no connection, no answer or an error of ours. So every
#: step may arrive twice.
STEP_PATIENCE: Final = f"#ct=2000&rt={READ_TIMEOUT_S * 1000}&rc=5&rp=ct,rt,5xx&tt=14000"
#: For what nobody waits for. The carrier gives a request fifteen seconds with all its repetitions: a lost answer must
#: be missed early enough for another try.
CALLBACK_PATIENCE: Final = "#ct=2000&rt=4000&rc=5&rp=all"
#: For a text that came in: nobody waits, and the carrier gives it up when we do not take it.
TEXT_PATIENCE: Final = "#ct=2000&rt=8000&rc=3&rp=all"


def with_query(url: str, **values: str) -> str:
    """The URL with more in its query, before its fragment; empty values are left out."""
    bare, hash_, fragment = url.partition("#")
    query = urlencode({name: value for name, value in values.items() if value})
    if not query:
        return url
    return f"{bare}{'&' if '?' in bare else '?'}{query}{hash_}{fragment}"


def remembered(*, quiet: bool = False, round_: int = 0) -> dict[str, str]:
    """What a URL of a call remembers when no row can be read: that she pressed 5, and how often it came round here."""
    return {QUIET_PARAMETER: "1" if quiet else "", ROUND_PARAMETER: str(round_ or "")}


def safe_screen(*, quiet: bool) -> str:
    """What a duty telephone is asked before it is connected. No row is read there, so the URL says that she pressed 5.

    It cannot change while they ring: her carrier hears no key then.
    """
    return with_query(SAFE_SCREEN, **remembered(quiet=quiet))


def channel_texts(channel: str) -> str:
    """Where a channel brings texts."""
    return f"{CHANNELS}/{channel}/text"


def channel_reports(channel: str) -> str:
    """Where a channel reports what became of ours."""
    return f"{CHANNELS}/{channel}/report"


def of_contact(name: str, contact_id: UUID, *, quiet: bool = False, round_: int = 0) -> str:
    """A step of her call."""
    return with_query(f"{ROOT}/{name}/{contact_id}", **remembered(quiet=quiet, round_=round_))


def apart(contact_id: UUID, out_id: UUID, room: str, *, quiet: bool = False) -> str:
    """Where her call is while she is led out of the talking room `room`, whose name is opaque."""
    return with_query(
        of_contact("apart", contact_id, quiet=quiet), **{OUT_PARAMETER: str(out_id), ROOM_PARAMETER: room}
    )


def of_her_leg(leg_id: UUID) -> str:
    """The one step of her own telephone, where we called it; what follows are steps of her call."""
    return f"{ROOT}/called/{leg_id}"


def of_leg(leg_id: UUID, number: int, *, round_: int = 0, key: str = "") -> str:
    """A step of a telephone of staff."""
    query = {KEY_PARAMETER: key if key in STAFF_KEYS else ""}
    return with_query(f"{ROOT}/leg/{leg_id}/{number}", **query, **remembered(round_=round_))
