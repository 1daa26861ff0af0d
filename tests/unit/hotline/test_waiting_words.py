"""While she waits a sentence comes at its moment, and no document ends without having listened."""

from itertools import accumulate, pairwise
from math import ceil
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import CatalogueError, load_catalogue
from hotline import voice_scripts as scripts
from hotline.phrases import LANGUAGES, phrase
from hotline.waiting_words import (
    LONGEST_CHUNK_S,
    PATH,
    SHORTEST_LISTENING_S,
    WaitingWords,
    listening,
    prompts,
    waiting_words,
)
from tests.unit.hotline.twiml_table import validate

#: How fast voices speak, slow ones and the fastest.
PACES = st.floats(11, 17)


def policy(sentence: int = 15, emergency: int = 45, every: int = 60) -> WaitingWords:
    return waiting_words().model_copy(
        update={
            "sentence_seconds": sentence,
            "emergency_after_seconds": emergency,
            "emergency_every_seconds": every,
        }
    )


def test_the_policy_says_a_sentence_every_15_seconds_and_112_after_45() -> None:
    shipped = waiting_words()
    assert (shipped.sentence_seconds, shipped.emergency_after_seconds) == (15, 45)
    said = [prompts(shipped, poll * 15, (poll - 1) * 15) for poll in range(1, 8)]
    plain, emergency = ("waiting",), ("waiting_112",)
    assert said == [plain, plain, emergency, plain, plain, plain, emergency]


def test_the_first_words_name_the_danger_key_in_her_language() -> None:
    assert prompts(policy(), 0, None) == ("danger", "waiting")
    document = scripts.wait_chunk("/key", language="ku", prompts=prompts(policy(), 0, None))
    heard = [element.text for element in validate(document).iter("Say")]
    assert heard == [phrase("danger", "ku").text, phrase("waiting", "ku").text]
    assert prompts(policy(), 0, None, returned=True) == ("returned",)


@given(st.lists(st.floats(1, 40), min_size=1, max_size=30))
def test_however_long_the_chunks_are_112_is_named_in_the_first_after_45_seconds(chunks: list[float]) -> None:
    ends = list(accumulate(chunks))
    said = [prompts(policy(), now, before) for before, now in pairwise([0.0, *ends])]
    for minute in range(15):
        due = 45 + 60 * minute
        first = next((index for index, end in enumerate(ends) if end >= due), None)
        if first is not None:
            assert said[first] == ("waiting_112",)


@given(
    pace=PACES,
    language=st.sampled_from(LANGUAGES),
    rules=st.builds(policy, st.integers(10, 60), st.integers(10, 110), st.integers(30, 600)),
    asked=st.floats(0, 0.6),
)
def test_no_sentence_is_late_by_a_poll_and_the_carrier_asks_no_more_often_than_needed(
    pace: float, language: str, rules: WaitingWords, asked: float
) -> None:
    """She waits on a line whose voice speaks at one pace, and each poll takes ``asked`` seconds to be answered."""
    now, before, polls, said_at = asked, None, 0, list[float]()
    while now < 118:
        said = prompts(rules, now, before)
        if said:
            said_at.append(now)
        listen = listening(rules, now, said, language)
        assert listen >= SHORTEST_LISTENING_S
        speech = sum(len(phrase(key, language).text) for key in said) / pace
        assert listen <= LONGEST_CHUNK_S
        before, now, polls = now, now + speech + listen + asked, polls + 1
    # Late by what the voice was slower than reckoned, the second it is rounded up to, and the carrier's question; and
    # by the sentence that is still being spoken where the two kinds meet.
    words = {key: len(phrase(key, language).text) for key in ("danger", "waiting", "waiting_112")}
    slower = (words["danger"] + words["waiting"]) * (1 / pace - 1 / 17) + 1 + 2 * asked
    spoken = max(words.values()) / pace + SHORTEST_LISTENING_S + asked
    every = rules.sentence_seconds
    crossing = rules.emergency_after_seconds % every or rules.emergency_every_seconds % every
    if every >= 15 and not crossing:
        for due in range(every, 100, every):
            assert min(at for at in said_at if at >= due) - due <= slower
    emergency = rules.emergency_after_seconds
    if emergency < 100:
        assert min(at for at in said_at if at >= emergency) - emergency <= slower + spoken
    # A chunk for each moment, in parts where the way to it is long.
    moments = 118 / every + 118 / rules.emergency_every_seconds + 1
    assert polls <= moments * ceil(every / LONGEST_CHUNK_S) + 2


@pytest.mark.parametrize("said", [("danger", "waiting"), ("waiting",), ("waiting_112",), ("returned",), ()])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chunk_listens_for_her_keys_to_its_end(said: tuple[str, ...], language: str) -> None:
    listen = listening(policy(), 14.9, said, language)
    document = validate(scripts.wait_chunk("/key", language=language, prompts=said, listen_s=listen))
    assert [element.tag for element in document] == ["Gather"]
    assert int(document[0].get("timeout") or 0) >= SHORTEST_LISTENING_S
    silent = validate(scripts.wait_chunk("/key", language=language, prompts=said, listen_s=listen, silent=True))
    assert list(silent.iter("Say")) == []
    assert silent[0].get("timeout") == str(scripts.SILENT_CHUNK_S)


@pytest.mark.parametrize(
    ("key", "value"),
    [("sentence_seconds", 0), ("sentence_seconds", 120), ("emergency_after_seconds", 900), ("source", "")],
)
def test_a_policy_that_says_too_much_or_too_late_is_refused(tmp_path: Path, key: str, value: object) -> None:
    data = yaml.safe_load(PATH.read_text(encoding="utf-8")) | {key: value}
    wrong = tmp_path / "waiting.yaml"
    wrong.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(CatalogueError, match=key):
        load_catalogue(wrong, WaitingWords)
