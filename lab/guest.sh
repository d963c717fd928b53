# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # the options are for those who source it
# The common part of uml-run and x86-run: guests that run on this machine's own root file
# system. They share a directory with the host, $run/shared. It passes the environment to
# the script, and the kernel's log and the exit status to the host.

cpus='' memory=2G limit=600 dmesg='' out='' module=1 append=()
kind='' script='' kernel='' built='' words=()
run='' pid='' reader=''

# guest_options WORD...: parse the command line, see the usage of the scripts.
guest_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		--cpus) cpus=$2 && shift ;;
		--memory) memory=$2 && shift ;;
		--timeout) limit=$2 && shift ;;
		--dmesg) dmesg=$(realpath "$2") && shift ;;
		--out) out=$(realpath "$2") && shift ;;
		--append) read -ra append <<<"$2" && shift ;;
		--no-module) module= ;;
		--help) usage 0 ;;
		-*) usage 1 ;;
		*) break ;;
		esac
		shift
	done
	[ $# -ge 2 ] || usage 1
	kind=$1
	script=$(realpath "$2")
	words=("${@:3}")
	[ -r "$script" ] || die "no such script: $script"
	need_root "a guest on the host's root file system"
	# some kinds use the kernel and the module of another kind
	built=$kind
	[ "$kind" != leak ] || built=debug
	kernel=$("$LAB/kernel" "$built")
}

# shellcheck disable=SC2317 # called by the trap
guest_clean_up() {
	trap - EXIT
	# the processes of a guest share its session: kill those that are left
	[ -z "$pid" ] || pkill -KILL -s "$pid" 2>/dev/null || true
	! mountpoint -q "$run/memory" || umount --lazy "$run/memory"
	rm -rf "$run"
}

# guest_begin DIR: create the files of the guest in a new directory below DIR, $run.
# $run/console is a pipe, and its lines are printed.
guest_begin() {
	local tools programs ko=''
	tools=$("$LAB/tools")
	programs=$("$LAB/programs")
	[ -z "$module" ] || ko=$("$LAB/module" "$built")

	run=$(mktemp -d "$1/netflow-guest.XXXXXX")
	trap guest_clean_up EXIT
	trap 'exit 130' INT TERM
	mkdir -p "$run/shared/out" "$run/umid"
	# Copy the module, since another run may rebuild it at any time.
	[ -z "$ko" ] || cp "$ko" "${ko%/src/*}"/*.so "$run/shared"
	{
		printf 'export %q\n' "NETFLOW_MODULE=${ko:+/run/shared/${ko##*/}}" "NETFLOW_TOP=$TOP" \
			"NETFLOW_TOOLS=$tools" "NETFLOW_PROGRAMS=$programs" "NETFLOW_KIND=$kind" \
			"NETFLOW_KERNEL=$kernel" \
			"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "${words[@]}"
		[ -z "$ko" ] || printf 'export XTABLES_LIBDIR=%q\n' \
			"$(pkg-config --variable=xtlibdir xtables):/run/shared"
		printf 'SCRIPT=%q\n' "$script"
	} >"$run/shared/environment"
	mkfifo "$run/console"
	sed -u -e 's/\r$//' -e '/reboot: /d' <"$run/console" &
	reader=$!
}

# guest_end PID: wait for the guest in the session of PID; return its exit status.
guest_end() {
	local begin=$SECONDS timed_out='' status=125
	pid=$1
	# Suppress the shell's message about a guest that aborts.
	{
		while kill -0 "$pid"; do
			if [ $((SECONDS - begin)) -ge "$limit" ]; then
				timed_out=1
				pkill -KILL -s "$pid" || true
				break
			fi
			sleep 0.1
		done
		wait "$pid" || true
	} 2>/dev/null
	wait "$reader" || true

	if [ -n "$timed_out" ]; then
		status=124
	elif [ -s "$run/shared/status" ]; then
		status=$(cat "$run/shared/status")
	fi
	if [ "$status" != 0 ]; then
		say "the guest's kernel log, its start left out:"
		sed '1,/Run .* as init process/d' "$run/shared/dmesg" 2>/dev/null |
			grep -v '\]    *' | tail -n 60 >&2 || true
		case $status in
		124) say "the guest was killed after $limit s" ;;
		125) say "the guest died before $(basename "$script") was done" ;;
		*) say "$(basename "$script") ended with status $status" ;;
		esac
	fi
	[ -z "$dmesg" ] || cp "$run/shared/dmesg" "$dmesg" 2>/dev/null || true
	[ -z "$out" ] || { mkdir -p "$out" && cp -r "$run/shared/out/." "$out/"; }
	exit "$status"
}
