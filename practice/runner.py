"""The exchange in real time: a thread keeps its clock, a pool performs its webhooks, a file remembers what happened."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import requests

from practice.api.base import RestResponse
from practice.exchange import Exchange
from practice.webhooks import Failure, WebhookRequest, text_of

POOL_SIZE = 100
CALLBACKS_FIRST_SECONDS = 5.0

log = logging.getLogger("practice")


class StateFile:
    """An append-only file of JSON lines; the last line of a SID is its state. Survives a kill at any moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def read(self) -> list[dict[str, Any]]:
        """All whole records; a last line cut off by a kill is left out."""
        if not self._path.exists():
            return []
        records = []
        for line in self._path.read_text(encoding="utf-8").splitlines():
            if not line:
                continue
            try:
                records.append(json.loads(line))
            except ValueError:
                log.warning("the state file holds a broken line, probably cut off by a kill")
        return records

    def append(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Write records and hand them to the operating system."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            # A line cut off by a kill must not swallow the next one.
            self._file.write("\n" if self._path.stat().st_size else "")
        for record in records:
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Runner:
    """Runs one exchange. All access to it goes through `turn`."""

    def __init__(self, exchange: Exchange, state: StateFile | None = None) -> None:
        self._exchange = exchange
        self._state = state
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="webhook")
        self._local = threading.local()
        self._stopping = False
        self._thread = threading.Thread(target=self._keep_time, name="exchange", daemon=True)

    def start(self) -> None:
        """Load the state file and let the time run."""
        with self._changed:
            self._exchange.advance(time.time())
            if self._state is not None:
                self._exchange.restore(self._state.read())
        self._thread.start()

    def stop(self) -> None:
        """Stop the clock and wait for the requests that are on their way."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)
        with self._changed:
            self._write_down()
            if self._state is not None:
                self._state.close()

    @contextmanager
    def turn(self) -> Iterator[Exchange]:
        """The exchange, at the present time and for this thread alone."""
        with self._changed:
            self._exchange.advance(time.time())
            yield self._exchange
            self._write_down()
            self._changed.notify_all()

    def rest(
        self, method: str, path: str, form: Mapping[str, Sequence[str]], auth: tuple[str, str] | None
    ) -> RestResponse:
        """One REST request; performs the first callbacks before it returns when that fault strikes."""
        early: list[Future[None]] = []
        with self.turn() as exchange:
            response = exchange.rest(method, path, form, auth, time.time())
            if response.callbacks_first:
                early = [self._pool.submit(self._perform, request) for request in exchange.step(time.time())]
        wait(early, timeout=CALLBACKS_FIRST_SECONDS)
        if response.delay:
            threading.Event().wait(response.delay)
        return response

    def _keep_time(self) -> None:
        with self._changed:
            while not self._stopping:
                try:
                    for request in self._exchange.step(time.time()):
                        self._pool.submit(self._perform, request)
                except Exception:
                    # One broken call must not stop the clock of all others; its timer is already spent.
                    log.exception("a step of the exchange failed")
                self._write_down()
                due = self._exchange.due_at()
                self._changed.wait(None if due is None else max(0.0, due - time.time()))

    def _write_down(self) -> None:
        records = self._exchange.drain_journal()
        if self._state is not None and records:
            self._state.append(records)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            # A proxy of the machine has nothing to do with a program on it.
            self._local.session.trust_env = False
        session: requests.Session = self._local.session
        return session

    def _perform(self, request: WebhookRequest) -> None:
        failure: Failure | None = None
        status, content_type, body = 0, "", ""
        try:
            response = self._session().request(
                request.method,
                request.url,
                data=request.body or None,
                headers=dict(request.headers),
                timeout=(request.connect_timeout, min(request.read_timeout, request.total_timeout)),
                allow_redirects=False,
            )
            status, content_type = response.status_code, response.headers.get("Content-Type", "")
            body = text_of(content_type, response.content)
        except requests.exceptions.ReadTimeout:
            failure = "timeout"
        except requests.exceptions.RequestException:
            failure = "connect"
        with self.turn() as exchange:
            if failure is None:
                exchange.deliver(request.id, status, content_type, body, time.time())
            else:
                exchange.fail(request.id, failure, time.time())
