#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# hooks=ingress with an nftables flowtable: each packet is metered once, at the interface that
# the slow path gives it, whether the flowtable takes its frame below that interface or not.
#
#	 namespace client            the guest itself            namespace server
#	+----------------+    +-----------------------------+    +--------------+
#	| what is above  |    | what is above r0:           |    |              |
#	| c0 in a row    |    | a row of the table          |    |              |
#	| of the table   |    |                             |    |              |
#	|             c0 +----+ r0                       r1 +----+ s0           |
#	+----------------+    +-----------------------------+    +--------------+

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/expected.sh
. "$NETFLOW_TOP/tests/expected.sh"

PORT=7000

# flowtable DEVICE...: packets between these devices go by the flowtable, once a connection
# has a reply
flowtable() {
	local devices
	devices=$(printf '%s, ' "$@")
	cat >"$TMP/flowtable" <<-END
		table inet fast {
			flowtable f { hook ingress priority 0; devices = { ${devices%, } }; }
			chain forward {
				type filter hook forward priority 0;
				meta l4proto udp ct state established flow add @f
			}
		}
	END
	nft -f "$TMP/flowtable"
}

# by_socket ADDRESS4|6 COUNT [OPTION...]: from the client to the server
by_socket() {
	local from=$1 count=$2 to=10.2.0.2
	shift 2
	[[ $from != *:* ]] || to=fd00:2::2
	traffic_in "$CLIENT" --socket --src "$from" --sport 1001 --dst $to --dport $PORT \
		--count "$count" "$@" || bail "no traffic"
}

# by_reply ADDRESS COUNT: from the server to the client
by_reply() {
	local from=10.2.0.2
	[[ $1 != *:* ]] || from=fd00:2::2
	traffic_in "$SERVER" --dev s0 --mac 02:00:00:00:02:01 --src $from --dst "$1" --sport $PORT \
		--dport 1001 --count "$2" || bail "no reply"
}

known() {
	conntrack -L -p udp --dport $PORT -f "$FAMILY" 2>/dev/null | grep -q "dport=$PORT"
}

offloaded() {
	conntrack -L -p udp --dport $PORT -f "$FAMILY" 2>/dev/null | grep -q OFFLOAD
}

# slow PORT: how many packets for this port have passed PREROUTING since the rule was made
slow() {
	"$FILTER" -t raw -vnxL PREROUTING | awk -v port="dpt:$1" '$0 ~ port { print $1 }'
}

# received_more COUNT FROM: the server has got so many packets more
received_more() {
	[ $(($(device_packets "$SERVER" s0 rx) - $2)) -ge "$1" ]
}

# offload NAME ADDRESS: one packet, and a reply; the flowtable has the connection then
offload() {
	FAMILY=ipv4 FILTER=$IPTABLES
	[[ $2 != *:* ]] || FAMILY=ipv6 FILTER=$IP6TABLES
	by_socket "$2" 1
	wait_for known || bail "$1: there is no connection"
	by_reply "$2" 1
	wait_for offloaded || bail "$1: the flowtable has no connection"
	"$FILTER" -t raw -A PREROUTING -p udp --dport $PORT
}

# forwarded NAME DEVICE ADDRESS: a hundred packets in each direction, one of them slowly
forwarded() {
	local name=$1 device=$2 address=$3 before size=20
	PORT=$((PORT + 1))
	[[ $address != *:* ]] || size=40
	offload "$name" "$address"
	before=$(device_packets "$SERVER" s0 rx)
	by_socket "$address" 99
	wait_for received_more 99 "$before"
	by_reply "$address" 99
	is "$name: the flowtable forwards" "$(slow $PORT)" 0
	expect "$name" "dst port $PORT" "$device" "1 100 $((100 * (size + 108)))"
	expect "$name, replies" "src port $PORT" r1 "1 100 $((100 * (size + 108)))"
}

# both NAME DEVICE: IPv4 and IPv6
both() {
	forwarded "$1, IPv4" "$2" 10.5.0.2
	forwarded "$1, IPv6" "$2" fd00:5::2
}

# ends ROUTER CLIENT [ADDRESS]: the two interfaces get addresses and a route; ADDRESS is that of
# the router's, if its neighbour is found by it
ends() {
	local mac=${3:-} peer=${4:-02:00:00:00:01:02}
	ip -batch - <<-END || bail "no addresses"
		link set $1 up
		address add 10.5.0.1/24 dev $1
		address add fd00:5::1/64 dev $1 nodad
	END
	ip -n "$CLIENT" -batch - <<-END || bail "no addresses"
		link set $2 up
		address add 10.5.0.2/24 dev $2
		address add fd00:5::2/64 dev $2 nodad
		route replace 10.2.0.0/24 dev $2 via 10.5.0.1
		route replace fd00:2::/64 dev $2 via fd00:5::1
	END
	[ -n "$mac" ] || return 0
	ip -batch - <<-END || bail "no neighbours"
		neigh replace 10.5.0.2 lladdr $peer dev $1 nud permanent
		neigh replace fd00:5::2 lladdr $peer dev $1 nud permanent
	END
	ip -n "$CLIENT" -batch - <<-END || bail "no neighbours"
		neigh replace 10.5.0.1 lladdr $mac dev $2 nud permanent
		neigh replace fd00:5::1 lladdr $mac dev $2 nud permanent
	END
}

