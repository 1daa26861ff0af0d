"""Who told of her, as the workspace shows it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.presenters.forms import Field, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class InformantCard:
    """What is kept apart of who told of her, in a few words without saying it; the form to write it.

    ``reasons``: why this reader may open it; without one she may not. ``open``: the form was refused.
    """

    kept: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    reasons: tuple[Option, ...] = ()
    refused: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InformantPage:
    """Who told of her, opened."""

    facts: tuple[tuple[str, str], ...]
    back_href: str
