#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Hooks mode on the debug kernel: hooks come and go in traffic on both processors,
# in softirq and in processes, beside rules; a namespace dies and the module goes
# with its hooks on. What is exact about it is uml-fast/hooks.t.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

recorder_start all 2055
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 hooks=31
packets --count 30 --cpu 0 --dport 77
packets6 --count 20 --cpu 0 --dport 77
traffic --socket --src 127.0.0.1 --dst 127.0.0.1 --dport 77 --count 10 --cpu 0
flush
until_true 30 at_rest
# three hooks for what is forwarded, with a rule in the first; four for what is local
until_true 60 has_count flow 10 destinationTransportPort=77
recorded flow 'flowDirection packetDeltaCount' destinationTransportPort=77
mapfile -t records <<<"$RECORDED"
printf '%s\n' "${records[@]}" | sort >"$TMP/records"
mapfile -t records <"$TMP/records"
is "each hook has its record, and a rule adds nothing to it" "${records[*]}" \
	"0 10 0 10 0 20 0 20 0 30 0 30 1 10 1 10 1 20 1 30"

slow_traffic
refused=''
for hooks in 1 '' output,postrouting prerouting,input,forward 31 0 forward output 31; do
	setting hooks "$hooks" || refused+=" $hooks"
	setting hooks_mark_mask $((RANDOM & 1)) || refused+=" mask"
	pause 0.3
done
setting hooks_mark_mask 0
is "hooks come and go in traffic" "$refused" ''

ip netns add one
# shellcheck disable=SC2016 # the inner shell's
ip netns exec one bash -c 'ip link set lo up; echo 31 >/proc/sys/net/netflow/hooks
	"$NETFLOW_TOOLS/traffic" --socket --src 127.0.0.1 --dst 127.0.0.1 --count 30
	grep "^inPackets" /proc/net/stat/ipt_netflow_snmp' >"$TMP/one"
# each passes four hooks, and so does the answer that nobody listens
like "a namespace of its own" "$(<"$TMP/one")" "inPackets +(1[2-9]|2[0-9])[0-9]$"
ip netns del one
router_rules_gone
ok "rules are gone: hooks do not hold the module" until_true 60 module_unused
flush
messages_right "all messages are right"
ok "the module unloads in traffic, its hooks on" rmmod ipt_NETFLOW
slow_traffic_ends

done_testing
