"""One rule decides who reads what: every combination of width, centre, grant and bar, against a plain model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, combinations, product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Boolean, Uuid, column, select, values
from sqlalchemy.orm import Session

from core.actor import staff_actor
from core.clock import after, koza_now, now
from core.ids import new_id
from staff import queries, service
from staff.errors import MissingPermissionError, OutOfScopeError
from staff.models import Grant
from staff.scope import HeldRole, Scope
from tests.edge.staff.conftest import ACTOR, Person

KIND = "case"
GRANTS = (
    "none",
    "mine",
    "mine_until",
    "mine_over",
    "mine_revoked",
    "colleague",
    "my_unit",
    "other_unit",
    "my_partner",
    "other_partner",
    "other_kind",
)
BARS = ("none", "me", "colleague", "other_kind")
WIDTHS = ("centre", "assigned", "referred", "own")


@dataclass(frozen=True)
class Row:
    """A record as the model sees it."""

    id: UUID
    mine: bool
    grant: str
    bar: str
    restricted: bool
    made_by_me: bool


@dataclass(frozen=True)
class World:
    """Everybody there is."""

    me: UUID
    colleague: UUID
    centre: UUID
    elsewhere: UUID
    partner: UUID
    rows: tuple[Row, ...]


@pytest.fixture
def world(session: Session, centre: UUID, person: Person) -> World:
    me, colleague = person(session).id, person(session).id
    elsewhere, partner = new_id(), new_id()
    rows = tuple(
        Row(new_id(), *combination)
        for combination in product((True, False), GRANTS, BARS, (True, False), (True, False))
    )
    world = World(me, colleague, centre, elsewhere, partner, rows)
    for row in rows:
        _grant(session, world, row)
        target = {"me": me, "colleague": colleague, "other_kind": me}.get(row.bar)
        if target is not None:
            kind = "intake" if row.bar == "other_kind" else KIND
            service.bar(session, ACTOR, subjects=[(kind, row.id)], account_id=target, reason="kin")
    session.flush()
    return world


def _grant(session: Session, world: World, row: Row) -> None:
    now_ = now(session)
    made: dict[str, dict[str, Any]] = {
        "mine": {"grantee_kind": "staff", "grantee_id": world.me},
        "mine_until": {"grantee_kind": "staff", "grantee_id": world.me, "until": now_ + timedelta(hours=1)},
        "mine_over": {"grantee_kind": "staff", "grantee_id": world.me, "until": now_},
        "mine_revoked": {"grantee_kind": "staff", "grantee_id": world.me, "revoked_at": now_},
        "colleague": {"grantee_kind": "staff", "grantee_id": world.colleague},
        "my_unit": {"grantee_kind": "unit", "grantee_id": world.centre},
        "other_unit": {"grantee_kind": "unit", "grantee_id": new_id()},
        "my_partner": {"grantee_kind": "partner", "grantee_id": world.partner},
        "other_partner": {"grantee_kind": "partner", "grantee_id": new_id()},
        "other_kind": {"grantee_kind": "staff", "grantee_id": world.me, "subject_kind": "intake"},
    }
    if row.grant != "none":
        session.add(Grant(**{"subject_kind": KIND, "subject_id": row.id, "reason": "assigned", **made[row.grant]}))


def expected(row: Row, widths: frozenset[str], *, in_centre: bool, partner: bool) -> bool:
    """The rule in plain words."""
    if row.bar == "me":
        return False
    whole = in_centre and (row.mine or row.grant == "my_unit") and not row.restricted
    personal = row.grant in {"mine", "mine_until"}
    return (
        ("centre" in widths and (whole or personal))
        or ("assigned" in widths and personal)
        or ("referred" in widths and partner and row.grant == "my_partner")
        or ("own" in widths and row.made_by_me)
    )


def _subsets() -> Iterator[frozenset[str]]:
    return (frozenset(item) for item in chain.from_iterable(combinations(WIDTHS, n) for n in range(len(WIDTHS) + 1)))


def _table(world: World) -> Any:
    return values(
        column("id", Uuid),
        column("centre", Uuid),
        column("restricted", Boolean),
        column("made_by", Uuid),
        name="r",
    ).data(
        [
            (
                row.id,
                world.centre if row.mine else world.elsewhere,
                row.restricted,
                world.me if row.made_by_me else world.colleague,
            )
            for row in world.rows
        ],
    )


def _read(session: Session, scope: Scope, world: World) -> set[UUID]:
    table = _table(world)
    condition = scope.where(
        KIND,
        centre=table.c.centre,
        subject_id=table.c.id,
        made_by=table.c.made_by,
        restricted=table.c.restricted,
    )
    return set(session.scalars(select(table.c.id).where(condition)))


def _read_in_parts(session: Session, scope: Scope, world: World) -> set[UUID]:
    table = _table(world)
    parts = scope.parts(
        KIND, centre=table.c.centre, subject_id=table.c.id, subject_kind=KIND, restricted=table.c.restricted
    )
    return {row for part in parts for row in session.scalars(select(table.c.id).where(part))}


def test_every_combination_reads_as_the_rule_says(session: Session, world: World) -> None:
    for widths, in_centre, partner in product(_subsets(), (True, False), (True, False)):
        roles = [HeldRole(f"r{width}", "survivor", {f"{KIND}.read": width}) for width in widths]
        scope = Scope.built(
            world.me,
            world.centre if in_centre else None,
            roles,
            partner_id=world.partner if partner else None,
        )
        wanted = {row.id for row in world.rows if expected(row, widths, in_centre=in_centre, partner=partner)}
        assert _read(session, scope, world) == wanted, (widths, in_centre, partner)
        # Nobody makes the records of a long list "own": there the parts together are the whole rule.
        if "own" not in widths:
            assert _read_in_parts(session, scope, world) == wanted, (widths, in_centre, partner)


def test_a_single_object_and_the_list_never_disagree(session: Session, world: World) -> None:
    for widths, in_centre, partner in product(_subsets(), (True, False), (True, False)):
        roles = [HeldRole(f"r{width}", "survivor", {f"{KIND}.read": width}) for width in widths]
        centre, organisation = world.centre if in_centre else None, world.partner if partner else None
        scope = Scope.built(world.me, centre, roles, partner_id=organisation)
        listed = _read(session, scope, world)
        for row in world.rows[::7]:
            single = scope.reaches(
                session,
                KIND,
                row.id,
                world.centre if row.mine else world.elsewhere,
                made_by=world.me if row.made_by_me else world.colleague,
                restricted=row.restricted,
            )
            assert single == (row.id in listed), (widths, in_centre, partner, row)


def test_no_role_no_grant_no_record(session: Session, world: World) -> None:
    """A grant widens a role's reading; it gives nothing to somebody whose roles do not read the kind."""
    scope = Scope.built(world.me, world.centre, [HeldRole("statistician", "office", {"statistics.read": "centre"})])
    assert _read(session, scope, world) == set()


