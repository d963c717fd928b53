#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Names of thousands of interfaces: each is sent once per round, at a rate that a collector can
# process; new and renamed interfaces are sent at once, deleted ones no longer; and collectors
# resolve the interfaces and VRFs of flows.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

COUNT_OF_DEVICES=2000
PYTHON=/usr/bin/python3
RECORDER_LARGE=1

# names_told: set TOLD to the number of interface records that the recorder has received.
names_told() {
	TOLD=$(grep -c '^options .* template=304 ' "$RECORDER")
}

told() {
	names_told
	[ "$TOLD" -ge "$1" ]
}

# heard FILE: print "number name" of the received interface records, in order.
heard() {
	sed -n 's/^options .* template=304 .* ingressInterface=\([0-9]*\) interfaceName=\([^ ]*\).*/\1 \2/p' "$1"
}

# interfaces: print "number name" of the existing interfaces.
interfaces() {
	(cd /sys/class/net && for name in */; do echo "$(<"$name/ifindex") ${name%/}"; done) | sort -n
}

for ((i = 0; i < COUNT_OF_DEVICES; i++)); do
	echo "link add ppp$i group 7 type dummy"
done >"$TMP/add"
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
ip -batch "$TMP/add" || bail "no devices"
at_exit "ip link del group 7"
ip link add link-to-world type vrf table 77 && at_exit "ip link del link-to-world"
ip link set ppp7 alias "the seventh"
echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6
# no names are sent before there is a destination; a new destination receives all of them soon
router destination= active_timeout=600 inactive_timeout=600

# --- destinations are connected: all names come soon ---

interfaces >"$TMP/wanted"
total=$(wc -l <"$TMP/wanted")
capture_start names '' lo 'udp port 2055'
recorder_start all 2055
collector_start nfdump 2056 || bail "no nfcapd"
setting destination 127.0.0.1:2055,127.0.0.1:2056
ok "all names are exported" wait_for told "$total"
recorded options interfaceDescription interfaceName=ppp7
is "... with the alias" "${RECORDED%%$'\n'*}" the_seventh
recorded options interfaceDescription interfaceName=ppp8
is "... or the name again" "${RECORDED%%$'\n'*}" ppp8
recorded options 'ingressVRFID VRFname' template=315
is "a VRF is exported with its table" "${RECORDED%%$'\n'*}" "77 link-to-world"

# --- the numbers may have changed: a fast round, and the next at the normal rate ---

# two destinations were connected one after the other, so some names are sent twice
calm() {
	names_told
	before=$TOLD
	pause 1
	names_told
	[ "$TOLD" -le $((before + 16)) ]
}
ok "then they are sent slowly" wait_for calm
# wait until the current round sends names, which must not be counted as those of the fast round
ok "... but continue" wait_for told $((TOLD + 16))
cp "$RECORDER" "$TMP/part"
names_told
setting snmp-rules nothing-like-it:1
# wait for all names and the first batch of the next round
ok "all are exported again" wait_for told $((TOLD + total + 16))
ip -batch - <<-END
	link add new0 type dummy
	link set ppp1990 name renamed
	link del ppp1991
END
at_exit "ip link del new0"
ok "a renamed interface is exported at once" wait_for has options interfaceName=renamed
ok "... and so is a new one" wait_for has options interfaceName=new0
names_told
# seven names per second are due, in batches of sixteen
ok "the next round continues" wait_for told $((TOLD + 48))
tail -n "+$(($(wc -l <"$TMP/part") + 1))" "$RECORDER" >"$TMP/rest"
capture_stop names
messages_right "messages are right"
# a batch of the previous round may precede the fast round
heard "$TMP/rest" | sed -n '/^1 lo$/,$p' >"$TMP/heard"
head -n "$total" "$TMP/heard" >"$TMP/first"
ok "a fast round has each of $total once, in the order of their numbers" diff "$TMP/wanted" "$TMP/first"
tail -n "+$((total + 1))" "$TMP/heard" >"$TMP/later"
is "then new or renamed ones once" "$(cut -d' ' -f2 "$TMP/later" | grep 'new0\|renamed' | sort)" \
	"new0"$'\n'"renamed"
