"""One captured signature fits every cut of the same letters: whichever is handed in, who wrote what stays the same."""

from __future__ import annotations

import contextlib
import random
import re
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hotline.form_fields import ShapeError
from hotline.shapes import SmsArrival, sms_arrival, voice_arrival

ACCOUNT, CALL, TEXT, OTHER = "AC" + "0" * 32, "CA" + "1" * 32, "SM" + "2" * 32, "SM" + "9" * 32
SENDER, STRANGER, LINE = "+905321112233", "+905550000000", "+903121112233"
Pairs = list[tuple[str, str]]


def a_text(body: str, sender: str = SENDER, **more: str) -> Pairs:
    """The fields of a text as they are joined."""
    form = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": sender,
        "MessageSid": TEXT,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": TEXT,
        "SmsSid": TEXT,
        "SmsStatus": "received",
        "To": LINE,
        **{f"{end}{place}": "" for end in ("From", "To") for place in ("City", "State", "Zip")},
        "FromCountry": "TR",
        "ToCountry": "TR",
        **more,
    }
    return sorted(form.items())


def joined(pairs: Pairs) -> str:
    return "".join(name + value for name, value in pairs)


def as_form(pairs: Pairs) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def told(arrival: SmsArrival) -> tuple[str, str, str, str]:
    return arrival.message_sid, arrival.sender.value, arrival.recipient.value, arrival.body


def is_signed_alike(pairs: Pairs, honest: Pairs) -> bool:
    return sorted(set(pairs)) == pairs and joined(pairs) == joined(honest)


