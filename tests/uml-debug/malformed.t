#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets that lie, by every way in and at every hook: none is read
# beyond its end, and each that a rule counts is counted here too, as metered or
# by the cause why not. Under the checkers, which take ten times as long, each 23rd of
# them; NETFLOW_SEED decides which.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

EACH=1 FROM=0
if [ "$NETFLOW_KIND" != fast ]; then
	EACH=23
	seed_shown
	FROM=$((RANDOM % EACH))
	diag "one of $EACH packets, from number $FROM on"
fi

# counting rules, where a first rule of each hook is
CHAINS='*raw
-A PREROUTING
-A OUTPUT
COMMIT
*mangle
-A INPUT
-A FORWARD
-A POSTROUTING
COMMIT'

# ruled: packets that these have counted, of both families, into RULED. (A packet
# of several segments is one for a rule.)
ruled() {
	local line
	RULED=0
	while read -r line; do
		[[ $line == '['*'] -A '* ]] || continue
		line=${line#[}
		RULED=$((RULED + ${line%%:*}))
	done <<<"$("$IPTABLES-save" -c; "$IP6TABLES-save" -c)"
}

# looked_at: packets that the module has, likewise, into LOOKED: those in flows, old
# and new, and those that are not. It reads what is in the rings first.
looked_at() {
	local line words
	law_read ''
	LOOKED=0
	mapfile -t line </proc/net/stat/ipt_netflow
	for words in "${line[@]}"; do
		[[ $words == Total* ]] || continue
		words=${words//[;,]/}
		read -ra words <<<"$words"
		# Total PPS SEARCHED FOUND NEW [METRIC] TRUNC FRAG ALLOC ...
		LOOKED=$((words[3] + words[4] + words[6] + words[8]))
		return
	done
}

# both: what both have counted, while nothing goes on: what the kernel answers, and
# what it gives up waiting for, comes when it likes
both() {
	local before
	ruled
	before=$RULED
	looked_at
	ruled
	[ "$RULED" = "$before" ]
}

# same: since OFFSET was taken, rules and module have counted as many
same() {
	both && [ "$RULED" -gt "$BEFORE" ] && [ $((LOOKED - RULED)) = "$OFFSET" ]
}

# sent NAME WAY DEVICE: all packets by one way
sent() {
	local name=$1
	shift
	wait_for both
	BEFORE=$RULED OFFSET=$((LOOKED - RULED))
	read -r _ ACCEPTED <<<"$("$NETFLOW_TOOLS/malformed" "$@" $EACH $FROM)"
	ok "$name: the packets that rules have counted, $ACCEPTED accepted" wait_for same
	diag "$((RULED - BEFORE)) by rules, $((LOOKED - OFFSET - BEFORE)) by the module"
	compare "$name: they are many" $((RULED - BEFORE)) '>' $((1000 / EACH))
}

router destination= inactive_timeout=600 active_timeout=600 maxflows=4000
router_rules_gone
ip -batch - <<-END || bail "no devices"
	tuntap add dev p0 mode tap
	link set p0 address 02:00:00:00:00:50
	address add 10.9.1.1/24 dev p0
	address add fd00:a::1/64 dev p0 nodad
	link set p0 up
	link add v0 type veth peer name v1
	link set v0 up
	link set v1 up promisc on
END
at_exit "ip link del p0; ip link del v0"
echo 0 >/proc/sys/net/ipv4/conf/p0/rp_filter
# what answers them would be traffic that ends when it likes
echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
"$IPTABLES-restore" --noflush <<<"$CHAINS"
"$IP6TABLES-restore" --noflush <<<"$CHAINS"
at_exit "$IPTABLES -t raw -F; $IPTABLES -t mangle -F; $IP6TABLES -t raw -F; $IP6TABLES -t mangle -F"
setting hooks 31

sent "in segments" gso t0
sent "a raw socket" raw -
for fields in '' mac,vlan,ethertype,mpls,physdev,options,exthdrs,tcpoptions; do
	setting fields "$fields"
	sent "fields '$fields', a tun device" tun t0
	sent "fields '$fields', in pieces" pieces p0
	setting promisc 1
	statistics
	before=${COUNT[promiscPackets]}
	read -r _ sent <<<"$("$NETFLOW_TOOLS/malformed" link v0 $EACH $FROM)"
	statistics
	is "fields '$fields', frames for others behind tags and labels" \
		"$((COUNT[promiscPackets] - before))" "$sent"
	setting promisc 0
done
law_read ''
is "every packet was ignored for a cause" "${LAW[ignored]}" \
	$((LAW[truncated] + LAW[malformed] + LAW[no_memory]))
compare "packets were truncated" "${LAW[truncated]}" '>' $((1000 / EACH))
compare "others were malformed" "${LAW[malformed]}" '>' $((100 / EACH))
# the hosts answer what they were sent, when they like
router_rules_gone
setting hooks 0
flush
wait_for at_rest
law_read ''
is "all others are out" "${LAW[seen]} ${LAW[seen_octets]}" \
	"$((LAW[ignored] + LAW[unsent])) $((LAW[ignored_octets] + LAW[unsent_octets]))"
ok "the module unloads" rmmod ipt_NETFLOW

done_testing
