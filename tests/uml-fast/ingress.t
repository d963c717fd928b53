#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# hooks=ingress: packets that this machine receives from its devices are metered, once, on any
# path; on all devices of the namespace, when they are created and deleted; and whatever
# happens to the packets afterwards.
#
#	 namespace client            the guest itself            namespace server
#	+----------------+    +-----------------------------+    +--------------+
#	|             c0 +----+ r0 (VLANs, bridge,       r1 +----+ s0           |
#	|                |    |     macvlans on top)        |    |              |
#	|             n1 +----+ n0 (added, removed, moved)  |    |              |
#	+----------------+    +-----------------------------+    +--------------+

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/expected.sh
. "$NETFLOW_TOP/tests/expected.sh"

OWN=02:00:00:00:01:01
FOREIGN=02:00:00:00:99:99
PYTHON=/usr/bin/python3

# frames MAC PORT OPTION...: send a hundred frames of five flows
frames() {
	local mac=$1 port=$2
	shift 2
	traffic_in "$CLIENT" --dev c0 --mac "$mac" --src 10.1.0.2 --dst 10.2.0.2 --sport 1000+5 --flows 5 \
		--count 100 --dport "$port" --cpu 0 "$@" || bail "no traffic"
}

PORT=7000
# seen_at DEVICE NAME MAC OPTION...: the frames are metered at DEVICE and at no other device
seen_at() {
	local device=$1 name=$2 mac=$3
	shift 3
	PORT=$((PORT + 1))
	frames "$mac" $PORT "$@"
	expect "$name" "dst port $PORT" "$device" "$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
}

# unseen NAME MAC OPTION...: the frames are not metered
unseen() {
	local name=$1 mac=$2
	shift 2
	PORT=$((PORT + 1))
	frames "$mac" $PORT "$@"
	expect_in_all "$name: not counted" "dst port $PORT" "0 0 0"
}

topology || bail "no network"
options=(destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 refresh_rate=1)
module_load "${options[@]}" hooks=32 || bail "no module"
like "the option of modprobe, by number" "$(setting hooks) $(cat /proc/net/stat/ipt_netflow)" \
	'^ingress .*Hooks ingress\.'
collector_start all 2055 || bail "no collector"

# --- packets ---

ipv6=(--src fd00:1::2 --dst fd00:2::2)
seen_at r0 "IPv4, forwarded" $OWN
seen_at r0 "IPv6, forwarded" $OWN "${ipv6[@]}" --size 333
seen_at r0 "IPv4 for this host" $OWN --dst 10.1.0.1
seen_at r0 "IPv6 for this host" $OWN --src fd00:1::2 --dst fd00:1::1
seen_at r0 "TCP" $OWN --proto tcp --size 1000
# without this, conntrack would reassemble them, after ingress
"$IPTABLES" -t filter -A FORWARD -m conntrack --ctstate INVALID
at_exit "$IPTABLES -t filter -F"
frames $OWN 7100 --dst 10.2.0.30 --fragments 3 --size 2000
expect "IPv4 fragments" "dst ip 10.2.0.30" r0 "6 300 $SENT_OCTETS"
frames $OWN 7100 --src fd00:1::2 --dst fd00:2::30 --fragments 2 --size 2000
expect "IPv6 fragments" "dst ip fd00:2::30" r0 "6 200 $SENT_OCTETS"
padding=$(printf '00%.0s' {1..18})
frames $OWN 0 --count 10 --hex "4500001c0000000040110000\
0a0100020a02000227101b9e00080000$padding"
expect "IPv4, 28 octets in a padded frame" "dst port 7070" r0 "1 10 280"
frames $OWN 0 --count 10 "${ipv6[@]}" --hex "6000000000081140fd000001000000000000000000000002\
fd00000200000000000000000000000227101b9f00080000$padding"
expect "IPv6, 48 octets in a padded frame" "dst port 7071" r0 "1 10 480"
unseen "frames for others" $FOREIGN
unseen "ARP" $OWN --type 0x806

# many segments in one packet (GSO), as GRO delivers them too
cat >"$TMP/segments.py" <<'END'
import socket
SOL_UDP, UDP_SEGMENT = 17, 103
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
s.bind(("10.1.0.2", 1000))
for i in range(5):
    s.sendto(bytes(10500), ("10.2.0.2", 7072))
