"""What a SIP trunk tells becomes numbers; what anybody else writes does not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.phones import is_never_dial, never_dial, parse_address
from core.trunks import Trunk, TrunkLine, addresses, leaving
from hotline.form_fields import ShapeError
from hotline.trunks import called_number, listed, on_trunk

LINE, SHOWN, HER = "+908500000001", "+902120000000", "+905320000001"
DOMAIN, OTHER = "koza.sip.carrier.example", "evil.example"
TRUNK = Trunk(
    name="Deneme",
    domain=DOMAIN,
    target="sip:{number}@sbc.example;transport=tls",
    lines=(TrunkLine(number=LINE, caller_id=SHOWN),),
)
BY_DIVERSION = TRUNK.model_copy(update={"called": "Diversion"})
hosts = st.sampled_from(
    [DOMAIN, DOMAIN.upper(), OTHER, f"{DOMAIN}.{OTHER}", f"{OTHER}/{DOMAIN}", "", f"{OTHER};{DOMAIN}"]
)
users = st.one_of(
    st.sampled_from([HER, LINE, "anonymous", "", "112", "05320000001", "%2B905320000001", f"{HER};x={LINE}"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)


def form(caller: str, called: str, **more: str) -> dict[str, list[str]]:
    fields = {"From": caller, "Caller": caller, "To": called, "Called": called, **more}
    return {name: [value] for name, value in fields.items()}


@given(users, hosts, users, hosts, hosts)
def test_only_what_the_domain_took_is_read_as_numbers(
    caller: str, caller_host: str, called: str, called_host: str, domain: str
) -> None:
    given_form = form(f"sip:{caller}@{caller_host}", f"sip:{called}@{called_host}", SipDomain=domain)
    try:
        read = on_trunk([TRUNK], given_form)
    except ShapeError:
        return
    if domain.lower() != DOMAIN or called_host.lower() != DOMAIN:
        assert read is given_form
    if read is given_form:
        return
    assert read["To"] == read["Called"] == [LINE]
    assert read["From"] == read["Caller"]
    assert read["From"] == given_form["From"] or parse_address(read["From"][0]).kind in {
        "number",
        "short_code",
        "withheld",
    }


def test_the_line_may_stand_in_a_header() -> None:
    arrived = form(f"sip:{HER}@sbc.example", f"sip:pilot@{DOMAIN}", SipDomain=DOMAIN)
    diverted = {**arrived, "SipHeader_Diversion": [f"<sip:{LINE}@sbc.example>;reason=unconditional"]}
    assert on_trunk([BY_DIVERSION], arrived) is arrived
    assert on_trunk([BY_DIVERSION], diverted)["To"] == [LINE]
    assert on_trunk([TRUNK], diverted) is diverted


def test_a_list_of_the_carrier_names_the_line_by_the_domain_alone() -> None:
    assert called_number([TRUNK], f"sip:{LINE}@{DOMAIN};user=phone") == LINE
    assert called_number([TRUNK], LINE) == LINE
    assert called_number([TRUNK], f"sip:{LINE}@{OTHER}") == f"{LINE}@{OTHER}"
    assert called_number([BY_DIVERSION], f"sip:{LINE}@{DOMAIN}") == f"{LINE}@{DOMAIN}"


def test_an_entry_of_the_list_without_a_shape_keeps_no_other_from_coming_in() -> None:
    odd = form(f"sip:{HER}@sbc.example\x01", f"sip:{LINE}@{DOMAIN}")
    assert listed([TRUNK], odd) is odd
    assert listed([TRUNK], form(HER, f"sip:{LINE}@{DOMAIN}"))["To"] == [LINE]


def test_only_calls_of_its_lines_leave_by_a_trunk() -> None:
    assert leaving([TRUNK], LINE, (HER, "client:op_1")) == (
        (f"sip:{HER}@sbc.example;transport=tls", "client:op_1"),
        SHOWN,
    )
    assert leaving([TRUNK], SHOWN, (HER,)) == ((HER,), SHOWN)
    assert addresses([TRUNK], HER) == (HER, f"sip:{HER}@sbc.example;transport=tls")
    assert addresses([], HER) == (HER,)


@given(st.sampled_from([entry.number for entry in never_dial().numbers]), st.sampled_from(["", "+90", "0", "0312"]))
def test_what_is_never_dialled_is_no_address_of_a_trunk(number: str, before: str) -> None:
    assert leaving([TRUNK], LINE, (before + number,)) == ((), SHOWN)
    assert is_never_dial(TRUNK.address(before + number))
