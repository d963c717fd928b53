#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The collector has exactly what was sent: records, packets, octets.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

needs_processors 2

declare -A SENT
PORTS=()

# send NAME OPTION...: send traffic to a separate port, and export all of it.
send() {
	local port=$((7001 + ${#PORTS[@]}))
	PORTS+=("$1")
	shift
	traffic --tun t0 --dport "$port" "$@" || bail "no traffic"
	SENT[$port]="$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
	export_all
}

# a thousand, or fewer on a debug kernel, so that it takes some seconds
k=1000
[ "$NETFLOW_KIND" = fast ] || k=100

tun t0
sink '' d0
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
"$IP6TABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
collector_start all 2055 || bail "no collector"

send "one flow" --src 10.9.0.2 --dst 10.8.0.2 --count 1000 --size 0
send "many ports" --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+$((5 * k)) --count $((20 * k)) --flows $((5 * k)) --size 333
send "TCP, addresses" --proto tcp --src 10.9.0.2+100 --dst 10.8.0.2+7 --count $((7 * k)) --flows 700
send "IPv6" --src fd00:9::2+50 --dst fd00:8::2 --sport 1000+10 --count $((5 * k)) --flows 500 --size 1
send "two processors in turn, one record each" --src 10.9.0.2 --dst 10.8.0.2 --sport 1+3 --count 600 --flows 3 --cpu 0,1
send "largest packets" --src 10.9.0.2 --dst 10.8.0.2 --count 100 --size 65000
send "very many flows" --src 10.9.0.2+$k --dst 10.8.0.2 --sport 1000+100 --count $((30 * k)) --flows $((10 * k)) --size 10

collector_stop all
law_collected all
declare -A GOT
while read -r port sums; do
	GOT[$port]=$sums
done <<<"$(records all '%dp %pkt %byt' | awk '
	{ records[$1]++; packets[$1] += $2; octets[$1] += $3; all++ }
	END {
		for (port in records)
			printf "%s %d %.0f %.0f\n", port, records[port], packets[port], octets[port]
		print "all", all
	}')"
for i in "${!PORTS[@]}"; do
	port=$((7001 + i))
	is "${PORTS[i]}: records, packets, octets" "${GOT[$port]}" "${SENT[$port]}"
done
is "all records" "${GOT[all]}" "$(counter outFlows)"
is "nothing was lost" "$(counter lostFlows) $(counter lostPackets) $(counter dropPackets)" "0 0 0"

done_testing
