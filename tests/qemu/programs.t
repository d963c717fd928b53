#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The programs of the package netflow-tools, built and installed in this release, print the
# values of this kernel's module; the package of the module contains the bug report script.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

for program in netflow-top netflow-exporter netflow-agentx; do
	like "$program: --help" "$("$program" --help)" "^usage: $program "
done
not "netflow-top fails without the module" netflow-top --once

metered_tun || bail "no module"
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+200 --dport 53 --count 4000 --flows 200 --size 30
read -r flows packets octets <<<"$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
traffic --tun t0 --src fd00:9::2 --dst fd00:8::2 --sport 1000+10 --dport 53 --count 300 --flows 10 --size 100
flows=$((flows + SENT_FLOWS)) packets=$((packets + SENT_PACKETS)) octets=$((octets + SENT_OCTETS))
all_seen() {
	[ "$(counter hashFlows) $(counter inPackets)" = "$flows $packets" ]
}
ok "the module has counted packets" wait_for 300 all_seen

netflow-top --json --once --rows 0 >"$TMP/top"
for total in "flows $flows" "packets $packets" "octets $octets" "unreadable_lines 0"; do
	like "netflow-top: $total" "$(sed 's/"rows":.*//' "$TMP/top")" "\"${total% *}\":${total#* }[,}]"
done
like "netflow-top: as text" "$(netflow-top --once src host fd00:9::2)" \
	$'10 flows.*\nSource +Destination +Proto +In +Out .*\n.fd00:9::2.:10[0-9]+ +.fd00:8::2.:53 +udp +t0 '

netflow-exporter >"$TMP/metrics"
metric() {
	awk -v name="$1" 'index($1, name) == 1 { sum += $2 } END { print sum + 0 }' "$TMP/metrics"
}
is "netflow-exporter: flows, packets, octets of the tables" \
	"$(metric netflow_table_flows) $(metric netflow_table_packets) $(metric netflow_table_bytes)" \
	"$flows $packets $octets"
is "netflow-exporter: packets of all processors" "$(metric netflow_packets_total)" "$packets"

# --- the script that reportbug calls ---

# shellcheck disable=SC2016 # the inner shell expands
ok "a report of a fault is made" sh -c '/usr/share/bug/iptables-netflow-dkms 3>"$1"' sh "$TMP/report"
report=$(cat "$TMP/report")
like "it has the module" "$report" \
	$'\n'"loaded: version $(cat /sys/module/ipt_NETFLOW/version), srcversion $(cat /sys/module/ipt_NETFLOW/srcversion)"$'\n'
like "it has the status of dkms" "$report" "ipt-netflow[/,] ?3[0-9.]+, $(uname -r | sed 's/+/[+]/g'), x86_64: installed"
like "it has the package" "$report" $'\niptables-netflow-dkms [0-9.-]+ installed\n'
like "it has the rule" "$report" $'\n-A PREROUTING -i t0 -j NETFLOW\n'
like "it has the statistics" "$report" $'\n'"inPackets +$packets"$'\n'

done_testing
