"""What callers hear, from the browser on: a file is brought, listened to, put to use, and a call hears it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from hotline.phrases import phrase
from hotline.queries.recordings import RecordingRow, recordings
from hotline.sound_files import MAX_BYTES
from hotline.voice_scripts import SAID
from practice.phones import Behaviour, Press
from staff.models import Line
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.support.line import fresh_number
from tests.support.recordings import recorded
from tests.support.tones import mp3, wav
from tests.support.world import world_of

pytestmark = pytest.mark.usefixtures("_no_recordings_left")
PATH = "/catalogues/prompts"


@pytest.fixture
def admin(house: House) -> Browser:
    """Who administers the whole house."""
    return house.of_all.browser("admin", stepped_up=True)


def bring(browser: Browser, file: bytes, prompt: str = "danger", language: str = "ku", name: str = "x") -> TestResponse:
    """The form as a browser sends it; the test client itself would leave a large file open on the disk."""
    fields = {"prompt": prompt, "language": language}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{fields[key]}\r\n' for key in fields]
    head = f'--b\r\nContent-Disposition: form-data; name="sound"; filename="{name}"\r\n\r\n'
    return browser.client.post(
        PATH,
        data="".join([*parts, head]).encode() + file + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRF-Token": browser.csrf, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"},
    )


def rows(house: House, *states: str) -> list[RecordingRow]:
    with unit_of_work(house.ground) as session:
        return recordings(session, *states)


def brought(house: House, browser: Browser, **more: Any) -> UUID:
    """A recording that waits to be listened to."""
    answer = bring(browser, wav(1.5), **more)
    assert answer.status_code == 303
    page, _, found = answer.headers["Location"].partition("#w-")
    assert page == PATH
    assert UUID(found) in {one.id for one in rows(house, "waiting")}
    return UUID(found)


def test_from_an_upload_to_a_call_that_hears_it(house: House, admin: Browser) -> None:
    before = shown(admin.get(PATH))
    assert "prompts are read to callers by a voice that does not speak their language" in before
    assert "Key 5 (Kurdish)" in before
    found = brought(house, admin)
    page = admin.get(PATH).text
    assert "Listen before callers do" in page
    assert f'src="{PATH}/{found}"' in page
    sound = admin.get(f"{PATH}/{found}")
    assert (sound.status_code, sound.mimetype, sound.data) == (200, "audio/wav", wav(1.5))
    assert "no-store" in sound.headers["Cache-Control"]
    assert admin.post(f"{PATH}/{found}/use").status_code == 303
    after = shown(admin.get(PATH))
    assert f'id="w-{found}"' not in admin.get(PATH).text
    assert "Key 5 (Kurdish)" not in after
    assert "Version 1 · 1.5 s · Elif Deneme" in after
    line = house.desk.line
    assert line.telephone.sounds.look()
    with world_of(line, house.ground) as world:
        call = world.exchange.call(fresh_number(), line.number, Behaviour(presses=(Press("4", after=1.0),)))
        world.pass_time(12)
        transcript = world.exchange.phone(call.from_).transcript
    assert [entry.text for entry in transcript if entry.kind == "played"] == ["danger.ku.wav"]
    assert admin.post(f"{PATH}/{found}/remove").status_code == 303
    assert line.telephone.sounds.look()
    assert "<Play" not in line.ring(fresh_number())[1].text
    assert "Key 5 (Kurdish)" in shown(admin.get(PATH))


def test_the_page_shows_every_prompt_in_four_languages_and_which_want_a_recording(house: House, admin: Browser) -> None:
    page = admin.get(PATH).text
    for key in SAID:
        for language in ("tr", "en", "ar", "ku"):
            assert phrase(key, language).text.replace("'", "&#39;") in page
    assert page.count("A recording is needed") == page.count("data-missing")
    assert page.count("data-missing") in {len(SAID) - 1, len(SAID)}  # as other tests have set their lines
    recorded(house.ground, "closing")
    assert admin.get(PATH).text.count("data-missing") in {len(SAID) - 2, len(SAID) - 1}
    chosen = admin.get(PATH, prompt="closing", language="ku").text
    assert '<option value="closing" selected>' in chosen
    assert '<option value="ku" selected>' in chosen
    assert admin.get(PATH, prompt='"><script>', language="x").status_code == 200


@pytest.mark.parametrize(
    ("file", "name", "said"),
    [
        (b"", "a.wav", "Choose a file."),
        (b"%PDF-1.7 not a sound", "a.wav", "This is neither a WAV nor an MP3"),
        (wav(1, width=4), "a.wav", "Save the WAV as PCM"),
        (wav(0.1), "a.wav", "shorter than half a second"),
        (mp3(30), "a.mp3", "longer than 20 seconds"),
        (bytes(MAX_BYTES + 1), "a.mp3", "larger than 2 MB"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_in_words(
    house: House, admin: Browser, file: bytes, name: str, said: str
) -> None:
    before = rows(house)
    answer = bring(admin, file, name=name)
    assert answer.status_code == 422
    assert said in shown(answer)
    assert 'href="#f-sound"' in answer.text
    assert '<option value="danger" selected>' in answer.text
    assert rows(house) == before


def test_the_name_of_a_file_decides_nothing_and_is_kept_nowhere(house: House, admin: Browser) -> None:
    assert bring(admin, mp3(2), name="Ayşe Yılmaz.pdf").status_code == 303
    assert rows(house, "waiting")[-1].media_type == "audio/mpeg"
    assert "Yılmaz" not in admin.get(PATH).text
    assert "Choose a prompt." in shown(bring(admin, wav(), prompt="whisper"))
    assert "Choose a language." in shown(bring(admin, wav(), language="de"))
    refused = shown(admin.post(f"{PATH}/{recorded(house.ground, 'closing')}/drop"))
    assert "put to use, taken out or dropped already" in refused


def test_in_turkish_it_is_refused_in_turkish(house: House, admin: Browser) -> None:
    brought(house, admin)
    admin.post("/language", {"locale": "tr"})
    assert "1,5 sn" in admin.get(PATH).text
    assert "Adı ne olursa olsun bu dosya ne WAV ne MP3." in shown(bring(admin, b"MZ"))


def test_another_upload_takes_the_place_of_one_that_nobody_heard(house: House, admin: Browser) -> None:
    first = brought(house, admin)
    second = brought(house, admin)
    assert [row.id for row in rows(house, "waiting") if row.prompt == "danger"] == [second]
    assert admin.get(f"{PATH}/{first}").status_code == 404
    assert admin.post(f"{PATH}/{second}/drop").status_code == 303
    assert admin.get(f"{PATH}/{second}").status_code == 404
    assert "Listen before callers do" not in admin.get(PATH).text


def test_what_callers_hear_is_changed_with_the_code_again(house: House) -> None:
    admin = house.of_all.browser("admin")
    found = brought(house, admin)
    for path, body in (
        (f"{PATH}/{found}/use", {}),
        (f"{PATH}/{found}/remove", {}),
        (f"{PATH}/lines/{house.desk.line.line_id}", {"says": "name"}),
    ):
        asked = admin.post(path, body)
        assert asked.status_code == 403
        assert 'name="step_up_code"' in asked.text or "step-up" in asked.text
    assert rows(house, "current") == []


def test_who_administers_one_of_several_centres_listens_and_changes_nothing(house: House, elsewhere: House) -> None:
    hers = house.browser("admin", stepped_up=True)
    found = recorded(house.ground, "closing")
    page = hers.get(PATH)
    assert "who administers the whole house changes it" in shown(page)
    assert "Bring a recording" not in page.text
    assert hers.get(f"{PATH}/{found}").data == wav()
    assert bring(hers, wav()).status_code == 403
    assert hers.post(f"{PATH}/{found}/remove").status_code == 403
    assert [row.id for row in rows(house)] == [found]
    assert house.browser("director", "shift_lead", stepped_up=True).get(PATH).status_code == 403
    # The greeting is a matter of the line: of hers, and of no other.
    assert house.desk.line.number in page.text
    assert elsewhere.desk.line.number not in page.text
    assert hers.post(f"{PATH}/lines/{elsewhere.desk.line.line_id}", {"says": "name"}).status_code == 404
    assert not named(elsewhere)
    assert hers.post(f"{PATH}/lines/{house.desk.line.line_id}", {"says": "name"}).status_code == 303
    assert named(house)


def named(house: House) -> bool:
    with unit_of_work(house.ground) as session:
        return session.get_one(Line, house.desk.line.line_id).institution_name_spoken


def test_a_line_says_whose_it_is_when_it_was_told_so_and_the_next_call_hears_it(house: House, admin: Browser) -> None:
    line = house.desk.line
    path = f"{PATH}/lines/{line.line_id}"
    page = shown(admin.get(PATH))
    assert "whoever stands beside a caller, or presses redial on her telephone, hears it too" in page
    assert admin.post(path, {"says": "perhaps"}).status_code == 422
    assert not named(house)
    assert admin.post(path, {"says": "name"}).headers["Location"] == f"{PATH}#lines"
    assert "KOZA" in line.ring(fresh_number())[1].text
    assert admin.post(path, {"says": "no-name"}).status_code == 303
    assert "KOZA" not in line.ring(fresh_number())[1].text
    with unit_of_work(house.ground) as session:
        wanted = select(AuditEntry).where(AuditEntry.act == "greeting_set", AuditEntry.subject_id == str(line.line_id))
        entries = session.scalars(wanted.order_by(AuditEntry.id)).all()
    assert [entry.detail["named"] for entry in entries] == [True, False]
    assert {entry.actor_id for entry in entries} == {admin.account_id}


def test_the_catalogues_lead_there(admin: Browser) -> None:
    assert f'href="{PATH}"' in admin.get("/catalogues").text
