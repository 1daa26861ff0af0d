"""The write-ahead log of one server in the place of the backups, and whether a replay gets through to its end.

A segment's name is its timeline, then its place in the log. After a restore the server goes on in a new timeline, so
the same place may be there twice; a ``.history`` file says where one left the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.i18n import gettext as _

WHOLE = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")
PARTIAL = ".partial"
#: Where no whole segment tells: what a server is made with unless somebody asks for another.
_USUAL_SIZE = 16 << 20
_LABEL = re.compile(r"START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)")


@dataclass(frozen=True)
class Log:
    """The log's files as they were carried over: ``<name>.age``."""

    folder: Path

    def segments(self) -> dict[str, Path]:
        """Whole segments by name; names sort by timeline, then by place."""
        return self._named(WHOLE)

    def histories(self) -> dict[str, Path]:
        """Where each later timeline left its forerunner, by name."""
        return self._named(HISTORY)

    def open_segment(self) -> Path | None:
        """The newest open segment, which ends where the log ended when it was copied."""
        return max(self.folder.glob(f"*{PARTIAL}.age"), default=None)

    def _named(self, form: re.Pattern[str]) -> dict[str, Path]:
        # A copy may be there before the log: then there is nothing to replay.
        found = {path.name.removesuffix(".age"): path for path in self.folder.glob("*.age")}
        return {name: found[name] for name in sorted(found) if form.fullmatch(name)}


@dataclass(frozen=True)
class Way:
    """The way of a replay: from the copy's first segment over every one that is there."""

    first: str
    names: tuple[str, ...]
    whole: str | None
    size: int

    @classmethod
    def of(cls, cluster: Path, laid_out: Path, whole: Iterable[str]) -> Way:
        """Read from an unpacked copy, which brings the log of its own time, and the log that was laid beside it."""
        label = _LABEL.search((cluster / "backup_label").read_text(encoding="utf-8"))
        own = [path.name for path in (cluster / "pg_wal").iterdir() if WHOLE.fullmatch(path.name)]
        first = label[1] if label else min(own)
        beside = {path.name: path.stat().st_size for path in laid_out.iterdir() if WHOLE.fullmatch(path.name)}
        names = tuple(sorted({*own, *beside}))
        return cls(first, names, max(whole, default=None), max(beside.values(), default=_USUAL_SIZE))

    def place(self, name: str) -> int:
        """The number of a segment in the log, in whatever timeline."""
        return int(name[8:16], 16) * ((1 << 32) // self.size) + int(name[16:], 16)

    def gap(self) -> str | None:
        """What is missing between the first segment and the last, told for a person; None where they follow."""
        first = self.place(self.first)
        there = {self.place(name) for name in self.names if name[:8] >= self.first[:8]}
        missing = sorted(set(range(first, max(there, default=first) + 1)) - there)
        if not missing:
            return None
        behind = sum(place > missing[0] for place in there)
        return _(
            "The log has a gap: %(missing)d pieces are missing, and %(behind)d behind them cannot be replayed.",
            missing=len(missing),
            behind=behind,
        )

    def stopped_early(self, reached: int) -> str | None:
        """Told for a person: the replay ended at the byte ``reached``, and the log goes on."""
        # Something of every whole segment is replayed: at least what tells the server to begin the next.
        if self.whole is None or self.place(self.whole) < self.place(self.first):
            return None
        if reached > self.place(self.whole) * self.size:
            return None
        return _("The log was not replayed to its end: %(piece)s is there and was not reached.", piece=self.whole)
