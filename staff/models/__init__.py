"""The tables of this room."""

from staff.models.access import Bar, Grant, SessionRow, SignInAttempt, Token
from staff.models.acts import ActState, NightAct
from staff.models.people import Account, AccountRole, ContactPoint, ContactPointState, RecoveryCode, RoleVersion
from staff.models.places import Centre, CentreKind, Line, LineAnswerer, Province
from staff.models.set_up import SetUp, SetUpCode

__all__ = [
    "Account",
    "AccountRole",
    "ActState",
    "Bar",
    "Centre",
    "CentreKind",
    "ContactPoint",
    "ContactPointState",
    "Grant",
    "Line",
    "LineAnswerer",
    "NightAct",
    "Province",
    "RecoveryCode",
    "RoleVersion",
    "SessionRow",
    "SetUp",
    "SetUpCode",
    "SignInAttempt",
    "Token",
]
