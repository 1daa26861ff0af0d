"""What cases do when a lower room reports a fact."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.actor import system
from core.facts import Reactions
from escalation.cases import night, other_party, service
from intake.events import IdentityWithdrawn, LevelLowered, LevelRaised, OtherPartySuspected
from staff.events import AccountDisabled

CASES = system("cases")


def level_changed(session: Session, fact: LevelRaised | LevelLowered) -> None:
    """The level of the intake that opened a case is the case's."""
    service.set_level(session, fact.intake_id, fact.level)


def account_disabled(session: Session, fact: AccountDisabled) -> None:
    """Who may no longer act owns no case: it stands without an owner until a lead gives it one."""
    service.release(session, CASES, fact.account_id)


def identity_withdrawn(session: Session, fact: IdentityWithdrawn) -> None:
    """What was read because it was sure who speaks is closed."""
    if fact.contact_id is not None and fact.centre_id is not None:
        night.take_cards_back(session, CASES, fact.contact_id, fact.centre_id)


def other_party_suspected(session: Session, fact: OtherPartySuspected) -> None:
    """Who is responsible for her hears of it at the next shift."""
    if fact.contact_id is not None:
        other_party.alert_owners(session, CASES, fact.contact_id)


def register(reactions: Reactions) -> None:
    """Tell the ground what this room does about which fact."""
    reactions.on(LevelRaised, "cases.level", level_changed)
    reactions.on(LevelLowered, "cases.level", level_changed)
    reactions.on(AccountDisabled, "cases.account_disabled", account_disabled)
    reactions.on(IdentityWithdrawn, "cases.identity_withdrawn", identity_withdrawn)
    reactions.on(OtherPartySuspected, "cases.other_party_suspected", other_party_suspected)
