"""Looks for planted values in everything a run leaves: databases, Redis, output, logs, journals, temporary files.

A value is looked for as it stands, in the spellings that people and programs give it (digits with or without the
country and in groups, small letters, a form's and JSON's escapes), and as hex and base64. The scan proves that it finds
one of each kind put into a table, Redis, output, a log and a packed file: one that finds nothing there is blind.
"""

from __future__ import annotations

import base64
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from redis import Redis

from config.engines.postgres import libpq
from core.text import fold_tr
from tests.support import output, planted
from tests.support.dumps import dump
from tests.support.engines import SuiteEngines

#: The carrier's own books: the practice exchange knows who calls, as the real one does.
_CARRIER_FILES = frozenset({"practice.jsonl"})
#: How every file begins that age has encrypted.
_SEALED = b"age-encryption.org/v1\n"
_SAID = "Captured stderr call"


def spellings(text: str) -> re.Pattern[bytes]:
    """Every form in which a name or a sentence might stand somewhere."""
    forms = {text, text.lower(), text.upper(), fold_tr(text), unicodedata.normalize("NFD", text)}
    hidden = {one.encode().hex().encode() for one in forms}
    return re.compile(
        b"|".join(
            [
                *(b"".join(map(_letter, form)) for form in sorted(forms)),
                *(b"(?i:%s)" % one for one in sorted(hidden)),
                *map(re.escape, sorted(_base64(text.encode()))),
            ]
        )
    )


def _letter(letter: str) -> bytes:
    """A letter as it stands, or as a form, JSON, HTML or a program's ``repr`` would write it."""
    raw = letter.encode()
    if letter == " ":
        return rb"(?: |\+|%(?:25)*20|&nbsp;)"
    if letter.isascii():
        return re.escape(raw)
    forms = [
        re.escape(raw),
        b"".join(b"%%(?:25)*(?i:%02x)" % byte for byte in raw),
        # A dump of the database doubles every backslash.
        rb"\\+u(?i:%04x)" % ord(letter),
        rb"\\+x(?i:%02x)" % ord(letter),
        b"".join(rb"\\+x(?i:%02x)" % byte for byte in raw),
        b"&#(?:%d|(?i:x%x));" % (ord(letter), ord(letter)),
    ]
    return b"(?:%s)" % b"|".join(forms)


#: Not inside a hexadecimal text, where any digits turn up by chance; what a form or JSON writes for a plus sign, a
#: space or a quotation mark ends in such digits too.
_BEFORE = rb"(?:(?<![0-9a-fA-F])|(?<=%[0-9a-fA-F]{2})|(?<=%25[0-9a-fA-F]{2})|(?<=\\u[0-9a-fA-F]{4}))"
#: What people and programs write between the groups of a number.
_BETWEEN = rb"(?:[ ./()+\-]|%(?:25)*20|\xc2\xa0|\\+u00a0){0,2}"
_BETWEEN_HEX = rb"(?:20|2[89bdef]|c2a0){0,2}"


def numbers(prefix: str) -> re.Pattern[bytes]:
    """Every form of a Turkish number that begins with ``prefix`` (E.164) and goes on with digits."""
    national = prefix.removeprefix("+90")
    wanted = [*national, *["[0-9]"] * (10 - len(national))]
    groups = [wanted[:3], wanted[3:6], wanted[6:8], wanted[8:]]
    area = "".join(groups[0]).encode()
    # The area code comes first, so that the search is a search for these digits; what stands before is looked at then.
    countries = b"|".join(b"(?<=%s%s%s)" % (_BEFORE, country, area) for country in (b"", b"0", b"90", b"0090"))
    clear = [b"%s(?:%s)" % (area, countries), *("".join(group).encode() for group in groups[1:])]
    hexed = ["".join(f"3{digit}" for digit in group).encode() for group in groups]
    return re.compile(
        b"|".join(
            [
                _BETWEEN.join(clear),
                _BETWEEN_HEX.join(hexed),
                *map(re.escape, sorted(_base64(national.encode()))),
            ]
        )
    )


