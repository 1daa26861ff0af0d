"""What this process plays to callers instead of a voice: known without asking anybody, and given out the same way.

A webhook is answered out of what is held here; a thread looks now and then whether something else holds. While the
database is away the last known stands. A recording is named to the carrier only by a process that has its sound at
hand, so to fetch it needs no database either; what another process named a moment ago is read once from there.

The carrier ends a call whose sound it cannot have. So it is given silence rather than an error, and whoever answers
without the database (`hotline.safe`, `hotline.fallback`, `hotline.static_document`) lets the carrier's voice read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Final, NoReturn
from uuid import UUID

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.bounded import until
from core.database import Ground
from core.log import get_logger
from core.metrics import alarms
from core.settings import Settings
from core.unit_of_work import run
from hotline.queries.recordings import RecordingRow, StoredSound, recordings, sound_of
from hotline.sound_files import extension_of, silence
from hotline.voice_scripts import DEFAULT_SPEAKER, Speaker
from staff.edge.headers import let_keep

log = get_logger(__name__)

#: Where the carrier fetches a sound, below the paths that a proxy leads here without asking for the database.
PATH: Final = "/twilio/sounds"
#: How soon callers hear what an administrator put to use.
LOOK_EVERY_S: Final = 2.0
#: How long the carrier is kept waiting for a sound that is not at hand.
_WAIT_S: Final = 1.0
_LOOK_S: Final = 5.0
_READERS: Final = 4
#: How long the carrier's voices read everything after it could not have a sound.
_VOICES_S: Final = 600.0
_YEAR_S: Final = 365 * 24 * 3600
_SPEAKER: Final = "speaker"


class Sounds:
    """The recordings that one process holds."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._held: Mapping[UUID, StoredSound] = {}
        #: Those that were replaced last: a document that names one may be playing.
        self._before: Mapping[UUID, StoredSound] = {}
        #: Whether the last look saw anything: it is said once that it did not.
        self._known = True
        #: What another process named before this one had looked.
        self._read_since: Mapping[UUID, StoredSound] = {}
        #: Whoever makes up addresses costs so many threads and connections, and no caller waits for him.
        self._reading = threading.Semaphore(_READERS)
        self._speaker = DEFAULT_SPEAKER
        self._voices_until = 0.0

    @property
    def speaker(self) -> Speaker:
        """Turns a prompt into what is played or spoken."""
        return DEFAULT_SPEAKER if time.monotonic() < self._voices_until else self._speaker

    def let_voices_read(self) -> None:
        """The carrier could not have a sound, so for a while nothing is played: a person has to find out why.

        A proxy that lets POST alone through would else cost every call that plays something.
        """
        log.critical("sound_refused")
        alarms.add(kind="sound")
        self._voices_until = time.monotonic() + _VOICES_S

    def look(self) -> bool:
        """Let what holds now be what is played; False where that could not be learnt, and the last known stands."""
        try:
            with until(time.monotonic() + _LOOK_S):
                self._take(run(self._ground, lambda session: recordings(session, "current")))
        except SQLAlchemyError as error:
            if self._known:
                log.warning("recordings_unknown", error=type(error).__name__)
            self._known = False
            return False
        self._known = True
        return True

    def keep_looking(self) -> NoReturn:
        """For a thread of its own."""
        while True:
            try:
                self.look()
            except Exception:
                log.exception("recordings_unknown")
            time.sleep(LOOK_EVERY_S)

    def find(self, recording_id: UUID) -> StoredSound | None:
        """A sound by its id: at hand, or read where another process has named it."""
        for known in (self._held, self._before, self._read_since):
            if recording_id in known:
                return known[recording_id]
        if not self._reading.acquire(blocking=False):
            return None
        try:
            found = self._read(recording_id, _WAIT_S)
        except SQLAlchemyError:
            return None
        finally:
            self._reading.release()
        if found is not None:
            self._read_since = {**self._read_since, recording_id: found}
        return found

    def _take(self, rows: list[RecordingRow]) -> None:
        if {row.id for row in rows} == set(self._held):
            return
        held: dict[UUID, StoredSound] = {}
        played: dict[tuple[str, str], str] = {}
        for row in rows:
            sound = self._held.get(row.id) or self._read(row.id, _LOOK_S)
            if sound is not None:
                held[row.id] = sound
                played[row.prompt, row.language] = address_of(self._ground.settings, row)
        # First what can be fetched, then what names it.
        self._before, self._held, self._read_since = self._held, held, {}
        self._speaker = Speaker(played)

    def _read(self, recording_id: UUID, seconds: float) -> StoredSound | None:
        with until(time.monotonic() + seconds):
            return run(self._ground, lambda session: sound_of(session, recording_id))


def address_of(settings: Settings, row: RecordingRow) -> str:
    """Where the carrier fetches it. Whole: an instruction may come by a request of ours, without an address itself."""
    name = f"{row.prompt}.{row.language}.{extension_of(row.media_type)}"
    return f"{settings.public_url.rstrip('/')}{PATH}/{row.id}/{name}"


def give(sounds: Sounds, recording_id: UUID) -> Response:
    """A sound to whoever asks: it has no secret in it. An id has one sound for ever, so it may be kept for ever."""
    sound = sounds.find(recording_id)
    let_keep()
    if sound is None:
        log.warning("sound_not_there")
        return Response(silence(), mimetype="audio/wav", headers={"Cache-Control": "no-store"})
    answer = Response(sound.content, mimetype=sound.media_type)
    answer.cache_control.public = True
    answer.cache_control.max_age = _YEAR_S
    answer.cache_control.immutable = True
    answer.set_etag(recording_id.hex)
    answer.make_conditional(request, accept_ranges=True, complete_length=len(sound.content))
    return answer


def speak_with(session: Session, speaker: Speaker) -> None:
    """Whatever this unit of work says, it says with this speaker."""
    session.info[_SPEAKER] = speaker


def speaker_of(session: Session) -> Speaker:
    """The speaker of this unit of work; the carrier's voices where nobody listens, as at a replay."""
    found = session.info.get(_SPEAKER)
    return found if isinstance(found, Speaker) else DEFAULT_SPEAKER


__all__ = ["LOOK_EVERY_S", "PATH", "Sounds", "address_of", "give", "speak_with", "speaker_of"]
