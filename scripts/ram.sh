#!/usr/bin/env bash
# Runs a command with its temporary files in memory: scripts/ram.sh COMMAND [ARGUMENT…]
#
# Every commit of a test's database waits for the disk, and no test looks at what a power failure leaves. Nothing changes
# where TMPDIR is set (TMPDIR=/tmp make test is the way back to the disk), or /dev/shm has less than 2 GB free or runs no
# programs. The exit code is that of the command.
set -euo pipefail

if [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 2000000 ] 2>/dev/null; then
	dir=$(mktemp -d /dev/shm/shop-test.XXXXXX)
	trap 'rm -rf "$dir"' EXIT
	chmod 711 "$dir" # PostgreSQL of postgres.sh is another user
	if printf '#!/bin/sh\n' >"$dir/program" && chmod 700 "$dir/program" && "$dir/program" 2>/dev/null; then
		export TMPDIR=$dir GOTMPDIR=${GOTMPDIR:-/tmp} # the compiler's files are large and wait for nothing
	fi
fi
"$@"
