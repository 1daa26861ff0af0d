"""A telephone of staff that is a tab of a browser.

There is no voicemail in a browser, but the carrier's word that such a leg was answered says no more than that some
program with its token took it. So it is joined with a caller without a key only where the tab has told us, with the
session of the person whose tab it is, that it takes this leg because she accepted the caller at her screen. Any other
leg that is answered there hears the question and has to press 1, as a telephone has.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.models import BROWSER, Leg

#: How the carrier's addresses of browsers begin.
CLIENT: Final = "client:"
#: In a leg's script: that the tab took it for the person who accepted the caller.
_TAKEN: Final = "taken_in_tab"


def answer_in_browser(session: Session, account_id: UUID, sid: str) -> str | None:
    """The tab of this person is rung by the call ``sid`` and asks what for: the leg's purpose.

    ``None`` where nothing rings for her. The tab may know of the call before the carrier's answer told us its SID: then
    it is the newest of hers that has none. A leg that rings because she accepted the caller at her screen (``desk``)
    counts from here on as taken by her.
    """
    leg = session.scalars(
        select(Leg)
        .where(
            Leg.account_id == account_id,
            Leg.ended_at.is_(None),
            Leg.answered_at.is_(None),
            Leg.script[BROWSER].as_boolean(),
            or_(Leg.carrier_sid == sid, Leg.carrier_sid.is_(None)),
        )
        .order_by(Leg.carrier_sid.is_(None), Leg.created_at.desc())
        .limit(1)
        .with_for_update(),
    ).one_or_none()
    if leg is None:
        return None
    if leg.purpose == "desk":
        leg.script = {**leg.script, _TAKEN: True}
        session.flush()
    return leg.purpose


def answered_by_hand(leg: Leg) -> bool:
    """Whether this leg was taken by its person herself, so that no key is asked of her."""
    return bool(leg.script.get(_TAKEN))


__all__ = ["CLIENT", "answer_in_browser", "answered_by_hand"]