OWN=02:00:00:00:01:01

# session DEVICE PEER NUMBER [NAMESPACE]: a PPPoE session; sets $PPP
session() {
	spawn "${4:-}" "$NETFLOW_TOOLS/session" "$1" "$2" "$3" >"$TMP/session"
	wait_for test -s "$TMP/session"
	PPP=$(<"$TMP/session")
	SESSIONS+=("$PID")
}

# sessions ROUTER CLIENT: a session between two devices
sessions() {
	SESSIONS=()
	session "$1" 02:00:00:00:01:02 9
	ROUTER_PPP=$PPP
	session "$2" $OWN 9 "$CLIENT"
	ends "$ROUTER_PPP" "$PPP"
}

sessions_end() {
	local pid
	for pid in "${SESSIONS[@]}"; do
		stop "$pid"
	done
}

topology || bail "no network"
# no answers to closed ports, and no neighbour discovery beside the test's own
in_ns "$SERVER" "$IPTABLES" -t raw -A PREROUTING -j DROP
in_ns "$SERVER" "$IP6TABLES" -t raw -A PREROUTING -j DROP
in_ns "$CLIENT" "$IPTABLES" -t raw -A PREROUTING -p udp -j DROP
in_ns "$CLIENT" "$IP6TABLES" -t raw -A PREROUTING -p udp -j DROP
at_exit "$IPTABLES -t raw -F; $IP6TABLES -t raw -F"
at_exit "nft delete table inet fast 2>/dev/null"
options=(destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600)
module_load "${options[@]}" hooks=ingress || bail "no module"
collector_start all 2055 || bail "no collector"
"$IPTABLES" -t raw -A PREROUTING -i lo -j ACCEPT

# --- VLANs ---

flowtable r0 r1 || bail "no flowtable"
ip link add link r0 name r0.5 type vlan id 5
ip -n "$CLIENT" link add link c0 name c0.5 type vlan id 5
ends r0.5 c0.5 $OWN
both "VLAN" r0.5
# what is on the slow path in the middle of the connection is metered by r0.5 itself
PORT=$((PORT + 1))
offload "in between" 10.5.0.2
by_socket 10.5.0.2 20
traffic_in "$CLIENT" --dev c0.5 --mac $OWN --src 10.5.0.2 --sport 1001 --dst 10.2.0.2 --dport $PORT \
	--ttl 1 --count 10
by_socket 10.5.0.2 20
wait_for counter_reaches inPackets 51
is "with a lifetime of 1: on the slow path" "$(slow $PORT)" 10
expect "... in the middle of others" "dst port $PORT" r0.5 "1 51 $((51 * 128))"

# what a chain drops is not forwarded
cat >"$TMP/refuse" <<-'END'
	table inet refuse {
		chain before {
			type filter hook ingress device "r0" priority -10;
			udp length 208 counter drop
		}
		chain behind {
			type filter hook ingress device "r0" priority 10;
			udp dport 7900 counter drop
		}
	}
END
PORT=$((PORT + 1))
offload "chains" 10.5.0.2
nft -f "$TMP/refuse" || bail "no chains at ingress"
by_socket 10.5.0.2 30 --size 200
by_socket 10.5.0.2 30
expect "what a chain drops before the flowtable is not counted" "dst port $PORT" r0.5 "1 31 $((31 * 128))"
PORT=7900
by_socket 10.5.0.2 40
expect_in_all "what a chain drops behind it is not, either" "dst port 7900" "0 0 0"
refused() {
	nft list table inet refuse | awk '/counter packets/ { for (i = 1; i < NF; i++) if ($i == "packets") print $(i + 1) }' | paste -sd ' '
}
is "... and both have dropped" "$(refused)" "30 40"
nft delete table inet refuse
PORT=7100

ip link add link r0.5 name r0.5.6 type vlan id 6
ip -n "$CLIENT" link add link c0.5 name c0.5.6 type vlan id 6
ip address flush dev r0.5; ip -n "$CLIENT" address flush dev c0.5
ends r0.5.6 c0.5.6 $OWN
both "QinQ" r0.5.6
ip link del r0.5.6; ip -n "$CLIENT" link del c0.5.6

# --- PPPoE ---