END
in_ns "$CLIENT" $PYTHON "$TMP/segments.py" || bail "no segments"
expect "segments count" "dst port 7072" r0 "1 55 $((5 * (10 * 1028 + 528)))"

# local traffic passes lo
traffic --socket --src 127.0.0.1 --dst 127.0.0.1 --dport 7073 --count 30
expect "from this host to itself" "dst port 7073" lo "1 30 $SENT_OCTETS"

# --- stacked devices ---

ip -batch - <<-END
	link add link r0 name r0.5 type vlan id 5
	link add link r0 name r0.6 address 02:00:00:00:06:06 type vlan id 6
	link set r0.5 up
	link set r0.6 up promisc on
END
seen_at r0.5 "VLAN" $OWN --type 0x8100 --tags 00050800
seen_at r0.5 "VLAN, IPv6" $OWN --type 0x8100 --tags 200586dd "${ipv6[@]}"
seen_at r0.6 "VLAN device of another address" 02:00:00:00:06:06 --type 0x8100 --tags 00060800
seen_at r0 "VLAN 0, which is a priority only" $OWN --type 0x8100 --tags e0000800
unseen "a VLAN without a device" $OWN --type 0x8100 --tags 00070800
ip link add link r0 name r0.0 type vlan id 0 && ip link set r0.0 up
seen_at r0.0 "VLAN 0 with a device" $OWN --type 0x8100 --tags e0000800
ip -batch - <<-END
	link del r0.0
	link del r0.5
	link del r0.6
	link add br0 address $OWN type bridge
	link set r0 master br0
	link set r1 master br0
	link set br0 up
END
at_exit "ip link del br0 2>/dev/null"
# wait until the port forwards
wait_for grep -qx 3 /sys/class/net/r0/brport/state
seen_at br0 "a bridge's own" $OWN
seen_at br0 "a bridge's own, IPv6" $OWN "${ipv6[@]}"
unseen "what is only bridged" 02:00:00:00:02:02
ip -batch - <<-END
	link add link br0 name br0.5 type vlan id 5
	link set br0.5 up
END
seen_at br0.5 "a VLAN of a bridge" $OWN --type 0x8100 --tags 00050800
ip -batch - <<-END
	link del br0
	link add m0 link r0 address 02:00:00:00:07:07 type macvlan mode bridge
	link set m0 up
END
at_exit "ip link del m0 2>/dev/null"
seen_at m0 "a macvlan" 02:00:00:00:07:07
seen_at r0 "... and what is for the device below" $OWN
# a broadcast is for both, and is one packet on the wire
seen_at r0 "a broadcast, with a macvlan" ff:ff:ff:ff:ff:ff --dst 255.255.255.255
ip link add m1 link r0 address 02:00:00:00:07:08 type macvlan mode bridge
ip link set m1 up
at_exit "ip link del m1 2>/dev/null"
PORT=$((PORT + 1))
before=$(device_packets '' m0 rx)
traffic --dev m1 --mac ff:ff:ff:ff:ff:ff --src 10.1.0.77 --dst 255.255.255.255 --dport $PORT --count 10
m0_has() {
	[ "$(device_packets '' m0 rx)" -ge "$1" ]
}
wait_for m0_has $((before + 10))
expect "... one of another macvlan" "dst port $PORT" m0 "1 10 1280"
ip link del m1
ip -batch - <<-END
	link del m0
	link add m0 link r0 type macvlan mode passthru
	link set m0 up
END
seen_at m0 "a macvlan with passthru" $OWN
ip -batch - <<-END
	link del m0
	link add v0 type vrf table 100
	link set v0 up
	link set r0 master v0
END
at_exit "ip link del v0 2>/dev/null"
seen_at r0 "a VRF" $OWN
ip -batch - <<-END
	link add m0 link r0 address 02:00:00:00:07:07 type macvlan mode bridge
	link set m0 up
END
seen_at m0 "a macvlan above a VRF's port" 02:00:00:00:07:07
seen_at r0 "... and what is for that port" $OWN
ip -batch - <<-END
	link del m0
	link del v0
END

# --- further processing ---

"$IPTABLES" -t raw -A PREROUTING -p udp --dport 7201 -j DROP
at_exit "$IPTABLES -t raw -F"
frames $OWN 7201
expect "what raw drops" "dst port 7201" r0 "5 100 12800"
cat >"$TMP/early" <<-'END'
	table inet early {
		chain before {
			type filter hook ingress device "r0" priority -310;
			udp dport 7204 udp sport 1001 meta mark set 0x1f
			udp dport 7205 drop
		}
		chain behind {
			type filter hook ingress device "r0" priority 0;
			udp dport 7202 drop
		}
	}
