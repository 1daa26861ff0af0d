"""The examinations of ``koza doctor``. Each answers in one line and none changes anything."""

from __future__ import annotations

from dataclasses import replace

from config.doctor import copies, duty, law, machine, stores, telephone
from config.doctor.finding import Examination, Finding, Subject
from core.i18n import gettext as _
from core.log import get_logger
from core.settings import Settings

log = get_logger(__name__)

_EXAMINATIONS: tuple[Examination, ...] = (
    machine.data_folder,
    machine.disk,
    machine.secrets,
    machine.key_file,
    machine.key_copy,
    machine.security_keys,
    stores.database,
    stores.schema,
    stores.redis,
    stores.relay,
    stores.worker,
    machine.clock,
    telephone.lines,
    telephone.texts,
    telephone.fallbacks,
    telephone.quiet,
    telephone.prompts,
    telephone.account,
    telephone.numbers,
    telephone.way_in,
    duty.answering,
    duty.on_call,
    duty.telephones,
    duty.explained,
    copies.backup,
    copies.rehearsal,
    copies.offline_roster,
    law.transfer_abroad,
    law.circular,
    law.information_notice,
)


def examine(settings: Settings) -> list[Finding]:
    """Examine everything; one failure hides no other."""
    subject = Subject(settings)
    try:
        return [replace(_examined(each, subject), code=each.__name__) for each in _EXAMINATIONS]
    finally:
        subject.close()


def _examined(each: Examination, subject: Subject) -> Finding:
    """What an examination finds; one that breaks on what nobody thought of is red by itself and ends no other."""
    try:
        return each(subject)
    except Exception as error:
        log.exception("examination_failed")
        why = type(error).__name__
        return Finding(each.__name__, ok=False, detail=_("could not be examined (%(why)s)", why=why))


__all__ = ["Finding", "examine"]
