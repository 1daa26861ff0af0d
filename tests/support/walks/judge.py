"""What must hold of every run, whatever was drawn: from the carrier's side, and of the rows when all is quiet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from uuid import UUID

from sqlalchemy import select, text

from core.facts import StoredFact
from core.unit_of_work import unit_of_work
from hotline.models import Call, Contact, Leg
from hotline.phrases import LANGUAGES, phrase
from hotline.rules import CEILING_S
from practice.calls import Call as Carried
from tests.faults.promises import STATEMENTS
from tests.support.walks.draw import Trouble
from tests.support.walks.played import Played
from tests.support.world import World
from tests.unit.hotline.twiml_table import WAITING_ROOM, validate

CLOSING = frozenset(phrase("closing", language).text for language in LANGUAGES)
#: She asks for her ceiling with the next poll of the waiting room, which comes every quarter of a minute.
POLL_S = 20.0
#: After a conversation she is missed, and perhaps somebody was just being asked how to be joined with her.
MISSED_S = 35.0
#: With the carrier's mistakes a request takes so much longer.
MISTAKES_S = 30.0
#: A telephone of staff stops ringing when she is gone; where that cannot be told it has no more than its own ring.
STOPS_S, RING_S = 4.0, 28.0
#: However it fails, it is rung again for her no sooner than so, on the whole.
PACE_S = 15.0
#: The carrier's own complaints: about documents, never; about a request, where it was made to fail.
_REQUEST_FAILED = frozenset({11200, 11205})
_CALLBACK_FAILED = re.compile(r"status|conference|action")
_ENDED = frozenset({"wrap_up", "closed", "abandoned_in_ivr", "abandoned_in_queue", "failed"})
#: Once contact was made a page has done what it was for: whatever comes after it has one of its own.
_STATEMENTS = {
    **STATEMENTS,
    "two pages of one contact for one reason": """
        SELECT contact_id::text FROM paging_pages WHERE state IN ('open', 'acked', 'snoozed')
        GROUP BY contact_id, reason HAVING count(*) > 1
    """,
}
Span = tuple[float, float]


@dataclass(frozen=True)
class Hers:
    """What the rows say of one call."""

    contact: Contact
    call: Call
    legs: Sequence[Leg]
    answered: Sequence[bool]
    #: When each page about her was opened.
    pages: Sequence[float]


def judge(world: World, played: Played) -> list[str]:
    """Everything that did not hold, in words; empty for a good run."""
    found = list(_documents(world, played))
    for _, call in played.calls:
        found += [f"{call.sid[-4:]}: {wrong}" for wrong in _call(world, played, call)]
    return found


def _documents(world: World, played: Played) -> Iterator[str]:
    for kind, url, body in played.documents:
        try:
            validate(body, WAITING_ROOM if kind == "queue-wait" else None)
        except (AssertionError, KeyError) as error:
            yield f"a document that the carrier would not take: {kind} {url}: {error}: {body[:200]}"
    for trouble in world.exchange.errors[played.errors_before :]:
        if trouble.code not in _REQUEST_FAILED:
            yield f"the carrier complains: {trouble}"


def _call(world: World, played: Played, call: Carried) -> Iterator[str]:
    if not call.over:
        yield "her call has no end"
    hers = _rows(world, call)
    if hers is None:
        yield "she stands nowhere"
        return
    company, others = _company(world, call)
    alternatives = _alternatives(world, call)
    yield from _end(played, call, hers, company, alternatives)
    yield from _ceiling(played.run.trouble, call, hers, company, alternatives)
    yield from _one_owner(others)
    yield from _telephones(world, played.run.trouble, call, hers, others)
    yield from _silence(world, call)
    yield from _board(world, hers, company)


def _rows(world: World, call: Carried) -> Hers | None:
    with unit_of_work(world.ground) as session:
        contacts = session.scalars(select(Contact).where(Contact.carrier_sid == call.sid)).all()
        if len(contacts) != 1:
            return None
        contact = contacts[0]
        facts = select(StoredFact).where(StoredFact.contact_id == contact.id, StoredFact.kind == "CallEnded")
        opened = "SELECT extract(epoch FROM opened_at)::float FROM paging_pages WHERE contact_id = :id ORDER BY 1"
        return Hers(
            contact,
            session.get_one(Call, contact.id),
            session.scalars(select(Leg).where(Leg.contact_id == contact.id)).all(),
            [bool(fact.payload["answered"]) for fact in session.scalars(facts)],
            list(session.scalars(text(opened), {"id": contact.id})),
        )


# From the carrier's side.


def _rooms(world: World, call: Carried, address: str) -> Iterator[tuple[str, float, float]]:
    """The talking rooms that a call was in: name, from, to."""
    name, since = None, 0.0
    for line in world.exchange.phone(address).transcript:
        if line.sid != call.sid:
            continue
        if line.kind == "conference_joined":
            name, since = line.text, line.at
        elif line.kind == "conference_left" and name is not None:
            yield name, since, line.at
            name = None
    if name is not None:
        yield name, since, call.ended_at or world.exchange.now


def _company(world: World, call: Carried) -> tuple[list[Span], dict[str, list[Span]]]:
    """When somebody was with her; and when each telephone of staff was in her room."""
    rooms = list(_rooms(world, call, call.from_))
    names = {name for name, _, _ in rooms}
    spans, others = [], {}
    for other in world.exchange.calls.values():
        if other.direction == "outbound-api" and other.answered_at is not None:
            inside = [(since, until) for name, since, until in _rooms(world, other, other.to) if name in names]
            if inside:
                others[other.sid] = inside
                spans += [_both(one, hers[1:]) for one in inside for hers in rooms]
        if other.parent_sid == call.sid:
            spans += [
                (line.at, other.ended_at or world.exchange.now)
                for line in world.exchange.phone(other.to).transcript
                if line.kind == "talking_to" and line.sid == other.sid
            ]
    return sorted(span for span in spans if span[0] < span[1]), others


def _both(one: Span, other: Span) -> Span:
    return max(one[0], other[0]), min(one[1], other[1])


def _alternatives(world: World, call: Carried) -> list[float]:
    """When a safe alternative began: telephones outside the queue ring for her, or she hears where else to go."""
    heard = [
        line.at
        for line in world.exchange.phone(call.from_).transcript
        if line.sid == call.sid and line.kind == "heard" and line.text in CLOSING
    ]
    rung = [other.created_at for other in world.exchange.calls.values() if other.parent_sid == call.sid]
    return sorted(heard + rung)


def _end(played: Played, call: Carried, hers: Hers, company: list[Span], alternatives: list[float]) -> Iterator[str]:
    """She hung up, somebody who had her ended it, or she was told where else to turn."""
    if call.sid in played.hung_up or call.ended_at is None:
        return
    ended = call.ended_at
    told = any(ended - 20 < at for at in alternatives)
    spoken = any(until > ended - 10 for _, until in company)
    by_staff = hers.contact.ended_by == "staff" and bool(company)
    if not (told or spoken or by_staff):
        yield f"she was cut off after {ended - call.created_at:.0f} s"
    if hers.call.danger_at is not None and hers.call.danger_at.timestamp() < ended - 1 and not by_staff:
        yield "after her 5 we hung up"


def _ceiling(
    trouble: Trouble, call: Carried, hers: Hers, company: list[Span], alternatives: list[float]
) -> Iterator[str]:
    limit = CEILING_S + POLL_S + (0.0 if trouble.weather == "calm" else MISTAKES_S + trouble.lasts)
    end = call.ended_at or float("inf")
    spans = [(call.created_at, call.created_at), *company, *((at, at) for at in alternatives), (end, end)]
    for before, after in pairwise(sorted(spans)):
        most = limit + (MISSED_S if before in company else 0.0)
        gap = after[0] - before[1]
        called = any(at <= before[1] + most for at in hers.pages) and hers.contact.danger
        if gap > most and not called:
            yield f"{gap:.0f} s without anybody, from second {before[1] - call.created_at:.0f} on"


def _one_owner(others: dict[str, list[Span]]) -> Iterator[str]:
    for (one, spans), (other, further) in combinations(others.items(), 2):
        for first in spans:
            for second in further:
                since, until = _both(first, second)
                if until - since > 0.5:
                    yield f"two of us were with her for {until - since:.1f} s: {one[-4:]}, {other[-4:]}"


def _telephones(
    world: World, trouble: Trouble, call: Carried, hers: Hers, others: dict[str, list[Span]]
) -> Iterator[str]:
    """None rings for whom somebody has, or who is gone; none stays in a call about her; none rings without a pause."""
    stayed = (call.ended_at or world.exchange.now) - call.created_at
    for account_id, times in Counter(leg.account_id for leg in hers.legs if leg.purpose == "offer").items():
        if times > 3 + stayed / PACE_S:
            yield f"the telephone of {str(account_id)[-4:]} was rung {times} times in {stayed:.0f} s"
    allowed = STOPS_S if trouble.weather == "calm" else RING_S
    for leg in hers.legs:
        rung = world.exchange.calls.get(leg.carrier_sid or "")
        if rung is None or leg.purpose == "page":
            continue
        if not rung.over:
            yield f"a telephone of staff is still in a call for her: {leg.purpose} {rung.status}"
        stopped = min(rung.answered_at or float("inf"), rung.ended_at or float("inf"), world.exchange.now)
        not_wanted = [span for sid, spans in others.items() if sid != rung.sid for span in spans]
        not_wanted.append((call.ended_at or float("inf"), float("inf")))
        overlaps = [_both(span, (rung.created_at, stopped)) for span in not_wanted]
        late = max(until - since for since, until in overlaps)
        if late > allowed:
            yield f"a telephone of staff rang {late:.0f} s for nobody: {leg.purpose}"


def _five(world: World, call: Carried) -> float | None:
    """When the carrier first told a 5 of hers, whatever we made of it; one that nothing listened for is never told."""
    told = (
        entry.at
        for entry in world.exchange.requests()
        if entry.get("CallSid") == call.sid and "5" in (entry.get("Digits") or "") + (entry.get("FinishedOnKey") or "")
    )
    return min(told, default=None)


def _silence(world: World, call: Carried) -> Iterator[str]:
    """After her 5 nothing is said to her: by what the carrier told and what it played, and by no row of ours."""
    five = _five(world, call)
    if five is None:
        return
    since = five + 0.5
    for line in world.exchange.phone(call.from_).transcript:
        if line.sid == call.sid and line.kind in ("heard", "tone", "music") and line.at > since:
            yield f"after her 5 she heard: {line.text[:30]}"


# From the rows.


def _board(world: World, hers: Hers, company: list[Span]) -> Iterator[str]:
    contact = hers.contact
    if hers.call.ended_at is None or contact.state not in _ENDED:
        yield f"her call is over and her contact stands as {contact.state}"
    if len(hers.answered) != 1:
        yield f"her end was told {len(hers.answered)} times"
    if any(hers.answered) and not company:
        yield "she is taken for answered, and nobody was with her"
    if not any(hers.answered) and contact.state != "closed" and not hers.pages:
        yield "nobody answered her and nobody is paged for her"
    yield from _promises(world, contact.id)


def _promises(world: World, contact_id: UUID) -> Iterator[str]:
    kinds = "'hotline.deadline', 'hotline.alone', 'routing.wave'"
    left = f"SELECT kind FROM core_due WHERE subject = :id AND kind IN ({kinds})"  # noqa: S608 - words of ours
    with world.ground.engine.connect() as connection:
        for (kind,) in connection.execute(text(left), {"id": str(contact_id)}):
            yield f"{kind} is still due for her"
        for name, statement in _STATEMENTS.items():
            if connection.execute(text(_about_her(statement)), {"id": str(contact_id)}).first():
                yield name


def _about_her(statement: str) -> str:
    return f"SELECT 1 FROM ({statement}) AS f(id) WHERE id = :id"  # noqa: S608 - a statement of ours


def _pages(world: World, played: Played) -> list[str]:
    sids = [call.sid for _, call in played.calls]
    asked = """
        SELECT extract(epoch FROM p.opened_at)::float, p.reason, p.state, p.level, p.closed_at, right(c.carrier_sid, 4)
        FROM paging_pages p JOIN hotline_contacts c ON c.id = p.contact_id
        WHERE c.carrier_sid = ANY(:sids) ORDER BY 1
    """
    facts = """
        SELECT extract(epoch FROM f.at)::float, f.kind, f.payload, right(c.carrier_sid, 4)
        FROM core_facts f JOIN hotline_contacts c ON c.id = f.contact_id
        WHERE c.carrier_sid = ANY(:sids) ORDER BY f.number
    """
    with world.ground.engine.connect() as connection:
        rows = [(*row,) for row in connection.execute(text(asked), {"sids": sids})]
        rows += [(*row,) for row in connection.execute(text(facts), {"sids": sids})]
    return [f"{row[0] - played.began:7.1f} {row[1:]}" for row in rows]


def tell(world: World, played: Played) -> str:
    """The whole story of a run, for whoever has to find out why it went wrong."""
    numbers = dict.fromkeys(call.from_ for _, call in played.calls)
    numbers |= dict.fromkeys(person.phone for _, person in played.people)
    if played.fallback:
        numbers[played.fallback] = None
    lines = [
        (line.at, f"{line.at - played.began:7.1f} {number[-4:]} {line.sid[-4:]} {line.kind} {line.text[:60]}")
        for number in numbers
        for line in world.exchange.phone(number).transcript
        if line.at >= played.began
    ]
    for entry in world.exchange.requests():
        if entry.at >= played.began:
            asked = f"{entry.kind} {entry.url.partition('/twilio')[2][:70]} {entry.outcome}"
            lines.append((entry.at, f"{entry.at - played.began:7.1f}      {asked}"))
    return "\n".join([str(played.run), *_pages(world, played), *(line for _, line in sorted(lines))])


__all__ = ["judge", "tell"]
