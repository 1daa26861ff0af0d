"""The tables of this room."""

from staff.models.access import Bar, Grant, SessionRow, SignInAttempt, Token
from staff.models.acts import ActState, NightAct
from staff.models.keys import KeyChallenge, SecurityKey
from staff.models.law import MATTERS, LawDecision, Matter
from staff.models.people import Account, AccountRole, ContactPoint, ContactPointState, RecoveryCode, RoleVersion
from staff.models.places import Centre, CentreKind, Line, LineAnswerer, Province
from staff.models.set_up import SetUp, SetUpCode

__all__ = [
    "MATTERS",
    "Account",
    "AccountRole",
    "ActState",
    "Bar",
    "Centre",
    "CentreKind",
    "ContactPoint",
    "ContactPointState",
    "Grant",
    "KeyChallenge",
    "LawDecision",
    "Line",
    "LineAnswerer",
    "Matter",
    "NightAct",
    "Province",
    "RecoveryCode",
    "RoleVersion",
    "SecurityKey",
    "SessionRow",
    "SetUp",
    "SetUpCode",
    "SignInAttempt",
    "Token",
]
