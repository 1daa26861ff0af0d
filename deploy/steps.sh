# Shared by update.sh and rollback.sh; for sh, as root. The variables below are for a rehearsal elsewhere.
home=${KOZA_HOME:-/opt/koza}
settings=${KOZA_SETTINGS:-/etc/koza/koza.env}
control=${KOZA_CONTROL:-systemctl}
account=${KOZA_ACCOUNT-runuser -u koza --}
web_ports=${KOZA_WEB_PORTS:-8000 8010}

# The file is read by a shell here: values with blanks, quotes or dollar signs stand in single quotes.
set -a
# shellcheck disable=SC1090
. "$settings"
set +a

say() { printf '%s\n' "$*" >&2; }

# koza of one release, as the account of the processes and with their settings.
koza() { release=$1; shift; (cd "$home/releases/$release" && $account "$home/releases/$release/.venv/bin/koza" "$@"); }

# A release's number, from a link that points to it.
release_of() { basename "$(readlink "$home/$1")"; }

# One rename: there is no moment without a current release.
point() { ln -s "releases/$2" "$home/.$1.new" && mv -T "$home/.$1.new" "$home/$1"; }

# Wait until a web process answers that it is alive.
alive() {
    tries=0
    until curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$1/healthz"; do
        tries=$((tries + 1))
        [ "$tries" -lt 120 ] || return 1
        sleep 0.5
    done
}

# One web process after the other, so that one always answers the carrier; then those without callers.
restart_all() {
    for port in $web_ports; do
        "$control" restart "koza-web@$port" && alive "$port" || return 1
    done
    for unit in koza-relay koza-worker koza-live koza-backup; do
        "$control" restart "$unit" || return 1
    done
}
