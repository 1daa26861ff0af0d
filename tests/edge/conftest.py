"""What tests through the edge share."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

_QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of people are hired here; hashing as slowly as the house does is tested in tests/unit/staff."""
    monkeypatch.setattr("staff.passwords._HASHER", _QUICK)
