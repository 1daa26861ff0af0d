"""``koza carrier``: our numbers at the carrier."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from config.commands.common import ground_or_exit, settings_or_exit
from config.connect import Desk, UnreadableMemoryError
from config.engines.processes import write_private
from config.spoken import Refusal, SpokenGroup, option, refused
from core.i18n import gettext as _
from core.i18n import ngettext
from core.trunks import Trunk, leaving, trunk_of
from core.unit_of_work import unit_of_work
from hotline.carriers.account import AccountRefusedError
from hotline.carriers.channels.description import ChannelsError
from hotline.carriers.protocol import CarrierUnavailable
from hotline.numbers import METHODS, Difference, Fallback, Plan
from hotline.paths import channel_reports, channel_texts
from hotline.static_document import static_document
from staff import queries as staff_queries
from staff.queries import LineRow


@click.group(cls=SpokenGroup)
def carrier() -> None:
    """Our numbers at the carrier, and the document that answers when no machine of ours does."""


@carrier.command()
@option("--check", is_flag=True, help="Show what differs and change nothing; status 1 if anything does.")
@option("--undo", is_flag=True, help="Set again what stood before the last time.")
@option("--force", is_flag=True, help="With --undo: also over what somebody else changed since.")
@option("--yes", is_flag=True, help="Do not ask.")
@option("--fallback-url", help="A document on another host, asked for when a step of a call failed; remembered.")
@option("--fallback-method", type=click.Choice(METHODS), default="POST", show_default=True)
@option("--own-fallback", is_flag=True, help="Back to the fallback of this installation itself.")
def connect(
    *,
    check: bool,
    undo: bool,
    force: bool,
    yes: bool,
    fallback_url: str | None,
    fallback_method: str,
    own_fallback: bool,
) -> None:
    """Have every number of ours send its calls and texts here; the difference is shown first, the way back kept."""
    if sum((check, undo, fallback_url is not None or own_fallback)) > 1 or (fallback_url and own_fallback):
        raise Refusal(_("--check, --undo, --fallback-url and --own-fallback exclude each other."))
    with _spoken():
        desk = Desk(settings_or_exit())
        if undo:
            _undo(desk, yes=yes, force=force)
            return
        if fallback_url is not None:
            desk.memory.fallback = Fallback(_outside(fallback_url), fallback_method)
        elif own_fallback:
            desk.memory.fallback = None
        _connect(desk, check=check, yes=yes)


@carrier.command("fallback-document")
@option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), required=True)
@option("--line", "number", help="Of which line, +90…; needed where lines fall back to different numbers.")
def fallback_document(*, file: Path, number: str | None) -> None:
    """Write the document for another host that answers callers while no machine of ours does."""
    with ground_or_exit() as ground, unit_of_work(ground) as session:
        trunks = ground.settings.sip_trunks
        line = _line(staff_queries.lines(session), number, trunks)
    if line.fallback_number is None:
        raise Refusal(_("%(number)s has no number to fall back to: koza centre fallback sets one.", number=line.number))
    rung, shown = leaving(trunks, line.number, (line.fallback_number,))
    if not rung:
        raise Refusal(_("%(number)s is an emergency or short service number.", number=line.fallback_number))
    write_private(file, static_document(rung[0], caller_id=shown) + "\n")
    click.echo(
        _(
            "%(file)s rings %(fallback)s and shows it %(line)s as the caller.",
            file=file,
            fallback=line.fallback_number,
            line=shown,
        )
    )


def _line(lines: list[LineRow], number: str | None, trunks: tuple[Trunk, ...]) -> LineRow:
    if number is not None:
        found = [line for line in lines if line.number == number]
        if not found:
            known = ", ".join(line.number for line in lines) or _("none")
            raise Refusal(_("%(number)s is no line. Lines are: %(known)s", number=number, known=known))
        return found[0]
    if not lines:
        raise Refusal(_("There is no line: koza centre add makes one."))
    if len({(line.fallback_number, trunk_of(trunks, line.number)) for line in lines}) > 1:
        known = ", ".join(f"{line.number} → {line.fallback_number or '-'}" for line in lines)
        raise Refusal(_("Lines fall back differently: choose one with --line. %(known)s", known=known))
    return lines[0]


def _connect(desk: Desk, *, check: bool, yes: bool) -> None:
    found = desk.look()
    _show(found, desk)
    if check or not found.differences:
        if not check:
            desk.memory.save()
        sys.exit(0 if found.fits else 1)
    _ask(ngettext("Change %(n)s field?", "Change %(n)s fields?", len(found.differences)), yes=yes)
    desk.apply(found)
    _say_refused(desk)
    left = desk.look()
    if not left.fits:
        click.echo(_("Not everything is as it should be:"), err=True)
        _show(left, desk)
        sys.exit(1)
    click.echo(_("Every number is connected. koza carrier connect --undo brings back what stood before."))


def _undo(desk: Desk, *, yes: bool, force: bool) -> None:
    try:
        way = desk.way_back()
    except LookupError:
        raise Refusal(_("There is nothing to undo.")) from None
    _table(way.differences)
    for number in way.missing:
        click.echo(_("%(number)s is not in the account any more.", number=number))
    if way.foreign and not force:
        fields = ", ".join(f"{one.number} {one.field}" for one in way.foreign)
        raise Refusal(_("Somebody else changed since: %(fields)s. --force sets these too.", fields=fields))
    if way.differences:
        _ask(ngettext("Set %(n)s field back?", "Set %(n)s fields back?", len(way.differences)), yes=yes)
    if desk.undo(way):
        click.echo(_("What stood before stands again."))
        return
    _say_refused(desk)
    raise Refusal(_("Not everything could be set back; try once more."))


def _say_refused(desk: Desk) -> None:
    for number, code in desk.refused.items():
        click.echo(_("%(number)s: the carrier refuses the change (%(code)s).", number=number, code=code), err=True)


def _show(found: Plan, desk: Desk) -> None:
    for number in found.missing:
        click.echo(_("%(number)s is not in this account at the carrier: nobody reaches us by it.", number=number))
    for number, service in found.kept:
        click.echo(
            _(
                "%(number)s: the messaging service %(service)s takes its texts to itself. In the carrier's console let"
                " it leave them to the number's own address.",
                number=number,
                service=service,
            )
        )
    if desk.services_unknown is not None:
        click.echo(
            _(
                "Whether a messaging service takes texts to itself could not be asked (%(why)s).",
                why=desk.services_unknown,
            )
        )
    _show_trunks(desk)
    _show_channels(desk)
    _table(found.differences)
    above = [one for one in found.differences if one.stands_above]
    if above:
        names = ", ".join(f"{one.number} {one.field}" for one in above)
        click.echo(_("The carrier obeys these before any URL, so they are taken off: %(names)s", names=names))
    if found.fits:
        click.echo(_("Every number is connected."))


def _show_trunks(desk: Desk) -> None:
    """The lines that are no numbers of the account: what a person sets for them."""
    for trunk in desk.trunks:
        click.echo(
            _(
                "%(numbers)s: the trunk %(name)s brings its calls, there is no number to connect. In the carrier's"
                " console, at the SIP domain %(domain)s, set by POST:",
                numbers=", ".join(line.number for line in trunk.lines),
                name=trunk.name,
                domain=trunk.domain,
            )
        )
        for field, value in desk.wanted_of_domain().items():
            click.echo(f"  {field}: {_shown(value)}")


def _show_channels(desk: Desk) -> None:
    """Where the channels beside the carrier bring texts and reports: what a person sets there."""
    for channel in desk.channels:
        click.echo(
            _(
                "%(numbers)s: %(company)s carries the texts. Set there, by POST:",
                numbers=", ".join(sorted(channel.numbers)),
                company=channel.company,
            )
        )
        click.echo("  " + _("texts: %(url)s", url=desk.public_url + channel_texts(channel.name)))
        if channel.report is not None:
            click.echo("  " + _("reports: %(url)s", url=desk.public_url + channel_reports(channel.name)))


def _table(differences: Iterable[Difference]) -> None:
    """One block for each number: field, what stands now, what is wanted."""
    last, heading = "", _("field: now → wanted")
    for one in differences:
        if one.number != last:
            click.echo(f"{one.number}  ({heading})")
            last = one.number
        click.echo(f"  {one.field}: {_shown(one.now)} → {_shown(one.wanted)}")


def _shown(value: str) -> str:
    """A value without what may be a password in an address."""
    parts = urlsplit(value) if "://" in value else None
    if parts is None or parts.username is None:
        return value or "-"
    return parts._replace(netloc=f"***@{parts.netloc.rpartition('@')[2]}").geturl()


def _outside(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise Refusal(_("--fallback-url must be an https:// address without a password in it."))
    return url


def _ask(question: str, *, yes: bool) -> None:
    if not yes and not click.confirm(question, default=False):
        raise Refusal(_("Nothing was changed."))


@contextmanager
def _spoken() -> Iterator[None]:
    """What the carrier's refusals mean for the person at the terminal."""
    try:
        yield
    except AccountRefusedError as error:
        raise Refusal(
            _(
                "The carrier refuses (%(code)s): look at TWILIO_ACCOUNT_SID and its token or key.",
                code=error.code or "-",
            )
        ) from None
    except CarrierUnavailable as error:
        raise Refusal(
            _("The carrier did not answer (%(why)s). Run this once more: it shows what is left.", why=error)
        ) from None
    except ChannelsError as error:
        raise refused(error) from None
    except UnreadableMemoryError as error:
        raise Refusal(
            _("%(file)s cannot be read; move it away to begin anew, without a way back.", file=error)
        ) from None
