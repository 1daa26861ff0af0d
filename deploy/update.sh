#!/bin/sh
# update.sh N: go over to the release in releases/N, which is complete with its .venv. Goes back where it does not start.
set -eu
. "$(dirname "$0")/steps.sh"
next=${1:?which release}
before=$(release_of current)
earlier=$(release_of previous)
complete "$next" || { say "releases/$next has no .venv with koza in it; nothing was changed"; exit 1; }
complete "$before" || { say "$home/current names no release: is this the first? Nothing was changed"; exit 1; }
[ "$next" != "$before" ] || { say "release $next is the current one"; exit 1; }

say "a copy first"
koza "$next" backup || { say "no copy, no update: release $before goes on"; exit 1; }
say "schema and catalogues; release $before goes on meanwhile"
koza "$next" migrate || { say "release $before goes on"; exit 1; }
point previous "$before"
point current "$next"
say "restarting one after the other"
if ! restart_all; then
    say "release $next does not start: back to $before"
    point current "$before"
    [ -z "$earlier" ] || point previous "$earlier"
    restart_all || { say "release $before does not start either: look at its log"; exit 2; }
    say "release $before is current again; the schema stays as release $next left it"
    exit 1
fi
for unit in "$home/releases/$next"/deploy/systemd/*; do
    cmp -s "$unit" "${KOZA_UNITS:-/etc/systemd/system}/${unit##*/}" || say "${unit##*/} is another in this release: copy it"
done
koza "$next" doctor || say "release $next runs; the doctor has something to say"
say "release $next is current; rollback.sh goes back to $before"
