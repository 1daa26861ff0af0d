"""What this room does, one verb each; never commits, never sends."""

from intake.narrowing import Agreed
from intake.service.callbacks import callback_over, plan_callback
from intake.service.callers import end_mark, mark_caller
from intake.service.calling_back import ask_to_call, call_or_forbid
from intake.service.consents import Consented, record_consent, withdraw_consent
from intake.service.drafts import open_draft, raise_to
from intake.service.emergency import Told, note_emergency_call
from intake.service.form import Closing, IntakeSaved, autosave, close, key_of_intake, mark_not_alone, reopen
from intake.service.identity import check_identity, clear_other_party, suspect_other_party, withdraw_identity
from intake.service.informants import Told as InformantTold
from intake.service.informants import disclose_informant, write_informant
from intake.service.levels import Screened, keep_secret, link_case, lower_level, raise_level, screen, triage
from intake.service.merging import confirm_merge, end_merge, propose_merge
from intake.service.nuisance import clear_nuisance
from intake.service.report_duty import Decided, decide_duty, open_duty
from intake.service.safe import (
    AgreementSet,
    add_person,
    check_code_word,
    clear_compromised,
    mark_compromised,
    record_opt_out,
    set_safe_contact,
)
from intake.service.second_number import second_number
from intake.service.texting import agree_words, drop_words, set_text_policy

__all__ = [
    "Agreed",
    "AgreementSet",
    "Closing",
    "Consented",
    "Decided",
    "InformantTold",
    "IntakeSaved",
    "Screened",
    "Told",
    "add_person",
    "agree_words",
    "ask_to_call",
    "autosave",
    "call_or_forbid",
    "callback_over",
    "check_code_word",
    "check_identity",
    "clear_compromised",
    "clear_nuisance",
    "clear_other_party",
    "close",
    "confirm_merge",
    "decide_duty",
    "disclose_informant",
    "drop_words",
    "end_mark",
    "end_merge",
    "keep_secret",
    "key_of_intake",
    "link_case",
    "lower_level",
    "mark_caller",
    "mark_compromised",
    "mark_not_alone",
    "note_emergency_call",
    "open_draft",
    "open_duty",
    "plan_callback",
    "propose_merge",
    "raise_level",
    "raise_to",
    "record_consent",
    "record_opt_out",
    "reopen",
    "screen",
    "second_number",
    "set_safe_contact",
    "set_text_policy",
    "suspect_other_party",
    "triage",
    "withdraw_consent",
    "withdraw_identity",
    "write_informant",
]
