# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The network that the packets of packets.py pass. Sourced after lib.sh.
#
#	 namespace client               the guest itself               namespace server
#	+------------------------+     +------------------------+     +----------------+
#	| c0, c0.5, c0.7, c0.7.9 +-----+ r0, r0.5, r0.7, r0.7.9 |     |                |
#	|                        |     | NAT                 r1 +-----+ s0             |
#	|                     e0 +-----+ b0 --- br0 --- b1      +-----+ w0             |
#	+------------------------+     +------------------------+     +----------------+

# nat_rules TOOL OUTSIDE FROM TO SOURCE: what packets.py says of NAT
nat_rules() {
	"$1-restore" <<-END
		*nat
		-A PREROUTING -d $3 -p tcp -j DNAT --to-destination $4:5353
		-A PREROUTING -d $3 -p udp -j DNAT --to-destination $4:5353
		-A POSTROUTING -d $2 -p tcp -j SNAT --to-source $5:20000
		-A POSTROUTING -d $2 -p udp -j SNAT --to-source $5:20000
		-A POSTROUTING -d $2 -j SNAT --to-source ${5//[][]/}
		COMMIT
	END
}

# The router's devices have the same numbers in each boot: golden captures tell them.
INDEX=1001

# vlans DEVICE INDEX [NAMESPACE]: a VLAN of it, and one in another
vlans() {
	ip ${3:+-n "$3"} -batch - <<-END
		link add link $1 name $1.5 index $2 type vlan id 5
		link add link $1 name $1.7 index $(($2 + 1)) type vlan proto 802.1ad id 7
		link add link $1.7 name $1.7.9 index $(($2 + 2)) type vlan id 9
		link set $1.5 up
		link set $1.7 up
		link set $1.7.9 up
	END
}

# matrix_network: all of it, and into $TMP/interfaces the numbers of the router's.
matrix_network() {
	local device
	topology || return
	# what arrives there is gone
	ip netns exec "$SERVER" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	ip -batch - <<-END || return
		link set r0 promisc on
		route add 10.8.0.0/16 via 10.2.0.2
		route add 10.88.0.0/16 via 10.2.0.2
		route add fd00:8::/32 via fd00:2::2
		route add fd00:88::/32 via fd00:2::2
		link add br0 index $((INDEX + 2)) type bridge mcast_snooping 0
		link add b0 index $((INDEX + 3)) type veth peer name e0 netns $CLIENT
		link add b1 index $((INDEX + 4)) type veth peer name w0 netns $SERVER
		link set b0 master br0
		link set b1 master br0
	END
	at_exit "ip link del br0"
	for device in br0 b0 b1; do
		echo 1 >/proc/sys/net/ipv6/conf/$device/disable_ipv6
		ip link set $device up
	done
	ip netns exec "$CLIENT" sysctl -qw net.ipv6.conf.e0.disable_ipv6=1
	ip netns exec "$SERVER" sysctl -qw net.ipv6.conf.w0.disable_ipv6=1
	ip -n "$SERVER" link set w0 address 02:00:00:00:05:02 up
	ip -n "$CLIENT" link set e0 address 02:00:00:00:05:01 up
	vlans r0 $((INDEX + 5)) && vlans c0 $((INDEX + 5)) "$CLIENT" || return
	sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1

	nat_rules "$IPTABLES" 10.88.0.0/16 203.0.113.1 10.8.0.1 192.0.2.1 &&
		nat_rules "$IP6TABLES" fd00:88::/32 fd00:98::1 '[fd00:8::1]' '[fd00:99::1]' || return
	at_exit "$IPTABLES -t nat -F; $IP6TABLES -t nat -F"
	for device in r0 r0.5 r0.7.9 r1 br0 b0 b1; do
		echo "$device $(cat /sys/class/net/$device/ifindex)"
	done >"$TMP/interfaces"
}
