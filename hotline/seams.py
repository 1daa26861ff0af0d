"""Whether the fields of a verified form are the ones that the carrier signed.

A signature covers names and values joined without separators, so it fits every other cut of the same letters too:
"Body hiFrom+90555", "From +90532" may be handed in as "Body hi", "From +90555" and what is left over as a field that
nobody reads. The cut can be moved, the joined letters cannot. These rules therefore count in the joined letters.

A sender may type whatever she likes, hence her words are left out of the count; in return they must lie exactly
between "Body" and "From", where the carrier puts them. A text in which that is not so is refused here, and comes in
through the reconciler a minute later, as the carrier itself lists it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_WORDS: Final = "Body"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]*|SipHeader_[A-Za-z0-9_.-]+")
#: A SID under its field's name, the end of which is common to longer names such as ParentCallSid.
_SID_IN_PLACE: Final = re.compile(r"(?:AccountSid|CallSid|MessageSid|SmsSid)(?P<sid>(?:AC|CA|SM|MM)[0-9a-f]{32})")
#: What may follow the name of a party; as the beginning of a party's address they are the rest of such a name.
PLACES: Final = ("City", "Country", "State", "Zip")
_FROM: Final = frozenset({"From", *(f"From{place}" for place in PLACES)})
_AFTER_FROM: Final = re.compile(r"From(?:City|Country|State|Zip)|Media(?:ContentType|Url)[0-9]+|MessageSid")

Form = Mapping[str, Sequence[str]]


def cut_as_signed(form: Form) -> bool:
    """Whether names have the carrier's shape and no SID stands in the joined letters but as a field of its own."""
    if not all(_NAME.fullmatch(name) for name in form):
        return False
    before, after = _around_words(form)
    runs = (_joined(before), _joined(after)) if _WORDS in form else (_joined(before + after),)
    found = sum(len(_SID_IN_PLACE.findall(run)) for run in runs)
    return found == sum(_is_sid_field(name, value) for name, value in before + after)


def words_as_signed(form: Form) -> bool:
    """Whether the words of a text begin at the carrier's "Body" and end at its "From"."""
    before, after = _around_words(form)
    names = [name for name, _ in after]
    return (
        "Body" not in _joined(before)
        and names[:1] == ["From"]
        and all(_AFTER_FROM.fullmatch(name) for name in names[1:2])
        and _joined(after).count("From") == sum(name in _FROM for name in names)
    )


def _around_words(form: Form) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The fields as they were joined, without the words: those before and those after."""
    pairs = sorted({(name, value) for name, values in form.items() for value in values})
    return [pair for pair in pairs if pair[0] < _WORDS], [pair for pair in pairs if pair[0] > _WORDS]


def _joined(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(name + value for name, value in pairs)


def _is_sid_field(name: str, value: str) -> bool:
    found = _SID_IN_PLACE.search(name + value)
    return found is not None and found["sid"] == value