def test_the_system_reads_everything_and_a_token_its_centre_without_content(session: Session, world: World) -> None:
    assert _read(session, Scope.system("test"), world) == {row.id for row in world.rows}
    token = Scope.token(new_id(), world.centre, ["contacts"])
    open_rows = {row.id for row in world.rows if (row.mine or row.grant == "my_unit") and not row.restricted}
    assert _read(session, token, world) == open_rows
    assert not token.may("message.read")
    assert _read(session, Scope.token(new_id(), world.centre, ["duty"]), world) == set()


def test_a_disabled_account_may_nothing(session: Session, person: Person) -> None:
    account = person(session, "director")
    assert Scope.of(session, account.id).may("case.read")
    service.disable_account(session, ACTOR, account.id, reason="left")
    assert not Scope.of(session, account.id).permissions


def test_refusals_name_the_reader_and_differ(session: Session, centre: UUID, person: Person) -> None:
    operator = Scope.of(session, person(session, "operator").id)
    intake = new_id()
    with pytest.raises(OutOfScopeError) as hidden:
        operator.require_record(session, "intake", intake, centre, act="write")
    assert (hidden.value.status, hidden.value.actor.id) == (404, operator.account_id)
    with pytest.raises(MissingPermissionError) as forbidden:
        operator.require_record(session, "perpetrator", intake, centre)
    assert forbidden.value.status == 403
    assert operator.account_id is not None
    _assign(session, intake, operator.account_id)
    operator.require_record(session, "intake", intake, centre, act="write")


def test_reading_is_not_writing(session: Session, centre: UUID, person: Person) -> None:
    """Police liaison reads the whole register of the centre, and writes only where she was assigned."""
    police = Scope.of(session, person(session, "police_liaison").id)
    measure = new_id()
    police.require_record(session, "register", measure, centre)
    with pytest.raises(MissingPermissionError):
        police.require_record(session, "register", measure, centre, act="write")


