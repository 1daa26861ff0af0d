"""Who acts: a member of staff, a part of the system with a purpose, or a member of the public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

ActorKind = Literal["staff", "system", "public"]


@dataclass(frozen=True)
class Actor:
    """The one an act is written down for.

    ``name`` is never a person's name: it is the purpose of a system actor and empty for others.
    """

    kind: ActorKind
    id: UUID | None = None
    centre_id: UUID | None = None
    name: str = ""


def staff_actor(account_id: UUID, centre_id: UUID | None) -> Actor:
    """A signed-in member of staff."""
    return Actor("staff", account_id, centre_id)


def system(purpose: str) -> Actor:
    """A part of the system; ``purpose`` is a short code such as ``sweeper`` or ``replay``."""
    return Actor("system", name=purpose)


#: A caller or texter, of whom nothing is known that could be written down.
PUBLIC = Actor("public")