END
nft -f "$TMP/early" || bail "no chains at ingress"
frames $OWN 7202
expect "what nftables drops at ingress behind it" "dst port 7202" r0 "5 100 12800"
frames $OWN 7205
expect_in_all "... and before it, is not" "dst port 7205" "0 0 0"
setting hooks_mark 0x10 && setting hooks_mark_mask 0xf0
frames $OWN 7204
expect "a mark that nftables set at ingress" "dst port 7204" r0 "1 20 2560"
setting hooks_mark_mask 0
nft delete table inet early

# a flowtable forwards before PREROUTING, once a connection has a reply
cat >"$TMP/flowtable" <<-'END'
	table inet fast {
		flowtable f { hook ingress priority 0; devices = { r0, r1 }; }
		chain forward {
			type filter hook forward priority 0;
			udp sport 7206 ct state established flow add @f
			udp dport 7206 ct state established flow add @f
		}
	}
END
nft -f "$TMP/flowtable" || bail "no flowtable"
# a sent packet may not be processed yet: a reply before that would be a separate connection
known() {
	conntrack -L -p udp --dport 7206 2>/dev/null | grep -q dport=7206
}
frames $OWN 7206 --sport 1001 --flows 1 --count 1
wait_for known || bail "there is no connection"
traffic_in "$SERVER" --dev s0 --mac 02:00:00:00:02:01 --src 10.2.0.2 --dst 10.1.0.2 --sport 7206 \
	--dport 1001 --count 1
offloaded() {
	conntrack -L -p udp --dport 7206 2>/dev/null | grep -q OFFLOAD
}
wait_for offloaded || bail "the flowtable has no connection"
"$IPTABLES" -t raw -A PREROUTING -p udp --dport 7206
forwarded=$(device_packets "$SERVER" s0 rx)
frames $OWN 7206 --sport 1001 --flows 1 --count 99
expect "what a flowtable forwards" "dst port 7206" r0 "1 100 12800"
is "... and it does forward" "$(($(device_packets "$SERVER" s0 rx) - forwarded))" 99
is "... without passing the other hooks" \
	"$("$IPTABLES" -t raw -vnxL PREROUTING | awk '/dpt:7206/ { print $1 }')" 0
nft delete table inet fast

# other hooks and rules count the packet once more
"$IPTABLES" -t raw -A PREROUTING -p udp --dport 7207 -j NETFLOW
frames $OWN 7207
"$IPTABLES" -t raw -D PREROUTING -p udp --dport 7207 -j NETFLOW
expect_in_all "a rule in PREROUTING is another place" "dst port 7207" "10 200 25600"
setting hooks ingress,prerouting
is "ingress is shown last" "$(setting hooks)" prerouting,ingress
frames $OWN 7208
expect_in_all "so is the hook prerouting" "dst port 7208" "10 200 25600"
setting promisc 1
frames $FOREIGN 7209
setting promisc 0
expect_in_all "frames for others: by promisc only" "dst port 7209" "5 100 12800"

# --- switched off and on ---

setting hooks prerouting
frames $OWN 7210
expect "ingress is off" "dst port 7210" r0 "5 100 12800"
setting hooks 0
frames $OWN 7211
expect_in_all "all are off" "dst port 7211" "0 0 0"
setting hooks 63
is "all by number" "$(setting hooks)" prerouting,input,forward,output,postrouting,ingress
not "a number with an unknown hook is rejected" setting hooks 64
setting hooks ingress
frames $OWN 7212
expect "on again" "dst port 7212" r0 "5 100 12800"
what_is_wanted all

# --- devices that are created, deleted, and moved ---

# from_n1 PORT: send a hundred packets to n0, in any namespace; they are not forwarded
from_n1() {
	traffic_in "$CLIENT" --dev n1 --mac 02:00:00:00:03:01 --src 10.3.0.2 --dst 10.3.0.1 --dport "$1" \
		--count 100 --ttl 1 --cpu 0
}

n0_comes() {
	ip -batch - <<-END
		link add n0 address 02:00:00:00:03:01 type veth peer name n1 netns $CLIENT
		link set n0 up
	END
	ip -n "$CLIENT" link set n1 up
}

