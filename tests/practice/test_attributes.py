"""Every attribute that the parser knows does what it says: a table with one case for each, and none may be missing.

An attribute that is accepted and then forgotten would let a document pass here that behaves otherwise at the carrier.
Where the carrier's effect cannot be heard or read (a voice's timbre, a region), the case holds that values are checked.
"""

from __future__ import annotations

import pytest

from practice.twiml import ATTRIBUTES
from tests.practice.attributes import conferences, dial, prompts, queues, texts
from tests.practice.attributes.table import CASES, parse, refused
from tests.practice.world import World

PAIRS = [(verb, attribute) for verb, attributes in ATTRIBUTES.items() for attribute in attributes]
#: Each fills the table with its cases.
THEMES = (prompts, dial, conferences, queues, texts)


@pytest.mark.parametrize(("verb", "attribute"), PAIRS)
def test_every_attribute_does_what_it_says(world: World, verb: str, attribute: str) -> None:
    CASES[verb, attribute](world)


def test_there_is_no_case_of_an_attribute_that_is_gone() -> None:
    assert set(CASES) == set(PAIRS)


@pytest.mark.parametrize("verb", ATTRIBUTES)
def test_an_unknown_attribute_is_an_error_wherever_it_stands(verb: str) -> None:
    parse(verb)
    assert refused(verb, 'bogus="1"')
    for attribute in ATTRIBUTES[verb]:
        assert refused(verb, f'{attribute}X="1"')
        if attribute.upper() not in ATTRIBUTES[verb]:
            assert refused(verb, f'{attribute.upper()}="1"')
