"""Reads of the register, in the reader's scope."""

from escalation.cases.register.queries.records import (
    application_view,
    application_views,
    authorities,
    authority,
    breach_views,
    decision_view,
    decision_views,
    document_views,
)
from escalation.cases.register.queries.search import (
    ExportRow,
    Found,
    Page,
    Terms,
    ending,
    export_rows,
    search,
)
from escalation.cases.register.queries.standing import Protection, Standing, standing
from escalation.cases.register.queries.statistics import GROUPINGS, Count, statistics
from escalation.cases.register.queries.views import (
    ApplicationView,
    ApprovalView,
    AuthorityView,
    BreachView,
    ChangeView,
    DecisionView,
    DocumentView,
    ItemView,
    NoticeView,
    ObjectionView,
)
from escalation.cases.register.queries.whose import WhoseRegister, whose

__all__ = [
    "GROUPINGS",
    "ApplicationView",
    "ApprovalView",
    "AuthorityView",
    "BreachView",
    "ChangeView",
    "Count",
    "DecisionView",
    "DocumentView",
    "ExportRow",
    "Found",
    "ItemView",
    "NoticeView",
    "ObjectionView",
    "Page",
    "Protection",
    "Standing",
    "Terms",
    "WhoseRegister",
    "application_view",
    "application_views",
    "authorities",
    "authority",
    "breach_views",
    "decision_view",
    "decision_views",
    "document_views",
    "ending",
    "export_rows",
    "search",
    "standing",
    "statistics",
    "whose",
]
