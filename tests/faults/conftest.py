"""A desk on the suite's database, on which what the fault runs look for is made to happen."""

from tests.support.desk import Desk, desk

__all__ = ["Desk", "desk"]
