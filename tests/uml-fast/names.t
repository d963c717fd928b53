#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Names of thousands of interfaces: each is told of once in a round, at a pace that a
# collector can follow; what is new or renamed at once, what is gone no more; and
# collectors find flows' interfaces and VRFs by them.
# TIMEOUT 300

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

COUNT_OF_DEVICES=2000
PYTHON=/usr/bin/python3
RECORDER_LARGE=1

# names_told: of how many interfaces the recorder was told so far, into TOLD.
names_told() {
	TOLD=$(grep -c '^options .* template=304 ' "$RECORDER")
}

told() {
	names_told
	[ "$TOLD" -ge "$1" ]
}

# heard FILE: "number name" of what the recorder had of interfaces, in order.
heard() {
	sed -n 's/^options .* template=304 .* ingressInterface=\([0-9]*\) interfaceName=\([^ ]*\).*/\1 \2/p' "$1"
}

# interfaces: "number name" of those that there are.
interfaces() {
	(cd /sys/class/net && for name in *; do echo "$(<"$name/ifindex") $name"; done) | sort -n
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
router destination=127.0.0.1:9 active_timeout=600 inactive_timeout=600

# --- a destination is connected: all of them, as fast as is good ---

interfaces >"$TMP/wanted"
total=$(wc -l <"$TMP/wanted")
capture_start names '' lo 'udp port 2055'
recorder_start all 2055
collector_start nfdump 2056 || bail "no nfcapd"
setting destination 127.0.0.1:2055,127.0.0.1:2056,127.0.0.1:9
ok "all names come" until_true 60 told "$total"
# what else there is would come now
pause 1
cp "$RECORDER" "$TMP/part"
heard "$TMP/part" >"$TMP/heard"
head -n "$total" "$TMP/heard" | sort -n >"$TMP/first"
ok "each of $total once" diff "$TMP/wanted" "$TMP/first"
recorded options interfaceDescription interfaceName=ppp7
is "with its alias" "${RECORDED%%$'\n'*}" the_seventh
recorded options interfaceDescription interfaceName=ppp8
is "or its name again" "${RECORDED%%$'\n'*}" ppp8
recorded options 'ingressVRFID VRFname' template=315
is "a VRF is told of by its table" "$RECORDED" "77 link-to-world"
messages_right "messages are right"

# --- the next round goes on slowly, in order; what changes comes at once ---

ip -batch - <<-END
	link add new0 type dummy
	link set ppp1990 name renamed
	link del ppp1991
END
at_exit "ip link del new0"
until_true 20 has options interfaceName=renamed
until_true 20 has options interfaceName=new0
# seven names a second are due, in batches of sixteen
told_before=$TOLD
ok "the next round goes on" until_true 60 told $((told_before + 80))
tail -n "+$(($(wc -l <"$TMP/part") + 1))" "$RECORDER" >"$TMP/rest"
heard "$TMP/rest" >"$TMP/later"
is "what is new or renamed is told of once" "$(cut -d' ' -f2 "$TMP/later" | grep -c 'new0\|renamed')" 2
is "what is gone is not" "$(grep -c ppp1991 "$TMP/later")" 0
capture_stop names
tail -n "+$((total + 1))" "$TMP/heard" >"$TMP/round"
grep -v 'new0\|renamed' "$TMP/later" >>"$TMP/round"
head -n "$(wc -l <"$TMP/round")" "$TMP/wanted" >"$TMP/first"
ok "the others in the order of their numbers, each once" diff "$TMP/round" "$TMP/first"

# by the kernel's time: when messages left, and how many names each has
capture_fields names frame.time_epoch cflow.if_name >"$TMP/times"
"$PYTHON" - "$TMP/times" "$total" >"$TMP/pace" <<'END'
import sys
times = []
for line in open(sys.argv[1]):
    time, names = (line.rstrip("\n") + "\t").split("\t")[:2]
    times += [float(time)] * len([name for name in names.split(",") if name])
first, rest = times[:int(sys.argv[2])], times[int(sys.argv[2]):]
def most(times, window):
    return max((sum(1 for other in times if time <= other < time + window) for time in times), default=0)
# 16 each 40 ms, held back for 250 ms at most
print(len(first), "names", "paced" if most(first[::16], 1.0) <= 32 + 1 else most(first[::16], 1.0),
      "spread" if most(rest, 1.0) <= 16 + 16 + 2 else most(rest, 1.0))
END
is "tshark reads them, no second has too many" "$(cat "$TMP/pace")" "$total names paced spread"

# --- collectors find them, also VRFs where flows have these ---

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
until_true 20 has_count flow 3
recorded flow 'packetDeltaCount ingressVRFID egressVRFID' sourceIPv4Address=10.9.0.2
is "a flow of no VRF" "$RECORDED" "10 0 0"
recorded flow 'flowDirection egressInterface packetDeltaCount ingressVRFID egressVRFID' sourceIPv4Address=10.9.7.2
is "flows of a VRF, before routing and forwarded" "$(sort <<<"$RECORDED")" \
	"0 0 10 77 0"$'\n'"0 $(</sys/class/net/d1/ifindex) 10 77 77"
collector_stop nfdump
is "nfdump shows names of interfaces" "$(records nfdump '%inam|%pkt' 'src ip 10.9.0.2' | tr -d ' ')" 't0|10'
like "... and of VRFs" "$(records nfdump '%ivrfnam' 'src ip 10.9.7.2')" '^link-to-world'
rules "$IPTABLES" 'filter -'

done_testing
