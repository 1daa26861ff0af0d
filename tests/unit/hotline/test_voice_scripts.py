"""What a telephone hears: every document is one the carrier takes, no key is lost, and after key 5 nothing is said."""

import ast
import inspect
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from core.phones import is_never_dial
from hotline import staff_scripts as staff
from hotline import voice, waiting_words
from hotline import voice_scripts as scripts
from hotline.phrases import LANGUAGES, catalogue, phrase
from hotline.twiml import Play, Say
from tests.unit.hotline.twiml_table import WAITING_ROOM, validate

LINE, DUTY = "+903121112233", ("+905320000001", "+905320000002")


def last_rung(numbers: tuple[str, ...] = DUTY, *, silent: bool = False) -> str:
    return scripts.last_rung(
        numbers, action="/a", screen="/s", again="/again", caller_id=LINE, language="tr", silent=silent
    )


def safe(numbers: tuple[str, ...], *, silent: bool = False) -> str:
    return scripts.safe_twiml(numbers, LANGUAGES, here="/here", after="/after", caller_id=LINE, silent=silent)


def nobody(*, silent: bool = False, last: bool = False) -> str:
    return scripts.nobody_to_ring(LANGUAGES, here="/here", onward="/onward", silent=silent, last=last)


DOCUMENTS: dict[str, Callable[[], str]] = {
    "greeting": lambda: scripts.greeting("/twilio/voice/menu/1"),
    "greeting, named": lambda: scripts.greeting("/twilio/voice/menu/1", named=True),
    "enter": lambda: scripts.enter_waiting_room("q", wait_url="/twilio/voice/wait/1", action="/twilio/voice/left/1"),
    "wait": lambda: scripts.wait_chunk("/twilio/voice/key/1", language="ar"),
    "silent wait": lambda: scripts.wait_chunk("/twilio/voice/key/1", language="ar", silent=True),
    "silent wait without a database": lambda: scripts.wait_in_silence("/twilio/voice/key/1"),
    "leave": scripts.leave_waiting_room,
    "one moment": lambda: scripts.one_moment("/twilio/voice/again/1", language="en"),
    "one silent moment": lambda: scripts.one_moment("/twilio/voice/again/1", language="en", silent=True),
    "one moment, staff": lambda: scripts.one_moment("/twilio/voice/leg/1", language="tr", staff=True),
    "join": lambda: scripts.join_room("c_1", action="/a", status_url="/twilio/voice/conference"),
    "join, staff": lambda: scripts.join_room("c_1", action="/a", status_url="/twilio/voice/conference"),
    "join, muted": lambda: scripts.join_room("c_1", action="/a", status_url="/twilio/voice/conference", muted=True),
    "listen apart, silent": lambda: scripts.listen_apart(
        "/here", 20, room="c_1", action="/a", status_url="/twilio/voice/conference"
    ),
    "interpreter": lambda: scripts.announce_apart(
        "/here", room="c_1", action="/a", status_url="/twilio/voice/conference", language="ar"
    ),
    "consult": lambda: staff.consult("/a", level=2, caller_language="ku"),
    "consult, interpreter": lambda: staff.consult("/a", level=1, caller_language="ku", interpreter=True, danger=True),
    "hold": lambda: scripts.hold_apart("/here", 180, language="ku", prompt="hold"),
    "hold, silent": lambda: scripts.hold_apart("/here", 180, language="ku", prompt="hold", silent=True),
    "voice, staff": lambda: staff.ask_voice("/a", language="tr", warned=False),
    "offer": lambda: staff.offer("/a", level=1, caller_language="ku", province="İzmir", repeated=True),
    "offer, danger": lambda: staff.offer("/a", level=1, caller_language="ku", danger=True),
    "offer, danger, muted": lambda: staff.offer("/a", level=1, caller_language="ku", danger=True, muted=True),
    "page": lambda: staff.page("/a", level=2, caller_language=None, province=None, code="K7Q2"),
    "page, danger": lambda: staff.page("/a", level=1, caller_language=None, province=None, code="K7Q2", danger=True),
    "page of many": lambda: staff.page("/a", level=3, caller_language=None, province=None, code="K7Q2", many=12),
    "short page": lambda: staff.ask_pin("/a"),
    "wrong PIN": lambda: staff.ask_pin("/a", ("wrong_pin",)),
    "then PIN": lambda: staff.say_then("not_understood", "pin", action="/a"),
    "then menu": lambda: staff.say_then("consult_call", "menu", action="/a"),
    "then end": lambda: staff.say_then("taken", "hang_up", action="/a"),
    "hang up": scripts.hang_up,
    "last rung": last_rung,
    "last rung, nobody": lambda: last_rung(()),
    "last rung, nobody, silent": lambda: last_rung((), silent=True),
    "safe": lambda: safe(DUTY),
    "safe, nobody": nobody,
    "safe, nobody, the last time": lambda: nobody(last=True),
    "go to": lambda: scripts.go_to("/a"),
    "safe, silent": lambda: safe(DUTY, silent=True),
    "safe, nobody, silent": lambda: nobody(silent=True),
    "safe screen": staff.screen,
    "safe screened": lambda: staff.screened("1"),
    "safe screened, danger": lambda: staff.screened("1", danger=True),
    "safe not screened": lambda: staff.screened(None),
    "after duty": lambda: scripts.after_duty(languages=("tr",), again="/a"),
}