FORGED_SIDS = f"MessageSid{OTHER}SmsMessageSid{OTHER}SmsSid{OTHER}To{LINE}"
GEOGRAPHY = "FromCityFromCountryTRFromStateFromZip"
START: Pairs = [("AccountSid", ACCOUNT), ("ApiVersion", "2010-04-01")]
END: Pairs = [("To", LINE), ("ToCity", ""), ("ToCountry", "TR"), ("ToState", ""), ("ToZip", "")]
SIDS: Pairs = [("SmsMessageSid", TEXT), ("SmsSid", TEXT), ("SmsStatus", "received")]
REST: Pairs = [("MessageSid", TEXT), ("NumMedia", "0"), ("NumSegments", "1"), *SIDS, *END]
PLACES: Pairs = [("FromCity", ""), ("FromCountry", "TR"), ("FromState", ""), ("FromZip", "")]
FORGERIES: dict[str, tuple[Pairs, Pairs]] = {
    "another person and SID, the real ones swallowed by a field that nobody reads": (
        a_text(f"merhabaFrom{STRANGER}{FORGED_SIDS}Zz"),
        [
            *START,
            ("Body", "merhaba"),
            ("From", STRANGER),
            ("MessageSid", OTHER),
            ("SmsMessageSid", OTHER),
            ("SmsSid", OTHER),
            ("To", LINE),
            ("ZzFrom", SENDER + GEOGRAPHY + joined(REST)),
        ],
    ),
    "the same, cut inside the names of the real ones": (
        a_text(f"merhabaFrom{STRANGER}{FORGED_SIDS}Zz"),
        [
            *START,
            ("Body", "merhaba"),
            ("From", STRANGER),
            ("MessageSid", OTHER),
            ("SmsMessageSid", OTHER),
            ("SmsSid", OTHER),
            ("To", LINE),
            ("ZzFrom", f"{SENDER}{GEOGRAPHY}MessageSi"),
            (f"d{TEXT}NumMedia0NumSegments1SmsMessageSi", ""),
            (f"d{TEXT}SmsSi", ""),
            (f"d{TEXT}SmsStatusreceivedTo", f"{LINE}ToCityToCountryTRToStateToZip"),
        ],
    ),
    "another person, the SIDs left alone": (
        a_text(f"merhabaFrom{STRANGER}Fz"),
        [*START, ("Body", "merhaba"), ("From", STRANGER), ("FzFrom", SENDER + GEOGRAPHY), *REST],
    ),
    "another person, the real name a field that nobody reads": (
        a_text(f"merhabaFrom{STRANGER}", sender="ACME"),
        [*START, ("Body", "merhaba"), ("From", STRANGER), ("FromACME", ""), *PLACES, *REST],
    ),
    "fewer words, the others a field that nobody reads": (
        a_text("gelmeyin Cadde 5"),
        [*START, ("Body", "gelmeyin "), ("Cadde 5", ""), ("From", SENDER), *PLACES, *REST],
    ),
    "fewer words, with a name of the right shape": (
        a_text("gelmeyin Cadde 5"),
        [*START, ("Body", "gelmeyin "), ("Cadde", " 5"), ("From", SENDER), *PLACES, *REST],
    ),
    "fewer words, the first ones in the field before": (
        a_text("gelBodymeyin"),
        [START[0], ("ApiVersion", "2010-04-01Bodygel"), ("Body", "meyin"), ("From", SENDER), *PLACES, *REST],
    ),
    "no words": (
        a_text("gelmeyin"),
        [START[0], ("ApiVersion", "2010-04-01Bodygelmeyin"), ("From", SENDER), *PLACES, *REST],
    ),
    "more words, the sender's name a place": (
        a_text("gelmeyin"),
        [*START, ("Body", f"gelmeyinFrom{SENDER}"), ("From", "City"), *PLACES[1:], *REST],
    ),
    "a shorter name": (
        a_text("gelmeyin", sender="KARGO"),
        [*START, ("Body", "gelmeyin"), ("From", "KAR"), ("GO", GEOGRAPHY), *REST],
    ),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_recut_text_with_the_same_signature_is_refused(kind: str) -> None:
    honest, forged = FORGERIES[kind]
    assert is_signed_alike(forged, honest)
    assert sms_arrival(as_form(honest)).message_sid == TEXT
    with pytest.raises(ShapeError) as caught:
        sms_arrival(as_form(forged))
    assert caught.value.code == "recut"


def test_a_shorter_name_without_any_place_behind_it_is_refused() -> None:
    honest = [pair for pair in a_text("gelmeyin", sender="KARGO") if pair not in PLACES]
    forged = [*START, ("Body", "gelmeyin"), ("From", "KAR"), ("GO", ""), *REST]
    assert is_signed_alike(forged, honest)
    assert sms_arrival(as_form(honest)).sender.value == "KARGO"
    with pytest.raises(ShapeError):
        sms_arrival(as_form(forged))


def test_a_recut_call_is_refused() -> None:
    """The display name of a caller is the one place of a call where a stranger may write."""
    other = "CA" + "9" * 32
    form = {
        "AccountSid": ACCOUNT,
        "CallSid": CALL,
        "CallStatus": "ringing",
        "Called": LINE,
        "Caller": SENDER,
        "CallerName": f"xFrom{STRANGER}To{LINE}Zz",
        "Direction": "inbound",
        "From": SENDER,
        "To": LINE,
    }
    honest = sorted(form.items())
    forged = [
        *honest[:5],
        ("CallerName", "x"),
        ("From", STRANGER),
        ("To", LINE),
        ("ZzDirectioninboundFrom", f"{SENDER}To{LINE}"),
    ]
    assert is_signed_alike(forged, honest)
    assert voice_arrival(as_form(honest)).call_sid == CALL
    with pytest.raises(ShapeError):
        voice_arrival(as_form(forged))
    with pytest.raises(ShapeError):
        voice_arrival(as_form([*honest[:1], ("CallSi", ""), (f"d{CALL}CallSid", other), *honest[2:]]))


#: What a forger may write into a text: whole fields, halves of names, and letters that sort anywhere.
PIECES = st.sampled_from(
    [
        *(
            "Body",
            "From",
            "FromCity",
            "MessageSid",
            "SmsMessageSid",
            "SmsSid",
            "To",
            "NumMedia0",
            "ApiVersion2010-04-01",
        ),
        *(STRANGER, OTHER, LINE, TEXT, SENDER, "ACME", "Zz", "Fz", "Cadde 5", "yardım", "edin ", "A", "z", "d", "+"),
        *("Message", "Sid", "Fr", "om", FORGED_SIDS, f"From{STRANGER}"),
    ]
)
BODIES = st.lists(PIECES, max_size=7).map("".join)
SENDERS = st.sampled_from([SENDER, "KARGO", "ACME", "8850", "Zeki"])


@settings(max_examples=400)
@given(st.data(), BODIES, SENDERS)
def test_moving_boundaries_anywhere_changes_nobodys_words(data: st.DataObject, body: str, sender: str) -> None:
    """Some neighbouring fields are taken together and cut anew, into as many or more or fewer."""
    honest = a_text(body, sender)
    first = data.draw(st.integers(0, len(honest) - 1))
    last = data.draw(st.integers(first + 1, min(first + 3, len(honest))))
    letters = joined(honest[first:last])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(letters)), min_size=1, max_size=7)))
    cuts = cuts if len(cuts) % 2 else cuts[1:]
    edges = [0, *cuts, len(letters)]
    parts = [letters[begin:end] for begin, end in pairwise(edges)]
    check(honest, [*honest[:first], *zip(parts[::2], parts[1::2], strict=True), *honest[last:]])


