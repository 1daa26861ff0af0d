"""Sentences for codes of the rooms below: why a level stands, what a refusal means."""

from __future__ import annotations

from core.i18n import gettext as _
from hotline.status_rules import error_class
from intake.danger import group_codes
from intake.rules import explain
from staff.passwords import MAX_LENGTH, MIN_LENGTH


def level_rule(rule: str) -> str:
    """Why a level stands, in one sentence."""
    known = {
        "before_triage": _("Not yet triaged: every contact counts as urgent."),
        "danger_key": _("She pressed 5 on her telephone."),
        "silent": _("She was heard to be silent and is treated as in danger."),
        "agreed_words": _("She wrote the words agreed for an emergency. Do not repeat them to her."),
        "wrong_answer": _("Who writes did not give the agreed answer. It may be somebody else."),
        "suicidal": _("She may take her own life."),
        "immediate_danger": _("She says that she is in danger now."),
        "person": _("A member of staff set this level."),
    }
    if rule in group_codes():
        return _("Words of danger in her text.")
    return explain(rule) or known.get(rule) or _("The reason is not known: %(rule)s.", rule=rule)


def intake_error(reason: str) -> str:
    """Why the intake refuses."""
    return {
        "closed": _("This intake is closed. Reopen it with a reason before you change it."),
        "not_closed": _("This intake is not closed."),
        "no_reason": _("Say why it is opened again."),
        "reason_missing": _("Say why the level is lowered."),
        "lead_missing": _("Only a shift lead may lower a contact in danger, or you with her agreement."),
        "unknown_answer": _("This answer is not known. Choose one of the list."),
        "no_word": _("Type the word she says."),
        "no_address": _("She showed no number, so nothing can be agreed about reaching her."),
        "bad_channel": _("Choose one of the answers."),
        "bad_drop": _("Choose one of the answers."),
        "unknown_way": _("Say how you made sure who speaks."),
        "other_party": _("This may be the other party. Take that back first, if it was an error."),
        "not_her": _("Somebody else than she calls here: nothing of hers is opened or agreed."),
        "unknown_kind": _("Choose one of the list."),
        "mark_reason": _("Say why it is taken back."),
        "withdraw_reason": _("Say why it is no longer sure who speaks."),
        "clear_reason": _("Say how you know that it is not the other party."),
        "bad_hours": _("Give a number of hours from 1 to 720."),
        "bad_words": _("Give ordinary words, six at most."),
        "short_word": _("One word alone must have three letters or more: every text that holds it is danger."),
        "bad_window": _("Give a beginning and an end that differ."),
    }.get(reason, reason)


def four_eyes_error(reason: str) -> str:
    """Why an act that needs a second person is refused."""
    return {
        "no_reason": _("Write the reason first."),
        "not_night": _("This can be done alone only at night. Ask a second person."),
        "not_approved": _("Nobody has agreed yet, or the time for it is over. Ask again."),
        "same_person": _("Your own act: someone else reviews it."),
    }.get(reason, _("This was decided already."))


def password_error(reason: str) -> str:
    """Why a password or a PIN of her own is refused."""
    return {
        "short": _("The password is shorter than %(n)d characters.", n=MIN_LENGTH),
        "long": _("The password is longer than %(n)d characters.", n=MAX_LENGTH),
        "common": _("The password is one of the first that are guessed."),
        "repetitive": _("The password repeats itself."),
        "named": _("The password is made of the name."),
        "wrong": _("The password until now is not right."),
        "different": _("The new password was typed in two ways."),
        "pin_weak": _("4 to 8 digits, not all the same and not in a row."),
        "pin_different": _("The PIN was typed in two ways."),
    }[reason]


def paging_error(reason: str) -> str:
    """Why the pager refuses."""
    return {
        "unknown_reason": _("Choose why people are woken."),
        "no_reason": _("Say why people are woken."),
        "no_free_code": _("No page could be opened. Call the on-call member yourself."),
        "unknown_contact": _("This contact does not exist any more."),
        "texts_wait": _("Texts still wait here. The page ends by itself when the last of them is answered or closed."),
        "not_accepted": _("You have not accepted this page, or no longer have it."),
    }.get(reason, _("This page has moved on. Look at it again."))


def page_words(reason: str, words: str) -> tuple[str, ...]:
    """What a page was asked for, in words: an operator's own, or what the pager could not do with which page."""
    lines = tuple(line for line in words.splitlines() if line)
    return tuple(_trouble(line) for line in lines) if reason == "pager" else lines


def _trouble(line: str) -> str:
    code, _blank, about = line.partition(" ")
    known = {
        "exhausted": _("%(about)s: nobody accepted on any step", about=about),
        "late": _("%(about)s: a step was called late", about=about),
        "not_sent": _("%(about)s: a text or call could not leave in its time", about=about),
        "stuck": _("%(about)s: failed again and again", about=about),
        "never_dialled": _never_dialled(about),
    }
    return known.get(code, line)


def _never_dialled(about: str) -> str:
    if not about:
        return _("A call was stopped: its number is an emergency or short service number, which Koza never calls")
    return _("%(about)s: a telephone was not called, it is an emergency or short service number", about=about)


def emergency_error(reason: str) -> str:
    """Why a call to 112 cannot be written down so."""
    return {
        "unknown_code": _("Choose one of the list."),
        "not_a_time": _("Enter a date and a time."),
        "future": _("This time has not come yet."),
        "before_her": _("At this time she had not reached us."),
        "too_long": _("This is too long."),
        "carrier_line": _("This is a line of Koza, and 112 is not reached from it. Which telephone was it?"),
        "unknown_person": _("Choose who called."),
    }.get(reason, reason)


