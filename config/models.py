"""Every table of the house, loaded by every process, so that foreign keys find their tables by name."""

from importlib import import_module

#: Modules with tables, from the ground up. The foreign keys point down only.
MODEL_MODULES = (
    "core.audit",
    "core.crypto",
    "core.due",
    "core.facts",
    "core.outbox",
    "core.relay",
    "staff.models",
    "hotline.models",
    "intake.models",
    "routing.models",
    "escalation.paging.models",
    "escalation.cases.models",
    "escalation.perpetrators.models",
)


def load() -> None:
    """Import every module with tables."""
    for name in MODEL_MODULES:
        import_module(name)
