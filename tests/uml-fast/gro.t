#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A packet of up to 64 KiB (or more with BIG TCP) inside the kernel is counted as the packets
# on the wire, each with its headers.
#
#	client c0 ---- r0 router r1 ---- s0 server
#
# Large packets are created on the left: by the client's TCP or UDP without segmentation (TSO
# of c0), or segmented there and merged by the router (GRO of r0). The rule in FORWARD meters
# them as a whole. On the right r1 has no segmentation offload, so the kernel segments each
# packet before it sends it, and s0 does not merge them: a capture there sees every packet as
# on a wire. The lengths that tshark reads in their IP headers are the expected values, which
# are independent of the kernel's arithmetic on large packets. No packet is dropped between
# the rule and s0: veth has no queue, and s0 a long one.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

PYTHON=/usr/bin/python3
BYTES=10000000

# Send $BYTES to ADDRESS PORT in writes of a MiB, or UDP in GSO packets.
cat >"$TMP/tcp.py" <<'END'
import socket, sys
address, port, left = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.create_connection((address, port))
block = bytes(1 << 20)
while left:
    left -= s.send(block[:left])
s.shutdown(socket.SHUT_WR)
s.recv(1)
END
cat >"$TMP/udp.py" <<'END'
import socket, sys
SOL_UDP, UDP_SEGMENT = 17, 103
address, port, left = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
s.connect((address, port))
while left:
    left -= s.send(bytes(min(left, 40100)))
END

offload() {
	local where=$1 dev=$2
	shift 2
	in_ns "$where" ethtool -K "$dev" "$@" >/dev/null
}

# features NAMESPACE DEVICE NAME...: switch offloads on or off
features() {
	local where=$1 dev=$2
	shift 2
	for feature; do
		in_ns "$where" ethtool -k "$dev" | awk -v name="$feature:" '$1 == name { print $2 }'
	done
}

# big NAMESPACE DEVICE: enable BIG TCP, also for IPv4 (which the ip of Debian 12 does not support).
cat >"$TMP/big.py" <<'END'
import socket, struct, sys
RTM_NEWLINK, NLM_F_REQUEST_ACK = 16, 5
GSO_MAX_SIZE, GRO_MAX_SIZE, GSO_IPV4_MAX_SIZE, GRO_IPV4_MAX_SIZE = 41, 58, 63, 64
body = struct.pack("BxHiII", 0, 0, socket.if_nametoindex(sys.argv[1]), 0, 0)
for attribute in (GSO_MAX_SIZE, GRO_MAX_SIZE, GSO_IPV4_MAX_SIZE, GRO_IPV4_MAX_SIZE):
    body += struct.pack("HHI", 8, attribute, 200000)
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
s.send(struct.pack("IHHII", 16 + len(body), RTM_NEWLINK, NLM_F_REQUEST_ACK, 1, 0) + body)
sys.exit(struct.unpack_from("i", s.recv(4096), 16)[0] != 0)
END
big() {
	in_ns "$1" "$PYTHON" "$TMP/big.py" "$2"
}

# truth: print "PORT SIDE PACKETS OCTETS" for each port and direction on the wire.
truth() {
	tshark -r "$TMP/wire.pcap" -Y '(tcp or udp) and not icmp and not icmpv6' -T fields \
		-e tcp.srcport -e tcp.dstport -e udp.srcport -e udp.dstport \
		-e ip.len -e ipv6.plen 2>/dev/null |
		awk -F'\t' '{
			from = $1 $3
			to = $2 $4
			key = to >= 7000 && to < 7100 ? to " there" : from " back"
			packets[key]++
			octets[key] += $5 != "" ? $5 : $6 + 40
		} END {
			for (key in packets)
				printf "%s %d %.0f\n", key, packets[key], octets[key]
		}'
}

