#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded and unloaded ten times in traffic, with flows in its table, which it
# exports when it is unloaded. No metered packet is lost.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

recorder_start all 2055
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600

# --- unloaded with flows in the table, exact numbers ---

# on one processor: a flow that changes the processor is in two tables
packets --cpu 0 --sport 1000+300 --flows 300 --count 900 --size 10
octets=$SENT_OCTETS
packets6 --cpu 0 --sport 1000+20 --flows 20 --count 40 --size 10
octets=$((octets + SENT_OCTETS))
until_true 300 metered 940
counts_are "flows are in the table" "hashFlows outFlows" "320 0"
router_rules_gone
ok "the module is unloaded" rmmod ipt_NETFLOW
until_true 300 has_count flow 320
sums_are "... and has exported all flows" "320 940 $octets"
sums_are "... with the end reason: forced" "320 940 $octets" flowEndReason=4
for file in /proc/net/stat/ipt_netflow_snmp /proc/sys/net/netflow; do
	not "... and ${file##*/} is removed" test -e "$file"
done

# --- ten times in traffic ---

"$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+40 --flows 40 --count 1000000 --rate 400 >"$TMP/sent" &
sender=$!
at_exit "stop $sender"
failed=''
metered=0
for round in 1 2 3 4 5 6 7 8 9 10; do
	insmod "$NETFLOW_MODULE" destination=127.0.0.1:2055 || failed+=" $round(insmod)"
	rules "$IPTABLES" 'raw PREROUTING -i t0'
	until_true 300 metered 5 || failed+=" $round(no packets)"
	# in every second round the rules are removed and added once more
	if [ $((round % 2)) = 0 ]; then
		rules "$IPTABLES" 'raw -' 'raw PREROUTING -i t0'
		until_true 300 metered $((COUNT[inPackets] + 5)) || failed+=" $round(again)"
	fi
	rules "$IPTABLES" 'raw -'
	resting
	metered=$((metered + COUNT[inPackets]))
	rmmod ipt_NETFLOW || failed+=" $round(rmmod)"
done
kill -0 $sender || failed+=" (traffic has ended)"
stop $sender
is "loaded and unloaded ten times during traffic" "$failed" ''
compare "... packets were metered" "$metered" '>' 100
recorder_stop all
recorded_sums
read -r _ packets _ <<<"$RECORDED"
is "... and all of them are exported" "$packets" $((metered + 940))
messages_right "all messages are right"

done_testing
