#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each network namespace has its own settings, destinations and statistics. They are removed
# with the namespace; a namespace of a user namespace has none.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# in_one NAME SCRIPT: run in a namespace, as one process, since /proc/sys depends on the reader.
in_one() {
	ip netns exec "$1" bash -c "$2"
}

log_start
module_load destination=127.0.0.1:2055 active_timeout=77 || bail "no module"
ip -batch - <<-END
	netns add one
	netns add two
	link add v0 type veth peer name t0 netns two
	address add 10.9.0.1/24 dev v0
	link set v0 up address 02:00:00:00:00:01
END
at_exit "ip link del v0 2>/dev/null"

# --- settings ---

# shellcheck disable=SC2016 # expanded by the inner shell
settings='cd /proc/sys/net/netflow; for f in active_timeout destination maxflows; do read -r v <$f; echo -n "$v "; done'
is "a new namespace starts with the defaults, not with the parameters of the module" \
	"$(in_one one "$settings")" "1800 127.0.0.1:2055 $(maxflows_initial) "
# shellcheck disable=SC2016 # expanded by the inner shell
prepare='ip link set lo up && printf "*filter\n-A OUTPUT -p udp --dport 77 -j NETFLOW\nCOMMIT\n" | $IPTABLES-restore &&
	cd /proc/sys/net/netflow && echo 88 >active_timeout && echo 5 >maxflows && echo 7 >engine_id'
export IPTABLES
ok "settings of one namespace are changed, a rule is added" in_one one "$prepare"
is "... which does not change another one" "$(in_one two "$settings")" "1800 127.0.0.1:2055 $(maxflows_initial) "
is "... nor the first" "$(setting active_timeout)" 77

# --- traffic, statistics, export ---

spawn one "$NETFLOW_TOOLS/recorder" 2055 >"$TMP/one"
one=$PID
recorder_start first 2055
# the statistics of a namespace are read through the /proc of a process in it
STATS_FIRST=$STATS
STATS=/proc/$one/net/stat/ipt_netflow_snmp
until_true 300 test -r "$STATS"
traffic_in one --cpu 0 --socket --src 127.0.0.1 --dst 127.0.0.1 --sport 1000+4 --dport 77 --count 40 --flows 4 --size 9
until_true 300 metered 40
counts_are "one has its packets" "inPackets inFlows inBytes" "40 4 $SENT_OCTETS"
ok "... flushed from the inside" in_one one "echo 1 >/proc/sys/net/netflow/flush"
until_true 300 at_rest
counts_are "... its account" "hashPackets outPackets" "0 40"
STATS=$STATS_FIRST
counts_are "the first namespace has none of it" "inPackets outPackets" "0 0"
RECORDER=$TMP/one
until_true 300 has_count flow 4
sums_are "its collector, in that namespace, has its flows" "4 40 $SENT_OCTETS"
ok "... with its observation domain" has message domain=7
RECORDER=$TMP/first
ok "the collector of the first one has messages" until_true 300 has message domain=0
recorded_sums
is "... but none of its flows" "$RECORDED" "0 0 0"

# --- one that is removed with flows in its table ---

ip -batch - <<-END
	netns add going
	link add g0 type veth peer name g1 netns going
	address add 10.6.0.1/24 dev g0
	link set g0 up
END
# shellcheck disable=SC2016 # expanded by the inner shell
ok "a rule in a namespace that will be removed" in_one going 'ip link set lo up && ip address add 10.6.0.2/24 dev g1 &&
	ip link set g1 up && printf "*filter\n-A OUTPUT -p udp --dport 77 -j NETFLOW\nCOMMIT\n" | $IPTABLES-restore &&
	cd /proc/sys/net/netflow && echo 10.6.0.1:2055 >destination && echo 8 >engine_id'
traffic_in going --cpu 0 --socket --src 10.6.0.2 --dst 10.6.0.1 --sport 1000+300 --dport 77 --count 900 --flows 300 --size 9
ip netns del going
RECORDER=$TMP/first
ok "its flows are sent before its devices are removed" until_true 300 has_count flow 300
sums_are "... all of them" "300 900 $SENT_OCTETS"
ok "... automatically" has message domain=8

# --- one that is removed with flows in its table, in traffic ---

# shellcheck disable=SC2016 # expanded by the inner shell
ok "a rule in another one" in_one two 'ip link set lo up && ip address add 10.9.0.2/24 dev t0 &&
	ip link set t0 up address 02:00:00:00:00:02 &&
	printf "*raw\n-A PREROUTING -i t0 -j NETFLOW\nCOMMIT\n" | $IPTABLES-restore'
"$NETFLOW_TOOLS/traffic" --dev v0 --mac 02:00:00:00:00:02 --src 10.9.0.1 --dst 10.9.0.2 --sport 1+5000 \
	--flows 5000 --count 1000000 --rate 2000 >/dev/null 2>&1 &
sender=$!
at_exit "stop $sender"
packets_of_two() {
	local hash
	hash=$(in_one two "grep hashPackets $STATS")
	[ "${hash##* }" -gt 100 ]
}
ok "it meters" until_true 300 packets_of_two
ip netns del two
gone() {
	[ ! -e /sys/class/net/v0 ]
}
ok "it is removed under traffic, with its devices" until_true 300 gone
stop $sender
ip netns del one
stop "$one"
ok "the other one is removed with its collector: the module has no user" until_true 300 module_unused
counts_are "the first namespace did not notice" "inPackets lostPackets" "0 0"

# --- user namespaces ---

# shellcheck disable=SC2016 # expanded by the inner shell
unshare -Urn bash -c '
	for tool in iptables-legacy ip6tables-legacy iptables-nft; do
		$tool -A OUTPUT -j NETFLOW >/dev/null 2>&1 && echo "$tool: taken"
	done
	iptables-legacy -A OUTPUT -j ACCEPT || echo "cannot have rules at all"
	for file in /proc/net/stat/ipt_netflow* /proc/sys/net/netflow*; do
		[ ! -e "$file" ] || echo "has $file"
	done' >"$TMP/user" 2>&1
is "in a user namespace the target is rejected, and there are no files and sysctls" "$(<"$TMP/user")" ''
log_count 'target refused: the network namespace belongs to a user namespace'
is "... and the log says so, once for each attempt" "$LOG_COUNT" 3
recorder_stop first
messages_right "all messages are right"
ok "the module is unloaded" rmmod ipt_NETFLOW

done_testing
