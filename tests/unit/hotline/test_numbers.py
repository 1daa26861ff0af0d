"""What differs from what is wanted, for any state of an account."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline.carriers.account import FIELDS, RemoteNumber
from hotline.numbers import Fallback, plan, wanted_fields
from hotline.paths import CALLBACK_PATIENCE, STEP_PATIENCE, TEXT_PATIENCE
from practice.server import SMS_OVERRIDES, STATUS_OVERRIDES, VOICE_OVERRIDES

URL = "https://koza.example"
VALUES = st.sampled_from(["", "POST", "GET", f"{URL}/twilio/voice", "https://old.example", "AP" + "0" * 32])


@st.composite
def accounts(draw: st.DrawFn) -> list[RemoteNumber]:
    numbers = draw(st.lists(st.integers(0, 9), unique=True, max_size=8))
    return [RemoteNumber(f"PN{n:032}", f"+90312000000{n}", {name: draw(VALUES) for name in FIELDS}) for n in numbers]


OURS = st.lists(st.integers(0, 9).map(lambda n: f"+90312000000{n}"), max_size=8)
FALLBACKS = st.none() | st.builds(Fallback, st.just("https://static.example/x"), st.sampled_from(["GET", "POST"]))


@given(accounts(), OURS, FALLBACKS)
def test_what_is_applied_leaves_no_difference_and_touches_no_stranger(
    account: list[RemoteNumber], ours: list[str], fallback: Fallback | None
) -> None:
    wanted = wanted_fields(URL, fallback)
    found = plan(ours, account, wanted)
    changes = found.by_number()
    after = [RemoteNumber(one.sid, one.number, {**one.fields, **changes.get(one.sid, {})}) for one in account]
    left = plan(ours, after, wanted)
    assert left.differences == ()
    assert (
        left.missing == found.missing == tuple(dict.fromkeys(n for n in ours if n not in {a.number for a in account}))
    )
    assert {one.number for one in found.differences} <= set(ours)
    back = {(one.sid, one.field): one.now for one in found.differences}
    restored = [
        RemoteNumber(one.sid, one.number, {name: back.get((one.sid, name), one.fields[name]) for name in FIELDS})
        for one in after
    ]
    assert restored == account


@given(accounts(), OURS)
def test_only_a_number_whose_every_field_is_as_wanted_fits(account: list[RemoteNumber], ours: list[str]) -> None:
    wanted = wanted_fields(URL)
    good = all(
        any(
            one.number == number and all(one.fields[name] == value for name, value in wanted.items()) for one in account
        )
        for number in ours
    )
    assert plan(ours, account, wanted).fits is good


def test_every_url_carries_the_patience_of_its_kind_as_the_practice_exchange_does() -> None:
    wanted = wanted_fields(URL)
    assert (STEP_PATIENCE, CALLBACK_PATIENCE, TEXT_PATIENCE) == (VOICE_OVERRIDES, STATUS_OVERRIDES, SMS_OVERRIDES)
    assert wanted["voice_url"].endswith(STEP_PATIENCE)
    assert wanted["voice_fallback_url"].endswith(STEP_PATIENCE)
    assert wanted["status_callback"].endswith(CALLBACK_PATIENCE)
    assert wanted["sms_url"].endswith(TEXT_PATIENCE)
    mine = wanted_fields(URL, Fallback("https://static.example/x#rc=1"))
    assert mine["voice_fallback_url"] == "https://static.example/x#rc=1"
