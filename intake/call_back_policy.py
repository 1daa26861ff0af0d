"""How often her telephone may ring for us; read once from the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field, model_validator

from core.catalogue import Catalogue, load_catalogue

PATH: Final = Path(__file__).parent / "catalogue" / "call_backs.yaml"


class CallBackPolicy(Catalogue):
    """At most ``attempts`` calls within ``within_hours``, and ``pause_minutes`` between two."""

    attempts: int = Field(ge=1, le=10)
    within_hours: int = Field(ge=1, le=168)
    pause_minutes: int = Field(ge=0, le=1440)

    @model_validator(mode="after")
    def _check(self) -> CallBackPolicy:
        if self.pause_minutes > self.within_hours * 60:
            raise ValueError("the pause is longer than the time in which calls are counted")
        return self


def pause_after(seconds_ago: Sequence[float], policy: CallBackPolicy) -> float:
    """For how many seconds she is not called; ``seconds_ago`` are the calls so far, the newest first."""
    called = [ago for ago in seconds_ago if ago < policy.within_hours * 3600]
    if not called:
        return 0.0
    pause = policy.pause_minutes * 60 - called[0]
    if len(called) >= policy.attempts:
        pause = max(pause, policy.within_hours * 3600 - called[policy.attempts - 1])
    return max(pause, 0.0)


@cache
def call_back_policy() -> CallBackPolicy:
    """The policy in force. Raises CatalogueError when the file is wrong."""
    return load_catalogue(PATH, CallBackPolicy)
