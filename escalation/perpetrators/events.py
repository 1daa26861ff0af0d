"""Facts of the perpetrator unit; they carry no contact, because nothing of hers is known here."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.facts import Fact


@dataclass(frozen=True)
class FileOpened(Fact):
    """The unit opened a file."""

    file_id: UUID
    origin: str


@dataclass(frozen=True)
class FileClosed(Fact):
    """The unit closed a file."""

    file_id: UUID
