"""The last lines of ``make run``: where to look, how to sign in, what to try first."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import pyotp

from config.local import DEMO_PIN, LocalSecrets, practice_port
from core.i18n import gettext as _

ACCOUNTS = (
    *("operator1@ankara", "operator2@ankara", "operator1@izmir", "lead@ankara", "oncall1@ankara", "legal@ankara"),
    *("caseworker@ankara", "perp@ankara", "director@ankara", "auditor@ankara", "admin@koza"),
)
_WIDTH = 96


def startup_block(
    child: Mapping[str, str], local: LocalSecrets | None, *, practice: bool, redis: bool, set_up: str = ""
) -> str:
    """The text printed when everything answers. Without ``local`` there are no demo accounts to show.

    ``set_up`` is what ``koza setup`` says in a house that has nobody yet.
    """
    dashboard = child.get("DASHBOARD_URL") or f"http://127.0.0.1:{child['PORT']}"
    lines = ["", "─" * _WIDTH, _("Koza is running."), ""]
    lines.append(_line(_("Dashboard"), dashboard))
    if practice:
        lines.append(_line(_("Practice phone"), f"http://127.0.0.1:{practice_port(child)}"))
        numbers = [number.partition("=")[0] for number in child["HOTLINE_NUMBERS"].split(",")]
        lines.append(_line(_("Hotline numbers"), ", ".join(numbers)))
    if local is not None:
        lines += ["", *_sign_ins(local), "", *_first_steps()]
    if set_up:
        lines += ["", *(f"  {line}" for line in set_up.splitlines())]
    if not redis:
        lines += [
            "",
            _("Redis was not found: screens are polled and jobs swept every second. apt install redis ends that."),
        ]
    lines += ["", _("Ctrl-C stops everything; nothing is lost."), "─" * _WIDTH, ""]
    return "\n".join(lines)


def _line(label: str, value: str) -> str:
    return f"  {label:<22}{value}"


def _sign_ins(local: LocalSecrets) -> list[str]:
    totp = pyotp.TOTP(local.demo_totp)
    names = textwrap.wrap(", ".join(ACCOUNTS), _WIDTH - 24)
    return [
        _line(_("Sign in as"), names[0]),
        *(_line("", more) for more in names[1:]),
        _line(_("Password"), local.demo_password),
        _line(_("TOTP secret"), local.demo_totp),
        _line(_("Code just now"), totp.now()),
        _line(_("On-call PIN"), DEMO_PIN),
        _line("", _("(each code works once; koza demo --code prints the present one)")),
    ]


def _first_steps() -> list[str]:
    steps = (
        (
            "operator1@ankara",
            _("say you are ready, dial the Ankara number on the practice phone, take the call, triage it"),
        ),
        ("lead@ankara", _("press “Play a night” and watch five calls and two texts find their people")),
        ("oncall1@ankara", _("let an operator ask for you: your practice phone rings, press 1 and your PIN")),
        ("caseworker@ankara", _("open the case made from that call and read its story in order")),
        ("legal@ankara", _("look at what is due today")),
        ("perp@ankara", _("see that nothing of the survivor's side can be reached")),
        ("director@ankara", _("open the reports of the last 30 days")),
        ("auditor@ankara", _("find who read that case, and why")),
        ("operator1@izmir", _("see none of Ankara's contacts")),
        ("admin@koza", _("add a member of staff and give a role")),
    )
    heading = _("What to try first")
    lines = [f"  {heading}"]
    for account, step in steps:
        wrapped = textwrap.wrap(step, _WIDTH - 24)
        lines += [_line(account, wrapped[0]), *(_line("", more) for more in wrapped[1:])]
    return lines
