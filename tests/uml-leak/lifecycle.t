#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded, used in two namespaces, given invalid settings, connected to a collector and
# to none, and unloaded, twice. Then kmemleak searches for leaks (started by tests/guest, reported
# by tests/suite).

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

recorder_start all 2055
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600
flows=0
for round in 1 2; do
	module_loaded || module_load destination=127.0.0.1:2055 hashsize=1000
	[ $round = 1 ] || rules "$IPTABLES" 'raw PREROUTING -i t0'
	# on one processor: a flow that changes it counts as two until it is exported
	packets --cpu 0 --sport 1000+3000 --flows 3000 --count 6000 --size 8
	[ $round = 2 ] || packets6 --cpu 0 --sport 1000+500 --flows 500 --count 500 --size 8
	counts 'inFlows'
	is "round $round: flows are metered" "$COUNTS" $((round == 1 ? 3500 : 3000))
	flows=$((flows + COUNTS))
	for change in maxflows=100 destination=nonsense destination=127.0.0.1:2055,127.0.0.1:2999 mtu=511 mtu=600 \
		engine_id=7 hashsize=64 active_timeout=x sndbuf=10000; do
		setting "${change%=*}" "${change#*=}"
	done
	while read -r _; do :; done </proc/net/stat/ipt_netflow_flows
	flush
	until_true 300 has_count flow "$flows"

	# a namespace that has flows in its table, and a destination without a collector
	ip netns add gone
	# shellcheck disable=SC2016 # expanded by the inner shell
	ok "round $round: used in a namespace" env IPTABLES="$IPTABLES" ip netns exec gone bash -c '
		ip link set lo up
		printf "*filter\n-A OUTPUT -j NETFLOW\nCOMMIT\n" | $IPTABLES-restore
		echo 10.77.0.1:2055 >/proc/sys/net/netflow/destination
		exec "$NETFLOW_TOOLS/traffic" --socket --src 127.0.0.1 --dst 127.0.0.1 --sport 1000+40 --flows 40 --count 80'
	[ $round = 1 ] || ip netns del gone

	# unloaded with flows in the table, while a namespace exists
	packets --cpu 0 --sport 1000+200 --flows 200 --count 200
	counts 'hashFlows'
	compare "round $round: flows are in the table" "$COUNTS" '>' 50
	flows=$((flows + 200))
	[ $round = 2 ] || ip netns exec gone "$IPTABLES" -D OUTPUT -j NETFLOW
	router_rules_gone
	ok "round $round: the module is unloaded" until_true 300 rmmod ipt_NETFLOW
	until_true 300 has_count flow "$flows"
	recorded flow port
	is "round $round: all flows were exported" "$RECORDED_COUNT" "$flows"
	[ $round = 2 ] || ip netns del gone
done
recorder_stop all
messages_right "all messages are right"

done_testing
