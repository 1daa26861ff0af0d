"""Recordings of prompts for tests: brought, put to use, and gone when the test is over."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import text

from core.actor import system
from core.database import Ground
from core.unit_of_work import run
from hotline.service import recordings
from staff.scope import Scope
from tests.support.tones import wav

ACTOR = system("tests")
SCOPE = Scope.system("tests")


def recorded(ground: Ground, prompt: str, language: str = "ku", file: bytes = b"") -> UUID:
    """Somebody recorded a prompt, and callers hear it."""
    found = run(ground, lambda session: recordings.upload(session, ACTOR, SCOPE, prompt, language, file or wav()))
    run(ground, lambda session: recordings.put_to_use(session, ACTOR, SCOPE, found))
    return found


@pytest.fixture
def _no_recordings_left(ground: Ground) -> Iterator[None]:
    """They hold for the whole house, and other tests live in it."""
    yield
    with ground.engine.begin() as connection:
        connection.execute(text("DELETE FROM hotline_recordings"))