def spoken(document: str) -> list[str]:
    return [element.text or "" for element in validate(document).iter() if element.tag in {"Say", "Play"}]


def verbs(document: str) -> list[str]:
    return [element.tag for element in validate(document)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_one_the_carrier_takes(name: str) -> None:
    validate(DOCUMENTS[name]())


@pytest.mark.parametrize("name", ["wait", "silent wait", "silent wait without a database", "leave", "one moment"])
def test_the_waiting_room_gets_only_what_it_may_hold(name: str) -> None:
    validate(DOCUMENTS[name](), WAITING_ROOM)


STAFF = {"one moment, staff", "then end", "safe screened, danger"}
SILENT = [name for name in DOCUMENTS if "silent" in name]


@pytest.mark.parametrize("name", SILENT)
def test_after_key_5_nothing_is_said(name: str) -> None:
    assert spoken(DOCUMENTS[name]()) == []


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name not in SILENT])
def test_whatever_she_hears_stands_in_a_gather(name: str) -> None:
    """Where the document is hers: what staff hear is no matter of keys that must not be lost."""
    if name in STAFF:
        return
    assert not [verb for verb in verbs(DOCUMENTS[name]()) if verb in {"Say", "Play"}]


def test_after_key_5_the_rung_repeats_until_she_hangs_up() -> None:
    assert verbs(last_rung((), silent=True)) == ["Pause", "Redirect"]
    assert verbs(scripts.after_duty(languages=("tr",), again="/a", silent=True)) == ["Pause", "Redirect"]


def test_nothing_is_ever_recorded() -> None:
    for name, document in DOCUMENTS.items():
        text = document()
        assert "<Record" not in text, name
        assert text.replace('record="do-not-record"', "").count("record") == 0, name


@pytest.mark.parametrize("name", ["greeting", "greeting, named"])
def test_the_greeting_speaks_four_languages_and_takes_one_key_or_none(name: str) -> None:
    root = validate(DOCUMENTS[name]())
    gather = root[0]
    assert [prompt.get("language") for prompt in gather] == ["tr-TR", "en-GB", "ar-XA", "tr-TR", "tr-TR"]
    assert (gather.get("numDigits"), gather.get("timeout"), gather.get("finishOnKey")) == ("2", "2", "5")
    assert gather.get("actionOnEmptyResult") == "true"
    assert phrase("danger", "tr").text in spoken(DOCUMENTS[name]())


def test_a_greeting_names_the_institution_only_where_it_is_asked_to_and_is_kept_apart_from_the_other() -> None:
    """Twice each, the second from memory: neither may be given for the other."""
    for _ in range(2):
        assert "KOZA" not in scripts.greeting("/a")
        assert "KOZA" in scripts.greeting("/a", named=True)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "greeting, named"])
def test_no_other_document_names_the_institution(name: str) -> None:
    """The safe answer and the last rung among them: what is played without a database knows no line's setting."""
    assert "KOZA" not in DOCUMENTS[name]()


def test_keys_are_heard_while_she_waits() -> None:
    for silent in (False, True):
        root = validate(scripts.wait_chunk("/key", language="tr", silent=silent))
        assert [element.tag for element in root] == ["Gather"]
        assert (root[0].get("action") or "").startswith("/key#")


def test_the_room_ends_with_nobody_s_leaving() -> None:
    for name in ("join", "join, staff"):
        assert 'endConferenceOnExit="false"' in DOCUMENTS[name]()


def test_an_offer_says_what_helps_to_decide() -> None:
    words, keys = spoken(DOCUMENTS["offer"]())
    for part in ("1", "Kürtçe", "İzmir", phrase("whisper_repeat", "tr").text):
        assert part in words
    assert keys == phrase("accept_or_decline", "tr").text


@pytest.mark.parametrize("question", ["offer", "page"])
def test_after_key_five_a_question_begins_with_the_warning(question: str) -> None:
    words = spoken(DOCUMENTS[f"{question}, danger"]())
    assert words[0] == phrase("whisper_danger", "tr").text
    assert words[-1] == phrase("accept_or_decline", "tr").text
    assert phrase("whisper_danger", "tr").text not in spoken(DOCUMENTS[question]())