def _assign(session: Session, subject: UUID, account: UUID) -> None:
    service.grant(
        session,
        ACTOR,
        subject_kind="intake",
        subject_id=subject,
        grantee_kind="staff",
        grantee_id=account,
        reason="assigned",
    )


def test_a_grant_ends_by_time_and_by_hand(session: Session, centre: UUID, person: Person) -> None:
    reader = person(session, "operator").id
    scope, intake = Scope.of(session, reader), new_id()

    def reads() -> bool:
        return scope.reaches(session, "intake", intake, centre)

    _assign(session, intake, reader)
    assert reads()
    assert service.revoke_grant(session, ACTOR, subject_kind="intake", subject_id=intake, grantee_id=reader)
    assert not reads()
    assert not service.revoke_grant(session, ACTOR, subject_kind="intake", subject_id=intake, grantee_id=reader)
    for until, read in ((after(3600), True), (koza_now(), False), (after(60), True)):
        service.grant(
            session,
            ACTOR,
            subject_kind="intake",
            subject_id=intake,
            grantee_kind="staff",
            grantee_id=reader,
            reason="break_glass",
            until=until,
        )
        assert reads() is read
    assert queries.readers_of(session, "intake", intake)[0][2] == "break_glass"
    assert service.revoke_grants(session, ACTOR, "intake", intake) == 1
    assert not reads()


def test_bars_are_copied_told_to_the_feed_and_above_break_glass(
    session: Session,
    centre: UUID,
    person: Person,
) -> None:
    kin, other = person(session, "operator").id, person(session, "operator").id
    case, intake, contact = new_id(), new_id(), new_id()
    service.bar(session, ACTOR, subjects=[("contact", contact)], account_id=kin, reason="kin")
    assert service.copy_bars(session, ACTOR, ("contact", contact), [("case", case), ("intake", intake)]) == 2
    assert service.copy_bars(session, ACTOR, ("contact", contact), [("case", case)]) == 0
    assert queries.barred_accounts(session, "case", [case, new_id()]) == {case: frozenset({kin})}
    for account in (kin, other):
        service.grant(
            session,
            ACTOR,
            subject_kind="intake",
            subject_id=intake,
            grantee_kind="staff",
            grantee_id=account,
            reason="break_glass",
            until=after(3600),
        )
    assert not Scope.of(session, kin).reaches(session, "intake", intake, centre)
    assert Scope.of(session, other).reaches(session, "intake", intake, centre)
    service.unbar(session, ACTOR, subjects=[("intake", intake)], account_id=kin)
    assert Scope.of(session, kin).reaches(session, "intake", intake, centre)


def test_a_national_line_is_read_by_the_centres_listed_for_it(
    session: Session,
    centre: UUID,
    person: Person,
) -> None:
    national = service.create_centre(session, ACTOR, slug=f"n{new_id().hex[-8:]}", name="Ulusal hat", kind="national")
    number = f"+90850{new_id().int % 10**7:07d}"
    line = service.add_line(session, ACTOR, centre_id=national, number=number, name="Ulusal")
    contact = new_id()
    operator = Scope.of(session, person(session, "operator").id)
    assert not operator.reaches(session, "contact", contact, national)
    service.set_answerers(session, ACTOR, line, [centre])
    assert queries.answering_centres(session, line) == [national, centre]
    service.grant_line_units(session, ACTOR, "contact", contact, queries.answering_centres(session, line))
    assert operator.reaches(session, "contact", contact, national)
    assert not Scope.built(
        new_id(),
        new_id(),
        [HeldRole("operator", "hotline", {"contact.read": "centre"})],
    ).reaches(session, "contact", contact, national)
    assert queries.granted_units(session, "contact", [contact]) == {contact: frozenset({national, centre})}


def test_tokens_are_for_one_centre_and_end(session: Session, centre: UUID) -> None:
    raw = service.issue_token(session, ACTOR, centre, ["contacts", "duty"])
    scope = service.token_of(session, raw)
    assert scope is not None
    assert scope.centre_ids == {centre}
    assert scope.may("api.duty")
    assert not scope.may("api.pages")
    assert service.token_of(session, raw + "x") is None
    with pytest.raises(ValueError, match="contacts, pages, duty"):
        service.issue_token(session, ACTOR, centre, ["numbers"])
    assert scope.actor.id is not None
    service.revoke_token(session, ACTOR, scope.actor.id)
    assert service.token_of(session, raw) is None


def test_an_actor_of_a_scope_is_its_reader(session: Session, centre: UUID, person: Person) -> None:
    account = person(session, "operator").id
    assert Scope.of(session, account).actor == staff_actor(account, centre)
