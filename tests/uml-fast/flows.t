#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Many flows: the table grows and shrinks with them, and the limit maxflows is never exceeded.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

tun t0
sink '' d0
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
"$IP6TABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
collector_start grow 2055 || bail "no collector"

# many PORT FLOWS OPTION...: FLOWS is a multiple of 1000
many() {
	local port=$1 flows=$2
	shift 2
	traffic --tun t0 --dport "$port" --sport $((65535 - flows / 1000))+$((flows / 1000)) \
		--flows "$flows" --size 8 "$@" || bail "no traffic"
}

small=$(counter hashMemory)
many 7001 100000 --src 10.9.0.2+1000 --dst 10.8.0.2 --count 100000
in_table() {
	[ "$(counter hashFlows)" = "$1" ]
}
ok "100,000 flows are in the table" wait_for 120 in_table 100000
first="$SENT_PACKETS $SENT_OCTETS"
memory=$(counter hashMemory)
compare "they need 96 octets each, and little more" "$memory" '<' $((100000 * 120))
export_all
is "no flow is left" "$(counter hashFlows)" 0

many 7002 200000 --src 10.9.0.2+1000 --dst 10.8.0.2 --count 400000
second="$SENT_PACKETS $SENT_OCTETS"
peak=$(counter hashMemory)
diag "memory: $small, $memory for 100,000 flows, $peak for 200,000"
compare "the table has grown" "$peak" '>' "$memory"
metric=$(counter hashMetric)
compare "and finds a flow in few steps (metric $metric)" "${metric/./}" '<=' 200
export_all

many 7003 50000 --src fd00:9::2+1000 --dst fd00:8::2 --count 50000
third="$SENT_PACKETS $SENT_OCTETS"
export_all

# An empty table is shrunk step by step, until it has its minimum size.
shrunk() {
	[ "$(counter hashMemory)" -lt $((peak / 10)) ]
}
ok "the table shrinks after its flows were removed" wait_for 120 shrunk
diag "memory in the end: $(counter hashMemory)"

is "nothing was lost" "$(counter lostPackets) $(counter dropPackets) $(counter evictedFlows)" "0 0 0"
collector_stop grow
law_collected grow
# one pass over all records: "PORT RECORDS PACKETS OCTETS", and the number of duplicates
records grow '%dp %sa %sp %pkt %byt' | awk '
	{ n[$1]++; packets[$1] += $4; octets[$1] += $5; twice += seen[$1, $2, $3]++ > 0 }
	END {
		for (port in n) printf "%s %d %.0f %.0f\n", port, n[port], packets[port], octets[port]
		print "twice", twice + 0
	}' | sort >"$TMP/sums"
is "each flow is there once: port, records, packets, octets" "$(<"$TMP/sums")" \
	"7001 100000 $first"$'\n'"7002 200000 $second"$'\n'"7003 50000 $third"$'\n'"twice 0"

done_testing
