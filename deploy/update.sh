#!/bin/sh
# update.sh N: go over to the release in releases/N, which is complete with its .venv. Goes back where it does not start.
set -eu
. "$(dirname "$0")/steps.sh"
next=${1:?which release}
before=$(release_of current)
[ -x "$home/releases/$next/.venv/bin/koza" ] || { say "releases/$next has no .venv with koza in it"; exit 1; }
[ "$next" != "$before" ] || { say "release $next is the current one"; exit 1; }

say "a copy first"
koza "$next" backup
say "schema and catalogues; release $before goes on meanwhile"
koza "$next" migrate
point previous "$before"
point current "$next"
say "restarting one after the other"
if ! restart_all; then
    say "release $next does not start: back to $before"
    point current "$before"
    restart_all
    exit 1
fi
koza "$next" doctor || say "release $next runs; the doctor has something to say"
say "release $next is current; rollback.sh goes back to $before"
