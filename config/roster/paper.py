"""The sheet on paper: plain text, or a page for A4 that needs nothing but a browser's print button."""

from __future__ import annotations

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from config.roster.sheet import Duty, LineSheet, Sheet
from core.i18n import gettext as _

_ISTANBUL = ZoneInfo("Europe/Istanbul")
_STYLE = """
@page { size: A4; margin: 15mm }
body { font: 11pt/1.35 sans-serif; color: #000 }
h1 { font-size: 16pt; margin: 0 } h2 { font-size: 13pt; margin: 6mm 0 1mm }
table { border-collapse: collapse; width: 100% } td, th { border: 1px solid #000; padding: 1mm 2mm; text-align: left }
tr, h2 { break-inside: avoid } h2 { break-after: avoid } .tel { font-weight: bold; white-space: nowrap }
"""


def as_text(sheet: Sheet) -> str:
    """For a terminal and any printer."""
    return "\n".join([*_heading(sheet), *(row for line in sheet.lines for row in _line(line))]) + "\n"


def as_html(sheet: Sheet) -> str:
    """One page with its style inside: nothing is fetched, so it opens where there is no network."""
    heading = _heading(sheet)
    title, rest = heading[0], "".join(f"<p>{escape(words)}</p>" for words in heading[1:] if words)
    lines = "".join(_line_html(line) for line in sheet.lines)
    return (
        f'<!doctype html><html lang="tr"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1>{rest}{lines}</html>\n"
    )


def _heading(sheet: Sheet) -> list[str]:
    return [
        _("DUTY ROSTER FOR THE DAY WHEN NOTHING WORKS"),
        _("As of %(made)s, until %(until)s", made=_time(sheet.made_at), until=_time(sheet.until)),
        _("Confidential: private telephones of staff. One sheet, in the locked drawer; destroy the one before."),
        _(
            "Ring the person on duty, then on call, then the fallback number. A life in danger: 112, from a telephone"
            " of your own. Write down each call with its time: number, what was said, who took it."
        ),
        "",
    ]


def _line(line: LineSheet) -> list[str]:
    rows = [
        f"{line.centre}  {line.number}",
        "  " + _fallback(line),
    ]
    rows += [
        f"  {_time(duty.start)} – {_time(duty.end)}  {_role(duty):<22}  {duty.name}  {_telephones(duty)}"
        for duty in line.duties
    ]
    if not line.duties:
        rows.append("  " + _("NOBODY IS ON THE ROSTER"))
    return [*rows, ""]


def _line_html(line: LineSheet) -> str:
    heads = "".join(f"<th>{escape(word)}</th>" for word in (_("When"), _("Role"), _("Who"), _("Telephone")))
    rows = "".join(
        f"<tr><td>{_time(duty.start)} – {_time(duty.end)}<td>{escape(_role(duty))}<td>{escape(duty.name)}"
        f'<td class="tel">{escape(_telephones(duty))}</tr>'
        for duty in line.duties
    )
    table = f"<table><tr>{heads}</tr>{rows}</table>" if rows else f"<p>{escape(_('NOBODY IS ON THE ROSTER'))}</p>"
    return f"<h2>{escape(line.centre)} {escape(line.number)}</h2><p>{escape(_fallback(line))}</p>{table}"


def _fallback(line: LineSheet) -> str:
    return _("Fallback number: %(number)s", number=line.fallback or _("none"))


def _role(duty: Duty) -> str:
    known = {"operator": _("operator"), "shift_lead": _("shift lead"), "oncall": _("on call")}
    return known.get(duty.role, duty.role)


def _telephones(duty: Duty) -> str:
    return ", ".join(duty.telephones) or _("NO TELEPHONE")


def _time(moment: datetime) -> str:
    return moment.astimezone(_ISTANBUL).strftime("%d.%m.%Y %H:%M")
