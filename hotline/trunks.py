"""The one place where a call of a SIP trunk becomes a call between ordinary numbers.

Only what the account's own SIP domain took from a configured trunk is read: the carrier names the domain as
`SipDomain`, and the address that was called must be in it. Everything else keeps its address: whoever calls by
``sip:+90…@anywhere`` could write any number there, and is nobody's number to us.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from core.phones import parse_address
from core.trunks import FROM, TO, Trunk
from hotline.form_fields import Reader, ShapeError

Fields = Mapping[str, list[str]]

#: What stands in place of a number that is not to be shown.
WITHHELD: Final = "anonymous"
#: RFC 3323 and RFC 3325: whoever asks for privacy does not want her number shown to whom she calls, although the
#: carrier's network still hands it on.
_PRIVACY: Final = "Privacy"
_SHOWN: Final = frozenset({"", "none"})
#: The host of RFC 3323 in From of whoever withholds her number, and the parameter of Remote-Party-ID that says so.
_NOWHERE: Final = "anonymous.invalid"
_HIDDEN: Final = re.compile(r";\s*privacy\s*=\s*(?!off\b)", re.IGNORECASE)
_URI: Final = re.compile(r"(?:sips?|tel):[^>\s,]+", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCHEME: Final = re.compile(r"^(?:sips?|tel):", re.IGNORECASE)
_SIP: Final = re.compile(r"sips?:", re.IGNORECASE)
_BOTH: Final = (("From", "Caller"), ("To", "Called"))


def on_trunk(trunks: Sequence[Trunk], form: Fields) -> Fields:
    """`form` as if its parties had called by number, where it comes from a trunk; else as it is.

    A caller whose number the trunk does not tell keeps her SIP address, one who withholds it is withheld. Raises
    ShapeError where a field that is read here has not its shape.
    """
    if not trunks or "SipDomain" not in form:
        return form
    read = Reader(form)
    for names in _BOTH:
        read.same(*names)
    domain = (read.text("SipDomain") or "").lower()
    trunk = next((one for one in trunks if one.domain == domain), None)
    to = read.address_text("To") or ""
    if trunk is None or _host(to) != domain:
        return form
    called = _number(_told(read, trunk.called, TO))
    if called is None or trunk.line(called) is None:
        return form
    caller = _caller(read, trunk)
    new = {name: [value] for names, value in zip(_BOTH, (caller, called), strict=True) if value for name in names}
    return {**form, **{name: value for name, value in new.items() if name in form}}


def called_number(trunks: Iterable[Trunk], called: str) -> str:
    """Which of our numbers an address of the carrier's own lists means, which tell no header of the call."""
    host = _host(called)
    trunk = next((one for one in trunks if one.domain == host), None)
    number = _number(_user(called)) if trunk and trunk.called == TO else None
    return number if trunk and number and trunk.line(number) else parse_address(called).value


def listed(trunks: Sequence[Trunk], form: Fields) -> Fields:
    """`on_trunk` for a call of the carrier's own lists: it took the call, so the domain is the one that was called.

    Never raises: what has no shape stays as it is, and is set aside where it is taken in.
    """
    host = _host(next(iter(form["To"]), ""))
    try:
        return on_trunk(trunks, {**form, "SipDomain": [host]}) if host else form
    except ShapeError:
        return form


def _caller(read: Reader, trunk: Trunk) -> str | None:
    if _withholds(read, trunk):
        return WITHHELD
    told = _told(read, trunk.caller, FROM)
    return _number(told, ("number", "short_code", "withheld")) if told else WITHHELD


def _withholds(read: Reader, trunk: Trunk) -> bool:
    party = read.address_text("From")
    return (
        (read.header(_PRIVACY) or "").strip().lower() not in _SHOWN
        or parse_address(party).kind == "withheld"
        or _host(party or "") == _NOWHERE
        or (trunk.caller != FROM and _HIDDEN.search(_QUOTED.sub("", read.header(trunk.caller) or "")) is not None)
    )


def _told(read: Reader, where: str, party: str) -> str:
    """The user part in which a party's number stands, empty where nothing is told."""
    if where == party:
        return _user(read.address_text(party) or "")
    # A name in quotes is what somebody calls herself, and may look like an address.
    header = _QUOTED.sub("", read.header(where) or "")
    found = _URI.search(header)
    return _user(found[0] if found else header.strip())


def _number(user: str, kinds: tuple[str, ...] = ("number",)) -> str | None:
    address = parse_address(user)
    if address.kind not in kinds:
        return None
    return address.value or WITHHELD


def _user(address: str) -> str:
    """`+905…` of ``sip:+905…;npdi:secret@host;user=phone``."""
    user = _SCHEME.sub("", address).partition("@")[0]
    return unquote(re.split("[;:]", user, maxsplit=1)[0]).strip()


def _host(address: str) -> str:
    """The host of a SIP address in small letters, empty where it is none."""
    if not _SIP.match(address):
        return ""
    return re.split("[;?:]", address.partition("@")[2], maxsplit=1)[0].lower()


__all__ = ["WITHHELD", "called_number", "listed", "on_trunk"]
