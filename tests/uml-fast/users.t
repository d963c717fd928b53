#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An unprivileged user can read the statistics. The user cannot read the flows, which are other
# users' traffic, or change anything, and as root of a user namespace can neither meter packets
# nor read or set anything.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
router destination=127.0.0.1:9 active_timeout=600 inactive_timeout=600
packets --sport 1+10 --flows 10 --count 50
is "there are flows" "$(grep -c 'dport\|10\.9\.0\.2' /proc/net/stat/ipt_netflow_flows)" 10

# each file: its mode, and which files unprivileged users cannot read
files=(/proc/net/stat/ipt_netflow* /proc/sys/net/netflow/* /sys/module/ipt_NETFLOW/parameters/*)
wrong=''
while read -r mode owner file; do
	case $file in
	*/ipt_netflow_flows | */ipt_netflow_audit) wanted=400 ;;
	/proc/net/*) wanted=444 ;;
	/proc/sys/*) wanted=644 ;;
	*) wanted='[46]44' ;;
	esac
	# shellcheck disable=SC2053 # a pattern
	[[ "$mode $owner" = $wanted\ 0 ]] || wrong+=" $file($mode)"
done <<<"$(stat -c '%a %u %n' "${files[@]}")"
compare "the files exist" "${#files[@]}" '>' 40
is "their modes" "$wrong" ''
before=$(cat /proc/sys/net/netflow/* /sys/module/ipt_NETFLOW/parameters/*)
# shellcheck disable=SC2016 # expanded by the inner shell
"${NOBODY[@]}" bash -c '
	for file; do
		case $file in
		*_flows | *_audit) ! read -rd "" text <"$file" && [ ! "$text" ] || echo "reads $file" ;;
		*) read -rd "" text <"$file"; [ "${text+read}" ] || echo "cannot read $file" ;;
		esac
		unset text
		! echo 1 >"$file" || echo "writes $file"
	done
	echo "has tried all"' bash "${files[@]}" >"$TMP/nobody" 2>/dev/null
is "the user nobody can read statistics and settings, not flows, and write nothing" "$(<"$TMP/nobody")" "has tried all"
is "nothing was changed" "$(cat /proc/sys/net/netflow/* /sys/module/ipt_NETFLOW/parameters/*)" "$before"
not "the user nobody cannot load the module" "${NOBODY[@]}" insmod "$NETFLOW_MODULE"
not "... nor unload it" "${NOBODY[@]}" rmmod ipt_NETFLOW

# --- root of a user namespace, with its own network namespace ---

# without this the tools fail, because they cannot create their lock file
export XTABLES_LOCKFILE=/dev/shm/lock
# shellcheck disable=SC2016 # expanded by the inner shell
"${NOBODY[@]}" unshare -Urnm bash -c '
	[ "$(id -u)" = 0 ] || echo "is not root"
	ip link set lo up || echo "has no network"
	for tool in iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
		for table in raw mangle filter; do
			$tool -t $table -A OUTPUT -j NETFLOW >/dev/null 2>&1 && echo "$tool: taken in $table"
		done
	done
	iptables-legacy -A OUTPUT -j ACCEPT || echo "cannot have rules at all"
	ping -qc 1 127.0.0.1 >/dev/null || echo "cannot send"
	# files of the new network namespace, and of the original one
	mount -t proc proc /proc 2>/dev/null
	for file in /proc/net/stat/ipt_netflow* /proc/self/net/stat/ipt_netflow* /proc/sys/net/netflow/*; do
		[ ! -e "$file" ] || echo "has $file"
	done
	for file in /proc/1/net/stat/ipt_netflow_flows; do
		! cat "$file" || echo "reads $file"
	done 2>/dev/null
	for file in /sys/module/ipt_NETFLOW/parameters/*; do
		! echo 1 >"$file" || echo "writes $file"
	done 2>/dev/null
	insmod "$NETFLOW_MODULE" 2>/dev/null && echo "loads it"
	rmmod ipt_NETFLOW 2>/dev/null && echo "unloads it"
	true' >"$TMP/user" 2>&1
is "root of a user namespace cannot use, see or change anything" "$(<"$TMP/user")" ''
counts_are "none of his packets was metered" inPackets "$SENT_PACKETS"
is "... and nothing was changed" "$(cat /proc/sys/net/netflow/* /sys/module/ipt_NETFLOW/parameters/*)" "$before"
ok "the module is unloaded" module_unload

done_testing