is "a removed one is not exported" "$(grep -c 'ppp1991' "$TMP/later")" 0
grep -v 'new0\|renamed' "$TMP/later" >"$TMP/round"
head -n "$(wc -l <"$TMP/round")" "$TMP/wanted" >"$TMP/first"
ok "... and the next round, in the same order" diff "$TMP/first" "$TMP/round"

# by the kernel's timestamps: when messages were sent, and the number of names in each
capture_fields names frame.time_epoch cflow.if_name >"$TMP/times"
"$PYTHON" - "$TMP/times" "$(wc -l <"$TMP/round")" "$total" >"$TMP/pace" <<'END'
import sys
times = []
for line in open(sys.argv[1]):
    time, names = (line.rstrip("\n") + "\t").split("\t")[:2]
    times += [float(time)] * len([name for name in names.split(",") if name])
def most(times):
    """In any second."""
    return max((sum(1 for other in times if 0 <= other - time < 1) for time in times), default=0)
# 16 names every 40 ms take five seconds. The limit is half of it, because on a busy machine the
# ticks may be late by more than a second at the start. Without pacing it would be milliseconds.
# In the next round 16 names are sent every 2.4 s
total = int(sys.argv[3])
took, rest = times[total - 1] - times[0], most(times[-int(sys.argv[2]) + 2:])
least = (total / 16 - 1) * 0.04 / 2
print("paced" if took >= least else took, "spread" if rest <= 2 * 16 else rest)
END
is "by the times of tshark they are spread" "$(cat "$TMP/pace")" "paced spread"

# --- collectors resolve them, also VRFs if flows have these fields ---

tun t1
ip -batch - <<-END
	link add d1 type dummy
	link set t1 master link-to-world
	link set d1 master link-to-world
	link set link-to-world up
	link set d1 up arp off
	route add 10.8.0.0/16 dev d1 table 77
END
at_exit "ip link del d1"
rules "$IPTABLES" 'raw PREROUTING -i t1' 'filter FORWARD -o d1'
at_exit "rules $IPTABLES 'filter -'"
setting fields vrf
packets --count 10 --flows 1 --size 0
traffic --tun t1 --src 10.9.7.2 --dst 10.8.7.2 --count 10 --flows 1 --size 0
export_all
wait_for has_count flow 3
recorded flow 'packetDeltaCount ingressVRFID egressVRFID' sourceIPv4Address=10.9.0.2
is "a flow of no VRF" "$RECORDED" "10 0 0"
recorded flow 'flowDirection egressInterface packetDeltaCount ingressVRFID egressVRFID' sourceIPv4Address=10.9.7.2
is "flows of a VRF, before routing and forwarded" "$(sort <<<"$RECORDED")" \
	"0 0 10 77 0"$'\n'"0 $(</sys/class/net/d1/ifindex) 10 77 77"
collector_stop nfdump
is "nfdump shows names of interfaces" "$(records nfdump '%inam|%pkt' 'src ip 10.9.0.2' | tr -d ' ')" 't0|10'
like "... and of VRFs" "$(records nfdump '%ivrfnam' 'src ip 10.9.7.2')" '^link-to-world'
rules "$IPTABLES" 'filter -'

# --- packets of a VRF: netfilter sees them twice ---

ip address add 10.8.7.1/24 dev d1
rules "$IPTABLES" 'raw OUTPUT -d 10.8.7.9'
out=$(</sys/class/net/d1/ifindex) vrf=$(</sys/class/net/link-to-world/ifindex)
ping -I link-to-world -c 5 -i 0.01 10.8.7.9 >/dev/null
export_all
wait_for has_count flow 2 destinationIPv4Address=10.8.7.9
recorded flow 'ingressInterface egressInterface packetDeltaCount' destinationIPv4Address=10.8.7.9
is "into the VRF, and out of it" "$(sort -n <<<"$RECORDED")" "0 $vrf 5"$'\n'"$vrf $out 5"
rules "$IPTABLES" 'raw -'

done_testing
