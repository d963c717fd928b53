# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Networks for tests. Sourced by lib.sh.
#
#	 namespace client        the guest itself        namespace server
#	+----------------+    +-------------------+    +----------------+
#	|             c0 +----+ r0             r1 +----+ s0             |
#	|       10.1.0.2 |    | 10.1.0.1 10.2.0.1 |    | 10.2.0.2       |
#	|      fd00:1::2 |    | fd00:1::1  fd00:2::1   | fd00:2::2      |
#	+----------------+    +-------------------+    +----------------+
#
# MAC addresses are 02:00:00:00:01:01 (r0), :01:02 (c0), :02:01 (r1), :02:02 (s0).
# The router is the guest's initial namespace, to which module parameters apply.

CLIENT=client
SERVER=server
ROUTER=''
export CLIENT SERVER ROUTER

# Reduce other packets where possible, and enlarge queues so that they do not drop packets
# that a test counts.
network_settings() {
	in_ns "$1" sysctl -qe -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
		net.ipv6.conf.default.router_solicitations=0 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	[ -n "$1" ] || sysctl -qe -w net.core.netdev_max_backlog=200000 \
		net.core.rmem_max=67108864 net.core.wmem_max=67108864
}

# topology: create the network shown above.
# If INDEX is set it is the interface index of r0, and r1 has the next one.
topology() {
	at_exit topology_down
	ip -batch - <<-END || return
		netns add client
		netns add server
	END
	network_settings '' && network_settings client && network_settings server
	ip -batch - <<-END || return
		link add r0 ${INDEX:+index $INDEX} address 02:00:00:00:01:01 type veth peer name c0 address 02:00:00:00:01:02 netns client
		link add r1 ${INDEX:+index $((INDEX + 1))} address 02:00:00:00:02:01 type veth peer name s0 address 02:00:00:00:02:02 netns server
		address add 10.1.0.1/24 dev r0
		address add fd00:1::1/64 dev r0 nodad
		address add 10.2.0.1/24 dev r1
		address add fd00:2::1/64 dev r1 nodad
		link set r0 up
		link set r1 up
	END
	topology_end client c0 1 && topology_end server s0 2
}

# masquerade: packets that leave towards the server get the router's address. It uses
# nftables, because current PREEMPT_RT kernels have no NAT for iptables. A test may add
# rules to the chains.
masquerade() {
	at_exit "nft delete table ip router; nft delete table ip6 router"
	# old versions of nft read no standard input if /dev/stdin is missing
	cat >"$TMP/masquerade" <<-'END'
		table ip router {
			chain prerouting { type nat hook prerouting priority -100; }
			chain postrouting {
				type nat hook postrouting priority 100;
				oifname "r1" masquerade
			}
		}
		table ip6 router {
			chain postrouting {
				type nat hook postrouting priority 100;
				oifname "r1" masquerade
			}
		}
	END
	nft -f "$TMP/masquerade"
}

# topology_end NAMESPACE DEVICE NET: create one of the two ends. Neighbours are static, so
# that no packet waits for address resolution.
topology_end() {
	ip -n "$1" -batch - <<-END || return
		link set lo up
		address add 10.$3.0.2/24 dev $2
		address add fd00:$3::2/64 dev $2 nodad
		link set $2 up
		route add default via 10.$3.0.1
		route add default via fd00:$3::1
		neigh replace 10.$3.0.1 lladdr 02:00:00:00:0$3:01 dev $2 nud permanent
		neigh replace fd00:$3::1 lladdr 02:00:00:00:0$3:01 dev $2 nud permanent
	END
	ip -batch - <<-END
		neigh replace 10.$3.0.2 lladdr 02:00:00:00:0$3:02 dev r$(($3 - 1)) nud permanent
		neigh replace fd00:$3::2 lladdr 02:00:00:00:0$3:02 dev r$(($3 - 1)) nud permanent
	END
}

topology_down() {
	ip link del r0 2>/dev/null
	ip link del r1 2>/dev/null
	ip netns del client 2>/dev/null
	ip netns del server 2>/dev/null
}

# tun NAME [NAMESPACE]: create a device into which `traffic --tun NAME` sends packets, as
# if received from outside, without loss. Its addresses are 10.9.0.1/24 and fd00:9::1/64.
tun() {
	local where=${2:-}
	[ -e /dev/net/tun ] || modprobe tun || return
	in_ns "$where" ip -batch - <<-END || return
		tuntap add dev $1 mode tun
		address add 10.9.0.1/24 dev $1
		address add fd00:9::1/64 dev $1 nodad
		link set $1 up
	END
	network_settings "$where"
	at_exit "in_ns '$where' ip link del $1"
}

# sink NAMESPACE DEVICE...: create a dummy device that drops the packets routed to it;
# 10.8.0.0/16 and fd00:8::/64 are.
sink() {
	in_ns "$1" ip -batch - <<-END || return
		link add $2 type dummy
		link set $2 up arp off
		address add 10.8.0.1/16 dev $2
		address add fd00:8::1/64 dev $2 nodad
	END
	at_exit "in_ns '$1' ip link del $2"
}

# driver FILE...: load drivers that are modules, by their path in the kernel's tree, and what
# each needs before it. They are removed at the end of the test.
driver() {
	local file name
	for file; do
		name=${file##*/}
		[ ! -e "/sys/module/$name" ] || continue
		if [ -n "${NETFLOW_KERNEL:-}" ]; then
			insmod "$NETFLOW_KERNEL/$file.ko" || return
		else
			modprobe "$name" || return
		fi
		at_exit "wait_for command rmmod $name"
	done
}

# device_packets NAMESPACE DEVICE rx|tx: print the interface's own counter.
device_packets() {
	in_ns "$1" cat "/sys/class/net/$2/statistics/$3_packets"
}

# slow_traffic: send in the background, on both processors, into t0 and to this host
slow_traffic() {
	local options
	SLOW_TRAFFIC=()
	for options in '--tun t0 --src 10.9.0.2 --dst 10.8.0.2 --cpu 0' \
		'--socket --src 127.0.0.1 --dst 127.0.0.1 --cpu 0' \
		'--socket --src 127.0.0.1 --dst 127.0.0.1 --cpu 1 --sport 20000'; do
		# shellcheck disable=SC2086 # a list
		"$NETFLOW_TOOLS/traffic" --count 1000000 --rate 100 $options >/dev/null &
		SLOW_TRAFFIC+=($!)
	done
	at_exit slow_traffic_ends
}

slow_traffic_ends() {
	kill "${SLOW_TRAFFIC[@]}" 2>/dev/null
	wait "${SLOW_TRAFFIC[@]}" 2>/dev/null
}

# metered_tun: the first rule of each family meters packets from t0; no flow times out.
metered_tun() {
	tun t0
	sink '' d0
	module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || return
	at_exit "iptables -t raw -F; ip6tables -t raw -F"
	iptables -t raw -A PREROUTING -i t0 -j NETFLOW &&
		ip6tables -t raw -A PREROUTING -i t0 -j NETFLOW
}
