"""What a director decides about her centre's texts: the machine's answers, a thread's silence, emergency words."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import koza_now, now
from core.crypto import keyring_of
from core.ids import new_id
from core.text import fold_tr
from intake.agreed_words import MAX_WORDS, index_of, words_in
from intake.errors import TextPolicyError
from intake.models import AgreedWord, TextPolicy
from intake.rules import SILENT_HOURS
from staff.scope import Scope

_CENTRE = "centre"
_LONGEST = 80


def set_text_policy(
    session: Session,
    actor: Actor,
    scope: Scope,
    centre_id: UUID,
    *,
    automatic: bool,
    silent_hours: int = SILENT_HOURS,
) -> None:
    """Switch a centre's automatic texts on or off, and say after how many silent hours it is asked again who writes.

    Needs ``text_policy.write`` in that centre. Raises :class:`TextPolicyError`, OutOfScopeError,
    MissingPermissionError.
    """
    scope.require_record(session, "text_policy", centre_id, centre_id, act="write")
    if not 1 <= silent_hours <= 720:
        raise TextPolicyError("bad_hours")
    values = {"automatic": automatic, "silent_hours": silent_hours, "changed_by": actor.id}
    statement = insert(TextPolicy).values(centre_id=centre_id, **values)
    changed = {**values, "changed_at": koza_now()}
    session.execute(statement.on_conflict_do_update(index_elements=["centre_id"], set_=changed))
    told = {"automatic": automatic, "silent_hours": silent_hours}
    record(session, actor, "text_policy_set", _CENTRE, centre_id, centre_id, **told)


def agree_words(session: Session, actor: Actor, scope: Scope, centre_id: UUID, words: str) -> None:
    """Ordinary words that mean danger from now on, wherever they stand in a text to this centre. Twice is once.

    Raises as :func:`set_text_policy`.
    """
    scope.require_record(session, "text_policy", centre_id, centre_id, act="write")
    spoken = " ".join(words.split())
    parts = words_in(fold_tr(spoken))
    if not parts or len(spoken) > _LONGEST or len(parts) > MAX_WORDS:
        raise TextPolicyError("bad_words")
    if len(parts) == 1 and len(parts[0]) < 3:
        raise TextPolicyError("short_word")
    index = index_of(keyring_of(session), centre_id, parts)
    known = select(AgreedWord.id).where(
        AgreedWord.centre_id == centre_id, AgreedWord.word_index == index, AgreedWord.removed_at.is_(None)
    )
    if session.scalar(known) is not None:
        return
    fresh = AgreedWord(id=new_id(), centre_id=centre_id, word_index=index, added_by=actor.id)
    fresh.words = spoken
    session.add(fresh)
    session.flush()
    record(session, actor, "emergency_words_agreed", _CENTRE, centre_id, centre_id)


def drop_words(session: Session, actor: Actor, scope: Scope, word_id: UUID) -> None:
    """These words mean nothing any more. Raises as :func:`set_text_policy`."""
    scope.require("text_policy.write", "text_policy", word_id)
    found = session.get(AgreedWord, word_id, with_for_update=True)
    # What another centre agreed on looks as if it were not there.
    hers = found is not None and scope.reaches(session, "text_policy", found.centre_id, found.centre_id, act="write")
    if found is None or not hers or found.removed_at is not None:
        raise scope.out_of_scope("text_policy", word_id)
    found.removed_at, found.removed_by = now(session), actor.id
    session.flush()
    record(session, actor, "emergency_words_dropped", _CENTRE, found.centre_id, found.centre_id)
