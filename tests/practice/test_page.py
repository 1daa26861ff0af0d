"""The practice page: both languages whole, a strict policy, and nothing inline."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import practice.page
from practice.config import ExchangeConfig
from practice.exchange import Exchange
from practice.page import catalogue
from practice.runner import Runner
from practice.server import make_app
from tests.practice.world import ACCOUNT, TOKEN

FOLDER = Path(practice.page.__file__).parent


@pytest.fixture
def browser() -> Iterator[FlaskClient]:
    runner = Runner(Exchange(ACCOUNT, TOKEN, ExchangeConfig()))
    with make_app(runner).test_client() as client:
        yield client


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [("", "", "tr"), ("", "en-GB,en", "en"), ("", "tr,en;q=0.5", "tr"), ("", "de", "tr"), ("?lang=en", "tr", "en")],
)
def test_its_language(browser: FlaskClient, query: str, accept: str, language: str) -> None:
    answer = browser.get(f"/{query}", headers={"Accept-Language": accept})
    assert f'<html lang="{language}">' in answer.text
    assert catalogue(language)["title"] in answer.text


def test_the_policy_is_strict_and_nothing_is_inline(browser: FlaskClient) -> None:
    answer = browser.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", answer.text)


def test_both_catalogues_say_the_same_things() -> None:
    turkish, english = catalogue("tr"), catalogue("en")
    assert list(turkish) == list(english)
    assert all(turkish.values())
    assert all(english.values())


def test_every_sentence_used_exists() -> None:
    template = (FOLDER / "templates" / "phones.html").read_text(encoding="utf-8")
    script = (FOLDER / "static" / "phones.js").read_text(encoding="utf-8")
    used = set(re.findall(r"texts\.(\w+)", template + script))
    assert used <= set(catalogue("tr"))


def test_every_kind_of_line_has_its_word() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.glob("*.py"))
    kinds = set(re.findall(r'(?:note\(|hear\(.*, )"(\w+)"\)?', sources))
    assert {"connected", "tone", "talking_to", "queued"} <= kinds
    assert {f"kind_{kind}" for kind in kinds} <= set(catalogue("tr"))


@pytest.mark.parametrize("path", ["/static/phones.js", "/static/phones.css", "/static/icon.svg", "/catalogue/tr.json"])
def test_its_files(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()


def test_there_is_no_other_catalogue(browser: FlaskClient) -> None:
    assert browser.get("/catalogue/de.json").status_code == 404
