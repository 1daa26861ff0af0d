"""What listening adds to the story of a contact, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.i18n import gettext as _

Params = Mapping[str, Any]

#: Facts whose account a line names.
NAMING = frozenset({"ListenerCalled", "ListenerJoined", "ListenerGone"})


def _called(params: Params) -> str:
    if params.get("coach"):
        return _("%(name)s is called in to coach", name=params["name"])
    return _("%(name)s is called in to listen", name=params["name"])


def _joined(params: Params) -> str:
    if params.get("coach"):
        return _("%(name)s listens and coaches", name=params["name"])
    return _("%(name)s listens", name=params["name"])


def _gone(params: Params) -> str:
    if params.get("joined"):
        return _("%(name)s listens no longer", name=params["name"])
    return _("%(name)s did not listen", name=params["name"])


def _ended(params: Params) -> str:
    words = {
        "danger": _("After the danger nobody listens any more without asking her anew"),
        "marked": _("Who calls is not to be listened to: nobody listens any more"),
    }
    return words.get(str(params.get("why")), _("That a colleague may listen was taken back"))


LINES: Mapping[str, Callable[[Params], str]] = {
    "ListeningAgreed": lambda _params: _("She was told that a colleague may listen, and agreed"),
    "ListeningEnded": _ended,
    "ListenerCalled": _called,
    "ListenerJoined": _joined,
    "ListenerGone": _gone,
}

__all__ = ["LINES", "NAMING"]
