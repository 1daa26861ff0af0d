#!/bin/sh
# Prints the first Python that is new enough; says what to do when there is none.
set -u
for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
    if path=$(command -v "$name") && "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        printf '%s\n' "$path"
        exit 0
    fi
done
printf 'Koza needs Python 3.11 or newer (Debian: apt install python3 python3-venv).\n' >&2
exit 1
