"""The tables of this room."""

from staff.models.access import Bar, Grant, SessionRow, SignInAttempt, Token
from staff.models.acts import ActState, NightAct
from staff.models.keys import KeyChallenge, SecurityKey
from staff.models.people import Account, AccountRole, ContactPoint, ContactPointState, RecoveryCode, RoleVersion
from staff.models.places import Centre, CentreKind, Line, LineAnswerer, Province

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
    "KeyChallenge",
    "Line",
    "LineAnswerer",
    "NightAct",
    "Province",
    "RecoveryCode",
    "RoleVersion",
    "SecurityKey",
    "SessionRow",
    "SignInAttempt",
    "Token",
]
