"""Her words are taken out of the carrier's own record once they are safe with us."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from core.database import settings_of
from core.due import set_due
from hotline.carriers.channels.reading import channel_of

#: Due rows of texts that are to be emptied at the carrier; the subject is the SID.
REDACT = "hotline.redact"
#: A text of hers stays there for so long: should we go back to last night's backup, the carrier still has its words.
HERS_KEPT_S = 24 * 3600
#: A text of ours is emptied when it has reached its end; the carrier refuses it while it is on its way.
OURS_KEPT_S = 60


def redact_hers(session: Session, sid: str) -> None:
    """A text of hers was stored. What a channel beside the carrier keeps is a matter of the contract with it."""
    if channel_of(sid) is None:
        set_due(session, REDACT, sid, timedelta(seconds=HERS_KEPT_S))


def redact_ours(session: Session, sid: str | None) -> None:
    """A text to her has come to its end. Where the carrier keeps no words of ours there is nothing to empty."""
    if sid is not None and channel_of(sid) is None and not settings_of(session).twilio_discards:
        set_due(session, REDACT, sid, timedelta(seconds=OURS_KEPT_S))


__all__ = ["HERS_KEPT_S", "OURS_KEPT_S", "REDACT", "redact_hers", "redact_ours"]
