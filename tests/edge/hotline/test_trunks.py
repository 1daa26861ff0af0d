"""A line that a carrier of one's own brings by SIP: whose number it is, and where its calls leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import Ground
from core.ids import new_id
from core.settings import SettingsError
from core.unit_of_work import run, unit_of_work
from hotline import service as hotline
from hotline.models import Contact, Leg, Quarantined
from practice.config import NumberConfig
from practice.phones import Behaviour
from tests.edge.journeys.calling import PICKS_UP, Calling
from tests.edge.journeys.test_call_back import Her
from tests.support.house import forget, make_ground
from tests.support.line import Line, fresh_number, line_number, new_line
from tests.support.story import ACTOR, WAITS, contact, no_database, telephone, with_fallback, with_roster, words
from tests.support.world import World, world_of

DOMAIN = "koza-tests.sip.carrier.example"
FILE = """
trunks:
  - name: Deneme
    domain: {domain}
    caller: {caller}
    target: sip:{{number}}@sbc.carrier.example;transport=tls
    lines:
      - number: "{number}"
        caller_id: "{shown}"
"""


def ground_with(
    environment: dict[str, str], folder: Path, number: str, *, caller: str = "From", shown: str = "+902120000000"
) -> Ground:
    """The house with a trunk that brings the line `number`."""
    file = folder / "trunks.yaml"
    file.write_text(FILE.format(domain=DOMAIN, caller=caller, number=number, shown=shown), encoding="utf-8")
    lines = f"{environment['HOTLINE_NUMBERS']},{number}"
    return make_ground({**environment, "SIP_TRUNKS_FILE": str(file), "HOTLINE_NUMBERS": lines})


@pytest.fixture(params=["From"])
def trunk(request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path) -> Iterator[Line]:
    """A line that a trunk brings; the parameter is where it tells the caller's number."""
    number = line_number()
    ground = ground_with(environment, tmp_path, number, caller=request.param)
    yield new_line(ground, tmp_path / "journal", number=number)
    forget(ground)
    ground.engine.dispose()


@pytest.fixture
def brought(trunk: Line) -> Iterator[World]:
    """The whole house behind it."""
    with world_of(trunk, trunk.ground) as made:
        yield made


by_header = pytest.mark.parametrize("trunk", ["P-Asserted-Identity"], indirect=True)


def at(number: str, host: str = "sbc.carrier.example") -> str:
    return f"sip:{number}@{host}"


def arrive(line: Line, caller: str, *, domain: str = DOMAIN, host: str = DOMAIN, **extra: str) -> Contact | None:
    """A first ring as the trunk brings it; the contact it became, None where it was set aside."""
    to = f"{at(line.number, host)};user=phone"
    more = {"To": to, "Called": to, "SipDomain": domain, **extra}
    sid, answer = line.ring(caller, **more)
    assert answer.status_code == 200, answer.text
    found = contact_of(line, sid)
    if found is None:
        with unit_of_work(line.ground) as session:
            session.scalars(select(Quarantined).where(Quarantined.key == sid)).one()
    return found


def contact_of(line: Line, sid: str) -> Contact | None:
    """The contact of a call, opened."""
    with unit_of_work(line.ground) as session:
        found = session.scalars(select(Contact).where(Contact.carrier_sid == sid)).one_or_none()
        assert found is None or (found.address is None) is (found.address_kind == "withheld")
    return found


def number_of(world: World, sid: str) -> str | None:
    """The number that the house knows of a caller."""
    found = contact_of(world.line, sid)
    return None if found is None or found.address_kind != "number" else found.address


def test_the_same_woman_is_one_number_by_telephone_network_and_by_trunk(trunk: Line) -> None:
    her = fresh_number()
    sid, _ = trunk.ring(her)
    plain = contact_of(trunk, sid)
    assert plain is not None
    spelt = (her, her.removeprefix("+"), f"0{her[3:]}", f"00{her[1:]}", her[3:], f"%2B{her[1:]}", f"{her};npdi=yes")
    for times, spelling in enumerate(spelt, start=1):
        found = arrive(trunk, at(spelling))
        assert found is not None, spelling
        assert (found.address_kind, found.address, found.repeat) == ("number", her, times), spelling
        assert (found.address_index, found.line_id) == (plain.address_index, trunk.line_id)


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("evil.example", "evil.example"),
        ("evil.example", DOMAIN),
        (DOMAIN, "evil.example"),
        ("", DOMAIN),
        (f"{DOMAIN}.evil.example", f"{DOMAIN}.evil.example"),
    ],
)
def test_a_foreign_domain_reaches_no_line_and_is_nobodys_number(trunk: Line, domain: str, host: str) -> None:
    assert arrive(trunk, at(fresh_number()), domain=domain, host=host) is None


