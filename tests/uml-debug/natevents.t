#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NAT events under the checks of the debug kernel: switched on and off in traffic, in several
# namespaces of which one is removed, unloaded in traffic.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/passes.sh
. "$NETFLOW_TOP/tests/passes.sh"

# Masquerading applies to packets that leave by d0; they arrive on t0. The settings of a
# namespace are accessed by a program in it.
NETWORK='
	tuntap add dev t0 mode tun
	link add d0 type dummy
	address add 10.9.0.1/24 dev t0
	address add 10.8.0.1/16 dev d0
	link set t0 up
	link set d0 up arp off'
RULES='*nat
-A POSTROUTING -o d0 -j MASQUERADE
COMMIT'

# network NAMESPACE
network() {
	in_ns "$1" ip -batch - <<<"$NETWORK" || bail "no devices"
	in_ns "$1" "$IPTABLES-restore" <<<"$RULES" || bail "no rules"
	in_ns "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.t0.rp_filter=0
}

# sessions NAMESPACE FIRST-PORT COUNT
sessions() {
	traffic_in "$1" --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport "$2+$3" \
		--count "$3" --flows "$3"
}

# told COUNT [NAME=VALUE...]: the recorder has at least COUNT events.
told() {
	has_count flow "$1" "${@:2}"
}

network ''
at_exit 'ip link del t0; ip link del d0; iptables_gone'
iptables_gone() {
	"$IPTABLES" -t nat -F
}
recorder_start all 2055
module_load destination=127.0.0.1:2055 natevents=1 || bail "no module"

sessions '' 1000 200
ok "sessions are reported" until_true 300 told 200 natEvent=4
conntrack -F >/dev/null 2>&1
ok "... and their ends" until_true 300 told 200 natEvent=5

# Namespaces: the listener of the initial namespace continues when another namespace is removed,
# although the kernel then clears its flag that there are listeners.
for name in one two; do
	ip netns add "$name"
	at_exit "ip netns del $name 2>/dev/null"
	network "$name"
	in_ns "$name" sh -c 'ip link set lo up
		echo 127.0.0.1:2055 >/proc/sys/net/netflow/destination
		echo 1 >/proc/sys/net/netflow/natevents' || bail "no settings in a namespace"
	spawn "$name" "$NETFLOW_TOOLS/recorder" 2055 >"$TMP/$name"
done
# shellcheck disable=SC2016 # expanded by awk
until_true 300 in_ns two awk '$2 ~ /:0807$/ { found = 1 } END { exit !found }' /proc/net/udp6
sessions one 2000 100
sessions two 3000 100
RECORDER=$TMP/one
ok "a second namespace reports its own" until_true 300 told 100 natEvent=4
recorded flow natEvent sourceTransportPort=3000
is "... and no others" "$RECORDED_COUNT" 0
RECORDER=$TMP/two
ok "... and a third one" until_true 300 told 100 natEvent=4
recorded flow natEvent sourceTransportPort=2000
is "... and no others" "$RECORDED_COUNT" 0
sessions one 4000 500 &
ip netns pids one | while read -r pid; do kill "$pid"; done
ip netns del one
wait "$!"
RECORDER=$TMP/all
sessions '' 5000 200
ok "one is removed: the first one still reports" until_true 300 told 400 natEvent=4
RECORDER=$TMP/two
sessions two 6000 100
ok "... and the third one" until_true 300 told 200 natEvent=4

# Switch on and off while sessions start and end.
RECORDER=$TMP/all
sessions '' 10000 2000 &
traffic=$!
toggles=0
while kill -0 "$traffic" 2>/dev/null || [ "$toggles" -lt 10 ]; do
	setting natevents $((toggles++ % 2))
done
conntrack -F >/dev/null 2>&1
setting natevents 1
wait "$traffic"
pass "switched $toggles times during traffic"
sessions '' 7000 100
ok "it reports afterwards" until_true 300 told 1 natEvent=4 sourceTransportPort=7050

came t0
begun=$((CAME + 50))
sessions '' 30000 5000 &
traffic=$!
until_true 300 came_until t0 "$begun" || bail "no traffic"
ok "it is unloaded during traffic" module_unload
wait "$traffic"
recorder_stop all
messages_right "messages are well-formed"

done_testing
