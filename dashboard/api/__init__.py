"""The read API: contacts, pages and duty of one centre, for machines with a bearer token."""

from dashboard.api.problems import problem
from dashboard.api.views import api_blueprint

__all__ = ["api_blueprint", "problem"]
