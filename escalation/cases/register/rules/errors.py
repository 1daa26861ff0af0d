"""The one refusal of the register."""

from __future__ import annotations

from uuid import UUID


class RegisterError(Exception):
    """An act that is not possible. ``reason`` is a code that a screen words.

    ``details`` are codes beside it: for ``confirm_hints`` the hints that a person may confirm. ``known_id`` is the
    record that stands in the way, where the actor may read it.
    """

    def __init__(self, reason: str, details: tuple[str, ...] = (), known_id: UUID | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details
        self.known_id = known_id
