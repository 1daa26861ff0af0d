"""Fetching TwiML: from the URL, or from the fallback URL when that fails, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from practice.calls import Callback
from practice.ground import Ground
from practice.twiml import TwimlError
from practice.verbs import Document
from practice.webhooks import Answer

BAD_CONTENT_TYPE = 12300
XML_TYPES = ("text/xml", "application/xml", "application/twiml+xml")


@dataclass(frozen=True)
class Errand:
    """One document to fetch, and who waits for it."""

    kind: str
    parameters: Mapping[str, str]
    parse: Callable[[str], Document]
    on_document: Callable[[Document, str], None]
    on_failure: Callable[[], None]
    fallback: Callback | None = None


def fetch(ground: Ground, errand: Errand, url: str, method: str = "POST") -> None:
    """Ask `url` for a document; `on_document(document, url)` or `on_failure()` follows exactly once."""

    def answered(answer: Answer) -> None:
        try:
            document = _read(errand, answer)
        except TwimlError as error:
            ground.trouble(error.code, str(error), url)
            failed(error.code, url)
        else:
            errand.on_document(document, url.partition("#")[0])

    def failed(code: int, failed_url: str) -> None:
        if errand.fallback is None or not errand.fallback.url:
            errand.on_failure()
            return
        second = Errand(
            errand.kind + "-fallback",
            {**errand.parameters, "ErrorCode": str(code), "ErrorUrl": failed_url},
            errand.parse,
            errand.on_document,
            errand.on_failure,
        )
        fetch(ground, second, errand.fallback.url, errand.fallback.method)

    ground.webhooks.send(
        errand.kind, url, errand.parameters, method=method, on_answer=answered, on_failure=failed
    )  # fmt: skip


def _read(errand: Errand, answer: Answer) -> Document:
    content_type = answer.content_type.partition(";")[0].strip().lower()
    if answer.body.strip() and content_type not in XML_TYPES:
        raise TwimlError(BAD_CONTENT_TYPE, f"invalid content type {content_type or '(none)'}")
    return errand.parse(answer.body)


def absolute(base: str, url: str) -> str:
    """A URL of a document that came from `base`."""
    return urljoin(base, url)
