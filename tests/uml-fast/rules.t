#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rules: in every hook of every table that supports the target, by iptables-legacy and by
# iptables-nft. Packets that pass a rule are metered, and continue with the next rule.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

HOOKS=('raw PREROUTING' 'raw OUTPUT' 'mangle PREROUTING' 'mangle INPUT' 'mangle FORWARD'
	'mangle OUTPUT' 'mangle POSTROUTING' 'filter INPUT' 'filter FORWARD' 'filter OUTPUT')

# The kernel counts rules as users of the module.
users_are() {
	local name size users rest
	while read -r name size users rest; do
		[ "$name" != ipt_NETFLOW ] || [ "$users" != "$1" ] || return 0
	done </proc/modules
	: "$size" "$rest"
	return 1
}

# in_all_hooks TOOL: add NETFLOW rules, each followed by a rule that counts.
in_all_hooks() {
	local tool=$1 hook text='' table='' count=0
	for hook in "${HOOKS[@]}"; do
		[ "$table" = "${hook% *}" ] || text+=${table:+COMMIT$'\n'}"*${hook% *}"$'\n'
		table=${hook% *}
		text+="-A ${hook#* } -p udp --dport 77 -j NETFLOW"$'\n'"-A ${hook#* } -p udp --dport 77"$'\n'
		count=$((count + 1))
	done
	ok "$tool: rules in all hooks of raw, mangle and filter" "$tool-restore" --noflush <<<"$text"COMMIT$'\n'
	ok "$tool: ... are $count users of the module" until_true 300 users_are $count
}

# gone TOOL: flush the tables.
gone() {
	"$1-restore" <<-END
		*raw
		COMMIT
		*mangle
		COMMIT
		*filter
		COMMIT
	END
	ok "$1: without rules the module has no user" until_true 300 users_are 0
}

# passed_on: read the packet counters of our rules, and of the rules after them.
passed_on() {
	local line
	OURS='' BEHIND=''
	while read -r line; do
		case $line in
		*--dport\ 77*NETFLOW) OURS+=" ${line%%:*}" ;;
		*--dport\ 77*) BEHIND+=" ${line%%:*}" ;;
		esac
	done <"$TMP/saved"
}

topo() {
	ip -batch - <<-END || bail "no devices"
		tuntap add dev t0 mode tun
		link add d0 type dummy
		address add 10.9.0.1/24 dev t0
		address add fd00:9::1/64 dev t0 nodad
		address add 10.8.0.1/16 dev d0
		address add fd00:8::1/64 dev d0 nodad
		link set t0 up
		link set d0 up arp off
	END
	at_exit "ip link del t0; ip link del d0"
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
	echo 0 >/proc/sys/net/ipv4/conf/t0/rp_filter
}

SEEN=0
recorder_start all 2055
topo
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
for tool in iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
	if ! "$tool" -S >/dev/null 2>&1; then
		skip "$tool" "this kernel has no such tables"
		continue
	fi
	in_all_hooks $tool

	# A packet passes up to five hooks. Each hook has a record of its own, since the hook is
	# part of the key; the direction distinguishes them. If two tables share a hook, their
	# packets are in one record.
	case $tool in
	ip6*) to=fd00:8::2 from=fd00:9::2 local=::1 near=fd00:9::1 ;;
	*) to=10.8.0.2 from=10.9.0.2 local=127.0.0.1 near=10.9.0.1 ;;
	esac
	traffic --tun t0 --src $from --dst $to --dport 77 --count 5
	traffic --tun t0 --src $from --dst $near --dport 77 --sport 20000 --count 5
	traffic --socket --src $local --dst $local --dport 77 --count 3
	flush
	until_true 300 at_rest
	# forwarded: raw+mangle PREROUTING 10, mangle+filter FORWARD 10, POSTROUTING 5
	# to this host: PREROUTING 10, mangle+filter INPUT 10
	# from and to this host: raw+mangle+filter OUTPUT 9, POSTROUTING 3, PREROUTING 6, INPUT 6
	SEEN=$((SEEN + 9))
	until_true 300 has_count flow $SEEN
	recorded flow 'sourceTransportPort flowDirection packetDeltaCount'
	mapfile -t records <<<"$RECORDED"
	printf '%s\n' "${records[@]:SEEN - 9}" | sort >"$TMP/records"
	mapfile -t records <"$TMP/records"
	is "$tool: each hook has its record, and its direction" "${records[*]}" \
		"10000 0 10 10000 0 10 10000 0 6 10000 0 6 10000 1 3 10000 1 5 10000 1 9 20000 0 10 20000 0 10"

	# XT_CONTINUE: the rule after each of ours has counted the same packets.
	"$tool-save" -c >"$TMP/saved" 2>/dev/null
	passed_on
	is "$tool: packets continue with the next rule" "$BEHIND" "$OURS"

	not "$tool: the table nat is rejected" "$tool" -t nat -A POSTROUTING -j NETFLOW
	# The round trip of rules through save and restore.
	ok "$tool: saved rules can be restored" "$tool-restore" "$TMP/saved"
	is "$tool: ... to the same rules" "$("$tool-save" 2>/dev/null | grep -c -- '-j NETFLOW')" ${#HOOKS[@]}
	gone $tool
done

recorder_stop all
law_collected all
messages_right "all messages are right"
law_holds "in the end"
ok "the module is unloaded" module_unload

done_testing
