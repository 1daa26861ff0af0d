"""The house of the dashboard's tests: people at their browsers, and a telephone edge beside them."""

from __future__ import annotations

from tests.edge.dashboard.conftest import app, desk, elsewhere, house

__all__ = ["app", "desk", "elsewhere", "house"]
