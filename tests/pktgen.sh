# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Packets of new flows at the highest rate that the kernel can generate: pktgen injects them
# into the receive path of the device p0, on processor 0, where the first rule meters them
# and the second one drops them. Sourced after recorder.sh.

PKTGEN_SIZE=60	# octets of a packet, from the IP header on

# pktgen THING COMMAND...: write a command to pktgen.
pktgen() {
	echo "${*:2}" >"/proc/net/pktgen/$1" || bail "pktgen: $*"
}

# pktgen_ready: create the device and its rules; the module must be loaded.
pktgen_ready() {
	[ -d /proc/net/pktgen ] || modprobe pktgen || bail "no pktgen"
	ip link add p0 address 02:00:00:00:00:10 type dummy
	at_exit "ip link del p0"
	ip link set p0 up
	echo 0 >/proc/sys/net/ipv4/conf/p0/rp_filter
	rules "$IPTABLES" 'raw PREROUTING -i p0'
	"$IPTABLES" -t raw -A PREROUTING -i p0 -j DROP
	at_exit "$IPTABLES -t raw -F"
	pktgen kpktgend_0 rem_device_all
	pktgen kpktgend_0 add_device p0
	pktgen p0 clone_skb 0
	pktgen p0 pkt_size $((PKTGEN_SIZE + 14))
	pktgen p0 xmit_mode netif_receive
	pktgen p0 dst_mac 02:00:00:00:00:10
	pktgen p0 dst 10.8.0.9
	pktgen p0 delay 0
}

# pktgen_address N: set ADDRESS to 20.0.0.0 + N
pktgen_address() {
	local n=$(((20 << 24) + $1))
	ADDRESS=$((n >> 24)).$((n >> 16 & 255)).$((n >> 8 & 255)).$((n & 255))
}

# pktgen_done: all packets were sent. On a busy machine the start command of pktgen may return
# before its thread has started; the result is still that of the previous command then.
pktgen_done() {
	local result
	mapfile -t result </proc/net/pktgen/p0
	[[ ${result[*]} = *'Result: OK: '*' usec,'* ]]
}

# pktgen_aim FROM COUNT: make pktgen_fire send a packet from each of COUNT addresses.
pktgen_aim() {
	pktgen_address "$1"
	pktgen p0 src_min "$ADDRESS"
	pktgen_address $(($1 + $2 - 1))
	pktgen p0 src_max "$ADDRESS"
	pktgen p0 count "$2"
}

pktgen_fire() {
	pktgen pgctrl start
	wait_for pktgen_done || bail "pktgen does not end: $(</proc/net/pktgen/p0)"
}

# pktgen_burst FROM COUNT: pktgen_aim and pktgen_fire.
pktgen_burst() {
	pktgen_aim "$1" "$2"
	pktgen_fire
}
