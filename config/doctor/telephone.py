"""Lines, the account at the carrier, its numbers, and whether its requests come through."""

from __future__ import annotations

from sqlalchemy.orm import Session

from config.connect import Desk, UnreadableMemoryError
from config.doctor.finding import Finding, Subject
from config.ping import fetch_sound, ping
from core.i18n import format_datetime, ngettext
from core.i18n import gettext as _
from core.phones import is_never_dial
from core.trunks import trunk_numbers
from hotline.carriers.account import AccountRefusedError
from hotline.carriers.channels.description import ChannelsError, load_channels
from hotline.carriers.protocol import CarrierUnavailable
from hotline.queries.recordings import recordings, wanting
from hotline.queries.silence import silent_lines
from staff import queries as staff_queries
from staff.queries import LineRow


def lines(subject: Subject) -> Finding:
    """Whether every number that is published is answered as a line; a call to any other is kept aside."""
    what = _("lines")

    def read(session: Session) -> tuple[list[LineRow], list[str]]:
        ours = [item.number for item in subject.settings.hotline_numbers]
        unknown = [number for number in ours if staff_queries.line_by_number(session, number) is None]
        return staff_queries.lines(session), unknown

    found = subject.read(read)
    if found is None:
        return Finding(what, ok=False, detail=_("cannot be read"))
    known, unknown = found
    if not known:
        return Finding(what, ok=False, detail=_("there is none, every call is kept aside: koza centre add"))
    if unknown:
        detail = _("no line has %(numbers)s: koza centre add, koza migrate", numbers=", ".join(unknown))
        return Finding(what, ok=False, detail=detail)
    return Finding(what, ok=True, detail=f"{len(known)}; {_greetings(known)}")


def _greetings(known: list[LineRow]) -> str:
    """Which lines say whose they are: a choice of the institution, so it is shown and never red."""
    named = [line.number for line in known if line.institution_name_spoken]
    if not named:
        return _("no greeting names the institution")
    return _("the greeting names the institution: %(numbers)s", numbers=", ".join(named))


def texts(subject: Subject) -> Finding:
    """Whether the channels beside the carrier are described so that they can be used."""
    what = _("text channels")
    try:
        channels = load_channels(subject.settings)
    except ChannelsError as error:
        return Finding(what, ok=False, detail="; ".join(error.problems), remedy=_("mend it; until then nothing starts"))
    if not channels:
        return Finding(what, ok=True, detail=_("every text goes by the carrier"))
    said = "; ".join(f"{channel.company}: {', '.join(sorted(channel.numbers))}" for channel in channels)
    return Finding(what, ok=True, detail=said)


def fallbacks(subject: Subject) -> Finding:
    """Whether every line has somewhere to go when nobody answered in time."""
    what = _("fallback numbers")
    known = subject.read(staff_queries.lines)
    if known is None:
        return Finding(what, ok=False, detail=_("cannot be read"))
    never = [line.number for line in known if line.fallback_number and is_never_dial(line.fallback_number)]
    if never:
        detail = _("an emergency or short service number, never called: %(numbers)s", numbers=", ".join(never))
        return Finding(what, ok=False, detail=detail, remedy="koza centre fallback")
    alone = [line.number for line in known if line.fallback_number is None]
    if alone or not known:
        detail = _("without one: %(numbers)s", numbers=", ".join(alone) or _("there is no line"))
        return Finding(what, not alone and bool(known), detail, "koza centre fallback")
    return Finding(what, ok=True, detail=_("every line has one"))


def quiet(subject: Subject) -> Finding:
    """Whether somebody reached each line as often as its own past lets expect."""
    what = _("silent lines")
    found = subject.read(lambda session: (silent_lines(session), staff_queries.lines(session)))
    if found is None:
        return Finding(what, ok=False, detail=_("cannot be read"))
    silent, known = found
    numbers = {line.id: line.number for line in known}
    said = [f"{numbers[row.line_id]} ({format_datetime(row.since)})" for row in silent]
    if said:
        detail = _("nobody reached them since: %(lines)s", lines=", ".join(said))
        return Finding(what, ok=False, detail=detail, remedy=_("call them; koza carrier connect --check"))
    return Finding(what, ok=True, detail=_("none"))


