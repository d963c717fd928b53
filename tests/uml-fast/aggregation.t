#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Aggregation: addresses and ports are rewritten before the flow is looked up, the first
# matching rule is applied, and records contain the resulting prefix lengths.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

RULES='10.9.0.0/28=30,10.9.0.0/16=24 10.8.0.0/16=16;fd00:9::/32=64,80-89=80 1000-1999=1000;5=6'
NAMES='sourceIPv4Address sourceTransportPort sourceIPv4PrefixLength destinationIPv4Address
	destinationTransportPort destinationIPv4PrefixLength packetDeltaCount octetDeltaCount'
NAMES6='sourceIPv6Address sourceTransportPort sourceIPv6PrefixLength destinationIPv6Address
	destinationTransportPort destinationIPv6PrefixLength packetDeltaCount'

# records_are TITLE "NAME..." LINE... [-- NAME=VALUE...]: these records, in any order.
records_are() {
	local title=$1 names=$2 wanted=''
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		wanted+=$1$'\n'
		shift
	done
	recorded flow "$names" "${@:2}"
	is "$title" "$(sort <<<"$RECORDED")" "$(sort <<<"${wanted%$'\n'}")"
}

from() {
	traffic --tun t0 --dst 10.8.0.2 --size 72 "$@"
}

# part NAME: use a separate recorder from now on.
part() {
	recorder_start "$1" 2055
	setting destination 127.0.0.1:2055
}

part_ends() {
	export_all
	setting destination 127.0.0.1:9
	stop "$PID"
	messages_right "$1: messages are right"
}

router destination=127.0.0.1:9 active_timeout=600 inactive_timeout=600
ip link set lo up
is "there are no rules" "$(setting aggregation)" ''

# --- without rules ---

part off
from --src 10.9.0.2+4 --sport 1000+2 --count 8 --flows 8
part_ends off
recorded_sums
is "off: no flows are combined" "$RECORDED" "8 8 800"
recorded flow sourceIPv4PrefixLength
is "off: no record has a prefix length" "$(sort -u <<<"$RECORDED")" -

# --- IPv4 ---

setting aggregation "$RULES" || bail "the rules are refused"
is "the setting shows the rules as they were written" "$(setting aggregation)" "$RULES"
part ipv4
# 10.9.0.1 to .14 are in the /28, and 30 bits remain: .0, .4, .8, .12
from --src 10.9.0.1+14 --sport 500 --dport 500 --count 14 --flows 14
# 10.9.0.100 is outside the /28, and 24 bits remain; the same for 10.9.7.7
from --src 10.9.0.100+100 --sport 500 --dport 500 --count 300 --flows 100
from --src 10.9.7.7 --sport 500 --dport 500
# no rule for the source; ports on both sides
from --src 10.7.1.2 --sport 1000+1000 --dport 80+10 --count 10000 --flows 10000
# the first matching rule is applied; a port is rewritten only once; ICMP has no ports
from --src 10.7.1.2 --sport 5 --dport 6
from --src 10.7.1.2 --sport 85 --dport 90
from --src 10.7.1.2 --proto icmp
part_ends IPv4
records_are "IPv4: these records, and no other" "$NAMES" \
	'10.9.0.0 500 24 10.8.0.0 500 16 303 30300' \
	'10.9.0.4 500 30 10.8.0.0 500 16 4 400' \
	'10.9.0.8 500 30 10.8.0.0 500 16 4 400' \
	'10.9.0.12 500 30 10.8.0.0 500 16 3 300' \
	'10.9.7.0 500 24 10.8.0.0 500 16 1 100' \
	'10.7.1.2 1000 32 10.8.0.0 80 16 10000 1000000' \
	'10.7.1.2 6 32 10.8.0.0 6 16 1 100' \
	'10.7.1.2 80 32 10.8.0.0 90 16 1 100' \
	'10.7.1.2 - 32 10.8.0.0 - 16 1 100'
law_holds "IPv4"
LINES_SHOWN=$(grep "^aggr#" /proc/net/stat/ipt_netflow)
is "the statistics have the rules and their use counts" "$LINES_SHOWN" \
	"aggr#0 net: match 10.9.0.0/28 strip 30 (usage 14)
aggr#1 net: match 10.9.0.0/16 strip 24 (usage 301)
aggr#2 net: match 10.8.0.0/16 strip 16 (usage 10318)
aggr#3 net: match fd00:9::/32 strip 64 (usage 0)
aggr#0 port: ports 80-89 replace 80 (usage 10001)
aggr#1 port: ports 1000-1999 replace 1000 (usage 10000)
aggr#2 port: ports 5-5 replace 6 (usage 1)"

# --- IPv6 ---

part ipv6
packets6 --src fd00:9:0:1::2+50 --sport 1000+10 --count 500 --flows 500 --size 0
packets6 --src fd00:9:1:1::2 --sport 500 --count 1 --size 0
packets6 --src fd00:7::2 --sport 500 --count 1 --size 0
part_ends IPv6
records_are "IPv6: these records, and no other" "$NAMES6" \
	'fd00:9:0:1:: 1000 64 fd00:8::2 53 128 500' \
	'fd00:9:1:1:: 500 64 fd00:8::2 53 128 1' \
	'fd00:7::2 500 128 fd00:8::2 53 128 1'

# --- ports alone: no prefix lengths; another sampler's fields beside those of aggregation ---

setting aggregation 0-65535=0
part ports
from --src 10.9.0.2 --sport 1000+500 --dport 7+100 --count 1000 --flows 1000
# later fragments have no ports, so they are a separate flow
from --src 10.9.0.3 --sport 1000 --dport 7 --count 1 --size 3000 --fragments 3
part_ends ports
records_are "ports alone" "$NAMES" \
	'10.9.0.2 0 - 10.8.0.2 0 - 1000 100000' \
	"$(recorded flow "$NAMES" sourceIPv4Address=10.9.0.3; echo "$RECORDED")"
recorded flow packetDeltaCount sourceIPv4Address=10.9.0.3
is "fragments are one flow" "$RECORDED" 3
setting aggregation 10.0.0.0/8=8
setting sampler deterministic:2
part both
from --src 10.9.0.2+4 --sport 1000+50 --count 200 --flows 50
part_ends both
recorded flow "selectorId sourceIPv4Address sourceIPv4PrefixLength"
is "with a sampler" "$RECORDED_COUNT $(sort -u <<<"$RECORDED")" "25 1 10.0.0.0 8"
setting sampler off

# --- changed in traffic ---

part changes
statistics
before=$((COUNT[outPackets] + COUNT[lostPackets]))
sender_start '' --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+500 --flows 500 --size 0 --rate 10000
for round in 1 2 3 4 5; do
	for rules in 10.0.0.0/8=8 '' 0-65535=1 10.9.0.0/16=24,10.0.0.0/8=0; do
		setting aggregation "$rules" || fail "$rules are refused, round $round"
		metered_more 1000
	done
done
sender_stop
setting aggregation ''
part_ends changes
statistics
is "changed 20 times during traffic: each packet is in a record" \
	"$((COUNT[outPackets] + COUNT[lostPackets] - before)) ${COUNT[lostPackets]}" "$SENT_PACKETS 0"
law_holds "changed in traffic"
is "there is no rule in the end" "$(grep -c '^aggr#' /proc/net/stat/ipt_netflow)" 0

# --- unloaded with rules, in traffic ---

setting aggregation "$RULES"
sender_start '' --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+500 --flows 500 --size 0 --rate 10000
metered_more 1000
router_rules_gone
ok "the module is unloaded during traffic, with rules" module_unload
sender_stop

done_testing
