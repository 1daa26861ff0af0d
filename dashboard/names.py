"""The names by which colleagues know each other, read once for a whole page."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from staff import queries as staff


class Names:
    """Display names, read once for a whole list."""

    def __init__(self, session: Session, account_ids: Iterable[UUID | None]) -> None:
        wanted = {account_id for account_id in account_ids if account_id is not None}
        self._people = staff.staff_of(session, list(wanted)) if wanted else {}

    def of(self, account_id: UUID | None) -> str:
        """A member's display name; empty for nobody."""
        found = self._people.get(account_id) if account_id is not None else None
        return found.display_name or found.name if found is not None else ""
