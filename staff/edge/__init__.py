"""The web's side of this room: who may reach which view, and the sign-in itself.

A view carries a mark that says who may reach it; a view without one is refused to everybody.
"""

from staff.edge.guard import (
    SET_UP_PATH,
    Guard,
    KeyRequired,
    StepUpRequired,
    csrf_token,
    current,
    current_actor,
    current_scope,
    guard_of,
)
from staff.edge.headers import allow_connect, allow_microphone
from staff.edge.key_views import keys_blueprint
from staff.edge.marks import Access, access_of, bearer, carrier, public, require_permission, set_up, signed_in
from staff.edge.own_views import PASSWORD_FIELDS, OwnForm, own_blueprint
from staff.edge.views import STEP_UP_CODE, STEP_UP_TO, sign_in_blueprint

__all__ = [
    "PASSWORD_FIELDS",
    "SET_UP_PATH",
    "STEP_UP_CODE",
    "STEP_UP_TO",
    "Access",
    "Guard",
    "KeyRequired",
    "OwnForm",
    "StepUpRequired",
    "access_of",
    "allow_connect",
    "allow_microphone",
    "bearer",
    "carrier",
    "csrf_token",
    "current",
    "current_actor",
    "current_scope",
    "guard_of",
    "keys_blueprint",
    "own_blueprint",
    "public",
    "require_permission",
    "set_up",
    "sign_in_blueprint",
    "signed_in",
]
