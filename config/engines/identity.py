"""As whom an engine runs. PostgreSQL refuses root, so root hands it to an account that owns nothing else."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.engines.errors import EngineError
from core.i18n import gettext as _

_ACCOUNT = "koza-engine"
#: Accounts that may own an engine's files, best first. "nobody" is shared with other services: the last resort.
_FALLBACK = "nobody"


@dataclass(frozen=True)
class Identity:
    """The account an engine runs as; ``uid`` and ``gid`` are ``None`` for the account of this process."""

    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Give a file or folder to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_run(self, program: Path) -> bool:
        """True if this account can execute ``program --version``: no closed folder on the way, no missing library."""
        try:
            answer = self.run([str(program), "--version"])
        except OSError:
            return False
        return answer.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """True if this account can reach ``folder``, which exists."""
        try:
            return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0
        except OSError:
            return False

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a short command as this account, from a folder everyone may enter; output is captured."""
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            env=engine_environment(),
        )


def engine_environment() -> dict[str, str]:
    """The environment of an engine: no secret of ours, no locale of the user's shell."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def engine_identity() -> Identity:
    """The account of this process, or as root an account without rights (made if the machine lets us)."""
    if os.geteuid() != 0:
        return Identity()
    for name in (_ACCOUNT, _FALLBACK):
        if name == _ACCOUNT:
            _create_account(name)
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(entry.pw_uid, entry.pw_gid)
    raise EngineError(
        _(
            "PostgreSQL does not run as root and neither the account %(first)s nor %(second)s exists: "
            "start as a normal user, or set DATABASE_URL.",
            first=_ACCOUNT,
            second=_FALLBACK,
        )
    )


def _create_account(name: str) -> None:
    """Make the account if it is missing; a machine that refuses is met by the fallback."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        program = shutil.which("useradd")
        if program:
            options = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
            subprocess.run([program, *options, name], capture_output=True, check=False)


def socket_folder(identity: Identity, prefix: str) -> Path:
    """A new, short, private folder for a unix socket, whose path may have 107 characters at most (unix(7))."""
    roots = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - mkdtemp makes an unguessable 0700 folder in it
    for root in roots:
        if len(str(root)) > 60 or not root.is_dir() or not identity.can_enter(root):
            continue
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
        identity.own(folder)
        return folder
    raise EngineError(_("No temporary folder short enough for a socket: set TMPDIR to one such as /tmp."))


def state_root() -> Path:
    """Where root keeps engine files that the engine's account must reach, when the project's own folder is closed."""
    for root in (Path("/var/lib/koza"), Path(tempfile.gettempdir()) / "koza-engines"):
        try:
            root.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        if root.stat().st_uid == os.geteuid() and os.access(root, os.W_OK):
            return root
    raise EngineError(_("Neither /var/lib nor the temporary folder can hold the database: set DATABASE_URL."))
