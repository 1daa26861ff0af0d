"""What is said when somebody else listens or answers, as typed data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue


class Story(Entry):
    """One story that an ordinary call may have, and its sentences in their order."""

    code: Text
    label: Label
    words: Annotated[tuple[Label, ...], Field(min_length=1)]


class CoverStories(Catalogue):
    """All of them; the first is the shortest way out of a call."""

    stories: Annotated[tuple[Story, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> CoverStories:
        if len({story.code for story in self.stories}) != len(self.stories):
            raise ValueError("a story stands twice")
        return self


@cache
def cover_stories() -> tuple[Story, ...]:
    """The shipped stories; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "cover_stories.yaml", CoverStories).stories


def story(code: str | None) -> Story | None:
    """The story of a code; None for one that no catalogue names."""
    return next((one for one in cover_stories() if one.code == code), None)
