"""A new installation, from nothing to the first ring, with the commands that the administrator's page names."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from twilio.request_validator import RequestValidator

from config.cli import main
from config.engines.postgres import libpq
from config.web import create_app
from core.settings import Settings
from tests.support.engines import suite_environment
from tests.support.line import fresh_number, fresh_sid, line_number

FALLBACK = "+903120000100"
#: What is left to do when the commands of the first day were given and no carrier, paper or person was seen yet.
UNFINISHED = {
    *("secrets", "second copy of the keys", "relay", "worker", "carrier's account", "numbers at the carrier"),
    *("the way in", "on duty", "on call", "backup", "rehearsed restore", "offline roster"),
    *("transfer abroad", "circular 2019/12", "information notice", "recordings"),
}


class Installation:
    """An empty database, a complete environment, and the command line."""

    def __init__(self, url: str, folder: Path) -> None:
        self.national, self.local, self.later = line_number(), line_number(), line_number()
        self.environment = {
            **suite_environment(url, None, folder),
            "KOZA_ENV": "production",
            "KOZA_LANG": "en",
            # Nobody listens there.
            "PUBLIC_URL": "https://127.0.0.1:9",
            "TWILIO_API_URL": "https://127.0.0.1:9",
            "DASHBOARD_URL": "https://koza.example",
            "DATA_KEY_FILE": str(folder / "keys" / "data.key"),
            "HOTLINE_NUMBERS": f"{self.national},{self.local}=van",
        }

    def koza(self, *arguments: str, fails: bool = False) -> Result:
        """Give one command."""
        answer = CliRunner().invoke(main, arguments, env=self.environment)
        assert (answer.exit_code != 0) is fails, (answer.output, answer.exception)
        assert answer.exception is None or isinstance(answer.exception, SystemExit)
        return answer

    def centre(self, slug: str, province: str, *more: str) -> Result:
        """Make a centre."""
        return self.koza("centre", "add", "--slug", slug, "--name", f"{slug} ŞÖNİM", "--province", province, *more)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What stands in the database."""
        with psycopg.connect(libpq(self.environment["DATABASE_URL"])) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def lines(self) -> dict[object, tuple[object, ...]]:
        """Centre and fallback of each line."""
        query = """SELECT l.number, c.slug, l.fallback_number
                   FROM staff_lines l JOIN staff_centres c ON c.id = l.centre_id"""
        return {number: tuple(rest) for number, *rest in self.rows(query)}

    def ring(self, number: str) -> None:
        """The first webhook of a call, through the real application."""
        settings = Settings.load(self.environment)
        form = {"CallSid": fresh_sid("CA"), "From": fresh_number(), "To": number, "CallStatus": "ringing"}
        form |= {"Direction": "inbound", "AccountSid": settings.twilio_account_sid, "ApiVersion": "2010-04-01"}
        signature = RequestValidator(settings.twilio_auth_tokens[0]).compute_signature(
            f"{settings.public_url}/twilio/voice", form
        )
        app = create_app(settings, replaying=False)
        answer = app.test_client().post("/twilio/voice", data=form, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 200
        telephone = app.extensions["koza_telephone"]
        for engine in (telephone.ground.engine, app.extensions["koza_ground"].engine):
            engine.dispose()


def failing(said: str) -> list[str]:
    """What the doctor finds wrong."""
    return [
        line.removeprefix("FAIL").partition(":")[0].strip() for line in said.splitlines() if line.startswith("FAIL")
    ]


@pytest.fixture
def new(empty_database_url: str, tmp_path: Path) -> Installation:
    return Installation(empty_database_url, tmp_path)


def test_from_nothing_to_the_first_ring(new: Installation) -> None:
    assert "key file" in new.koza("migrate", fails=True).output
    new.koza("keys", "create")
    migrated = new.koza("migrate").output
    assert f"{new.national} is no line yet, there is no centre: koza centre add" in migrated
    assert f"{new.local} is no line yet, there is no centre van: koza centre add" in migrated
    assert "every call is kept aside" in new.koza("doctor", fails=True).output
    new.ring(new.national)
    assert new.rows("SELECT count(*) FROM hotline_quarantine") == [(1,)]

    made = new.centre("ankara", "06", "--fallback", FALLBACK)
    assert f"{new.national} is a line of ankara now." in made.output
    assert new.local in new.koza("doctor", fails=True).output
    new.centre("van", "65")
    assert new.lines() == {new.national: ("ankara", FALLBACK), new.local: ("van", None)}
    said = new.koza("doctor", fails=True).output
    assert f"without one: {new.local}" in said
    # In production nothing is sound before there is a copy of the keys, and a backup that was brought back.
    assert UNFINISHED | {"fallback numbers"} <= set(failing(said))
    assert not {"lines", "schema", "key file", "PostgreSQL"} & set(failing(said))
    new.ring(new.national)
    assert new.rows("SELECT count(*) FROM hotline_quarantine") == [(1,)]
    assert new.rows("SELECT count(*) FROM hotline_calls") == [(1,)]


def test_a_number_added_later_becomes_a_line_with_the_next_migration(new: Installation) -> None:
    new.koza("keys", "create")
    new.koza("migrate")
    new.centre("ankara", "06", "--fallback", FALLBACK)
    new.centre("van", "65")
    new.environment["HOTLINE_NUMBERS"] += f",{new.later}=ankara"
    assert f"{new.later} is a line of ankara now." in new.koza("migrate").output
    assert new.lines()[new.later] == ("ankara", FALLBACK)
    new.koza("centre", "fallback", "--slug", "van", "--number", "+904320000100")
    assert new.lines()[new.local] == ("van", "+904320000100")
    assert new.koza("migrate").output == ""
    wrong = set(failing(new.koza("doctor", fails=True).output))
    assert wrong >= UNFINISHED
    assert not {"lines", "fallback numbers"} & wrong


def test_a_line_says_whose_it_is_only_when_it_was_set_so(new: Installation) -> None:
    new.koza("keys", "create")
    new.koza("migrate")
    new.centre("ankara", "06", "--fallback", FALLBACK)
    new.centre("van", "65", "--fallback", FALLBACK)
    assert new.koza("line", "list").output.count("names no institution") == 2
    assert "no greeting names the institution" in new.koza("doctor", fails=True).output
    said = new.koza("line", "greeting", "--number", new.local, "--says", "name").output
    assert said == f"{new.local}: the greeting names the institution\n"
    shown = {row.split()[0]: row for row in new.koza("line", "list").output.splitlines()}
    assert "names no institution" in shown[new.national]
    assert "van" in shown[new.local]
    assert shown[new.local].endswith("names the institution")
    assert f"the greeting names the institution: {new.local}" in new.koza("doctor", fails=True).output
    written = "SELECT actor_name, detail FROM core_audit WHERE act = 'greeting_set'"
    assert new.rows(written) == [("command line", {"named": True})]
    new.koza("line", "greeting", "--number", new.local, "--says", "no-name")
    assert new.koza("line", "list").output.count("names no institution") == 2
    assert "no line" in new.koza("line", "greeting", "--number", new.later, "--says", "name", fails=True).output


def test_an_address_where_no_key_works_is_told(new: Installation) -> None:
    new.koza("keys", "create")
    assert "security keys" not in failing(new.koza("doctor", fails=True).output)
    new.environment["DASHBOARD_URL"] = "https://203.0.113.7"
    assert "security keys" in failing(new.koza("doctor", fails=True).output)


def test_what_cannot_be_a_centre_is_refused_and_nothing_is_left(new: Installation) -> None:
    new.koza("keys", "create")
    new.koza("migrate")
    new.centre("ankara", "06")
    place = ("--name", "Deneme", "--province")
    for arguments, said in (
        (("--slug", "ankara", *place, "06"), "already"),
        (("--slug", "İzmir", *place, "35"), "small ASCII letters"),
        (("--slug", "izmir", *place, "99"), "two-digit code"),
        (("--slug", "van", *place, "65", "--fallback", "03120000"), "+90"),
        (("--slug", "izmir", *place, "35", "--fallback", FALLBACK), "HOTLINE_NUMBERS"),
    ):
        assert said in new.koza("centre", "add", *arguments, fails=True).output
    assert "already" in new.koza("keys", "create", fails=True).output
    assert new.rows("SELECT slug FROM staff_centres") == [("ankara",)]


def test_an_empty_installation_prints_a_code_and_a_furnished_one_none(new: Installation) -> None:
    new.koza("keys", "create")
    new.koza("migrate")
    told = new.koza("setup").stdout.splitlines()
    assert "https://koza.example/set-up" in told[-2]
    assert re.fullmatch("[0-9A-Z]{5}-[0-9A-Z]{5}", told[-1])
    assert new.koza("setup", "--if-open").stdout.splitlines()[-1] != told[-1]
    new.centre("van", "65")
    assert "furnished" in new.koza("setup", fails=True).output
    assert new.koza("setup", "--if-open").stdout == ""