# run PORT NAME PROGRAM ADDRESS
run() {
	local port=$1 program=$3 address=$4 listen tool=$IPTABLES
	NAME[port]=$2
	[[ $address != *:* ]] || tool=$IP6TABLES
	"$tool" -Z FORWARD
	if [ "$program" = tcp ]; then
		spawn "$SERVER" sh -c "nc -l $address $port >$TMP/received" && listen=$PID
		wait_for port_open "$SERVER" tcp "$port"
	fi
	in_ns "$CLIENT" timeout $PATIENCE "$PYTHON" "$TMP/$program.py" "$address" "$port" $BYTES || diag "it did not end"
	if [ "$program" = tcp ]; then
		finished "$listen"
		is "$2: the server has all octets" "$(stat -c %s "$TMP/received")" $BYTES
	fi
	MET[port]=$("$tool" -nvxL FORWARD | awk '!/NETFLOW|DROP/ && / r0 / { print $1 }')
}
NAME=() MET=()

topology || bail "no network"
# No process listens on the UDP ports; the sender must not receive the ICMP errors.
"$IPTABLES" -A FORWARD -p icmp -j DROP
"$IP6TABLES" -A FORWARD -p icmpv6 -j DROP
at_exit "$IPTABLES -F; $IP6TABLES -F"
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
for tool in "$IPTABLES" "$IP6TABLES"; do
	"$tool" -A FORWARD -i r0	# counts the client's packets as the kernel handles them
	"$tool" -A FORWARD -j NETFLOW
done
collector_start all 2055 || bail "no collector"
capture_start wire "$SERVER" s0 'portrange 7000-7099' 128

offload '' r1 tso off gso off tx-udp-segmentation off
offload "$SERVER" s0 gro off tso off gso off

offload "$CLIENT" c0 tso on gso on tx-udp-segmentation on
offload '' r0 gro on
is "GRO and TSO are on" \
	"$(features "$CLIENT" c0 tcp-segmentation-offload; features '' r0 generic-receive-offload)" $'on\non'
run 7001 "TSO" tcp 10.2.0.2
run 7002 "TSO, IPv6" tcp fd00:2::2
run 7003 "UDP GSO" udp 10.2.0.2
run 7004 "UDP GSO, IPv6" udp fd00:2::2

offload "$CLIENT" c0 tso off gso off tx-udp-segmentation off
run 7005 "GRO" tcp 10.2.0.2
run 7006 "GRO, IPv6" tcp fd00:2::2

offload "$CLIENT" c0 tso on gso on tx-udp-segmentation on
if big "$CLIENT" c0 && big '' r0 && big '' r1; then
	in_ns "$CLIENT" sysctl -qw net.ipv4.tcp_wmem='4096 8000000 16000000'
	in_ns "$SERVER" sysctl -qw net.ipv4.tcp_rmem='4096 8000000 16000000'
	capture_start router '' r0 "portrange 7000-7099 and greater 66000" 128
	run 7007 "BIG TCP" tcp 10.2.0.2
	run 7008 "BIG TCP, IPv6" tcp fd00:2::2
	capture_stop router
	for family in ip ip6; do
		compare "BIG TCP: the router saw packets of more than 64 KiB, $family" \
			"$(tcpdump -nr "$TMP/router.pcap" $family 2>/dev/null | wc -l)" '>' 10
	done
else
	skip "BIG TCP" "this kernel cannot"
fi

capture_stop wire
ok "the capture has all packets" grep '^0 packets dropped by kernel' "$TMP/wire.tcpdump"
export_all
collector_stop all
law_collected all
truth >"$TMP/truth"
for port in "${!NAME[@]}"; do
	there=$(awk -v port="$port" '$1 == port && $2 == "there" { print $3, $4 }' "$TMP/truth")
	back=$(awk -v port="$port" '$1 == port && $2 == "back" { print $3, $4 }' "$TMP/truth")
	diag "${NAME[port]}: on the wire ${there:=0 0}, back ${back:=0 0}, at the rule ${MET[port]}"
	compare "${NAME[port]}: there was traffic" "${there% *}" '>' $((BYTES / 1500))
	compare "${NAME[port]}: the packets at the rule were much larger" $((MET[port] * 3)) '<' "${there% *}"
	is "${NAME[port]}: packets and octets of the requests" "$(total all "dst port $port" | cut -d' ' -f2-)" "$there"
	is "${NAME[port]}: packets and octets of the answers" "$(total all "src port $port" | cut -d' ' -f2-)" "$back"
done

done_testing