sessions r0 c0
both "PPPoE" "$ROUTER_PPP"
sessions_end
sessions r0.5 c0.5
both "PPPoE on a VLAN" "$ROUTER_PPP"
sessions_end
ip link del r0.5; ip -n "$CLIENT" link del c0.5

# --- tunnels ---

# before the kernel of 7.0 flowtables take no tunnel's packet
sysctl -qw net.core.fb_tunnels_only_for_init_net=2
if driver net/ipv4/ipip net/ipv6/tunnel6 net/ipv6/ip6_tunnel; then
	ip link add t4 type ipip local 10.1.0.1 remote 10.1.0.2 ttl 64
	ip -n "$CLIENT" link add t4 type ipip local 10.1.0.2 remote 10.1.0.1 ttl 64
	ends t4 t4
	forwarded "IPIP" t4 10.5.0.2
	# each has the tunnel's header on r0
	expect_in_all "IPIP, outside" "src ip 10.1.0.2 and proto 4" "1 100 $((100 * 148))"
	ip link del t4 && ip -n "$CLIENT" link del t4
	ip link add t6 type ip6tnl mode ip6ip6 local fd00:1::1 remote fd00:1::2 encaplimit none
	ip -n "$CLIENT" link add t6 type ip6tnl mode ip6ip6 local fd00:1::2 remote fd00:1::1 encaplimit none
	ends t6 t6
	forwarded "IPv6 in IPv6" t6 fd00:5::2
	expect_in_all "IPv6 in IPv6, outside" "src ip fd00:1::2 and proto 41" \
		"1 100 $((100 * 188))"
	ip link del t6 && ip -n "$CLIENT" link del t6
else
	skip "tunnels" "this kernel has no ipip or ip6_tunnel"
fi

# --- a bridge ---

# bridge_ends ROUTER CLIENT: the addresses move there
bridge_ends() {
	ip address flush to 10.5.0.1/24; ip -6 address flush to fd00:5::1
	ip -n "$CLIENT" address flush to 10.5.0.2; ip -n "$CLIENT" -6 address flush to fd00:5::2
	ends "$1" "$2" $OWN
}

ip link add br0 address $OWN type bridge
ip link set r0 master br0
bridge_ends br0 c0
wait_for grep -qx 3 /sys/class/net/r0/brport/state
both "a port of a bridge" br0
ip link add link br0 name br0.5 type vlan id 5
ip -n "$CLIENT" link add link c0 name c0.5 type vlan id 5
bridge_ends br0.5 c0.5
both "a VLAN of a bridge" br0.5
if ip link set br0 type bridge vlan_filtering 1; then
	bridge vlan add dev r0 vid 5 && bridge vlan add dev br0 vid 5 self
	both "a bridge with VLANs: a tag that stays" br0.5
	bridge vlan add dev r0 vid 5 pvid untagged
	bridge_ends br0.5 c0
	both "... a tag that the port adds" br0.5
	# the bridge has forgotten the sender: it does not see what the flowtable takes
	PORT=$((PORT + 1))
	offload "a sender that timed out" 10.5.0.2
	bridge fdb del 02:00:00:00:01:02 dev r0 master vlan 5
	by_socket 10.5.0.2 50
	is "a sender that timed out: the flowtable forwards" "$(slow $PORT)" 0
	expect "a sender that the bridge has forgotten" "dst port $PORT" br0.5 "1 51 $((51 * 128))"
	bridge vlan del dev br0 vid 5 self
	bridge vlan add dev br0 vid 7 pvid untagged self && bridge vlan add dev r0 vid 7
	ip -n "$CLIENT" link add link c0 name c0.7 type vlan id 7
	bridge_ends br0 c0.7
	both "... a tag that the bridge removes" br0
	ip -n "$CLIENT" link del c0.7
else
	skip "a bridge with VLANs" "this kernel has no CONFIG_BRIDGE_VLAN_FILTERING"
fi
nft delete table inet fast
ip link del br0; ip -n "$CLIENT" link del c0.5

# --- a bond ---

if driver drivers/net/bonding/bonding; then
	[ ! -e /sys/class/net/bond0 ] || ip link del bond0
	ip link add b0 address $OWN type bond mode active-backup
	ip link set r0 down && ip link set r0 master b0 && ip link set b0 up && ip link set r0 up
	ip link add link b0 name b0.5 type vlan id 5
	ip -n "$CLIENT" link add link c0 name c0.5 type vlan id 5
	bridge_ends b0.5 c0.5
	flowtable b0 r1 || bail "no flowtable of a bond"
	both "a VLAN of a bond" b0.5
	nft delete table inet fast
	ip link del b0
else
	skip "bonds" "this kernel has no bonding"
fi

what_is_wanted all
ok "the module is unloaded" module_unload
done_testing
