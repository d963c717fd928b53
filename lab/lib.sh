# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared functions of the lab: the cache, locks, messages, Debian's mirror.
# Sourced by every script of lab/ and tests/. Standard output is for the script's
# result (a directory, a path), so messages go to standard error.

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export TOP
TOP=$(dirname "$LAB")
CACHE=${NETFLOW_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ipt-netflow}
PROG=$(basename "$0")
export DEBIAN_FRONTEND=noninteractive

say() {
	printf '%s: %s\n' "$PROG" "$*" >&2
}

die() {
	printf '%s: error: %s\n' "$PROG" "$*" >&2
	exit 1
}

# Print the comment block at the top of the script, which is its manual.
usage() {
	sed -n '/^# Usage/,/^[^#]/{/^#/!q;s/^# \{0,1\}//;p}' "$0"
	exit "$1"
}

need_root() {
	[ "$(id -u)" = 0 ] || die "$1 needs root; try: sudo $PROG"
}

# arch_of KIND: kbuild's name for the architecture of a kernel of lab/kernel.
arch_of() {
	case $1 in
	kcsan | exact) echo x86_64 ;;
	*) echo um ;;
	esac
}

# retry TIMES COMMAND...: for temporary failures of mirrors and networks.
retry() {
	local times=$1 n=1
	shift
	until "$@"; do
		[ "$n" -lt "$times" ] || return 1
		say "attempt $n of $times failed ($1), again in $((n * 5)) s"
		sleep $((n * 5))
		n=$((n + 1))
	done
}

# lock NAME: one builder at a time per thing; the lock is released when the script exits.
exec {LOCK_FD}</dev/null
lock() {
	mkdir -p "$CACHE/lock"
	exec {LOCK_FD}>"$CACHE/lock/$1"
	if ! flock -n "$LOCK_FD"; then
		say "waiting for another run that makes $1"
		flock "$LOCK_FD"
	fi
}

unlock() {
	exec {LOCK_FD}>&-
}

# log_run LOG TEXT COMMAND...: run without output, with a progress line every 15
# seconds; print the end of the log on failure. The command does not inherit the lock,
# so that a daemon that it starts cannot hold it.
log_run() {
	local log=$1 text=$2 begin=$SECONDS pid tick rc=0
	shift 2
	mkdir -p "$(dirname "$log")"
	say "$text (log: $log)"
	"$@" >"$log" 2>&1 {LOCK_FD}>&- &
	pid=$!
	(
		while sleep 15; do
			say "  ... $text, $((SECONDS - begin)) s: $(tail -n 1 "$log" | cut -c1-60)"
		done
	) {LOCK_FD}>&- &
	tick=$!
	wait "$pid" || rc=$?
	kill "$tick" 2>/dev/null || true
	wait "$tick" 2>/dev/null || true
	if [ "$rc" != 0 ]; then
		tail -n 25 "$log" >&2
		say "failed: $text (whole log: $log)"
		return "$rc"
	fi
	say "  done: $text, $((SECONDS - begin)) s"
}

# Use the mirrors that apt is configured for, so that no host is named here. The suites
# of other releases are on the same mirrors.
mirror() {
	local kind=$1 uri
	# shellcheck disable=SC2016
	uri=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
		awk -v kind="$kind" '
			($2 ~ /-security$/) == (kind == "security") { print $1; exit }')
	[ -n "$uri" ] || die "apt knows no $kind mirror of Debian: check /etc/apt/sources.list*, then apt-get update"
	printf '%s\n' "$uri"
}

# sources_of SUITE...: print the lines of a sources.list.
sources_of() {
	local suite
	for suite in "$@"; do
		case $suite in
		*-security) echo "deb $(mirror security) $suite main" ;;
		*) echo "deb $(mirror main) $suite main" ;;
		esac
	done
}

# apt_in DIR SUITE TOOL WORD...: run apt-get or apt-cache on one suite with all its
# state in DIR. The machine's own package configuration is not changed.
apt_in() {
	local dir=$1 suite=$2 tool=$3
	shift 3
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	sources_of "$suite" >"$dir/sources.list"
	"$tool" -q -oDir::Etc::SourceList="$dir/sources.list" \
		-oDir::Etc::SourceParts=/dev/null \
		-oDir::State::Lists="$dir/lists" -oDir::Cache="$dir/cache" \
		-oAPT::Sandbox::User=root "$@"
}

# packages GROUP...: print names from lab/packages.
packages() {
	local group
	for group in "$@"; do
		awk -v group="$group" '$1 == group { print $2 }' "$LAB/packages"
	done
}

# checkout_files: print the files of the checkout, as paths below TOP: those known to
# git, and new files that are not ignored. Without git (in a tarball), all files.
checkout_files() {
	if git -C "$TOP" rev-parse --git-dir >/dev/null 2>&1; then
		git -C "$TOP" ls-files -co --exclude-standard | sort -u |
			while read -r file; do
				[ ! -f "$TOP/$file" ] || echo "$file"
			done
	else
		(cd "$TOP" && find . -type f -printf '%P\n' | sort)
	fi
}

# hash_files: hash the contents and names of the files named on standard input.
hash_files() {
	(cd "$TOP" && tr '\n' '\0' | xargs -0 sha256sum) | sha256sum | cut -c1-12
}

# copy_open LOWER DIR: make DIR/changed a writable copy of LOWER.
copy_open() {
	local lower=$1 dir=$2
	copy_close "$dir"
	mkdir -p "$dir/upper" "$dir/work" "$dir/changed"
	mount -t overlay overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" \
		"$dir/changed" 2>/dev/null || cp -a --reflink=auto "$lower/." "$dir/changed/"
}

copy_close() {
	local mounted
	# unmount mounts left by a run that was killed
	while read -r _ mounted _; do
		[[ $mounted != "$1"/* ]] || umount "$mounted"
	done </proc/mounts
	rm -rf --one-file-system "$1"
}

# in_root ROOT COMMAND...: run in a chroot with its own /proc, /sys and /dev, which are
# unmounted when the command ends. No service is started.
in_root() {
	local root=$1
	shift
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --propagation private bash -euc '
		root=$1
		shift
		mount -t proc proc "$root/proc"
		mount -t sysfs -o ro sysfs "$root/sys"
		mount --bind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/tmp"
		exec chroot "$root" "$@"' in_root "$root" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
		DEBIAN_FRONTEND=noninteractive "$@"
}
