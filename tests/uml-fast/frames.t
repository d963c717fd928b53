#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Frames that meters were seen to read wrongly: what is in the flow list and in records of each,
# whatever part of the frame is linear. tests/unit/frames.c has more of them.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

MACS=00005e00530100005e005302
UDP4=4500001c0001000040118e9ac0000201c633640103e807d000080000
ADDRESSES4=c0000201c6336401
ADDRESSES6=20010db800000000000000000000000120010db8000000000000000000000002

# frame LINEAR HEX: let it come in by the mirror port
frame() {
	"$NETFLOW_TOP/tests/tap.py" m0 "$1" "$MACS$2" || bail "no frame"
}

# flow: print "VLAN TYPE PROTO SPORT DPORT FLAGS PACKETS OCTETS" of each flow in the list, and
# flush them. With vlan and ethertype wanted the columns are fixed.
flow() {
	awk '!/^#/ {
		split($8, src, ","); split($9, dst, ","); split($11, bits, ",")
		print $5, $6, $7, src[2], dst[2], bits[2], $12, $13
	}' /proc/net/stat/ipt_netflow_flows
	export_all
}

ip tuntap add m0 mode tap || bail "no tap device"
at_exit "ip link del m0 2>/dev/null"
ip link set m0 up promisc on
recorder_start all 2055
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 promisc=1 \
	fields=vlan,ethertype,mpls || bail "no module"

for linear in 0 14 18 22; do
	frame $linear "81002064""0800$UDP4"
	is "a VLAN tag with a priority, $linear octets linear: the id" "$(flow)" \
		"100 0800 17 1000 2000 0 1 28"
	frame $linear "8100006481000005""0800$UDP4"
	is "two VLAN tags, $linear octets linear" "$(flow)" "100,5 0800 17 1000 2000 0 1 28"
	frame $linear "8847""00064140$UDP4"
	is "an MPLS label, $linear octets linear" "$(flow)" "- 8847 17 1000 2000 0 1 28"
done
frame 14 "0800""4500001c0001200040066ea5${ADDRESSES4}03e8005000000001"
is "a first fragment with eight octets of TCP: its ports" "$(flow)" "- 0800 6 1000 80 0 1 28"
frame 14 "0800""450000240001200040066e9d${ADDRESSES4}03e80050000000010000000050120000"
is "... with sixteen: its flags too" "$(flow)" "- 0800 6 1000 80 12 1 36"
frame 14 "0800""450000140001000040118ea2${ADDRESSES4}03e807d000080000"
is "ports behind the packet's end are not its own" "$(flow)" "- 0800 17 0 0 0 1 20"
frame 14 "86dd""6000000000000040${ADDRESSES6}1100c2040001000803e807d000080000"
is "a jumbo payload that is not there: what is" "$(flow)" "- 86dd 17 1000 2000 0 1 56"
frame 14 "0800""45000015000100004002d8e3c0000201e000000116"
is "one octet of IGMP: its type" "$(flow)" "- 0800 2 0 22 0 1 21"
frame 14 "86dd""6000000000080240${ADDRESSES6}1600000000000000"
frame 14 "86dd""6000000000080240${ADDRESSES6}1700000000000000"
is "IGMP in IPv6: one flow, since no record says the type" "$(flow)" "- 86dd 2 0 0 0 2 96"
frame 14 "8864""11000001001e0021$UDP4"
is "PPPoE: the packet in it" "$(flow)" "- 8864 17 1000 2000 0 1 28"
before=$(counter promiscDiscarded)
frame 14 "8847""0006414066005e00530102005e0053020800$UDP4"
is "Ethernet in MPLS whose address begins as IPv6 does: no flow" "$(flow)" ""
is "... it is discarded" $(($(counter promiscDiscarded) - before)) 1
frame 14 "0800""450005dc00010000401188da${ADDRESSES4}03e807d005c80000"
is "a frame that the mirror port has cut counts as it was on the wire" "$(flow)" \
	"- 0800 17 1000 2000 0 1 1500"

# --- multicast in a VLAN ---

MULTICAST=01005e00000a00005e005302
"$NETFLOW_TOP/tests/tap.py" m0 0 "${MULTICAST}81000007""0800$UDP4"
is "multicast in a VLAN that no device takes: metered" "$(flow)" "7 0800 17 1000 2000 0 1 28"
ip link add link m0 name m0.7 type vlan id 7
ip link set m0.7 up
"$NETFLOW_TOP/tests/tap.py" m0 0 "${MULTICAST}81000007""0800$UDP4"
is "... which a device takes: not as a frame for others" "$(flow)" ""

# --- datagrams that conntrack puts together ---

setting fields vlan,ethertype
tun t0
sink '' d0
"$IPTABLES" -A FORWARD -i t0 -j NETFLOW
"$IP6TABLES" -A FORWARD -i t0 -j NETFLOW
"$IPTABLES" -A FORWARD -i t0 -m conntrack --ctstate INVALID
"$IP6TABLES" -A FORWARD -i t0 -m conntrack --ctstate INVALID
at_exit "$IPTABLES -F FORWARD; $IP6TABLES -F FORWARD"
# forwarded TYPE OPTION...: ten datagrams in three fragments each, and what is metered of them
forwarded() {
	local type=$1
	shift
	traffic --tun t0 "$@" --sport 1000 --dport 2000 --count 10 --size 3000 --fragments 3 || bail "no traffic"
	is "fragments that were put together, $type: as many, as large as on the wire" "$(flow)" \
		"- $type 17 1000 2000 0 $SENT_PACKETS $SENT_OCTETS"
}
forwarded 0800 --src 10.9.0.2 --dst 10.8.0.2
forwarded 86dd --src fd00:9::2 --dst fd00:8::2

recorder_stop all
recorded flow "mplsTopLabelStackSection packetDeltaCount" ethernetType=8847
is "the label is in the records" "$(sort -u <<<"$RECORDED")" "000641 1"
is "... of each" "$RECORDED_COUNT" 4
recorded flow "dot1qVlanId dot1qPriority" octetDeltaCount=28 ethernetType=0800 dot1qVlanId=100 dot1qPriority=1
is "the records have the priority apart" "$RECORDED_COUNT" 4

done_testing