def test_whoever_calls_an_ordinary_number_by_sip_is_nobodys_number(trunk: Line) -> None:
    for domain in ("evil.example", DOMAIN):
        sid, _ = trunk.ring(at(fresh_number()), SipDomain=domain)
        found = contact_of(trunk, sid)
        assert found is not None
        assert (found.address_kind, found.address_index) == ("sip", None)


def test_a_number_that_is_no_line_of_the_trunk_is_set_aside(trunk: Line) -> None:
    other = f"{at(line_number(), DOMAIN)}"
    assert arrive(trunk, at(fresh_number()), To=other, Called=other) is None


@pytest.mark.parametrize(
    ("caller", "extra"),
    [
        ("sip:anonymous@anonymous.invalid", {}),
        ("sip:Anonymous@sbc.carrier.example", {}),
        ("sip:905320000001@anonymous.invalid", {}),
        ("sip:+266696687@sbc.carrier.example", {}),
        (None, {"SipHeader_Privacy": "id"}),
        (None, {"SipHeader_privacy": "id;critical"}),
    ],
)
def test_who_shows_no_number_is_withheld(trunk: Line, caller: str | None, extra: dict[str, str]) -> None:
    found = arrive(trunk, caller or at(fresh_number()), **extra)
    assert found is not None
    assert (found.address_kind, found.address, found.address_index) == ("withheld", None, None)


@pytest.mark.parametrize("user", ["santral", "17x", "client%3Aop_17", "op_17"])
def test_a_user_that_is_no_number_stays_an_address(trunk: Line, user: str) -> None:
    found = arrive(trunk, at(user))
    assert found is not None
    assert (found.address_kind, found.address_index) == ("sip", None)


@by_header
def test_the_number_is_taken_from_the_header_of_the_network_and_not_from_what_she_calls_herself(trunk: Line) -> None:
    her, other = fresh_number(), fresh_number()
    header = f'"<{at(other)}>" <{at(her)};user=phone>, <tel:{other}>'
    found = arrive(trunk, at(other), **{"SipHeader_P-Asserted-Identity": header})
    assert found is not None
    assert found.address == her
    lower = arrive(trunk, at(other), **{"SipHeader_p-asserted-identity": f"tel:{her}"})
    assert lower is not None
    assert lower.address == her


@by_header
def test_without_the_header_and_with_a_withheld_from_she_is_withheld(trunk: Line) -> None:
    alone = arrive(trunk, at(fresh_number()))
    hidden = arrive(
        trunk, "sip:anonymous@anonymous.invalid", **{"SipHeader_P-Asserted-Identity": f"<{at(fresh_number())}>"}
    )
    private = arrive(
        trunk,
        at(fresh_number()),
        **{"SipHeader_P-Asserted-Identity": f"<{at(fresh_number())}>;party=calling;privacy=full"},
    )
    assert [one.address_kind for one in (alone, hidden, private) if one] == ["withheld"] * 3


def test_a_caller_of_the_trunk_reaches_an_operator_whose_telephone_rings_by_it(brought: World) -> None:
    her, desk = fresh_number(), telephone(brought, Behaviour())
    brought.exchange.set_behaviour(f"{at(desk)};transport=tls", Behaviour("desk"))
    call = brought.exchange.call(at(her), at(brought.line.number, DOMAIN), WAITS)
    brought.pass_time(5)
    contact_id = contact(brought, call.sid).id
    assert number_of(brought, call.sid) == her
    brought.do(lambda session: hotline.connect(session, ACTOR, contact_id, new_id(), desk, str(new_id())))
    brought.until(lambda: contact(brought, call.sid).state == "connected")
    (leg,) = [one for one in brought.exchange.calls.values() if one.direction == "outbound-api"]
    assert (leg.to, leg.from_) == (f"{at(desk)};transport=tls", "+902120000000")
    brought.pass_time(5)
    assert brought.exchange.speak(call.sid, "alo") == [leg.sid]
    assert brought.exchange.speak(leg.sid, "buyurun") == [call.sid]


