#!/bin/sh
# install.sh PYTHON LOCKFILE STAMP: a virtual environment with exactly what the lock file names, checked by hash.
set -eu
python=$1 lock=$2 stamp=$3
cd "$(dirname "$0")/.."
[ -n "$python" ] || exit 1 # tools/python.sh has said why

# The content decides, not the time: a fresh checkout or a touched file costs nothing.
wanted=$(cat "$lock" pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x .venv/bin/koza ]; then
    touch "$stamp"
    exit 0
fi

# Scripts in .venv carry its path: in a project that was moved they are made anew.
if ! .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    { [ -f .venv/koza.path ] && [ "$(cat .venv/koza.path)" != "$PWD" ]; }; then
    printf 'Making .venv with %s\n' "$("$python" --version)"
    if ! "$python" -m venv --clear .venv; then
        printf 'The virtual environment could not be made (Debian: apt install python3-venv).\n' >&2
        exit 1
    fi
fi
printf '%s' "$PWD" >.venv/koza.path

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
log=.venv/install.log

# follow PID TOTAL: how many packages have been fetched, every two seconds when it changed.
follow() {
    shown=
    while kill -0 "$1" 2>/dev/null; do
        sleep 2
        count=$(grep -c '^Collecting' "$log" || true)
        if [ "$count" != "$shown" ]; then
            printf '  %s of %s\n' "$count" "$2"
            shown=$count
        fi
    done
}

fail() {
    tail -n 25 "$log" >&2
    printf '\nInstalling failed; the whole log is %s.\n' "$log" >&2
    exit 1
}

total=$(grep -c '==' "$lock")
printf 'Installing what %s names (at most %s packages; the first time takes a minute or two)\n' "$lock" "$total"
.venv/bin/python -m pip install --require-hashes --requirement "$lock" --progress-bar off >"$log" 2>&1 &
pip=$!
trap 'kill $pip 2>/dev/null || true; exit 130' INT TERM
follow $pip "$total"
wait $pip || fail
# compat: one path entry, so that a new package of the house is found without installing again.
.venv/bin/python -m pip install --no-deps --no-build-isolation --config-settings editable_mode=compat --editable . \
    >>"$log" 2>&1 || fail
printf '%s' "$wanted" >"$stamp"
