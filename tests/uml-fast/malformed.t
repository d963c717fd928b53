#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Malformed packets, by every path and at every hook: the module reads none beyond its end, and
# counts each packet that a rule counts, as metered or by the reason why it could not be metered.
# With the kernel's checks, which take ten times as long, every 23rd packet is sent; NETFLOW_SEED
# selects them.

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

# counting rules, in the position of a first rule of each hook
CHAINS='*raw
-A PREROUTING
-A OUTPUT
COMMIT
*mangle
-A INPUT
-A FORWARD
-A POSTROUTING
COMMIT'

# ruled: set RULED to the packets that these rules have counted, of both families. (For a rule, a
# packet of several segments is one packet.)
ruled() {
	local line
	RULED=0
	while read -r line; do
		[[ $line == '['*'] -A '* ]] || continue
		line=${line#[}
		RULED=$((RULED + ${line%%:*}))
	done <<<"$("$IPTABLES-save" -c; "$IP6TABLES-save" -c)"
}

# looked_at: set LOOKED to the packets that the module has processed: those in existing and new
# flows, and those that were not metered. Packets in the rings are processed first.
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

# both: read both counts while there is no traffic. The kernel's replies, and its time-outs of
# reassembly, can come at any time.
both() {
	local before
	ruled
	before=$RULED
	looked_at
	ruled
	[ "$RULED" = "$before" ]
}

# same: since OFFSET was set, rules and module have counted the same number
same() {
	both && [ "$RULED" -gt "$BEFORE" ] && [ $((LOOKED - RULED)) = "$OFFSET" ]
}

# sent NAME WAY DEVICE: send all packets by one way
sent() {
	local name=$1
	shift
	wait_for both
	BEFORE=$RULED OFFSET=$((LOOKED - RULED))
	read -r _ ACCEPTED <<<"$("$NETFLOW_TOOLS/malformed" "$@" $EACH $FROM)"
	ok "$name: the packets that rules have counted, $ACCEPTED accepted" wait_for same
	diag "$((RULED - BEFORE)) by rules, $((LOOKED - OFFSET - BEFORE)) by the module"
	compare "$name: there are many" $((RULED - BEFORE)) '>' $((1000 / EACH))
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
# replies would be traffic that ends at an unknown time
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
	is "fields '$fields', frames for other hosts, after tags and labels" \
		"$((COUNT[promiscPackets] - before))" "$sent"
	setting promisc 0
done
law_read ''
is "every ignored packet has a cause" "${LAW[ignored]}" \
	$((LAW[truncated] + LAW[malformed] + LAW[no_memory]))
compare "packets were truncated" "${LAW[truncated]}" '>' $((1000 / EACH))
compare "others were malformed" "${LAW[malformed]}" '>' $((100 / EACH))
# the hosts reply to the packets at any time
router_rules_gone
setting hooks 0
flush
wait_for at_rest
law_read ''
is "all others were exported" "${LAW[seen]} ${LAW[seen_octets]}" \
	"$((LAW[ignored] + LAW[unsent])) $((LAW[ignored_octets] + LAW[unsent_octets]))"
ok "the module is unloaded" rmmod ipt_NETFLOW

done_testing
