#!/bin/sh
# koza.sh COMMAND...: a command of the current release, as the account of the processes and with their settings.
set -eu
. "$(dirname "$0")/steps.sh"
koza "$(release_of current)" "$@"
