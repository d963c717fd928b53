#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# promisc=1: frames for other hosts are metered once, with any tags before the packet, and are
# not processed otherwise.
#
#	 namespace client            the guest itself
#	+----------------+    +-----------------------------+
#	|             c0 +----+ r0  (no address at first)   |
#	+----------------+    +-----------------------------+

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

OWN=02:00:00:00:01:01
FOREIGN=02:00:00:00:99:99

# frames MAC PORT OPTION...: send a hundred frames of five flows
frames() {
	local mac=$1 port=$2
	shift 2
	traffic_in "$CLIENT" --dev c0 --mac "$mac" --src 10.1.0.2 --dst 10.9.9.9 --sport 1000+5 --flows 5 \
		--count 100 --dport "$port" --cpu 0 "$@" || bail "no traffic"
}

# observed: print "FRAMES DISCARDED" of the statistics
observed() {
	sed -n 's/^Promisc hack is [a-z]* (observed \([0-9]*\) packets, discarded \([0-9]*\))\.$/\1 \2/p' \
		/proc/net/stat/ipt_netflow
}

# more COMMAND...: print the increase of these two by the command
more() {
	local before after
	before=$(observed)
	"$@"
	after=$(observed)
	echo "$((${after% *} - ${before% *})) $((${after#* } - ${before#* }))"
}

topology || bail "no network"
ip -batch - <<-END
	address flush dev r0
	link set r0 promisc on
END
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 refresh_rate=1 ||
	bail "no module"
collector_start all 2055 || bail "no collector"
# a rule that counts packets in netfilter, and one that activates conntrack and NAT
"$IPTABLES" -t raw -A PREROUTING -i r0
"$IPTABLES" -t nat -A POSTROUTING -o d0 -j MASQUERADE
at_exit "$IPTABLES -t raw -F; $IPTABLES -t nat -F"

like "it is off by default" "$(cat /proc/net/stat/ipt_netflow)" \
	$'\nPromisc hack is disabled \(observed 0 packets, discarded 0\)\.\n'
frames $FOREIGN 7000
is "when off, no frame is observed" "$(observed) $(counter inPackets)" "0 0 0"
ok "it is switched on" setting promisc 1

# --- tags before the packet ---