def prompts(subject: Subject) -> Finding:
    """Whether what a caller can hear is spoken in its own language: the carrier has no voice for Kurdish."""
    what = _("recordings")
    found = subject.read(lambda session: (wanting(session), recordings(session, "current")))
    if found is None:
        return Finding(what, ok=False, detail=_("cannot be read"))
    missing, used = found
    fetched = fetch_sound(subject.settings, used[0]) if used else None
    if fetched is not None and fetched.way == "stranger":
        detail = _(
            "%(url)s does not give them out (%(detail)s)", url=subject.settings.public_url, detail=fetched.detail
        )
        return Finding(
            what, ok=False, detail=detail, remedy=_("the proxy must pass GET and HEAD below /twilio/sounds/")
        )
    if not missing:
        return Finding(what, ok=True, detail=_("every prompt is spoken in its own language"))
    named = ", ".join(f"{key} ({language})" for key, language in missing)
    detail = _("a voice of another language reads %(prompts)s", prompts=named)
    return subject.lacks(what, detail, _("bring recordings: Catalogues, What callers hear"))


def account(subject: Subject) -> Finding:
    """Whether the carrier knows the account and its auth token, with which it signs."""
    what, told = _("carrier's account"), subject.account
    if told.account is None:
        if told.refused:
            detail = _("refused (%(code)s)", code=told.why)
            return Finding(what, ok=False, detail=detail, remedy=_("look at TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"))
        return Finding(what, ok=False, detail=_("does not answer (%(why)s)", why=told.why))
    return Finding(what, told.account.status == "active", told.account.status, _("look at the carrier's console"))


def numbers(subject: Subject) -> Finding:
    """Whether every number of ours is in the account and sends its calls and texts here."""
    what, remedy, told = _("numbers at the carrier"), "koza carrier connect", subject.account
    if told.account is None and not told.refused:
        # It was waited for once already.
        return Finding(what, ok=False, detail=_("does not answer (%(why)s)", why=told.why))
    try:
        found = Desk(subject.settings).look()
    except AccountRefusedError as error:
        return Finding(what, ok=False, detail=_("refused (%(code)s)", code=error.code or "-"))
    except CarrierUnavailable as error:
        return Finding(what, ok=False, detail=_("does not answer (%(why)s)", why=error))
    except UnreadableMemoryError as error:
        return Finding(what, ok=False, detail=_("%(file)s cannot be read", file=error))
    except ChannelsError:
        return Finding(what, ok=False, detail=_("cannot be examined before the text channels are mended"))
    brought = ", ".join(sorted(trunk_numbers(subject.settings.sip_trunks)))
    if brought and not subject.settings.oncall_numbers:
        detail = _("a SIP trunk brings %(numbers)s: texts to staff and browsers need a number", numbers=brought)
        return Finding(what, ok=False, detail=detail, remedy=_("set ONCALL_NUMBERS"))
    if found.fits and brought:
        detail = _(
            "every number sends its calls and texts here; a SIP trunk brings %(numbers)s, whose SIP domain cannot be"
            " looked at: koza carrier connect shows what to set",
            numbers=brought,
        )
        return Finding(what, ok=True, detail=detail)
    if found.fits:
        return Finding(what, ok=True, detail=_("every number sends its calls and texts here"))
    said = [_("not in the account: %(numbers)s", numbers=", ".join(found.missing))] if found.missing else []
    if found.kept:
        kept = ", ".join(number for number, _service in found.kept)
        said.append(_("a messaging service keeps the texts of %(numbers)s", numbers=kept))
    if found.differences:
        said.append(ngettext("%(n)s field differs", "%(n)s fields differ", len(found.differences)))
    return Finding(what, ok=False, detail="; ".join(said), remedy=remedy)


def way_in(subject: Subject) -> Finding:
    """Whether a request that is signed like the carrier's comes through PUBLIC_URL to this installation."""
    what, url = _("the way in"), subject.settings.public_url
    if subject.keyring is None:
        return Finding(what, ok=False, detail=_("cannot be tried without the key file"))
    found = ping(subject.settings, subject.keyring)
    if found.way == "through":
        return Finding(what, ok=True, detail=_("a signed request comes through %(url)s", url=url))
    said = {
        "refused": _("%(url)s answers, and the signature does not hold", url=url),
        "redirected": _("%(url)s sends elsewhere (%(detail)s)", url=url, detail=found.detail),
        "stranger": _("%(url)s is answered by something else (%(detail)s)", url=url, detail=found.detail),
        "silent": _("%(url)s does not answer (%(detail)s)", url=url, detail=found.detail),
        "unreachable": _("no connection to %(url)s (%(detail)s)", url=url, detail=found.detail),
    }
    remedy = {
        "refused": _("the proxy must pass path and query on unchanged, and PUBLIC_URL be what the carrier calls"),
        "redirected": _("PUBLIC_URL must be the address that answers itself"),
        "stranger": _("look at the proxy: /twilio/ must reach koza web of this release"),
        "silent": _("look at koza web and at the proxy before it"),
        "unreachable": _("look at the name, the certificate, the port and the firewall"),
    }
    return Finding(what, ok=False, detail=said[found.way], remedy=remedy[found.way])
