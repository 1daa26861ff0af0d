"""The coded fields of an intake: what each may hold, its names, and what closing asks for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import model_validator

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue

#: The answer to whom she was referred that tells nobody of her; before the code of one who may not be told.
HERSELF: Final = "herself"
UNCONSENTED: Final = "untold-"

Required = Literal["always", "conversation", "counselling", "never"]


class Code(Entry):
    """One code and its name."""

    code: Text
    label: Label


class Field(Entry):
    """One coded field. With `multiple` it holds a list of codes."""

    code: Text
    label: Label
    required: Required
    multiple: bool = False
    codes: tuple[Code, ...]

    @model_validator(mode="after")
    def _check(self) -> Field:
        if len(self.known) != len(self.codes):
            raise ValueError(f"{self.code}: a code stands twice")
        return self

    @property
    def known(self) -> frozenset[str]:
        """The codes that this field may hold."""
        return frozenset(code.code for code in self.codes)

    def accepts(self, value: object) -> bool:
        """Whether `value` may be stored: nothing, a known code, or with `multiple` a list of different known codes."""
        if value is None:
            return True
        if not self.multiple:
            return isinstance(value, str) and value in self.known
        if not isinstance(value, list | tuple):
            return False
        return len(set(value)) == len(value) and all(isinstance(one, str) and one in self.known for one in value)

    def name(self, code: str) -> str:
        """The name of `code` in the current language; the code itself if it is unknown (an older catalogue's)."""
        return next((str(one.label) for one in self.codes if one.code == code), code)


class Codes(Catalogue):
    """All coded fields, and which classes of contact are a conversation or counselling."""

    conversation: tuple[Text, ...]
    counselling: tuple[Text, ...]
    fields: tuple[Field, ...]

    @model_validator(mode="after")
    def _check(self) -> Codes:
        by_code = {field.code: field for field in self.fields}
        if len(by_code) != len(self.fields):
            raise ValueError("a field stands twice")
        if not {*self.conversation, *self.counselling} <= by_code["contact_class"].known:
            raise ValueError("conversation and counselling name classes of contact")
        return self


@cache
def codes() -> Codes:
    """The shipped catalogue; read once, at start."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "codes.yaml", Codes)


@cache
def fields() -> dict[str, Field]:
    """The coded fields by code, in the order of a conversation."""
    return {field.code: field for field in codes().fields}


def wrong_codes(values: Mapping[str, object]) -> tuple[str, ...]:
    """The coded fields of `values` that hold something the catalogue does not know; other fields are not looked at."""
    return tuple(code for code, field in fields().items() if code in values and not field.accepts(values[code]))


def missing_at_close(values: Mapping[str, object]) -> tuple[str, ...]:
    """The coded fields that closing an intake with `values` still asks for, in the order of the form.

    A referral asks to whom, and that each who is told of her may be. A counselling contact also asks for a screening:
    `values["screened"]` must be true where she could talk safely. The screening stands in the result as "screening".
    """
    contact_class = values.get("contact_class")
    asked: set[Required] = {"always"}
    if contact_class in codes().conversation:
        asked.add("conversation")
    if contact_class in codes().counselling:
        asked.add("counselling")
    missing = [code for code, field in fields().items() if field.required in asked and not values.get(code)]
    is_safe = values.get("safe_to_talk") == "yes"
    if "counselling" in asked and is_safe and not values.get("screened"):
        missing.append("screening")
    return (*missing, *missing_of_referral(values))


def is_referral(values: Mapping[str, Any]) -> bool:
    """Whether somebody wrote down that she was referred."""
    return values.get("outcome") == "referred" or "referral" in (values.get("actions_taken") or ())


def missing_of_referral(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What stands against a referral: to whom it was, or ``untold-…`` of each who may not be told of her.

    ``values["may_be_told"]`` are those whom a consent of hers covers, or to whom the law wanted it reported. Where she
    goes herself nobody is told.
    """
    if not is_referral(values):
        return ()
    told = values.get("referred_to") or ()
    allowed = {HERSELF, *(values.get("may_be_told") or ())}
    return tuple(f"{UNCONSENTED}{code}" for code in told if code not in allowed) if told else ("referred_to",)
