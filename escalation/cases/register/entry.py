"""Entering a paper in under a minute: the boxes of a form become a decision's items; a police form becomes decisions.

A police form with measures of Art. 3 and of Art. 5 is one paper and two decisions, for their approvals have different
authorities and hours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from escalation.cases.register.catalogues import Form, Measure, forms_catalogue
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.rules.periods import Length
from escalation.cases.register.service import NewDecision, NewItem, NewNotice
from staff.rules import ISTANBUL

_POLICE: Final = {"preventive": "police_preventive", "protective": "police_protective"}


@dataclass(frozen=True, slots=True)
class Ticked:
    """What is ticked and written on a form, once for all its boxes: their length, or their last day."""

    codes: tuple[str, ...]
    length: Length | None = None
    ends: date | None = None
    start_basis: str = "decision"
    #: Words beside a box ("other", a distance), by its code.
    words: Mapping[str, str] = field(default_factory=dict, repr=False)


def form(code: str) -> Form:
    """A form by its code. Raises :class:`RegisterError` unknown_form."""
    found = next((item for item in forms_catalogue().forms if item.code == code), None)
    if found is None:
        raise RegisterError("unknown_form")
    return found


def items(ticked: Ticked) -> tuple[NewItem, ...]:
    """The items that the ticked boxes stand for, in the order in which they stand on the form."""
    return tuple(
        NewItem(code, ticked.length, ticked.ends, ticked.start_basis, ticked.words.get(code, ""))
        for code in dict.fromkeys(ticked.codes)
    )


def from_form(
    code: str,
    authority_id: UUID,
    decided_on: date,
    ticked: Ticked,
    *,
    docket: str = "",
    number: str = "",
    notices: tuple[NewNotice, ...] = (),
) -> NewDecision:
    """A court's or office's paper as it is entered. Raises :class:`RegisterError` unknown_form."""
    return NewDecision(
        authority_id=authority_id,
        decided_on=decided_on,
        items=items(ticked),
        docket=docket,
        number=number,
        notices=notices,
        entry=form(code).code,
    )


def from_police_form(
    authority_id: UUID,
    issued_at: datetime,
    ticked: Ticked,
    known: Mapping[str, Measure],
    *,
    docket: str = "",
    served: bool = True,
) -> tuple[NewDecision, ...]:
    """A police form as one or two decisions: the preventive measures for the judge, the protective ones apart.

    ``served``: the police serve it at once by a record, unless somebody says otherwise. ``known`` are the measures
    that hold. Raises :class:`RegisterError`: no_items, unknown_measure.
    """
    unknown = tuple(code for code in ticked.codes if code not in known)
    if unknown:
        raise RegisterError("unknown_measure", unknown)
    day = issued_at.astimezone(ISTANBUL).date()
    whole = NewDecision(
        authority_id=authority_id,
        decided_on=day,
        items=(),
        issued_at=issued_at,
        docket=docket,
        notices=(NewNotice("perpetrator", day), NewNotice("protected", day)) if served else (),
    )
    parts = _by_side(ticked.codes, known)
    if not parts:
        raise RegisterError("no_items")
    return tuple(
        replace(whole, items=items(replace(ticked, codes=codes)), entry=_POLICE[side]) for side, codes in parts.items()
    )


def _by_side(codes: Collection[str], known: Mapping[str, Measure]) -> dict[str, tuple[str, ...]]:
    """The codes of each side; what accompanies measures goes with the judge's part where there is one."""
    sides = {side: tuple(code for code in codes if known[code].side == side) for side in _POLICE}
    companions = tuple(code for code in codes if known[code].side not in _POLICE)
    found = {side: chosen for side, chosen in sides.items() if chosen}
    if companions:
        first = next(iter(found), "preventive")
        found[first] = found.get(first, ()) + companions
    return found
