"""The examinations of ``koza doctor``. Each answers in one line and none changes anything."""

from __future__ import annotations

from dataclasses import replace

from config.doctor import copies, duty, law, machine, stores, telephone
from config.doctor.finding import Examination, Finding, Subject
from core.settings import Settings

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
    telephone.fallbacks,
    telephone.account,
    telephone.numbers,
    telephone.way_in,
    duty.answering,
    duty.on_call,
    duty.telephones,
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
        return [replace(each(subject), code=each.__name__) for each in _EXAMINATIONS]
    finally:
        subject.close()


__all__ = ["Finding", "examine"]
