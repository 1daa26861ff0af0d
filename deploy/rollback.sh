#!/bin/sh
# rollback.sh [REVISION]: back to the release before. The schema stays, for a release also serves on the schema of the
# next; with REVISION it is taken back afterwards, which shows what would be gone and asks.
set -eu
. "$(dirname "$0")/steps.sh"
from=$(release_of current)
to=$(release_of previous)
[ -n "$to" ] && [ "$from" != "$to" ] || { say "there is no release before $from; nothing was changed"; exit 1; }
complete "$to" || { say "releases/$to has no .venv with koza in it; nothing was changed"; exit 1; }
point current "$to"
restart_all || { say "release $to does not start either: look at its log"; exit 1; }
say "release $to is current again"
if [ $# -gt 0 ]; then
    # Only the later release knows how its own changes are taken back; and a second rollback.sh finds no release before.
    again="KOZA_RELEASE=$from $home/releases/$from/deploy/koza.sh"
    { koza "$from" backup && koza "$from" migrate --back-to "$1"; } || {
        say "the schema stays as it is; to try again: $again backup, then $again migrate --back-to $1"
        exit 1
    }
fi
