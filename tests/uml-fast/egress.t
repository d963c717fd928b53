#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The output interface: a multicast that goes to several, a route that changes, the same source
# on several, and this host's own multicasts and broadcasts, which it receives itself. Each
# packet counts once for each interface that it leaves by.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/expected.sh
. "$NETFLOW_TOP/tests/expected.sh"

PYTHON=/usr/bin/python3

# out_of PORT DEVICE PACKETS SIZE NAME: what leaves by this device, in one record
out_of() {
	expect_in_all "$5 by $2" "dst port $1 and out if $(cat "/sys/class/net/$2/ifindex")" \
		"1 $3 $(($3 * $4))"
}

# by_three PORT PACKETS SIZE NAME: so many packets leave by each of three, and none by others
by_three() {
	local device
	for device in d1 d2 d3; do
		out_of "$1" $device "$2" "$3" "$4"
	done
	expect_in_all "$4 in all" "dst port $1" "3 $((3 * $2)) $((3 * $2 * $3))"
}

tun t0
sysctl -qw net.ipv6.conf.default.accept_dad=0
for i in 1 2 3; do
	ip -batch - <<-END
		link add d$i type dummy
		link set d$i up multicast on
		address add 10.8.$i.1/24 dev d$i
		address add fe80::1/64 dev d$i nodad
	END
	at_exit "ip link del d$i"
	grep -q '^fe80.* d'$i'$' /proc/net/if_inet6 || bail "no address"
done
options=(destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600)
module_load "${options[@]}" hooks=output || bail "no module"
collector_start all 2055 || bail "no collector"

# --- the same source on several interfaces ---

# own FAMILY DEVICE SOURCE DESTINATION PORT COUNT: datagrams of 100 octets
cat >"$TMP/own.py" <<'END'
import socket, struct, sys
device, source, to, port, count = sys.argv[1:]
index = socket.if_nametoindex(device)
if ":" in to:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    s.bind((source, 1001, 0, index))
    if to.startswith("ff05"):
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     socket.inet_pton(socket.AF_INET6, to) + struct.pack("I", index))
    to = (to, int(port), 0, index)
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\0")
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                 struct.pack("4s4si", b"\0" * 4, b"\0" * 4, index))
    s.bind((source, 1001))
    if to.startswith("239."):
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("4s4si", socket.inet_aton(to), b"\0" * 4, index))
    to = (to, int(port))
for i in range(int(count)):
    s.sendto(bytes(100), to)
END
own() {
	$PYTHON "$TMP/own.py" "$@" || bail "no packets by $1"
}

for device in d1 d2 d3; do
	own $device fe80::1 ff02::99 7001 5
done
by_three 7001 5 148 "the same link-local source, OUTPUT,"

# --- own multicasts and broadcasts that come back ---

# The name of a hook, and the number of the first port
own_copies() {
	own d1 10.8.1.1 239.1.2.3 $(($2 + 1)) 10
	out_of $(($2 + 1)) d1 10 128 "own multicast with a member, $1,"
	expect_in_all "... in all" "dst port $(($2 + 1))" "1 10 1280"
	own d1 10.8.1.1 10.8.1.255 $(($2 + 2)) 10
	out_of $(($2 + 2)) d1 10 128 "own broadcast, $1,"
	expect_in_all "... in all" "dst port $(($2 + 2))" "1 10 1280"
	own d1 fe80::1 ff05::1:3 $(($2 + 3)) 10
	out_of $(($2 + 3)) d1 10 148 "own IPv6 multicast with a member, $1,"
	expect_in_all "... in all" "dst port $(($2 + 3))" "1 10 1480"
	own d1 10.8.1.1 10.8.1.77 $(($2 + 4)) 10
	out_of $(($2 + 4)) d1 10 128 "own unicast, $1,"
}

ip neigh replace 10.8.1.77 lladdr 02:00:00:00:08:77 dev d1 nud permanent
setting hooks postrouting
own_copies "the hook POSTROUTING" 7100
setting hooks ''
"$IPTABLES" -t mangle -A POSTROUTING -o d1 -j NETFLOW
"$IP6TABLES" -t mangle -A POSTROUTING -o d1 -j NETFLOW
own_copies "a rule in POSTROUTING" 7200
"$IPTABLES" -t mangle -F
"$IP6TABLES" -t mangle -F

# --- a multicast that is forwarded to three interfaces ---

# setsockopt() of linux/mroute.h; the kernel forwards while the socket is open
cat >"$TMP/mroute.py" <<'END'
import signal, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
MRT_INIT, MRT_ADD_VIF, MRT_ADD_MFC, VIFF_USE_IFINDEX = 200, 202, 204, 8
s.setsockopt(socket.IPPROTO_IP, MRT_INIT, 1)
for number, device in enumerate(sys.argv[2:]):
    s.setsockopt(socket.IPPROTO_IP, MRT_ADD_VIF,
                 struct.pack("HBBIi4s", number, VIFF_USE_IFINDEX, 1, 0,
                             socket.if_nametoindex(device), b"\0" * 4))
ttls = bytes([0] + [1] * (len(sys.argv) - 3)).ljust(32, b"\0")
s.setsockopt(socket.IPPROTO_IP, MRT_ADD_MFC,
             socket.inet_aton("10.9.0.2") + socket.inet_aton("239.1.1.1") +
             struct.pack("H32sIIIi", 0, ttls, 0, 0, 0, 0))
open(sys.argv[1], "w").close()
signal.pause()
END
spawn '' $PYTHON "$TMP/mroute.py" "$TMP/routing" t0 d1 d2 d3
wait_for test -e "$TMP/routing"
for hook in forward postrouting; do
	setting hooks $hook
	port=$((${port:-7300} + 1))
	traffic --tun t0 --src 10.9.0.2 --dst 239.1.1.1 --dport $port --count 10
	by_three $port 10 128 "a forwarded multicast, $hook,"
done

# --- a route that changes ---

setting hooks forward
ip link set d1 arp off && ip link set d2 arp off
ip route add 10.8.9.0/24 dev d1
traffic --tun t0 --src 10.9.0.2 --dst 10.8.9.2 --dport 7401 --count 60
ip route replace 10.8.9.0/24 dev d2
traffic --tun t0 --src 10.9.0.2 --dst 10.8.9.2 --dport 7401 --count 40
out_of 7401 d1 60 128 "a flow before its route changes,"
out_of 7401 d2 40 128 "... and after"
setting hooks ''

what_is_wanted all
ok "the module is unloaded" module_unload
done_testing
