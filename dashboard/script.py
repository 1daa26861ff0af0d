"""What is said to who may be the other party: words that neither confirm nor deny, the same whoever is known."""

from __future__ import annotations

from core.i18n import gettext as _


def script() -> tuple[str, ...]:
    """The sentences in their order. They stand in every workspace before the key is pressed: nothing is looked up."""
    return (
        _("I do not tell anybody whether somebody has reached us. I say that to everyone who asks."),
        _("I cannot pass on a message, an address or a number, and I do not look for anybody."),
        _("If you need help for yourself, I am listening, and I can tell you where to turn."),
        _("If anybody is in danger now, call 112."),
        _("This line is open at any time, for everyone."),
    )


__all__ = ["script"]
