"""What stands in the database and the journal at this moment, for Prometheus: read when it asks, never remembered.

A gauge that one process sets is invisible in another, and one that nobody sets any more goes on telling its last
value; both would be a false all-clear.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from config import readiness
from core.database import Ground
from core.due import overdue_seconds
from core.relay import lag
from escalation.paging import queries as paging
from hotline import journal
from hotline import queries as hotline
from routing import queries as routing
from staff.scope import Scope

_SCOPE = Scope.system("metrics")


def look(ground: Ground) -> dict[str, float]:
    """The values by their names in Prometheus; without those of the database when it does not answer in time."""
    stored = readiness.ask(ground, _stored)
    return {
        "koza_database_up": float(stored is not None),
        "koza_journal_waiting": journal.waiting(ground.settings.data_dir / "journal"),
        **(stored or {}),
    }


def _stored(session: Session) -> dict[str, float]:
    events, event_age = lag(session)
    aside = hotline.set_aside(session)
    contacts, contact_age = routing.waiting(session, _SCOPE)
    return {
        "koza_due_overdue_seconds": overdue_seconds(session),
        "koza_relay_lag_events": events,
        "koza_relay_lag_seconds": event_age,
        "koza_quarantine_open": aside.quarantined,
        "koza_webhook_conflicts_open": aside.conflicts,
        "koza_queue_waiting": contacts,
        "koza_queue_oldest_seconds": contact_age,
        "koza_pages_open": paging.unaccepted(session, _SCOPE),
    }
