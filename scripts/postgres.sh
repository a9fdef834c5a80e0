#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL: scripts/postgres.sh COMMAND [ARGUMENT…]
#
# The command finds the database's URL in SHOP_TEST_POSTGRES. The cluster listens on a free port of 127.0.0.1 only, lives
# in a temporary directory, does not fsync, and is gone when the command ends, also by a signal.
# Exit code: that of the command; 69 when there is no PostgreSQL and it cannot be installed, 70 when it does not start.
set -euo pipefail

say() { echo "postgres.sh: $*" >&2; }

[ $# -gt 0 ] || { say "usage: scripts/postgres.sh COMMAND [ARGUMENT…]"; exit 64; }

find_bin() {
	local dir
	for dir in /usr/lib/postgresql/15/bin $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(dirname "$(command -v initdb || true)")"; do
		if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then echo "$dir"; return; fi
	done
	return 1
}

if ! bin=$(find_bin); then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		say "PostgreSQL is not installed (initdb, pg_ctl); on Debian: apt-get install postgresql"
		exit 69
	fi
	say "installing Debian's postgresql"
	# No cluster of the system's own: only the programs are needed.
	mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql; } >&2 ||
		{ say "apt-get could not install postgresql"; exit 69; }
	bin=$(find_bin) || { say "postgresql was installed, but initdb is not there"; exit 69; }
fi

# PostgreSQL refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
	user=nobody
	if id postgres >/dev/null 2>&1; then user=postgres; fi
	as=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups env HOME=/tmp)
	command -v setpriv >/dev/null || as=(runuser -u "$user" -- env HOME=/tmp)
fi

data=$(mktemp -d "${TMPDIR:-/tmp}/shop-postgres.XXXXXX")
child=
stop() {
	trap - EXIT
	trap '' INT TERM HUP
	if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null || true; wait "$child" 2>/dev/null || true; fi
	[ ! -e "$data/db/postmaster.pid" ] || "${as[@]}" "$bin/pg_ctl" -D "$data/db" -m immediate -w stop >/dev/null 2>&1 || true
	rm -rf "$data"
}
trap stop EXIT
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM
trap 'stop; exit 129' HUP

[ ${#as[@]} = 0 ] || chown "$user" "$data"
cd "$data" 2>/dev/null # a directory that the other user may enter
"${as[@]}" "$bin/initdb" -D "$data/db" -U shop -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$data/initdb.log" 2>&1 ||
	{ say "initdb failed:"; cat "$data/initdb.log" >&2; exit 70; }

# A port is free only until somebody takes it, so try a few.
started=
for _ in 1 2 3 4 5 6 7 8; do
	port=$((20000 + RANDOM % 12000))
	if "${as[@]}" "$bin/pg_ctl" -D "$data/db" -l "$data/server.log" -w -t 30 -o "-h 127.0.0.1 -p $port -k '' \
		-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" start >/dev/null 2>&1; then
		started=yes
		break
	fi
	grep -q "could not bind\|Address already in use" "$data/server.log" || break
done
[ -n "$started" ] || { say "PostgreSQL did not start:"; tail -20 "$data/server.log" >&2; exit 70; }
cd - >/dev/null

export SHOP_TEST_POSTGRES="postgres://shop@127.0.0.1:$port/postgres?sslmode=disable"
# In the background, so that a signal to this script is handled at once and not when the command ends.
"$@" <&0 &
child=$!
code=0
wait "$child" || code=$?
child=
exit "$code"
