"""The shipped ladders as versioned rows: an update adds a version and never replaces an administrator's."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.catalogue import Catalogue, Entry, load_catalogue
from escalation.paging import rules
from escalation.paging.models import Policy, PolicyVersion

LADDERS: Final = Path(__file__).with_name("catalogue") / "ladders.yaml"

#: The row that holds how long a text may stand unanswered.
TIMES_SLUG: Final = "times"

Role = Literal["on_call", "lead", "director"]
Level = Annotated[int, Field(ge=1, le=4)]
Seconds = Annotated[int, Field(gt=0, le=86_400)]


class StepEntry(Entry):
    """One rung."""

    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    delay_s: Seconds
    parallel: bool


class Serves(Entry):
    """Reasons and levels a ladder is for."""

    reasons: Annotated[tuple[rules.Reason, ...], Field(min_length=1)]
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]


class LadderEntry(Entry):
    """One ladder."""

    slug: Annotated[str, Field(pattern=r"[a-z_]{2,40}")]
    serves: Annotated[tuple[Serves, ...], Field(min_length=1)]
    loops: Annotated[int, Field(ge=1, le=5)]
    steps: Annotated[tuple[StepEntry, ...], Field(min_length=1)]
    last_resort: StepEntry
    contact_within_s: Seconds
    snooze_max_s: Annotated[int, Field(ge=0, le=86_400)]


class LaddersFile(Catalogue):
    """The whole catalogue; every reason has exactly one ladder for every level."""

    opens_after_s: dict[Literal[1, 2, 3, 4, "taken"], Seconds]
    ladders: Annotated[tuple[LadderEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = rules.covers_all((item.reasons, item.levels) for ladder in self.ladders for item in ladder.serves)
        if wrong:
            raise ValueError(f"not served exactly once: {sorted(wrong)}")
        if len({ladder.slug for ladder in self.ladders}) != len(self.ladders):
            raise ValueError("a slug stands twice")
        return self


def load_catalogues(session: Session) -> None:
    """Load the shipped ladders; a version whose content is already the newest shipped one is left alone.

    Raises :class:`core.catalogue.CatalogueError` when the file is wrong.
    """
    file = load_catalogue(LADDERS, LaddersFile)
    bodies = {ladder.slug: ladder.model_dump(mode="json") for ladder in file.ladders}
    bodies[TIMES_SLUG] = {"opens_after_s": {str(key): value for key, value in file.opens_after_s.items()}}
    for slug, body in bodies.items():
        _add_version(session, slug, body, file)
    session.flush()


def _add_version(session: Session, slug: str, body: dict[str, Any], file: LaddersFile) -> None:
    policy = session.scalars(select(Policy).where(Policy.slug == slug, Policy.centre_id.is_(None))).one_or_none()
    if policy is None:
        policy = Policy(slug=slug)
        session.add(policy)
        session.flush()
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    newest = session.execute(
        select(PolicyVersion.digest)
        .where(PolicyVersion.policy_id == policy.id, PolicyVersion.origin == "shipped")
        .order_by(PolicyVersion.number.desc())
        .limit(1),
    ).scalar()
    if newest == digest:
        return
    last = session.execute(
        select(func.coalesce(func.max(PolicyVersion.number), 0)).where(PolicyVersion.policy_id == policy.id),
    ).scalar_one()
    session.add(
        PolicyVersion(
            policy_id=policy.id,
            number=last + 1,
            origin="shipped",
            body=body,
            digest=digest,
            source=file.source,
            valid_from=file.valid_from,
        ),
    )
