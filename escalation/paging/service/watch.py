"""The pager watches itself: what it could not carry out needs a person, and one page of the centre says so."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core.log import get_logger
from core.metrics import alarms
from core.statements import savepoint
from core.unit_of_work import ReactionFailedError
from escalation.paging.models import Page
from escalation.paging.service.requests import request_page
from escalation.paging.service.words import actor
from staff import queries as staff_queries

log = get_logger(__name__)

#: A rung that is called later than this was called by a ticker that is late, or was away.
LATE_S: Final = 60
#: How urgent it is that somebody looks after what failed when no page says how urgent it was.
_LEVEL: Final = 2
#: exhausted: nobody accepted on any rung; late: a rung was called late; not_sent: a text or call never left in its
#: time; stuck: something that was due failed again and again; never_dialled: a number that is written down as a
#: telephone of ours is an emergency or short service number, and was not called.
Trouble = Literal["exhausted", "late", "not_sent", "stuck", "never_dialled"]


def in_trouble(session: Session, page: Page, trouble: Trouble) -> None:
    """A page could not be carried out as it should. The pager's own page needs no second one: it goes on by itself."""
    if page.reason != "pager":
        _tell(session, page.centre_id, trouble, page.code, level=page.level, line_id=page.line_id)


def stuck(session: Session, kind: str, centre_id: UUID | None) -> None:
    """Something that was due for a centre cannot be done; what belongs to none stands in the log and the alarms."""
    if centre_id is not None:
        _tell(session, centre_id, "stuck", kind, level=_LEVEL, line_id=None)


def never_dialled(session: Session, centre_id: UUID, account_id: UUID | None) -> None:
    """A call or text was stopped before it left. It is told by the sign-in name of whose telephone it was, if any."""
    known = None if account_id is None else staff_queries.account(session, account_id)
    _tell(session, centre_id, "never_dialled", known.name if known else "", level=_LEVEL, line_id=None)


def _tell(session: Session, centre_id: UUID, trouble: Trouble, about: str, *, level: int, line_id: UUID | None) -> None:
    log.error("pager_in_trouble", centre=centre_id, reason=trouble)
    alarms.add(kind="pager_stalled")
    try:
        with savepoint(session):
            request_page(
                session,
                actor(),
                centre_id,
                "pager",
                None,
                "pager",
                level=level,
                line_id=line_id,
                request_reason=f"{trouble} {about}",
            )
    except ReactionFailedError:
        raise
    except Exception:
        # Saying it must never keep the page itself from going on.
        log.exception("pager_not_told", centre=centre_id)
