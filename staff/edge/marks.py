"""Marks on views: who may reach them. The guard reads them; a test walks every route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

View = TypeVar("View", bound=Callable[..., Any])
Kind = Literal["public", "carrier", "signed_in", "set_up", "token"]

_MARK = "koza_access"
#: Answering who reaches us, writing down what she says, and the pages about her.
URGENT = frozenset(
    {"contact.read", "contact.answer", "message.read", "page.read", "page.request", "page.accept", "page.close"}
    | {"intake.read", "intake.write", "safe_contact.read", "safe_contact.write"},
)


@dataclass(frozen=True)
class Access:
    """Who may reach a view."""

    kind: Kind
    #: The permission that a signed-in reader needs besides.
    permission: str = ""
    #: The scope that an API token needs.
    api_scope: str = ""
    #: Reachable behind the locked screen: ringing, accepting, the heartbeat, unlocking.
    while_locked: bool = False
    #: Called by the screen itself and not by a person: it does not keep the screen from locking.
    passive: bool = False
    #: The code must have been entered again within the last minutes.
    step_up: bool = False
    #: Reachable by somebody who must register a security key first: the registration itself.
    without_key: bool = False
    #: Nobody in danger waits for it, whatever its permission opens besides.
    can_wait: bool = False

    @property
    def urgent(self) -> bool:
        """What a person in danger depends on; a missing security key keeps nobody from it.

        A director who is paged at night takes the page and the caller first. Nothing here changes rights or
        settings, and nothing that asks for the code again (exports, whole numbers) is among it.
        """
        return not (self.step_up or self.can_wait) and (self.while_locked or self.permission in URGENT)


def _marked(view: View, access: Access) -> View:
    if _MARK in vars(view):
        raise ValueError(f"{view.__name__} carries two marks")
    vars(view)[_MARK] = access
    return view


def access_of(view: Callable[..., Any] | None) -> Access | None:
    """The mark of a view, or ``None``."""
    found = getattr(view, _MARK, None)
    return found if isinstance(found, Access) else None


def public(view: View) -> View:
    """Anybody: the sign-in page, health, static files."""
    return _marked(view, Access("public"))


def carrier(view: View) -> View:
    """The carrier, who proves himself by the signature that the view itself checks first."""
    return _marked(view, Access("carrier"))


def set_up(view: View) -> View:
    """Whoever came in with the one-time code, while set-up is open; to anybody else the page does not exist."""
    return _marked(view, Access("set_up"))


def signed_in(
    *,
    step_up: bool = False,
    while_locked: bool = False,
    passive: bool = False,
    without_key: bool = False,
) -> Callable[[View], View]:
    """Any member of staff who is signed in."""
    access = Access("signed_in", step_up=step_up, while_locked=while_locked, passive=passive, without_key=without_key)
    return lambda view: _marked(view, access)


def require_permission(
    permission: str,
    *,
    step_up: bool = False,
    while_locked: bool = False,
    passive: bool = False,
    can_wait: bool = False,
) -> Callable[[View], View]:
    """A signed-in reader with this permission in any width; which records she reaches, the query's scope says."""
    access = Access(
        "signed_in", permission, step_up=step_up, while_locked=while_locked, passive=passive, can_wait=can_wait
    )
    return lambda view: _marked(view, access)


def bearer(api_scope: str) -> Callable[[View], View]:
    """A machine with an API token of this scope; empty: any token."""
    return lambda view: _marked(view, Access("token", api_scope=api_scope))