def test_no_key_cuts_the_warning_short_on_the_way_to_her() -> None:
    room = scripts.join_room("c_1", action="/a", status_url="/c", first=staff.warning("en"))
    assert verbs(room) == ["Say", "Dial"]
    assert spoken(room) == [phrase("whisper_danger", "en").text]


def test_a_duty_telephone_hears_the_warning_after_its_key_and_only_when_it_takes_her() -> None:
    assert "q=1" in str(validate(staff.screen(danger=True))[0].get("action"))
    assert "q=1" not in str(validate(staff.screen())[0].get("action"))
    assert verbs(staff.screened("1", danger=True)) == ["Say"]
    assert [verbs(staff.screened(key, danger=True)) for key in ("2", None)] == [["Hangup"]] * 2


def test_a_page_spells_its_code_and_asks_for_one_key() -> None:
    root = validate(DOCUMENTS["page"]())
    assert "K 7 Q 2" in (root[0][0].text or "")
    assert root[0].get("numDigits") == "1"


def test_a_page_of_many_says_how_many_wait() -> None:
    assert "12" in " ".join(spoken(DOCUMENTS["page of many"]()))
    assert phrase("page_many", "tr").fill(count=12) in spoken(DOCUMENTS["page of many"]())


def test_duress_is_never_announced() -> None:
    for name, document in DOCUMENTS.items():
        assert not any("9" in text for text in spoken(document())), name


def test_staff_telephones_must_press_1_before_she_hears_them() -> None:
    for document in (last_rung(), DOCUMENTS["safe"]()):
        numbers = list(validate(document).iter("Number"))
        assert [number.text for number in numbers] == list(DUTY)
        assert all(number.get("url") for number in numbers)
    assert verbs(staff.screened("1")) == []
    assert [verbs(staff.screened(key)) for key in ("2", "5", None)] == [["Hangup"]] * 3


def test_her_number_is_not_shown_on_private_telephones() -> None:
    assert [dial.get("callerId") for dial in validate(DOCUMENTS["safe"]()).iter("Dial")] == [LINE]


def test_the_safe_answer_rings_at_most_ten_different_telephones() -> None:
    many = [f"+9053200000{number:02}" for number in range(30)]
    document = safe((*many[:3], *many))
    assert [number.text for number in validate(document).iter("Number")] == many[:10]


def test_after_the_duty_telephones() -> None:
    assert verbs(scripts.after_duty(languages=("tr",), again="/a", talked=True)) == ["Hangup"]
    assert spoken(scripts.after_duty(languages=("tr", "en"), again="/a")) == [
        phrase("closing", "tr").text,
        phrase("closing", "en").text,
    ]


def test_a_recording_is_played_where_there_is_one() -> None:
    speaker = scripts.Speaker({("waiting", "ku"): "https://koza.example/prompts/waiting.ku.mp3"})
    assert speaker.speak("waiting", "ku") == Play("https://koza.example/prompts/waiting.ku.mp3")
    assert isinstance(speaker.speak("danger", "ku"), Say)
    assert not speaker.approximates("waiting", "ku")
    assert speaker.approximates("danger", "ku")
    assert not speaker.approximates("danger", "ar")


def test_a_language_that_staff_phrases_lack_is_read_in_turkish_by_a_turkish_voice() -> None:
    step = scripts.DEFAULT_SPEAKER.speak("declined", "ar")
    assert isinstance(step, Say)
    assert (step.text, step.language) == (phrase("declined", "tr").text, "tr-TR")


def test_no_document_dials_a_number_that_must_never_be_dialled() -> None:
    for document in DOCUMENTS.values():
        for number in ET.fromstring(document()).iter("Number"):  # noqa: S314 - our own document
            assert not is_never_dial(number.text or "")


def test_an_emergency_number_that_stands_as_the_last_rung_is_passed_over() -> None:
    """The carrier would fail at it, and she would hear nothing: the sentence that names 112 is said at once."""

    def rung(*numbers: str) -> str:
        return scripts.last_rung(
            numbers, action="/over", screen="/screen", again="/again", caller_id="+903120000001", language="tr"
        )

    assert rung("+90112") == rung()
    assert rung("+90155", "+903120000100") == rung("+903120000100")


def test_every_prompt_of_the_catalogue_can_be_spoken() -> None:
    for entry in catalogue().phrases:
        values = dict.fromkeys(entry.parameters, "x")
        for language in LANGUAGES:
            step = scripts.DEFAULT_SPEAKER.speak(scripts.Prompt(entry.key, values), language)
            assert isinstance(step, Say)
            assert step.text


def test_what_callers_can_hear_is_what_the_scripts_say() -> None:
    """Whoever lets a call say another prompt writes it down, so that its recordings are asked for."""
    trees = (ast.parse(inspect.getsource(module)) for module in (scripts, voice, waiting_words))
    functions = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    words = {
        node.value
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    prompts = {entry.key for entry in catalogue().phrases if entry.use == "prompt"}
    assert words & prompts == scripts.SAID