collector_start devices 2055
n0_comes
from_n1 7301
expect "a device that is added" "dst port 7301" n0 "1 100 12800"
ip link del n0
n0_comes
from_n1 7302
expect "... removed and added again" "dst port 7302" n0 "1 100 12800"
ip link set n0 name n9 && ip link set n9 up
from_n1 7303
expect "... has another name" "dst port 7303" n9 "1 100 12800"
ip link set n9 name n0
is "the server's namespace has no hooks" "$(in_ns "$SERVER" cat /proc/sys/net/netflow/hooks)" ''
ip link set n0 netns "$SERVER" && ip -n "$SERVER" link set n0 up
from_n1 7304
expect_in_all "a device that moved away" "dst port 7304" "0 0 0"
in_server() {
	in_ns "$SERVER" bash -c "$1"
}
collector_start server 2055 "$SERVER" || bail "no collector in the namespace"
in_server 'ip link set lo up; echo ingress >/proc/sys/net/netflow/hooks'
setting hooks ''
from_n1 7305
frames $OWN 7306
setting hooks ingress
expect_in_all "another namespace's hooks are not ours" "dst port 7305" "0 0 0"
expect_in_all "... nor ours its" "dst port 7306" "0 0 0"
ip -n "$SERVER" link set n0 netns $$ && ip link set n0 up
from_n1 7307
expect "a device that came back" "dst port 7307" n0 "1 100 12800"
in_server 'echo 1 >/proc/sys/net/netflow/flush'
wait_for in_server "awk '\$1 == \"queuedPackets\" { exit \$2 != 0 }' $STATS"
collector_stop server
total_is "the other namespace has what came to it there" server "dst port 7305" 1 100 12800
total_is "... what was forwarded to it" server "dst port 7306" 5 100 12800
total_is "... and nothing of before and after" server "dst port 7304 or dst port 7307" 0 0 0
what_is_wanted devices

# --- fields of the frame ---

collector_start fields 2055
# nfdump does not support IPFIX's element for a VLAN
setting destination 127.0.0.1:2055/9
setting fields mac,vlan
ip link add link r0 name r0.5 type vlan id 5 && ip link set r0.5 up
frames $OWN 7401 --type 0x8100 --tags 00050800 --flows 1 --sport 1001
setting fields ''
export_rest
setting destination 127.0.0.1:2055
collector_stop fields
is "fields of the frame in records" "$(records fields '%svln %ismc %pkt' 'dst port 7401')" \
	"5 02:00:00:00:01:02 100"

# --- in traffic ---

setting hooks prerouting
collector_start toggle 2055
sender_start "$CLIENT" --dev c0 --mac $OWN --src 10.1.0.2 --dst 10.2.0.2 --dport 7501 \
	--sport 1000+50 --flows 50 --rate 5000 --cpu 0
metered_more 100
for i in {1..10}; do
	setting hooks prerouting,ingress && metered_more 100
	ip link add "x$i" type dummy
	setting hooks prerouting && metered_more 100
	ip link del "x$i"
done
sender_stop
export_rest
collector_stop toggle
is "ingress is switched during traffic, beside another hook" \
	"$(records toggle '%pkt' 'dst port 7501' | awk -v sent="$SENT_PACKETS" '{ p += $1 } END { print (p > sent && p < 2 * sent) }')" 1
sender_start "$CLIENT" --dev c0 --mac $OWN --src 10.1.0.2 --dst 10.2.0.2 --rate 5000 2>/dev/null
setting hooks ingress
in_ns "$SERVER" sh -c 'echo ingress >/proc/sys/net/netflow/hooks'
server_meters() {
	# shellcheck disable=SC2016 # expanded by awk
	in_ns "$SERVER" awk '$1 == "inPackets" { exit $2 <= 100 }' "$STATS"
}
ok "a namespace meters at ingress" wait_for server_meters
ip netns del "$SERVER"
# the other end of the device is deleted with it
ok "... and is removed during traffic, with ingress on" wait_for test ! -e /sys/class/net/r1
ok "the module is unloaded during traffic while ingress is on" rmmod ipt_NETFLOW
ok "... and is loaded again" module_load "${options[@]}" hooks=ingress
meters() {
	[ "$(counter inPackets)" -gt 100 ]
}
ok "... and meters at once" wait_for meters
stop "$SENDER"
ok "the module is unloaded" module_unload

done_testing
