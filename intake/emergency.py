"""What is known beforehand of a call to 112: the telephones it is made on, and what may come of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field as Bounded

from core.catalogue import Catalogue, load_catalogue
from intake.codes import Code

#: Longest reference number and longest words that are kept, in characters.
LONGEST_REFERENCE = 60
LONGEST_WORDS = 1000
#: Those words together with what stood on the card.
LONGEST_CARD = 4000
#: The code among what was done for her, in the intake.
CALLED_112 = "called_112"


class EmergencyCard(Catalogue):
    """Codes of the telephones and outcomes, and how long the place where she is stays written down."""

    telephones: tuple[Code, ...]
    outcomes: tuple[Code, ...]
    location_hours: int = Bounded(ge=1, le=24 * 7)

    def outcome(self, code: str) -> str:
        """The outcome in words; its code where an older catalogue named it."""
        return next((str(one.label) for one in self.outcomes if one.code == code), code)

    def telephone(self, code: str) -> str:
        """The telephone in words; its code where an older catalogue named it."""
        return next((str(one.label) for one in self.telephones if one.code == code), code)


@cache
def emergency_card() -> EmergencyCard:
    """The shipped catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "emergency_card.yaml", EmergencyCard)
