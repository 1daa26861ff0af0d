#!/bin/sh
# koza.sh COMMAND...: a command of the current release, or of KOZA_RELEASE, as the account of the processes and with
# their settings.
set -eu
. "$(dirname "$0")/steps.sh"
koza "${KOZA_RELEASE:-$(release_of current)}" "$@"
