#!/bin/sh
# lock.sh UV: resolve for every platform at once. The lock files name no index and no machine: whoever installs chooses.
set -eu
uv=$1
cd "$(dirname "$0")/.."
unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS UV_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS || true

# compile OUTPUT OPTIONS...
compile() {
    output=$1
    shift
    "$uv" pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --output-file "$output" \
        --extra embedded --group build "$@"
    printf '%s: %s packages\n' "$output" "$(grep -c '==' "$output")"
}

compile requirements.lock --upgrade
compile requirements-dev.lock --upgrade --group dev --constraint requirements.lock
if grep -nE '://|^--' requirements.lock requirements-dev.lock; then
    printf 'A lock file names an address.\n' >&2
    exit 1
fi