names=() ports=() sent=()
# tagged NAME OPTION...: send frames for other hosts, each of which must be metered
tagged() {
	local port=$((7001 + ${#names[@]}))
	names+=("$1")
	ports+=("$port")
	shift
	frames $FOREIGN $port "$@"
	sent+=("$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS")
}
ipv6=(--src fd00:1::2 --dst fd00:99::9)
tagged "no tag"
tagged "no tag, IPv6" "${ipv6[@]}" --size 333
tagged "VLAN" --type 0x8100 --tags 00050800
tagged "VLAN, IPv6" --type 0x8100 --tags 200586dd "${ipv6[@]}"
tagged "VLAN 0, which is a priority only" --type 0x8100 --tags e0000800
tagged "QinQ" --type 0x88a8 --tags 0064810000050800
tagged "two VLAN tags of the old sort" --type 0x8100 --tags 0064810000050800
tagged "three VLAN tags" --type 0x88a8 --tags 006481000005810000060800
tagged "MPLS" --type 0x8847 --tags 00010140
tagged "MPLS multicast, IPv6" --type 0x8848 --tags 00010140 "${ipv6[@]}"
tagged "MPLS, three labels" --type 0x8847 --tags 000100400002004000030140
tagged "QinQ and MPLS, ten labels, IPv6" --type 0x88a8 --tags 0064810000058847\
00010040000200400003004000040040000500400006004000070040000800400009004000100140 "${ipv6[@]}"
tagged "TCP" --proto tcp --size 1000
is "all are observed, none discarded" "$(observed)" "$((100 * ${#names[@]})) 0"
is "no rule saw a packet of them" \
	"$("$IPTABLES" -t raw -vnxL PREROUTING | awk '$NF == "0.0.0.0/0" { print $1 }')" 0
is "... nor did conntrack" "$(conntrack -L -d 10.9.9.9 2>/dev/null)" ''

# --- frames without a packet ---

is "frames for this host are not observed" "$(more frames $OWN 7100)" "0 0"
is "... nor broadcasts" "$(more frames ff:ff:ff:ff:ff:ff 7100)" "0 0"
is "ARP is discarded" "$(more frames $FOREIGN 7100 --type 0x806)" "100 100"
is "Ethernet in MPLS is discarded" \
	"$(more frames $FOREIGN 7100 --type 0x8847 --tags 0001014000000000)" "100 100"
labels=$(printf '00010040%.0s' {1..16})
is "more labels than any network has" "$(more frames $FOREIGN 7100 --type 0x8847 --tags "${labels}00020140")" "100 100"
is "a stack of labels without an end" "$(more frames $FOREIGN 7100 --type 0x8847 --cut 0 --tags 0001004000010040)" "100 100"
is "a truncated tag" "$(more frames $FOREIGN 7100 --type 0x88a8 --cut 0 --tags 006481000005)" "100 100"
before=$(counter dropPackets)
is "an IPv4 frame without an IPv4 packet" "$(more frames $FOREIGN 7100 --type 0x8100 --tags 000508000f)" "100 0"
is "... counts as dropped" "$(($(counter dropPackets) - before))" 100

# --- other receivers get the frame unchanged ---

capture_start seen '' r0 || bail "no capture"
frames $FOREIGN 7101 --type 0x88a8 --tags 00648100000588470001004000020140 --count 1
capture_stop seen
is "a capture has it with all its tags" \
	"$(tcpdump -nr "$TMP/seen.pcap" -xx 2>/dev/null | awk '/0x00[012]0:/ { $1 = ""; gsub(" ", ""); printf "%s", $0 }' | cut -c1-72)" \
	"02000000999902000000010288a800648100000588470001004000020140450000800000"

# --- the device that a frame arrived on, and its destination ---

# VLAN devices: one with the address of the lower device, one with an address of its own
ip -batch - <<-END
	link add link r0 name r0.5 type vlan id 5
	link add link r0 name r0.6 address 02:00:00:00:06:06 type vlan id 6
	link set r0.5 up
	link set r0.6 up promisc on
END
is "a frame for other hosts in a VLAN with a device: once" \
	"$(more frames $FOREIGN 7110 --type 0x8100 --tags 00050800)" "100 0"
is "... of one whose device has another address" \
	"$(more frames $FOREIGN 7111 --type 0x8100 --tags 00060800)" "100 0"
is "a frame for a VLAN device's own address is for this host" \
	"$(more frames 02:00:00:00:06:06 7112 --type 0x8100 --tags 00060800)" "0 0"
# a bridge in promiscuous mode that has the address of its other port
ip -batch - <<-END
	link del r0.5
	link del r0.6
	link add br0 address 02:00:00:00:02:01 type bridge
	link set r0 master br0
	link set r1 master br0
	link set br0 up promisc on
END
at_exit "ip link del br0 2>/dev/null"
# wait until the port forwards
wait_for grep -qx 3 /sys/class/net/r0/brport/state
is "a bridged frame: once" "$(more frames $FOREIGN 7113)" "100 0"
is "a frame for the bridge's own address is for this host" "$(more frames 02:00:00:00:02:01 7114)" "0 0"
ip link del br0
export_all
collector_stop all
for i in "${!names[@]}"; do
	is "${names[i]}: records, packets, octets" "$(total all "dst port ${ports[i]}")" "${sent[i]}"
done
total_is "VLAN device: at the port" all "dst port 7110 and in if $(cat /sys/class/net/r0/ifindex)" 5 100 12800
total_is "bridge: at the port" all "dst port 7113 and in if $(cat /sys/class/net/r0/ifindex)" 5 100 12800
is "frames for this host are in no flow" "$(total all 'dst port 7100 or dst port 7112 or dst port 7114')" "0 0 0"

# --- fields of the frame in records ---

recorder_start fields 2056
setting destination 127.0.0.1:2056
setting fields mac,vlan,mpls,ethertype
frames $FOREIGN 7130 --type 0x88a8 --tags 60648100800588470001004000022140 --count 2 --flows 1
frames $FOREIGN 7131 --type 0x8847 --tags 00030f40 "${ipv6[@]}" --count 3 --flows 1
frames $FOREIGN 7132 --count 4 --flows 1
export_all
labels_of() {
	wait_for has flow destinationTransportPort="$1"
	recorded flow "sourceMacAddress destinationMacAddress dot1qVlanId dot1qPriority dot1qCustomerVlanId dot1qCustomerPriority mplsTopLabelStackSection mplsLabelStackSection2 ethernetType packetDeltaCount" \
		destinationTransportPort="$1"
}
labels_of 7130
is "QinQ and MPLS: addresses, tags, labels" "$RECORDED" "020000000102 020000009999 100 3 5 4 000100 000221 8847 2"
labels_of 7131
is "MPLS, IPv6: its label" "$RECORDED" "020000000102 020000009999 0 0 0 0 00030f 000000 8847 3"
labels_of 7132
is "without a tag: 0" "$RECORDED" "020000000102 020000009999 0 0 0 0 000000 000000 0800 4"
setting fields ''
setting destination 127.0.0.1:2055

# --- namespaces are independent; changes in traffic ---

is "in a new namespace it is off" "$(in_ns "$SERVER" cat /proc/sys/net/netflow/promisc)" 0
setting promisc 0
in_ns "$SERVER" bash -c 'echo 1 >/proc/sys/net/netflow/promisc'
is "frames of another namespace are not observed" "$(more frames $FOREIGN 7120)" "0 0"
is "... which has no such frames" "$(in_ns "$SERVER" grep -c 'enabled (observed 0 packets' /proc/net/stat/ipt_netflow)" 1
collector_start late 2055
sender_start "$CLIENT" --dev c0 --mac $FOREIGN --src 10.1.0.2 --dst 10.9.9.9 --rate 5000
for i in {1..10}; do
	setting promisc 1
	metered_more 100 || fail "frames are metered while it is switched, round $i"
	setting promisc 0
done
export_all
ok "... and all of them are accounted for" drained
setting promisc 1
ip netns del "$SERVER"
ok "the module is unloaded during traffic while it is on" rmmod ipt_NETFLOW
ok "it is also an option of modprobe" module_load promisc=1
hears() {
	[ "$(counter promiscPackets)" -gt 0 ]
}
ok "... which is effective at once" wait_for hears
stop "$SENDER"

done_testing