def _base64(raw: bytes) -> set[bytes]:
    """What every base64 text that contains ``raw`` must contain, for each place at which ``raw`` may begin in it."""
    found = set()
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            coded = encode(b"\0" * before + raw)
            found.add(coded[-(-8 * before // 6) : 8 * (before + len(raw)) // 6])
    return found


def leaks(engines: SuiteEngines, folders: list[Path]) -> list[str]:
    """Where a planted value stands in clear, one line each; raises ``AssertionError`` if the scan itself is blind."""
    wanted = {
        "number": numbers(planted.NUMBER_PREFIX),
        "name": spellings(planted.NAME),
        "sentence": spellings(planted.SENTENCE),
        "address": spellings(planted.ADDRESS),
    }
    with _proof(engines) as (folder, proofs):
        finds = [
            (place, kind, words)
            for place, content in _everything(engines, [*folders, folder])
            for kind, words in found_in(content, wanted)
        ]
    unseen = {(proof, kind) for proof in proofs for kind in wanted} - {(place, kind) for place, kind, _ in finds}
    assert not unseen, f"the scan is blind: it did not find what it had put there itself: {sorted(unseen)}"
    return [f"{place}: {kind} {words}" for place, kind, words in finds if place not in proofs]


#: An id as the house writes it. Among its last twelve digits those of a number turn up by chance: with half a million
#: ids in the dumps, in one run of twenty.
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-fA-F])")
_BEFORE_LAST = 24


def _in_id(content: bytes, start: int) -> bool:
    return start >= _BEFORE_LAST and _ID.match(content, start - _BEFORE_LAST) is not None


def found_in(content: bytes, wanted: Mapping[str, re.Pattern[bytes]]) -> Iterator[tuple[str, str]]:
    """The kinds of planted values that stand in ``content``, each with where it was found first."""
    for kind, pattern in wanted.items():
        match = next((one for one in pattern.finditer(content) if not _in_id(content, one.start())), None)
        if match:
            yield kind, f"{match[0]!r} after {content[max(0, match.start() - 60) : match.start()]!r}"


@contextmanager
def _proof(engines: SuiteEngines) -> Iterator[tuple[Path, set[str]]]:
    """One value of each kind put into every sort of place; yields a folder to search, and the places."""
    values = [f"{planted.NUMBER_PREFIX}00000", planted.NAME, planted.SENTENCE, planted.ADDRESS]
    clear = "; ".join(values).encode()
    database = engines.new_database("scan_proof")
    with psycopg.connect(libpq(database)) as connection:
        connection.execute("CREATE TABLE proof (packed bytea)")
        connection.execute("INSERT INTO proof VALUES (%s)", [clear])
    with tempfile.TemporaryDirectory() as name, Redis.from_url(engines.redis_url(15)) as redis:
        log, packed = Path(name, "some.log"), Path(name, "packed")
        log.write_text(urlencode(list(enumerate(values))))
        packed.write_bytes(b"x%sx" % base64.b64encode(b"ab" + clear))
        redis.rpush("scan_proof", clear)
        report = pytest.TestReport("proof", ("", 0, ""), {}, "passed", None, "call", [(_SAID, clear.decode())])
        output.Listener(Path(name)).pytest_runtest_logreport(report)
        files = {f"file {log}", f"file {packed}"}
        yield Path(name), {"database scan_proof", "redis 15 b'scan_proof'", f"{_SAID} of proof", *files}
        redis.delete("scan_proof")
    engines.drop_database("scan_proof")


def _everything(engines: SuiteEngines, folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    with psycopg.connect(libpq(engines.postgres_url("postgres"))) as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datallowconn")]
    for name in names:
        if name not in {"postgres", "template1"}:
            yield f"database {name}", dump(engines.postgres_url(name))
    for number in range(16):
        with Redis.from_url(engines.redis_url(number)) as redis:
            for key in redis.scan_iter():
                yield f"redis {number} {key!r}", key + b" " + _plain(redis, key)
    for folder in folders:
        for path in _files(folder):
            if path.name == output.FILE:
                yield from output.outputs(path)
            elif not _is_sealed(path):
                yield f"file {path}", path.read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    """Files of a folder; databases' own files aside: their rows are dumped, of those that are gone before they went."""
    for place, below, names in os.walk(folder):
        if "PG_VERSION" in names:
            below.clear()
            continue
        for name in names:
            path = Path(place, name)
            # Other runs on this machine may clear away old folders meanwhile.
            if path.is_file() and name not in _CARRIER_FILES:
                yield path


def _is_sealed(path: Path) -> bool:
    """Whether it is a backup: noise by the hundred megabytes, and that it can be read by its key alone has tests."""
    with path.open("rb") as file:
        return file.read(len(_SEALED)) == _SEALED


def _plain(redis: Redis, key: bytes) -> bytes:
    """The value of a key; RESTORE's packed form may be compressed, so each type is read by its own command."""
    entries: Callable[[bytes], Any] = redis.xrange
    readers: dict[bytes, Callable[[], Any]] = {
        b"string": lambda: [redis.get(key)],
        b"list": lambda: redis.lrange(key, 0, -1),
        b"hash": lambda: [part for pair in redis.hgetall(key).items() for part in pair],
        b"set": lambda: redis.smembers(key),
        b"zset": lambda: redis.zrange(key, 0, -1),
        b"stream": lambda: [part for _id, fields in entries(key) for pair in fields.items() for part in pair],
    }
    kind: Any = redis.type(key)
    return b" ".join(readers[kind]())
