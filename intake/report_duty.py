"""On what a duty to report may rest and to whom is reported, as data; whether an assessment is complete, as a rule."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field as Bounded
from pydantic import model_validator

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue
from intake.codes import Code

#: What may be decided: it is reported, or there is no duty to.
DECISIONS: Final = ("report", "no_duty")
LONGEST_REASON: Final = 1000
LONGEST_REFERENCE: Final = 60


class Basis(Entry):
    """A provision on which a duty to report may rest."""

    code: Text
    title: Label
    mark: Literal["SEEN", "BELIEVED"]
    source: Text
    if_wrong: str


class ReportDuties(Catalogue):
    """The bases and authorities, and the basis of an assessment that begins by itself."""

    child: Text
    bases: tuple[Basis, ...] = Bounded(min_length=1)
    authorities: tuple[Code, ...] = Bounded(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> ReportDuties:
        codes = [basis.code for basis in self.bases]
        if len(set(codes)) != len(codes) or self.child not in codes:
            raise ValueError("a basis stands twice, or a child's is not there")
        return self

    def basis(self, code: str) -> str:
        """The basis in words; its code where an older catalogue named it."""
        return next((str(one.title) for one in self.bases if one.code == code), code)

    def authority(self, code: str) -> str:
        """The authority in words; its code where an older catalogue named it."""
        return next((str(one.label) for one in self.authorities if one.code == code), code)


@cache
def report_duties() -> ReportDuties:
    """The shipped catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "report_duty.yaml", ReportDuties)


def is_over(decision: str | None, *, sent: bool) -> bool:
    """Whether nothing is waited for any more: there is no duty, or the report has left. To decide is not to report."""
    return decision == "no_duty" or (decision == "report" and sent)


__all__ = ["DECISIONS", "LONGEST_REASON", "LONGEST_REFERENCE", "Basis", "ReportDuties", "is_over", "report_duties"]
