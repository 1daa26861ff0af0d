"""Every table of the house, loaded by the processes that write, so that foreign keys find their tables by name."""

from collections.abc import Sequence
from importlib import import_module

#: Who is signed in and what was committed: enough for a process that only looks. Nothing in it points above it.
GROUND_FLOOR = (
    "core.audit",
    "core.crypto",
    "core.due",
    "core.facts",
    "core.outbox",
    "core.relay",
    "staff.models",
)
#: Modules with tables, from the ground up. The foreign keys point down only.
MODEL_MODULES = (
    *GROUND_FLOOR,
    "hotline.models",
    "intake.models",
    "routing.models",
    "escalation.paging.models",
    "escalation.cases.models",
    "escalation.cases.register.models",
    "escalation.cases.clock.models",
    "escalation.cases.petitions.models",
    "escalation.cases.lists.models",
    "escalation.cases.copying.models",
    "escalation.perpetrators.models",
)


def load(modules: Sequence[str] = MODEL_MODULES) -> None:
    """Import every module with tables, or some of them."""
    for name in modules:
        import_module(name)
