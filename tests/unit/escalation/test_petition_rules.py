"""Petitions as pure rules: every placeholder is known, and under secrecy no paper holds her address."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.catalogue import load_catalogue
from escalation.cases.petitions import files, rules
from escalation.cases.petitions.catalogues import (
    FOLDER,
    KNOWN,
    MANY,
    PLACEHOLDER,
    SINGLE,
    Petitions,
    petitions_catalogue,
)
from escalation.cases.petitions.rules import DOTS, HIDDEN, Facts, Line, Paper
from escalation.cases.register.rules.applications import PURPOSES

ADDRESS = "Çınar Mahallesi, Işık Sokak No 14/3, Keçiören"
MOMENT = datetime(2026, 11, 26, 9, tzinfo=UTC)
TEMPLATES = petitions_catalogue().petitions


def facts(*, secret: bool = False, **single: str) -> Facts:
    return Facts(
        {name: single.get(name, f"değer {name}") for name in SINGLE},
        {name: (f"{name} bir", f"{name} iki") for name in MANY},
        secret,
        asked=secret,
        address=single.get("address", ADDRESS),
    )


def test_every_purpose_has_its_petition_and_every_placeholder_is_known() -> None:
    assert {one.code for one in TEMPLATES} == set(PURPOSES)
    named = {name for one in TEMPLATES for part in one.parts for name in PLACEHOLDER.findall(part.text)}
    assert named <= KNOWN
    # And none is kept that no petition uses.
    assert named == KNOWN
    assert all(one.source and one.mark == "BELIEVED" and one.version >= 1 for one in TEMPLATES)


@pytest.mark.parametrize(
    "part",
    [
        {"style": "text", "text": "{unheard_of}"},
        {"style": "text", "text": "{requested}"},
        {"style": "fact", "text": "{address}"},
        {"style": "item", "text": "{statement}", "each": "statement"},
    ],
)
def test_a_wrong_template_stops_the_start(part: dict[str, Any]) -> None:
    body = yaml.safe_load((FOLDER / "petitions.yaml").read_text(encoding="utf-8"))
    body["petitions"][0]["parts"] = [part]
    with pytest.raises(ValidationError):
        Petitions.model_validate(body)


def test_the_catalogue_reads_without_its_cache() -> None:
    assert load_catalogue(Path(FOLDER / "petitions.yaml"), Petitions) == petitions_catalogue()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.code)
def test_nothing_is_missing_where_everything_is_known_and_all_is_where_nothing_is(template: Any) -> None:
    assert rules.compose(template, facts()).missing == ()
    empty = rules.compose(template, Facts({}, {}, secret=False))
    assert {"applicant", "against", "authority"} <= set(empty.missing)
    assert "national_id" not in empty.missing
    assert any(DOTS in line.text for line in empty.lines)


def test_a_value_is_put_in_once_and_never_read_again() -> None:
    template = petitions_catalogue().of("measures")
    paper = rules.compose(template, facts(statement="{address} ve {applicant}"))
    assert "{address} ve {applicant}" in [line.text for line in paper.lines]


@settings(deadline=None)
@given(
    words=st.text(max_size=60),
    form=st.sampled_from(
        [str, str.upper, str.lower, lambda text: text.replace(" ", "\n"), lambda text: text.split(",")[1]]
    ),
    template=st.sampled_from(TEMPLATES),
    where=st.sampled_from([name for name in SINGLE if name != "address"]),
)
def test_under_secrecy_her_address_stands_in_no_line(words: str, form: Any, template: Any, where: str) -> None:
    known = facts(secret=True, **{"address": ADDRESS, where: f"{words} {form(ADDRESS)} {words}"})
    known = Facts(known.single, {name: (form(ADDRESS),) for name in MANY}, secret=True, address=ADDRESS)
    text = "\n".join(line.text for line in rules.compose(template, known).lines)
    assert not rules.holds_address(text, ADDRESS)
    folded = text.upper().replace("İ", "I")
    assert "ÇINAR MAHALLESI" not in folded
    assert "KEÇIÖREN" not in folded


def test_under_secrecy_the_service_address_is_the_centre_s() -> None:
    lines = [line.text for line in rules.compose(petitions_catalogue().of("secrecy"), facts(secret=True)).lines]
    assert any("gizli tutulmaktadır" in line and "değer centre" in line for line in lines)
    open_lines = [
        line.text for line in rules.compose(petitions_catalogue().of("measures"), facts(address=ADDRESS)).lines
    ]
    assert f"Adres: {ADDRESS}" in open_lines
    assert HIDDEN in rules.hide([Line("text", f"Evim {ADDRESS}")], ADDRESS)[0].text


def drawn(page: bytes) -> list[bytes]:
    """What the streams of a page description hold."""
    found = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", page, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(stream))
    return found


@pytest.mark.parametrize("draft", [True, False])
def test_both_files_open_in_turkish_and_the_draft_bears_its_word(draft: bool) -> None:
    words = "Şiddet gördü: ığüşöçİĞÜŞÖÇ, مرحبا ve 漢字 \x00 sonu"
    paper = rules.compose(petitions_catalogue().of("measures"), facts(statement=words))
    word = files.as_docx(paper, MOMENT, draft=draft)
    with zipfile.ZipFile(io.BytesIO(word)) as parts:
        inside = {
            name: parts.read(name).decode("utf-8", "replace") for name in parts.namelist() if name.endswith("xml")
        }
    assert "ığüşöçİĞÜŞÖÇ" in inside["word/document.xml"]
    assert ("TASLAK" in "".join(inside.values())) is draft
    assert "python-docx" not in inside["docProps/core.xml"]
    page = files.as_pdf(paper, MOMENT, draft=draft)
    assert page.startswith(b"%PDF-")
    # The word lies across every page; nothing else in the paper is turned.
    assert any(b"0.7071" in content for content in drawn(page)) is draft
    plain = files.as_pdf(Paper(()), MOMENT, draft=draft)
    assert len(plain) < len(page)


@settings(deadline=None, max_examples=15)
@given(st.text(max_size=300))
def test_whatever_she_said_becomes_both_files(words: str) -> None:
    paper = rules.compose(petitions_catalogue().of("measures"), facts(statement=words + "A" * 200))
    assert files.as_docx(paper, MOMENT, draft=True).startswith(b"PK")
    assert files.as_pdf(paper, MOMENT, draft=True).startswith(b"%PDF-")
