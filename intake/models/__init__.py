"""Tables of the intake; imported by this room alone."""

from intake.models.consents import Consent
from intake.models.informants import Informant
from intake.models.intakes import INTAKE_STATES, EmergencyCall, Intake, Person, ReportDuty, Screening
from intake.models.merges import Merge
from intake.models.safe_contacts import ON_DROP, SAFE_CHANNEL, Callback, SafeContact
from intake.models.texting import AgreedWord, TextPolicy
from intake.models.who_speaks import (
    CALLER_MARKS,
    IDENTITY_ENDS,
    IDENTITY_WAYS,
    CallerMark,
    IdentityCheck,
    NuisanceMark,
    OtherPartyMark,
)

__all__ = [
    "CALLER_MARKS",
    "IDENTITY_ENDS",
    "IDENTITY_WAYS",
    "INTAKE_STATES",
    "ON_DROP",
    "SAFE_CHANNEL",
    "AgreedWord",
    "Callback",
    "CallerMark",
    "Consent",
    "EmergencyCall",
    "IdentityCheck",
    "Informant",
    "Intake",
    "Merge",
    "NuisanceMark",
    "OtherPartyMark",
    "Person",
    "ReportDuty",
    "SafeContact",
    "Screening",
    "TextPolicy",
]
