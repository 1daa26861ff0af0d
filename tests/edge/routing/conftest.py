"""A centre at work for the tests of this room."""

from tests.support.desk import desk

__all__ = ["desk"]
