"""An installation in which everything is as it should be, on sockets of this machine: what the doctor examines."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from click.testing import CliRunner, Result
from sqlalchemy import update
from werkzeug.serving import make_server

from config.cli import main
from config.doctor import Finding, examine
from config.web import create_app
from config.wiring import build_ground
from core.actor import system
from core.clock import now
from core.database import Ground
from core.due import Due
from core.i18n import use_locale
from core.relay import beat
from core.settings import Settings
from core.unit_of_work import unit_of_work
from practice.config import NumberConfig
from routing import service as routing
from staff import queries as staff_queries
from staff import service as staff
from tests.support.account import account, numbers_of
from tests.support.line import fresh_number

FALLBACK = "+903120000100"
PASSWORD = "doğru at pil zımba"
_ACTOR = system("tests")


@dataclass
class Sound:
    """The environment of the installation, and ways to disturb it."""

    environment: dict[str, str]
    people: dict[str, UUID] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """As every process would read them."""
        return Settings.load(self.environment)

    def koza(self, *arguments: str) -> Result:
        """Give one command."""
        answer = CliRunner().invoke(main, arguments, env={"KOZA_LANG": "en", **self.environment})
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer

    def findings(self) -> dict[str, Finding]:
        """What the doctor finds, by its codes."""
        with use_locale("en"):
            return {finding.code: finding for finding in examine(self.settings)}

    def wrong(self) -> list[str]:
        """What the doctor finds wrong."""
        return [code for code, finding in self.findings().items() if not finding.ok]

    @contextmanager
    def ground(self) -> Iterator[Ground]:
        """What a process stands on."""
        ground = build_ground(self.settings, pool_size=1)
        try:
            yield ground
        finally:
            ground.engine.dispose()

    def person(
        self,
        name: str,
        centre: str,
        role: str,
        *,
        media: tuple[str, ...] = ("voice", "sms"),
        hours: int = 30,
        begins: int = -1,
    ) -> UUID:
        """Somebody with proven telephones and a PIN, on duty for every line of her centre."""
        with self.ground() as ground, unit_of_work(ground) as session:
            row = staff_queries.centre_by_slug(session, centre)
            assert row is not None
            made = staff.create_account(
                session, _ACTOR, name=f"{name}@{centre}", display_name=name.title(), password=PASSWORD,
                roles=(role,), centre_id=row.id, languages=("tr",), gender="female",
            )  # fmt: skip
            number = fresh_number()
            for medium in media:
                point = staff.add_contact_point(session, _ACTOR, made.id, medium, number)  # type: ignore[arg-type]
                assert staff.verify_contact_point(session, _ACTOR, point, staff.new_proof(session, _ACTOR, point))
            staff.set_pin(session, _ACTOR, made.id, "481526")
            moment = now(session)
            for line in staff_queries.lines(session, centre_id=row.id):
                routing.add_shift(
                    session, _ACTOR, account_id=made.id, centre_id=row.id, line_id=line.id, role=role,
                    start=moment + timedelta(hours=begins), end=moment + timedelta(hours=hours),
                )  # fmt: skip
        self.people[name] = made.id
        return made.id


@contextmanager
def sound_installation(environment: dict[str, str]) -> Iterator[Sound]:
    """Two centres with lines, people on duty and on call, an account at the carrier, and a server at PUBLIC_URL."""
    environment.pop("DASHBOARD_URL", None)
    sound = Sound(environment)
    for slug, province in (("ankara", "06"), ("izmir", "35")):
        made = sound.koza(
            "centre", "add", "--slug", slug, "--name", slug, "--province", province, "--fallback", FALLBACK
        )
        assert made.exit_code == 0, made.output
        for role in ("operator", "oncall"):
            sound.person(f"{role}{secrets.token_hex(2)}", slug, role)
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    environment["PUBLIC_URL"] = f"http://127.0.0.1:{server.server_port}"
    app = create_app(sound.settings, replaying=False)
    server.app = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with sound.ground() as ground, unit_of_work(ground) as session:
        for component in ("relay", "worker"):
            beat(session, component)
        # No worker runs here, and the database may have been made long before: nothing of it is due yet.
        session.execute(update(Due).values(at=now(session) + timedelta(hours=1)))
    numbers = [NumberConfig(number=number) for number in numbers_of(environment)]
    try:
        with account(environment, *numbers):
            assert sound.koza("carrier", "connect", "--yes").exit_code == 0
            yield sound
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        telephone = app.extensions["koza_telephone"]
        for engine in (telephone.ground.engine, app.extensions["koza_ground"].engine):
            engine.dispose()
