"""python -m bench cases: what the register's questions cost the database beside `select 1`, with very many cases.

`koza demo --cases` fills a database of its own. Each question is asked once through the product's own query, and every
statement that it sends is kept; then the statements of all questions are sent again and again, prepared, on one
connection, in turn with `select 1`. A question's cost is the median of its statements' sum over the median of
`select 1`.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyotp
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from bench.machine import Machine
from bench.scale import between
from config import demo
from config.demo_many import make_cases
from config.engines.postgres import PostgresEngine
from config.keyfile import ensure_key_file
from config.migrate import migrate
from config.wiring import build_ground
from core.clock import now
from core.database import Ground
from core.i18n import ISTANBUL
from core.settings import Settings
from core.unit_of_work import unit_of_work
from escalation.cases import queries as cases
from escalation.cases.clock import queries as clock
from escalation.cases.register import queries as register
from escalation.cases.register.queries import Terms
from staff import queries as staff
from staff.scope import Scope

PAGE = Path(__file__).resolve().parent.parent / "docs" / "deadlines.md"
GOALS = {"rare": 6, "selective": 20, "worst": 200}
#: Who asks: the lawyer of a centre with an ordinary large share of all cases.
_LAWYER = "legal@ankara"
#: Whose own cases are asked for, and who reads every case of the centre.
_WORKER, _DIRECTOR = "caseworker@ankara", "director@ankara"
#: As many as a page of cases shows, and one that says whether there are more.
_CASES = 51
#: An ordinary morning: a case worker has eighty cases and not a whole centre's, what was to be told in a day waits for
#: somebody, and what ends in four days is to be ticked off.
_MORNING = (
    """
    UPDATE staff_grants SET revoked_at = koza_now() WHERE reason = 'owner' AND revoked_at IS NULL AND subject_id IN (
        SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY owner_id ORDER BY id DESC) AS place FROM cases_cases
            WHERE owner_id IS NOT NULL) owned WHERE place > 80)
    """,
    """
    UPDATE cases_cases c SET owner_id = NULL WHERE owner_id IS NOT NULL AND NOT EXISTS (SELECT FROM staff_grants
        WHERE subject_id = c.id AND grantee_id = c.owner_id AND reason = 'owner' AND revoked_at IS NULL)
    """,
    """
    UPDATE cases_reminders r SET state = 'told', told_at = koza_now() FROM cases_deadlines d
    WHERE d.id = r.deadline_id AND d.state = 'open' AND r.state = 'waiting' AND r.at < koza_now() + interval '1 day'
    """,
    """
    INSERT INTO cases_closure_ticks (id, centre_id, deadline_id, day, next_working_day)
    SELECT gen_random_uuid(), centre_id, id, koza_now()::date, koza_now()::date + 3 FROM cases_deadlines
    WHERE state = 'open' AND unrolled_at < koza_now() + interval '4 days' ON CONFLICT DO NOTHING
    """,
)
_ROUNDS = 40

Ask = Callable[[Session, Scope], object]


@dataclass
class Question:
    """Something that a page asks of the database."""

    name: str
    kind: str
    ask: Ask
    statements: list[tuple[str, Any]] = field(default_factory=list)
    rows: int = 0
    times: list[float] = field(default_factory=list)
    who: str = _LAWYER


def questions(session: Session, scope: Scope) -> list[Question]:
    """The questions, with numbers and references that are there."""
    known = session.execute(
        text(
            "SELECT c.ref, c.id AS case_id, d.authority_id, d.decided_on, d.id FROM cases_decisions d"
            " JOIN cases_cases c ON c.id = d.case_id WHERE d.centre_id = ANY(:mine) AND d.state = 'active'"
            " AND NOT c.confidential ORDER BY d.decided_on DESC LIMIT 1",
        ),
        {"mine": list(scope.centre_ids)},
    ).one()
    today = now(session).astimezone(ISTANBUL).date()
    decision = register.decision_view(session, scope, known.id)
    if decision is None:
        raise LookupError(known.ref)
    docket, number = decision.docket or "", decision.number or ""

    day, soon = known.decided_on, now(session) + timedelta(days=1)

    def search(**terms: Any) -> Ask:
        return lambda session, scope: register.search(session, scope, Terms(**terms))

    def month(days: int) -> Ask:
        return lambda session, scope: register.ending(session, scope, today + timedelta(days=days))

    def newest(state: str = "") -> Ask:
        return lambda session, scope: session.execute(cases.newest(scope, _CASES, state=state)).all()

    def applied(session: Session, scope: Scope) -> object:
        return register.application_views(session, scope, known.case_id)

    def unticked(session: Session, scope: Scope) -> range:
        return range(clock.unticked(session, scope, today, late=False).number)

    def late(session: Session, scope: Scope) -> object:
        return session.execute(cases.next_tasks(scope, soon, _CASES)).all()

    def counts(days: int, by: Any) -> Ask:
        return lambda session, scope: register.statistics(session, scope, today - timedelta(days=days), today, by)

    return [
        Question("a case by its reference", "rare", search(case_ref=known.ref)),
        Question("a decision by its number", "rare", search(number=number)),
        Question("a docket number that is nowhere", "rare", search(docket="1901/1")),
        Question("the periods of one case", "rare", lambda s, sc: clock.of_case(s, sc, known.case_id)),
        Question("what ends within 30 days (register's first page)", "selective", month(30)),
        Question("what ends within 7 days", "selective", month(7)),
        Question("a docket number, borne in many courts", "selective", search(docket=docket)),
        Question("the newest decisions", "selective", search()),
        Question("decisions of one court", "selective", search(authority_id=known.authority_id)),
        Question("decisions of one day", "selective", search(decided_from=day, decided_to=day)),
        Question("Article 3, in force", "selective", search(article="3", states=("active",))),
        Question("what waits for her (the figure beside every page)", "selective", _waiting),
        Question("what is to be ticked off (a figure above every page)", "selective", unticked),
        Question("the newest cases", "selective", newest(), who=_DIRECTOR),
        Question("cases that are closed", "selective", newest("closed"), who=_DIRECTOR),
        Question("the applications of one case", "rare", applied),
        Question("a case worker's open cases", "selective", newest(cases.NOT_CLOSED), who=_WORKER),
        Question("a case worker's late tasks", "selective", late, who=_WORKER),
        Question("what waits for a case worker", "selective", _waiting, who=_WORKER),
        Question("what ends within 30 days in her cases", "selective", month(30), who=_WORKER),
        Question("what is due (/due, with how many more)", "worst", lambda s, sc: clock.due(s, sc)[0]),
        Question("what is due for a case worker", "worst", lambda s, sc: clock.due(s, sc)[0], who=_WORKER),
        Question("the list before closed days", "worst", lambda s, sc: clock.closure_ticks(s, sc, today)),
        Question("one letter (5/1-ç), never given", "worst", search(code="o5_ch")),
        Question("another province, in force", "worst", search(province_code="34", states=("active",))),
        Question("article, authority, state and end together", "worst",
                 search(article="4", authority_kind="judge", states=("extended",), ends_from=today)),
        Question("counts of a month (fourteen counts)", "worst", counts(30, "all")),
    ]  # fmt: skip


@contextmanager
def _heard(ground: Ground, question: Question) -> Iterator[None]:
    def hear(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        question.statements.append((statement, parameters))

    event.listen(ground.engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(ground.engine, "before_cursor_execute", hear)


def measure(ground: Ground, url: str, rounds: int = _ROUNDS) -> tuple[float, list[Question]]:
    """Seconds of `select 1`, and the questions with their times."""
    with unit_of_work(ground) as session:
        scopes = {name: _scope(session, name) for name in (_LAWYER, _WORKER, _DIRECTOR)}
        asked = questions(session, scopes[_LAWYER])
    for question in asked:
        scope = scopes[question.who]
        with unit_of_work(ground) as session:
            question.ask(session, scope)
        with unit_of_work(ground) as session, _heard(ground, question):
            answer = question.ask(session, scope)
            question.rows = len(getattr(answer, "rows", answer))  # type: ignore[arg-type]
    nothing: list[float] = []
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        for turn in range(rounds + 6):
            for question in asked:
                took = sum(_time(connection, statement, values) for statement, values in question.statements)
                bare = _time(connection, "SELECT 1", None)
                if turn >= 6:
                    question.times.append(took)
                    nothing.append(bare)
    return statistics.median(nothing), asked


def _waiting(session: Session, scope: Scope) -> range:
    return range(clock.waiting_for(session, scope).number)


def _scope(session: Session, name: str) -> Scope:
    found = staff.account_by_name(session, name)
    if found is None:
        raise LookupError(name)
    return Scope.of(session, found.id)


def _wake(ground: Ground, url: str) -> None:
    """Make it an ordinary morning; the made-up cases leave nothing that waits."""
    with unit_of_work(ground) as session:
        for statement in _MORNING:
            session.execute(text(statement))
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        # As the daemon leaves it soon after so many rows were written.
        connection.execute("VACUUM ANALYZE")


def _time(connection: psycopg.Connection[Any], statement: str, values: Any) -> float:
    begun = time.perf_counter()
    cursor = connection.execute(statement.encode(), values, prepare=True)
    # All rows have come; to make UUIDs and dates of them in Python costs the database nothing.
    took = time.perf_counter() - begun
    cursor.fetchall()
    return took


def table(nothing: float, asked: list[Question], made: str) -> str:
    """The result as Markdown."""
    lines = [
        "| question | kind | rows | statements | ms | times `select 1` | goal |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in asked:
        took = statistics.median(one.times)
        ratio = took / nothing
        shown = f"{ratio:.1f}" if ratio <= GOALS[one.kind] else f"**{ratio:.1f}**"
        cells = (one.name, one.kind, one.rows, len(one.statements), f"{took * 1000:.2f}", shown, f"≤ {GOALS[one.kind]}")
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, "", f"`select 1`: {nothing * 1e6:.0f} µs. {made} {Machine.now().line()}."])


def _settings(folder: Path, url: str) -> Settings:
    told = {
        "KOZA_ENV": "demo",
        "KOZA_DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "REDIS_URL": "",
        "SECRET_KEY": "bench-" + "b" * 32,
        "DATA_KEY_FILE": str(folder / "data.key"),
        "PUBLIC_URL": "http://127.0.0.1:9",
        "DASHBOARD_URL": "http://127.0.0.1:9",
        "HOTLINE_NUMBERS": "+903120000001=ankara,+902320000001=izmir",
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_API_URL": "https://127.0.0.1:9",
    }
    return Settings.load({**os.environ, **told})


def run(folder: Path, cases: int, rounds: int = _ROUNDS) -> tuple[str, bool]:
    """Fill a database in ``folder`` unless it is filled, and measure; the table, and whether every goal was met."""
    engine = PostgresEngine(folder)
    engine.start()
    try:
        settings = _settings(folder, engine.url())
        ensure_key_file(settings)
        migrate(settings)
        begun = time.monotonic()
        demo.seed(settings, password=secrets.token_urlsafe(24), totp_secret=pyotp.random_base32())
        made = make_cases(settings, cases, lambda line: print(f"… {line}", file=sys.stderr, flush=True))
        took = time.monotonic() - begun
        ground = replace(build_ground(settings, application="koza-bench"))
        try:
            _wake(ground, engine.url())
            with unit_of_work(ground) as session:
                size = session.execute(text("SELECT pg_size_pretty(pg_database_size(current_database()))")).scalar()
                counted = session.execute(
                    text("SELECT (SELECT count(*) FROM cases_cases), (SELECT count(*) FROM cases_decisions)"),
                ).one()
            nothing, asked = measure(ground, engine.url(), rounds)
        finally:
            ground.engine.dispose()
        told = f"{counted[0]:,} cases with {counted[1]:,} decisions, {size}"
        told += f", made in {took:,.0f} s." if made else "."
        met = all(statistics.median(one.times) / nothing <= GOALS[one.kind] for one in asked)
        return table(nothing, asked, told), met
    finally:
        engine.stop()


def main(told: list[str]) -> int:
    """Measure and print; the status is 1 when a goal was not met."""
    parser = argparse.ArgumentParser(prog="python -m bench cases", description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the database here, and use it again")
    parser.add_argument("--write", action="store_true", help=f"write into {PAGE.relative_to(PAGE.parent.parent)}")
    chosen = parser.parse_args(told)
    with tempfile.TemporaryDirectory(prefix="koza-cases-", dir="/var/tmp") as fresh:
        folder = chosen.folder or Path(fresh)
        folder.mkdir(exist_ok=True, parents=True)
        folder.chmod(0o711)
        shown, met = run(folder, chosen.cases)
    print(shown)
    if chosen.write:
        PAGE.write_text(between(PAGE.read_text(encoding="utf-8"), "cases", shown), encoding="utf-8")
    return int(not met)
