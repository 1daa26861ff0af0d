"""The matters that the law leaves to the institution, in words."""

from __future__ import annotations

from core.i18n import gettext as _


def matters() -> dict[str, str]:
    """What each matter asks."""
    return {
        "transfer_abroad": _(
            "numbers and short texts reach the carrier abroad: on what ground are they transferred (Law 6698, Art. 9)"
        ),
        "circular_2019_12": _(
            "Presidential circular 2019/12: where health and communication data of a public body may be kept"
        ),
        "information_notice": _("how the people who reach us are informed (Law 6698, Art. 10)"),
    }