def test_she_is_called_back_by_the_trunk_with_the_number_of_the_line(
    brought: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, numbers = brought.exchange.set_behaviour, brought.exchange.ground
    numbers.add_number(NumberConfig(number=brought.line.number, voice_url=numbers.sip_domains[DOMAIN].voice_url))

    def both(address: str, behaviour: Behaviour) -> None:
        plain(address, behaviour)
        plain(f"{at(address)};transport=tls", behaviour)

    monkeypatch.setattr(brought.exchange, "set_behaviour", both)
    calling = Calling(Her(brought))
    calling.she(PICKS_UP)
    calling.press()
    calling.until("answered")
    hers, desk = f"{at(calling.her.number)};transport=tls", f"{at(calling.her.operator.phone)};transport=tls"
    legs = [one for one in brought.exchange.calls.values() if one.direction == "outbound-api"][-2:]
    assert [(leg.to, leg.from_) for leg in legs] == [(desk, "+902120000000"), (hers, "+902120000000")]
    brought.pass_time(3)
    assert brought.exchange.speak(legs[1].sid, "alo") == [legs[0].sid]


def test_the_fallback_telephone_is_rung_by_the_trunk(brought: World) -> None:
    fallback = with_fallback(brought, Behaviour())
    brought.exchange.set_behaviour(f"{at(fallback)};transport=tls", Behaviour("desk"))
    call = brought.exchange.call(at(fresh_number()), at(brought.line.number, DOMAIN), WAITS)
    brought.pass_time(150)
    (leg,) = [one for one in brought.exchange.calls.values() if one.direction == "outbound-dial"]
    assert (leg.to, leg.from_) == (f"{at(fallback)};transport=tls", "+902120000000")
    assert brought.exchange.speak(call.sid, "alo") == [leg.sid]


def test_without_a_database_the_duty_telephone_is_rung_by_the_trunk(brought: World) -> None:
    duty = with_roster(brought, Behaviour())
    brought.exchange.set_behaviour(f"{at(duty)};transport=tls", Behaviour("desk"))
    with no_database(brought):
        call = brought.exchange.call(at(fresh_number()), at(brought.line.number, DOMAIN))
        brought.pass_time(30)
        (leg,) = [one for one in brought.exchange.calls.values() if one.parent_sid == call.sid]
        assert (leg.to, leg.from_) == (f"{at(duty)};transport=tls", "+902120000000")


@pytest.mark.parametrize("never", ["112", "+90183", "+903125"])
def test_no_emergency_number_leaves_by_the_trunk(brought: World, never: str) -> None:
    with_fallback(brought, Behaviour())
    with brought.ground.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE staff_lines SET fallback_number = %s WHERE id = %s", (never, brought.line.line_id)
        )
    call = brought.exchange.call(at(fresh_number()), at(brought.line.number, DOMAIN), WAITS)
    brought.pass_time(5)
    contact_id = contact(brought, call.sid).id
    leg_id = brought.do(lambda session: hotline.connect(session, ACTOR, contact_id, new_id(), never, str(new_id())))
    brought.pass_time(200)
    assert [one.to for one in brought.exchange.calls.values() if one.sid != call.sid] == []
    assert run(brought.ground, lambda session: session.get_one(Leg, leg_id)).ended_at is not None
    assert "112" in words(brought, call.from_)


def test_a_call_that_never_reached_us_comes_in_as_a_number_from_the_carriers_list(brought: World) -> None:
    her = fresh_number()
    brought.reconciling = True
    brought.exchange.ground.sip_domains[DOMAIN].voice_url = "https://nowhere.example/voice"
    brought.exchange.ground.sip_domains[DOMAIN].voice_fallback_url = ""
    call = brought.exchange.call(at(her), at(brought.line.number, DOMAIN))
    brought.pass_time(150)
    found = contact(brought, call.sid)
    assert (number_of(brought, call.sid), found.line_id) == (her, brought.line.line_id)
    assert found.late_seconds is not None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("{number}@", "{numbr}@"), "target"),
        (("caller:", "calller:"), "calller"),
        (("sip:{number}@sbc.carrier.example", "https://sbc.carrier.example/{number}"), "target"),
        ((f"domain: {DOMAIN}", "domain: sip:somewhere"), "domain"),
        (('caller_id: "+90', 'caller_id: "90'), "caller_id"),
    ],
)
def test_a_wrong_file_stops_the_start_and_names_the_key(
    environment: dict[str, str], tmp_path: Path, change: tuple[str, str], why: str
) -> None:
    file = tmp_path / "trunks.yaml"
    text = FILE.format(domain=DOMAIN, caller="From", number=line_number(), shown="+902120000000")
    assert change[0] in text
    file.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        make_ground({**environment, "SIP_TRUNKS_FILE": str(file)})
    assert any("SIP_TRUNKS_FILE" in one and why in one for one in raised.value.problems)


def test_a_line_of_a_trunk_must_be_a_line_of_the_hotline(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "trunks.yaml"
    file.write_text(
        FILE.format(domain=DOMAIN, caller="From", number=line_number(), shown="+902120000000"), encoding="utf-8"
    )
    with pytest.raises(SettingsError) as raised:
        make_ground({**environment, "SIP_TRUNKS_FILE": str(file)})
    (problem,) = raised.value.problems
    assert "SIP_TRUNKS_FILE" in problem
    assert "HOTLINE_NUMBERS" in problem
