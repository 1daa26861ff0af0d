from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation.paging import queries
from escalation.paging.catalogue_rows import load_catalogues
from escalation.paging.models import Policy, PolicyVersion
from tests.edge.escalation.conftest import House


def versions(session: Session) -> int:
    """How many versions there are."""
    return session.execute(select(func.count()).select_from(PolicyVersion)).scalar_one()


def test_loading_again_adds_nothing(session: Session) -> None:
    before = versions(session)
    load_catalogues(session)
    assert versions(session) == before


def test_a_shipped_update_is_a_new_version_and_never_replaces_an_administrators(house: House) -> None:
    session = house.ground.sessions()
    policy = session.scalars(select(Policy).where(Policy.slug == "danger", Policy.centre_id.is_(None))).one()
    shipped = session.scalars(select(PolicyVersion).where(PolicyVersion.policy_id == policy.id)).one()
    changed = {**shipped.body, "contact_within_s": 60}
    session.add(
        PolicyVersion(
            policy_id=policy.id,
            number=2,
            origin="administrator",
            body=changed,
            digest="a",
            source="müdür",
            valid_from=shipped.valid_from,
        ),
    )
    shipped_again = {**shipped.body, "contact_within_s": 7}
    session.add(
        PolicyVersion(
            policy_id=policy.id,
            number=3,
            origin="shipped",
            body=shipped_again,
            digest="b",
            source="x",
            valid_from=shipped.valid_from,
        ),
    )
    session.flush()
    version_id, ladder = queries.ladder_for(session, house.centre_id, "call_unanswered", 1)
    assert ladder.contact_within_s == 60
    assert queries.ladder_of(session, version_id) == ladder
    own = Policy(slug="danger", centre_id=house.centre_id)
    session.add(own)
    session.flush()
    session.add(
        PolicyVersion(
            policy_id=own.id,
            number=1,
            origin="administrator",
            body={**shipped.body, "contact_within_s": 30},
            digest="c",
            source="müdür",
            valid_from=shipped.valid_from,
        ),
    )
    session.flush()
    assert queries.ladder_for(session, house.centre_id, "call_unanswered", 1)[1].contact_within_s == 30
    session.rollback()
    session.close()


def test_how_long_a_text_may_wait(session: Session, house: House) -> None:
    waits = {
        (level, taken): queries.opens_after_s(session, house.centre_id, level, taken=taken)
        for level in (1, 2, 4)
        for taken in (False, True)
    }
    assert waits == {(1, False): 60, (1, True): 60, (2, False): 180, (2, True): 600, (4, False): 180, (4, True): 600}
