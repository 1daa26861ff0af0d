"""Looks for planted values in everything a run leaves: databases, Redis, logs, journals, temporary files.

A value is looked for as it stands, as national and bare digits, and as hex and base64 of these. The scan first proves
that it finds a value put into a table, Redis and a file in clear: one that finds nothing there finds nothing at all.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis

from tests.support import planted
from tests.support.engines import SuiteEngines, libpq

#: The carrier's own books: the practice exchange knows who calls, as the real one does.
_CARRIER_FILES = frozenset({"practice.jsonl"})
_PROOF = "kanıt-açık-değer-41"


def spellings(text: str) -> re.Pattern[bytes]:
    """Every form in which a name or a sentence might stand somewhere."""
    raw = text.encode()
    literal = {raw, text.encode("ascii", "backslashreplace"), json.dumps(text)[1:-1].encode(), *_base64(raw)}
    return re.compile(b"|".join([*map(re.escape, literal), b"(?i:%s)" % raw.hex().encode()]))


def numbers(prefix: str) -> re.Pattern[bytes]:
    """Every form of a Turkish number that begins with ``prefix`` (E.164) and goes on with digits."""
    national = prefix.removeprefix("+90").encode()
    digits = 10 - len(national)
    return re.compile(
        # In clear, with or without the country; not inside a hexadecimal text, where any digits turn up by chance.
        rb"(?<![0-9a-fA-F])(?:\+?90|0090|0)?%s[0-9]{%d}" % (national, digits)
        + b"|%s(?:3[0-9]){%d}" % (national.hex().encode(), digits)
        + b"|"
        + b"|".join(map(re.escape, _base64(national)))
    )


def _base64(raw: bytes) -> set[bytes]:
    """What every base64 text that contains ``raw`` must contain, for each place at which ``raw`` may begin in it."""
    found = set()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw)
        found.add(coded[-(-8 * before // 6) : 8 * (before + len(raw)) // 6])
    return found


def leaks(engines: SuiteEngines, folders: list[Path]) -> list[str]:
    """Where a planted value stands in clear, one line each; raises ``AssertionError`` if the scan itself is blind."""
    _prove(engines)
    wanted = {
        "number": numbers(planted.NUMBER_PREFIX),
        "name": spellings(planted.NAME),
        "sentence": spellings(planted.SENTENCE),
        "address": spellings(planted.ADDRESS),
    }
    return [f"{place}: {what}" for place, content in _everything(engines, folders) for what in _found(content, wanted)]


def _found(content: bytes, wanted: Mapping[str, re.Pattern[bytes]]) -> Iterator[str]:
    for what, pattern in wanted.items():
        if match := pattern.search(content):
            yield f"{what} {match[0]!r} after {content[max(0, match.start() - 60) : match.start()]!r}"


def _prove(engines: SuiteEngines) -> None:
    name = "scan_proof"
    with psycopg.connect(libpq(engines.new_database(name))) as connection:
        connection.execute("CREATE TABLE proof (clear text, packed bytea)")
        connection.execute("INSERT INTO proof VALUES (%s, %s)", ["-", _PROOF.encode()])
    with tempfile.TemporaryDirectory() as folder, Redis.from_url(engines.redis_url(15)) as redis:
        (Path(folder) / "some.log").write_text(f"x{base64.b64encode(b'ab' + _PROOF.encode()).decode()}x")
        redis.rpush("proof", _PROOF)
        seen = {
            place.partition(" ")[0]
            for place, content in _everything(engines, [Path(folder)])
            if any(_found(content, {"proof": spellings(_PROOF)}))
        }
        redis.delete("proof")
    engines.drop_database(name)
    assert seen == {"database", "redis", "file"}, f"the scan is blind: it found its own value only in {seen}"


def _everything(engines: SuiteEngines, folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    with psycopg.connect(libpq(engines.postgres_url("postgres"))) as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datallowconn")]
    for name in names:
        if name not in {"postgres", "template1"}:
            yield f"database {name}", _dump(engines, name)
    for number in range(16):
        with Redis.from_url(engines.redis_url(number)) as redis:
            for key in redis.scan_iter():
                yield f"redis {number} {key!r}", key + b" " + _plain(redis, key)
    for folder in folders:
        for path in _files(folder):
            yield f"file {path}", path.read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    """Files of a folder; databases' own files aside (they are dumped, or another test's engine, long stopped)."""
    for place, below, names in os.walk(folder):
        if "PG_VERSION" in names:
            below.clear()
            continue
        for name in names:
            path = Path(place, name)
            # Other runs on this machine may clear away old folders meanwhile.
            if path.is_file() and name not in _CARRIER_FILES:
                yield path


def _dump(engines: SuiteEngines, name: str) -> bytes:
    """All rows as text; columns of bytes are hex, which :func:`spellings` covers."""
    program = engines.postgres_programs() / "pg_dump"
    answer = subprocess.run(
        [str(program), "--data-only", "--no-owner", libpq(engines.postgres_url(name))], capture_output=True, check=True
    )
    return answer.stdout


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
