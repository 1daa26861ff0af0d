"""Tables of the register; imported by this room alone."""

from escalation.cases.register.models.applications import Application, ApplicationItem
from escalation.cases.register.models.breaches import Breach
from escalation.cases.register.models.decisions import Change, Decision, Item, Notice, Objection, UrgentApproval
from escalation.cases.register.models.papers import Authority, Document, MeasureVersion

__all__ = [
    "Application",
    "ApplicationItem",
    "Authority",
    "Breach",
    "Change",
    "Decision",
    "Document",
    "Item",
    "MeasureVersion",
    "Notice",
    "Objection",
    "UrgentApproval",
]
