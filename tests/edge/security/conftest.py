"""One centre for the whole of the matrix: its people are many, and each is signed in once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from core.database import Ground
from tests.edge.dashboard.conftest import House, app, elsewhere, house
from tests.edge.security.place import Place
from tests.support.desk import _HASH, Desk, desk
from tests.support.line import new_line

__all__ = ["app", "desk", "elsewhere", "house"]


@pytest.fixture(scope="module")
def place(app: Flask, ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A centre with one of everything, and another."""
    folder = tmp_path_factory.mktemp("matrix")
    lines = [new_line(ground, folder / name, province) for name, province in (("home", "06"), ("away", "35"))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("staff.service.accounts.hash_password", lambda _password: _HASH)
        yield Place(*(House(app, Desk(line)) for line in lines))
