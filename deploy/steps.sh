# Shared by koza.sh, update.sh and rollback.sh; for sh, as root. The variables below are for a rehearsal elsewhere.
home=${KOZA_HOME:-/opt/koza}
settings=${KOZA_SETTINGS:-/etc/koza/koza.env}
control=${KOZA_CONTROL:-systemctl}
account=${KOZA_ACCOUNT-runuser -u koza --}
web_ports=${KOZA_WEB_PORTS:-8000 8010}
live_port=${KOZA_LIVE_PORT:-8001}
# A relay that is silent for ten seconds is down (config.readiness): what an older one left behind says nothing then.
silence=${KOZA_SILENCE:-11}
tries=${KOZA_TRIES:-120}
rounds=${KOZA_ROUNDS:-12}

# The file is read by a shell here: values with blanks, quotes or dollar signs stand in single quotes.
set -a
# shellcheck disable=SC1090
. "$settings"
set +a

# Whoever began may lose the line to this machine: half of the processes in one release and half in the other is worse
# than nobody reading along.
trap '' HUP PIPE

say() { printf '%s\n' "$*" >&2 || :; }

# koza of one release, as the account of the processes and with their settings.
koza() { release=$1; shift; (cd "$home/releases/$release" && $account "$home/releases/$release/.venv/bin/koza" "$@"); }

# A release's number, from a link that points to it; nothing where there is no such link.
release_of() { basename "$(readlink "$home/$1")"; }

# Whether a release can be started at all.
complete() { [ -n "$1" ] && [ -x "$home/releases/$1/.venv/bin/koza" ]; }

# One rename: there is no moment without a current release.
point() { ln -sfn "releases/$2" "$home/.$1.new" && mv -T "$home/.$1.new" "$home/$1"; }

ask() { curl --silent --fail --max-time "$2" "http://127.0.0.1:$1"; }

# Wait until the process on a port answers that it is alive.
alive() {
    left=$tries
    until ask "$1/healthz" 2 >/dev/null; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || { say "nobody answers on port $1"; return 1; }
        sleep 0.5
    done
}

# One web process after the other, so that one always answers the carrier; then those without callers. Whether those
# came up is asked as well: a service manager only knows that it started them.
restart_all() {
    for port in $web_ports; do
        "$control" restart "koza-web@$port" && alive "$port" || return 1
    done
    for unit in koza-relay koza-worker koza-live koza-backup; do
        "$control" restart "$unit" || return 1
    done
    alive "$live_port" || return 1
    sleep "$silence"
    first=${web_ports%% *}
    # Each time it answers after five seconds at the latest: whether a worker did a round that began after the question.
    left=$rounds
    until ask "$first/healthz/pager" 8 >/dev/null; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || { say "no worker does its rounds"; return 1; }
    done
    ask "$first/readyz" 5 >/dev/null || { say "/readyz says no: database, schema or relay"; return 1; }
    "$control" is-active --quiet koza-backup || { say "koza-backup does not run"; return 1; }
}
