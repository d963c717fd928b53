#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sixteen processors: a flow has one record though its packets pass all of them, flows that each
# processor has for itself have theirs, and all packets are in the records.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

CPUS=16
needs_processors $CPUS
metered_tun || bail "no module"
collector_start all 2055 || bail "no collector"
four=(--tun t0 --src 10.9.0.2 --dst 10.8.0.2)
six=(--tun t0 --src fd00:9::2 --dst fd00:8::2)
all=$(seq -s, 0 $((CPUS - 1)))

# expect PORT NAME FLOWS: what was just sent to that port is of so many flows
expect() {
	local packets octets
	NAME[$1]=$2
	read -r _ packets octets <<<"${SENT[$1]:-0 0 0}"
	SENT[$1]="$3 $((packets + SENT_PACKETS)) $((octets + SENT_OCTETS))"
}
SENT=() NAME=()
sent_all() {
	local of packets=0
	for of in "${SENT[@]}"; do
		read -r _ of _ <<<"$of"
		packets=$((packets + of))
	done
	[ "$(counter inPackets)" = "$packets" ]
}
processors_with_packets() {
	awk '/^cpu[0-9]+ / && $4 > 0 { n++ } END { print n + 0 }' "$STATS"
}

traffic --dport 7001 "${four[@]}" --count $((CPUS * 100)) --cpu "$all" || bail "no traffic"
expect 7001 "one flow, each packet on the next processor" 1
traffic --dport 7002 "${six[@]}" --count $((CPUS * 100)) --cpu "$all" || bail "no traffic"
expect 7002 "the same of IPv6" 1
for ((cpu = 0; cpu < CPUS; cpu++)); do
	traffic --dport 7003 "${four[@]}" --sport 1+2000 --flows 2000 --count 2000 --cpu $cpu || bail "no traffic"
	expect 7003 "2000 flows, on one processor after the other" 2000
	traffic --dport $((7100 + cpu)) "${six[@]}" --sport 1+300 --flows 300 --count 600 --cpu $cpu || bail "no traffic"
	expect $((7100 + cpu)) "flows of processor $cpu" 300
done
ok "all packets are metered" wait_for sent_all
is "on all processors" "$(processors_with_packets)" $CPUS
is "the list of flows has all parts" "$(grep -c '^[^#]' /proc/net/stat/ipt_netflow_flows)" \
	$((CPUS * 2 + CPUS * 2000 + CPUS * 300))
is "all processors answer" "$(awk '$1 == "absent" { print $2 }' /proc/net/stat/ipt_netflow_audit)" 0
export_all
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets) $(counter hashPackets)" "0 0 0"
is "no flow was exported unmerged" "$(awk '$1 == "unmerged" { print $2 }' /proc/net/stat/ipt_netflow_audit)" 0
collector_stop all
for port in "${!SENT[@]}"; do
	is "${NAME[port]}: records, packets, octets" "$(total all "dst port $port")" "${SENT[port]}"
done
done_testing
