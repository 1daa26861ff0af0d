"""``koza doctor`` on an installation that is sound, disturbed in one place after the other."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import psycopg
import pyrage
import pytest
from werkzeug.serving import make_server

from config.backup.store import Store
from config.doctor import machine
from config.engines.postgres import libpq
from core.actor import system
from core.clock import now, shift
from core.unit_of_work import unit_of_work
from hotline.service import days
from hotline.voice_scripts import SAID
from staff import service as staff
from staff.queries import contact_point_states
from tests.support.gateway import FILE, SECRETS
from tests.support.recordings import recorded
from tests.support.sound import Sound, sound_installation

AGE = "AGE-SECRET-KEY-"
MATTERS = ("transfer_abroad", "circular_2019_12", "information_notice")


@pytest.fixture
def sound(own_environment: dict[str, str]) -> Iterator[Sound]:
    with sound_installation(own_environment) as found:
        yield found


def test_a_sound_house_is_found_sound_and_what_production_lacks_is_told(sound: Sound) -> None:
    answer = sound.koza("doctor")
    assert answer.exit_code == 0, answer.output
    assert "FAIL" not in answer.output
    assert "undecided" in answer.output
    assert "note offline roster" in answer.output
    told = json.loads(sound.koza("doctor", "--json").stdout)
    assert all(finding["ok"] for finding in told)
    assert {"way_in", "numbers", "clock", "key_copy", "transfer_abroad"} <= {finding["code"] for finding in told}


@contextmanager
def elsewhere(target: str) -> Iterator[str]:
    """A server that redirects, as a proxy does that wants another name."""

    def redirect(_environ: object, start: Callable[..., object]) -> list[bytes]:
        start("308 Permanent Redirect", [("Location", f"{target}/twilio/ping"), ("Content-Length", "0")])
        return []

    server = make_server("127.0.0.1", 0, redirect, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_way_in_is_tried_with_a_signature(sound: Sound) -> None:
    right = dict(sound.environment)
    assert sound.findings()["way_in"].ok
    # Another token at the carrier, a host that redirects or is another server, a closed port.
    sound.environment["TWILIO_AUTH_TOKEN"] = "f" * 32
    assert "signature" in sound.findings()["way_in"].detail
    sound.environment.update(right)
    sound.environment["PUBLIC_URL"] = right["TWILIO_API_URL"]
    assert "something else" in sound.findings()["way_in"].detail
    sound.environment["PUBLIC_URL"] = "http://127.0.0.1:9"
    assert "no connection" in sound.findings()["way_in"].detail
    # No TLS there, and a server that sends elsewhere.
    sound.environment["PUBLIC_URL"] = right["PUBLIC_URL"].replace("http:", "https:")
    assert "SSLError" in sound.findings()["way_in"].detail
    with elsewhere(right["PUBLIC_URL"]) as sound.environment["PUBLIC_URL"]:
        assert "sends elsewhere (308)" in sound.findings()["way_in"].detail
    # The name that the carrier calls is not the one that the server was told: what the carrier signs does not hold.
    sound.environment["PUBLIC_URL"] = right["PUBLIC_URL"].replace("127.0.0.1", "localhost")
    assert "signature" in sound.findings()["way_in"].detail
    sound.environment.update(right)
    assert sound.findings()["way_in"].ok


def test_the_ping_leaves_nothing_behind(sound: Sound) -> None:
    def rows() -> object:
        with psycopg.connect(libpq(sound.environment["DATABASE_URL"])) as connection:
            counted = "SELECT (SELECT count(*) FROM hotline_inbox), (SELECT count(*) FROM hotline_quarantine)"
            return connection.execute(counted).fetchone()

    before = rows()
    assert sound.findings()["way_in"].ok
    assert rows() == before
    assert not list((Path(sound.environment["KOZA_DATA_DIR"]) / "journal").glob("*"))


def test_account_and_numbers(sound: Sound) -> None:
    sound.environment["HOTLINE_NUMBERS"] += ",+904420000001=ankara"
    assert sound.wrong() == ["lines", "numbers"]
    assert "+904420000001" in sound.findings()["numbers"].detail
    sound.environment["TWILIO_AUTH_TOKEN"] = "f" * 32
    found = sound.findings()
    assert not found["account"].ok
    assert "20003" in found["account"].detail
    sound.environment["TWILIO_API_URL"] = "http://127.0.0.1:9"
    assert "does not answer" in sound.findings()["account"].detail


def test_a_line_that_a_trunk_brings_is_told_and_needs_a_number_beside_it(sound: Sound, tmp_path: Path) -> None:
    line = sound.settings.hotline_numbers[0].number
    file = tmp_path / "trunks.yaml"
    lines = f"lines: [{{number: '{line}'}}]"
    file.write_text(f"trunks: [{{name: T, domain: koza.sip.example, target: 'sip:{{number}}@sbc.example', {lines}}}]")
    sound.environment["SIP_TRUNKS_FILE"] = str(file)
    found = sound.findings()["numbers"]
    assert found.ok
    assert f"a SIP trunk brings {line}" in found.detail
    sound.environment["ONCALL_NUMBERS"] = ""
    found = sound.findings()["numbers"]
    assert (found.ok, found.remedy) == (False, "set ONCALL_NUMBERS")


def test_channels_that_cannot_be_used_are_found_and_a_line_of_texts_alone_is_no_number(
    sound: Sound, tmp_path: Path
) -> None:
    line = sound.settings.hotline_numbers[0].number
    file = tmp_path / "channels.yaml"
    sound.environment |= {"TEXT_CHANNELS_FILE": str(file), **SECRETS}
    file.write_text(FILE.format(number="+908500000077", url="https://api.yerel.example"))
    assert sound.wrong() == ["texts", "numbers"]
    assert "names a line that HOTLINE_NUMBERS does not" in sound.findings()["texts"].detail
    file.write_text(FILE.format(number=line, url="https://api.yerel.example"))
    found = sound.findings()
    assert (found["texts"].ok, found["texts"].detail) == (True, f"Yerel Mesaj A.Ş.: {line}")
    told = sound.koza("carrier", "connect", "--check").output
    assert f"{sound.settings.public_url}/channels/yerel/text" in told
    assert not any(secret in told for secret in SECRETS.values())
    file.write_text("channels: []\nextra: 1")
    assert "extra" in sound.koza("migrate").output


def test_a_clock_that_is_off_is_found(sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    from config.doctor import machine

    class Later(machine.datetime):  # type: ignore[misc, name-defined]
        @classmethod
        def now(cls, tz: object = None) -> object:
            return machine.datetime.__base__.now(tz) + timedelta(seconds=60)  # type: ignore[attr-defined]

    monkeypatch.setattr(machine, "datetime", Later)
    found = sound.findings()["clock"]
    assert not found.ok
    assert "PostgreSQL -60 s" in found.detail


def test_processes_that_do_not_run_are_found(sound: Sound) -> None:
    with psycopg.connect(libpq(sound.environment["DATABASE_URL"])) as connection:
        connection.execute("UPDATE core_beats SET at = at - interval '1 minute' WHERE component = 'relay'")
        connection.execute("DELETE FROM core_beats WHERE component = 'worker'")
    assert sound.wrong() == ["relay", "worker"]
    assert "never ran" in sound.findings()["worker"].detail


def test_nobody_on_duty_and_nobody_on_call(sound: Sound) -> None:
    with psycopg.connect(libpq(sound.environment["DATABASE_URL"])) as connection:
        connection.execute("DELETE FROM routing_shifts WHERE role = 'operator' AND centre_id = "
                           "(SELECT id FROM staff_centres WHERE slug = 'izmir')")  # fmt: skip
        connection.execute("UPDATE routing_shifts SET during = tstzrange(lower(during), now() + interval '2 hours') "
                           "WHERE role = 'oncall'")  # fmt: skip
    found = sound.findings()
    assert [code for code, finding in found.items() if not finding.ok] == ["answering"]
    assert found["on_call"].told
    assert found["answering"].detail == "+902320000001: nobody now"
    assert "ankara: nobody from" in found["on_call"].detail
    with psycopg.connect(libpq(sound.environment["DATABASE_URL"])) as connection:
        connection.execute("DELETE FROM routing_shifts")
    found = sound.findings()
    assert found["answering"].detail == "+902320000001: nobody now; +903120000001: nobody now"
    assert found["on_call"].detail == "ankara: nobody now; izmir: nobody now"
    assert {"answering", "on_call"} <= production_wrong(sound)


def test_telephones_that_do_not_reach_who_serves(sound: Sound) -> None:
    sound.person("derya", "ankara", "oncall", media=("voice",))
    sound.person("ece", "ankara", "operator", media=(), begins=48, hours=60)
    silent = sound.person("fulya", "ankara", "operator")
    gone = sound.person("gaye", "ankara", "operator")
    later = sound.person("hale", "ankara", "operator", media=(), begins=90, hours=99)
    with sound.ground() as ground, unit_of_work(ground) as session:
        for _account, point, _medium, _state in contact_point_states(session, [silent]):
            staff.suspect_contact_point(session, point, "bounced")
        staff.disable_account(session, system("tests"), gone, reason="left")
        assert later
    found = sound.findings()["telephones"]
    assert not found.ok
    for words in (
        "derya@ankara: on call, and one way alone reaches her",
        "ece@ankara: no telephone that was proven",
        "fulya@ankara: no telephone reached her lately",
        "gaye@ankara: the account is disabled",
    ):
        assert words in found.detail
    assert "hale" not in found.detail


def test_a_line_without_a_fallback_number_is_found(sound: Sound) -> None:
    with psycopg.connect(libpq(sound.environment["DATABASE_URL"])) as connection:
        connection.execute("UPDATE staff_lines SET fallback_number = NULL WHERE number = '+902320000001'")
    found = sound.findings()["fallbacks"]
    assert (found.ok, found.remedy) == (False, "koza centre fallback")
    assert "+902320000001" in found.detail


def test_one_failure_hides_no_other(sound: Sound) -> None:
    before = len(sound.findings())
    sound.environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/none"
    sound.environment["DATA_KEY_FILE"] += ".none"
    found = sound.findings()
    assert len(found) == before
    assert not found["database"].ok
    assert not found["key_file"].ok
    assert found["numbers"].ok


def test_an_examination_that_breaks_is_red_and_ends_no_other(sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(sound.findings())

    def full(_path: object) -> NoReturn:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(machine.shutil, "disk_usage", full)
    found = sound.findings()
    assert len(found) == before
    assert (found["disk"].ok, found["disk"].detail) == (False, "could not be examined (RuntimeError)")
    assert found["clock"].ok


def test_copies_and_rehearsals_of_a_later_time_or_that_nobody_can_read_are_none(sound: Sound, tmp_path: Path) -> None:
    sound.environment |= {"BACKUP_DIR": str(tmp_path), "BACKUP_RECIPIENT": "age1unused"}
    store, now = Store(tmp_path), datetime.now(UTC)

    def copied(moment: datetime) -> None:
        base = store.new_base(moment)
        base.archive.touch()
        base.manifest.touch()

    copied(now + timedelta(days=400))
    assert "a clock is or was wrong" in sound.findings()["backup"].detail
    assert not sound.findings()["backup"].ok
    copied(now - timedelta(hours=2))
    assert sound.findings()["backup"].ok
    for at in (now + timedelta(days=400), "yesterday", now.replace(tzinfo=None)):
        store.note_rehearsal(at=str(at))
        assert "rehearsal" in Sound(in_production(sound)).wrong(), at
    (tmp_path / "rehearsed.json").write_text("[]")
    assert "rehearsal" in Sound(in_production(sound)).wrong()
    store.note_rehearsal(at=(now - timedelta(days=3)).isoformat(), seconds=7.5)
    assert "rehearsal" not in Sound(in_production(sound)).wrong()


def in_production(sound: Sound) -> dict[str, str]:
    """The same installation as production would see it; nothing is reached at these addresses."""
    return {**sound.environment, "KOZA_ENV": "production", "PUBLIC_URL": "https://127.0.0.1:9",
            "DASHBOARD_URL": "https://koza.example", "TWILIO_API_URL": "https://127.0.0.1:9"}  # fmt: skip


def production_wrong(sound: Sound) -> set[str]:
    return set(Sound(in_production(sound)).wrong()) - {"way_in", "account", "numbers"}


def test_production_stays_red_until_the_keys_have_their_copy_the_law_is_decided_and_secrets_are_secrets(
    sound: Sound, tmp_path: Path
) -> None:
    unfinished = {"secrets", "key_copy", "backup", "rehearsal", "offline_roster", "prompts", *MATTERS}
    unfinished -= {"circular_2019_12"}
    assert production_wrong(sound) == unfinished | {"circular"}

    sound.environment["SECRET_KEY"] = "8f2bd3c1e7a94605b1cc3d20ef6a7798ab41d5c0"
    sound.environment["TWILIO_AUTH_TOKEN"] = "9c1f03e6a8b27d54c6e0f1a29b3d4875"
    assert "secrets" not in production_wrong(sound)

    for matter in MATTERS:
        given = ("--decision", "Açık rıza değil, m. 9/4", "--by", "İl Müdürlüğü", "--reference", "2026/118")
        late = sound.koza("law", "decide", matter, *given, "--on", "2099-01-01")
        assert "yet to come" in late.output
        made = sound.koza("law", "decide", matter, *given, "--on", "2026-11-20")
        assert made.exit_code == 0, made.output
    assert production_wrong(sound) == {"key_copy", "backup", "rehearsal", "offline_roster", "prompts"}
    assert "İl Müdürlüğü" in sound.koza("law", "list").output
    assert "2026/118" in sound.findings()["information_notice"].detail

    identity = pyrage.x25519.Identity.generate()
    copy = tmp_path / "stick" / "keys.age"
    copy.parent.mkdir()
    assert "age1" in sound.koza("keys", "copy", "--to", str(copy), "--recipient", "nobody").output
    assert sound.koza("keys", "copy", "--to", str(copy), "--recipient", str(identity.to_public())).exit_code == 0
    assert "key_copy" in production_wrong(sound)  # on the same disk still
    away = copy.read_bytes()
    copy.unlink()
    assert "key_copy" not in production_wrong(sound)
    assert pyrage.decrypt(away, [identity]) == Path(sound.environment["DATA_KEY_FILE"]).read_bytes()

    assert sound.koza("keys", "rotate").exit_code == 0
    assert "keys were added since" in Sound(in_production(sound)).findings()["key_copy"].detail
    note = (Path(sound.environment["KOZA_DATA_DIR"]) / "key-copy.json").read_text()
    assert AGE not in note


def test_production_is_red_until_what_a_caller_can_hear_is_spoken_in_her_language(sound: Sound) -> None:
    told = sound.findings()["prompts"]
    assert (told.ok, told.told) == (True, True)
    found = Sound(in_production(sound)).findings()["prompts"]
    assert not found.ok
    assert "closing (ku)" in found.detail
    assert "greeting (ku)" not in found.detail  # no line here says it
    assert "What callers hear" in found.remedy
    with sound.ground() as ground:
        for prompt in SAID - {"greeting"}:
            recorded(ground, prompt)
    assert "prompts" not in production_wrong(sound)
    assert sound.koza("line", "greeting", "--number", "+903120000001", "--says", "name").exit_code == 0
    found = Sound(in_production(sound)).findings()["prompts"]
    assert not found.ok
    assert found.detail.endswith("greeting (ku)")


def test_a_recording_is_fetched_as_the_carrier_fetches_it(sound: Sound) -> None:
    with sound.ground() as ground:
        recorded(ground, "closing")
    assert sound.findings()["prompts"].ok
    right = sound.environment["PUBLIC_URL"]
    sound.environment["PUBLIC_URL"] = sound.environment["TWILIO_API_URL"]  # another server answers there
    found = sound.findings()["prompts"]
    assert not found.ok
    assert "does not give them out (404)" in found.detail
    assert "/twilio/sounds/" in found.remedy
    with elsewhere(right) as sound.environment["PUBLIC_URL"]:
        assert "does not give them out (308)" in sound.findings()["prompts"].detail
    # Where nothing answers, the way in says so.
    sound.environment["PUBLIC_URL"] = "http://127.0.0.1:9"
    assert sound.findings()["prompts"].ok


def test_decisions_are_audited_and_the_newest_holds(sound: Sound) -> None:
    for text in ("İlk karar", "Yeni karar"):
        given = ("--decision", text, "--by", "Kurul", "--reference", "1", "--on", "2026-11-20")
        sound.koza("law", "decide", "transfer_abroad", *given)
    assert "Yeni karar" in sound.koza("law", "list").output
    assert "İlk karar" not in sound.koza("law", "list").output
    with psycopg.connect(libpq(sound.environment["DATABASE_URL"])) as connection:
        acts = connection.execute("SELECT detail->>'matter' FROM core_audit WHERE act = 'law_decided'").fetchall()
        rows = connection.execute("SELECT count(*) FROM staff_law_decisions").fetchone()
    assert acts == [("transfer_abroad",)] * 2
    assert rows == (2,)
    empty = ("--decision", " ", "--by", "Kurul", "--reference", "1", "--on", "2026-11-20")
    assert "must say something" in sound.koza("law", "decide", "transfer_abroad", *empty).output


def test_a_night_without_a_count_and_who_ended_without_an_explanation_are_found(sound: Sound) -> None:
    assert "tonight" in sound.findings()["explained"].detail
    with sound.ground() as ground, unit_of_work(ground) as session:
        moment = now(session)
        days.note_day(session, moment.date() - timedelta(days=1), calls=3, texts=1)
    assert "0 unexplained" in sound.findings()["explained"].detail
    with sound.ground() as ground, unit_of_work(ground) as session:
        shift(session, timedelta(hours=31))
    assert "explained" in production_wrong(sound)
    with sound.ground() as ground, unit_of_work(ground) as session:
        lost = days.Open(None, None, "voice", "CA" + 32 * "0", "missing", moment)
        days.note_unexplained(session, [lost])
    found = sound.findings()["explained"]
    assert (found.ok, found.detail) == (False, "1 contact without an explanation")


def test_a_line_that_nobody_reaches_any_more_is_found(sound: Sound) -> None:
    assert sound.findings()["quiet"].ok
    with psycopg.connect(libpq(sound.environment["DATABASE_URL"])) as connection:
        noted = "INSERT INTO hotline_silent_lines SELECT id, now() FROM staff_lines WHERE number = '+902320000001'"
        connection.execute(noted)
    found = sound.findings()["quiet"]
    assert not found.ok
    assert "+902320000001" in found.detail