def consent_error(reason: str) -> str:
    """Why a consent to share cannot be written down or withdrawn so."""
    return {
        "not_her": _("Somebody else than she calls here: nobody agrees in her place."),
        "check_first": _("A known number: say first how you made sure who speaks. Nothing is agreed for her before."),
        "unknown_code": _("Choose one of the list."),
        "unknown_way": _("Say whether she said or signed it."),
        "nothing_told": _("Tick at least one thing that may be told."),
        "not_a_time": _("Enter a date and a time."),
        "future": _("This time has not come yet."),
        "before_her": _("At this time she had not reached us."),
        "not_a_day": _("Enter a date."),
        "over_already": _("This day is over already. Give a later one, or leave it empty."),
        "not_named": _("Say which."),
        "too_long": _("This is too long."),
    }.get(reason, reason)


def informant_error(reason: str) -> str:
    """Why who told of her cannot be written down or opened so."""
    return {
        "not_another": _("She herself calls here: nobody is kept apart. Choose first who calls."),
        "unknown_code": _("Choose one of the list."),
        "too_long": _("This is too long."),
    }.get(reason, reason)


def merge_error(reason: str) -> str:
    """Why two records cannot be said to be one woman's so."""
    return {
        "unknown_ref": _("There is no record with this reference that you may read."),
        "same_record": _("This is the record itself."),
        "stands_already": _("This stands there already."),
        "no_reason": _("Write the reason first."),
        "too_long": _("This is too long."),
        "not_her": _("In one of the two somebody else than she speaks, or may: it is never read as hers."),
        "check_first": _("A known number: say first how you made sure who speaks."),
        "check_there": _("In the other record it is not sure who spoke. Open it and say there how you made sure."),
        "unknown_way": _("Say how you made sure who speaks."),
        "no_number": _("This is no whole telephone number. Write it with its area code."),
        "abroad": _("Koza calls another number only in Turkey."),
        "never_dialled": _("This is an emergency or short number, which Koza never calls."),
        "same_number": _("This is the number from which she reached us."),
        "other_bars": _(
            "One of the two keeps somebody away whom the other does not. Both are read as one when both do."
        ),
    }.get(reason, reason)


def duty_error(reason: str) -> str:
    """Why an assessment of the duty to report cannot be written down so."""
    return {
        "unknown_code": _("Choose one of the list."),
        "no_reason": _("Say why there is no duty to report."),
        "no_duty_no_report": _("Without a duty nothing is reported. Leave it empty, or decide that it is reported."),
        "sent_where_and_when": _("Say to which authority and when, or leave both empty."),
        "not_a_time": _("Enter a date and a time."),
        "future": _("This time has not come yet."),
        "before_her": _("At this time she had not reached us."),
        "too_long": _("This is too long."),
        "duty_over": _("It was decided already."),
    }.get(reason, reason)


def case_error(reason: str) -> str:
    """Why a case refuses."""
    return {
        "owner_barred": _("This person is barred from the case."),
        "unknown_owner": _("This person cannot own the case."),
        "belongs_to_another_case": _("This contact belongs to another case already."),
        "unknown_note_kind": _("Choose who reads the note."),
        "empty_note": _("Write something first."),
        "other_party": _("This may be the other party: it is not filed as hers."),
        "line_too_long": _("Write at most 500 characters: it is read while she speaks."),
        "empty_task": _("Write what is to do."),
        "closed": _("The case is closed."),
        "no_closure_reason": _("Choose why the case is closed."),
        "open_duties": _("Something is undone. Finish it, or let the director say why it is closed all the same."),
        "open_duties_need_words": _("Say why it is closed although something is open."),
        "not_possible": _("The case cannot move there from its present state."),
    }.get(reason, _("The case cannot move there from its present state."))


def shift_error(reason: str) -> str:
    """Why a shift is refused."""
    return {
        "order": _("The end must come after the beginning."),
        "too_long": _("A shift may not be longer than 31 days."),
        "overlap": _("This person already has this duty in that time."),
        "unknown": _("This shift does not exist any more."),
    }.get(reason, reason)


def message_why(error_code: int | None) -> str:
    """Why a text of ours did not arrive, and what is left to do; empty where the carrier gave no reason."""
    if error_code is None:
        return ""
    return {
        "opted_out": _(
            "The network stops our texts to this number, because STOP was once written from it. Her own texts reach us."
            " The contact stays open: offer another way, or call her back where she agreed to it."
        ),
        "not_mobile": _("This number takes no texts. Call her back where she agreed to it."),
        "switch_channel": _("The network did not let it through. Try another way."),
        "retry": _("Her telephone could not be reached. Write again later, if it still helps."),
        "config_alarm": _("The carrier refused it because of our account. Tell whoever administers it."),
    }.get(error_class(error_code), _("This number cannot be written to."))


def message_state(state: str) -> str:
    """How far a text of ours came."""
    return {
        "queued": _("leaves in a moment"),
        "accepted": _("handed to the carrier"),
        "sent": _("sent"),
        "delivered": _("delivered"),
        "read": _("read"),
        "cancelled": _("taken back"),
        "expired": _("not sent: its time was over"),
        "failed": _("not delivered"),
        "undelivered": _("not delivered"),
        "unknown": _("nobody knows whether it was delivered"),
        "unsure": _("nobody knows whether it left; it is not sent again by itself"),
    }.get(state, state)