#: The fields that decide, and how their values look.
DECIDING = {
    "AccountSid": re.compile(r"AC[0-9a-f]{32}"),
    "ApiVersion": re.compile(r"[0-9-]{10}"),
    "Body": None,
    "From": re.compile(r"\+?[0-9]{1,15}|[A-Za-z]{1,11}"),
    "MessageSid": re.compile(r"SM[0-9a-f]{32}"),
    "SmsMessageSid": re.compile(r"SM[0-9a-f]{32}"),
    "SmsSid": re.compile(r"SM[0-9a-f]{32}"),
    "To": re.compile(r"\+[0-9]{1,15}"),
}


class Forger:
    """Cuts signed letters anew from left to right, with names that rise, and prefers names that decide."""

    def __init__(self, letters: str, dice: random.Random) -> None:
        self._letters = letters
        self._dice = dice
        self._deciding = sorted(found.start() for name in DECIDING for found in re.finditer(name, letters))

    def forge(self) -> Pairs:
        pairs: Pairs = []
        at, last = 0, ""
        while at < len(self._letters):
            name = self._name(at, last)
            begin = at + len(name)
            at = self._end(name, begin)
            pairs.append((name, self._letters[begin:at]))
            last = name
        return pairs

    def _name(self, at: int, last: str) -> str:
        """A name that stands here and sorts behind the last one; the end of the value before saw to it that one is."""
        deciding = [name for name in DECIDING if self._letters.startswith(name, at) and name > last]
        if deciding and self._dice.random() < 0.9:
            return deciding[0]
        ends = range(at + 1, min(at + 120, len(self._letters)) + 1)
        return self._dice.choice([name for end in ends if (name := self._letters[at:end]) > last])

    def _end(self, name: str, begin: int) -> int:
        shape = DECIDING.get(name)
        looks = shape.match(self._letters, begin) if shape else None
        ends = [looks.end()] if looks and self._dice.random() < 0.9 else []
        ends = ends or [end for end in (*self._deciding, *(place - 1 for place in self._deciding)) if end >= begin]
        if not looks:
            ends += [min(begin + self._dice.randint(0, far), len(self._letters)) for far in (20, 20, 400)]
        return self._dice.choice([end for end in ends if self._letters[end:] > name] or [len(self._letters)])


def different(body: str, sender: str, tries: int) -> list[Pairs]:
    """Forged forms of one signed text that are taken for another one."""
    honest = a_text(body, sender)
    forger = Forger(joined(honest), random.Random(body + sender))
    found = []
    for _ in range(tries):
        forged = forger.forge()
        assert is_signed_alike(forged, honest)
        with contextlib.suppress(ShapeError):
            if told(sms_arrival(as_form(forged))) != told(sms_arrival(as_form(honest))):
                found.append(forged)
    return found


CHALLENGES = [
    f"merhabaFrom{STRANGER}{FORGED_SIDS}Zz",
    f"merhabaFrom{STRANGER}Fz",
    f"merhabaFrom{STRANGER}",
    "gelBodymeyin Cadde 5",
    "gelmeyin",
]


@pytest.mark.parametrize("sender", [SENDER, "KARGO", "ACME"])
@pytest.mark.parametrize("body", CHALLENGES)
def test_a_forger_who_looks_for_the_deciding_names_finds_nothing(body: str, sender: str) -> None:
    assert different(body, sender, 300) == []


@given(BODIES, SENDERS)
def test_a_forger_finds_nothing_in_any_text(body: str, sender: str) -> None:
    assert different(body, sender, 10) == []


@pytest.mark.parametrize("body", CHALLENGES)
def test_the_forger_is_good_enough_to_beat_a_door_without_these_rules(
    body: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hotline.form_fields.cut_as_signed", lambda _form: True)
    monkeypatch.setattr("hotline.shapes.words_as_signed", lambda _form: True)
    monkeypatch.setattr("hotline.form_fields.PLACES", ())
    assert different(body, SENDER, 3000)


def check(honest: Pairs, forged: Pairs) -> None:
    assume(is_signed_alike(forged, honest))
    try:
        arrival = sms_arrival(as_form(forged))
    except ShapeError:
        return
    assert told(arrival) == told(sms_arrival(as_form(honest)))
