"""What leaves the country, read off the channels as they are configured now."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from core.database import settings_of
from core.i18n import format_date
from core.i18n import gettext as _
from core.settings import Settings
from dashboard.presenters.abroad import AbroadPage, GivenView, RecipientView
from hotline.carriers.channels.description import Gateway, load_channels
from staff.queries import law_decisions

PATH: Final = "/catalogues/abroad"
HOME: Final = "TR"


def abroad_page(session: Session) -> AbroadPage:
    """Who is given what. Raises ChannelsError where the channels cannot be read, which would have stopped the start."""
    settings = settings_of(session)
    held = law_decisions(session)["transfer_abroad"]
    ground = ""
    if held is not None:
        ground = _(
            "%(decision)s (%(by)s, %(day)s, %(reference)s)",
            decision=held.decision,
            by=held.decided_by,
            day=format_date(held.decided_on),
            reference=held.reference,
        )
    return AbroadPage(
        recipients=recipients(settings, load_channels(settings)),
        ground=ground,
        off=_("WhatsApp"),
        reasons=(
            _("It lets us answer freely for 24 hours after her last message alone; later only a form it has approved."),
            _("Who writes to whom and when is kept abroad by its company, whatever becomes of the words."),
            _("The app, its notices and the conversation can be seen on her telephone by whoever holds it."),
        ),
    )


def recipients(settings: Settings, channels: tuple[Gateway, ...]) -> tuple[RecipientView, ...]:
    """Who is given what: the carrier first."""
    return (_carrier(settings, channels), *(_gateway(settings, channel) for channel in channels))


def _carrier(settings: Settings, channels: tuple[Gateway, ...]) -> RecipientView:
    elsewhere = {line.number: line for channel in channels for line in channel.lines}
    numbers = [line.number for line in settings.hotline_numbers]
    called = [number for number in numbers if number not in elsewhere or elsewhere[number].calls]
    texted = [number for number in numbers if number not in elsewhere]
    given = [_calls()]
    if texted:
        given.append(_texts(settings, texted))
    if _pager(settings) not in elsewhere:
        given.append(_pages())
    return RecipientView(
        company="Twilio Inc.", country=_("United States"), tone="soon", lines=tuple(called), given=tuple(given)
    )


def _pager(settings: Settings) -> str:
    """The number from which staff are texted."""
    return next(iter(settings.oncall_numbers), next((line.number for line in settings.hotline_numbers), ""))


def _pages() -> GivenView:
    return GivenView(
        what=_("Page texts to staff: their telephones, a code and neutral words."),
        why=_("Somebody has to be woken where nobody answers."),
        kept=_("Stays in the account there; it names no caller."),
    )


def _calls() -> GivenView:
    return GivenView(
        what=_("Calls: both numbers, when and how long, keys that were pressed, and voices while they are carried."),
        why=_("It carries the calls, and rings the telephones of staff, whose numbers it is given for that."),
        kept=_("No call is recorded. The account's list of calls stays there; Koza does not delete it."),
    )


def _texts(settings: Settings, lines: list[str]) -> GivenView:
    ours = (
        _("Of ours it keeps neither words nor number.")
        if settings.twilio_discards
        else _("Ours are emptied a minute after they have arrived or failed.")
    )
    hers = _("Words of hers are emptied a day after they are stored here; numbers and times stay.")
    return GivenView(
        what=_("Texts of %(lines)s: both numbers, when, and the words.", lines=", ".join(lines)),
        why=_("It carries the texts of these lines."),
        kept=f"{hers} {ours}",
    )


def _gateway(settings: Settings, channel: Gateway) -> RecipientView:
    at_home = channel.country == HOME
    text = GivenView(
        what=_("Texts of these lines: both numbers, when, and the words."),
        why=_("It carries the texts of these lines."),
        kept=_("Koza cannot empty them there: for how long they are kept is a matter of the contract with it."),
    )
    country = _("in Turkey, does not leave the country") if at_home else channel.country
    return RecipientView(
        company=channel.company,
        country=country,
        tone="held" if at_home else "soon",
        lines=tuple(sorted(channel.numbers)),
        given=(text, _pages()) if _pager(settings) in channel.numbers else (text,),
    )
