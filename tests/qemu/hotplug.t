#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A processor goes offline and comes back. Its flows continue in the table of another
# processor: no packet is lost and no flow is split into two records.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

online=/sys/devices/system/cpu/cpu1/online
[ -w "$online" ] || skip_all "the second processor of this machine cannot go offline"
at_exit "echo 1 >$online"

metered_tun || bail "no module"
collector_start all 2055 || bail "no collector"

four=(--tun t0 --src 10.9.0.2 --dst 10.8.0.2)
six=(--tun t0 --src fd00:9::2 --dst fd00:8::2)

# send PORT OPTION...: send more packets of the flows to that port
send() {
	local port=$1 flows packets octets
	shift
	traffic --dport "$port" "$@" || bail "no traffic"
	read -r flows packets octets <<<"${SENT[port]:-0 0 0}"
	: "$flows"
	SENT[port]="$SENT_FLOWS $((packets + SENT_PACKETS)) $((octets + SENT_OCTETS))"
}
SENT=()

all_seen() {
	[ "$(counter hashFlows)" = "$1" ] && [ "$(counter inPackets)" = "$2" ]
}

# room for all flows, but not for twice as many
setting maxflows 6000
for port in 7001 7002; do
	[ $port = 7001 ] && family=("${four[@]}") || family=("${six[@]}")
	send $port "${family[@]}" --cpu 1 --sport 1+2000 --flows 2000 --count 4000
done
ok "flows are in the table of the second processor" wait_for 300 all_seen 4000 8000
is "... all of them" "$(awk '$1 == "cpu1" { print $3 }' "$STATS")" 4000
ok "the processor goes offline" sh -c "echo 0 >$online"
ok "no flow is lost" wait_for 300 all_seen 4000 8000
is "... and none was exported" "$(counter outPackets)" 0
for port in 7001 7002; do
	[ $port = 7001 ] && family=("${four[@]}") || family=("${six[@]}")
	send $port "${family[@]}" --cpu 0 --sport 1+2000 --flows 2000 --count 4000
done
ok "they continue in the table of the other one" wait_for 300 all_seen 4000 16000
ok "the processor is online again" sh -c "echo 1 >$online"
send 7003 "${four[@]}" --cpu 1 --sport 1+500 --flows 500 --count 500
ok "... and meters" wait_for 300 all_seen 4500 16500
export_all

setting maxflows 2000000

# Under traffic, while flows time out.
setting inactive_timeout 1
"$NETFLOW_TOOLS/traffic" "${four[@]}" --dport 7004 --sport 1+20000 --flows 20000 --count 60000 --rate 6000 >"$TMP/sent" &
sender=$!
rounds=0
while kill -0 "$sender" 2>/dev/null; do
	echo 0 >"$online"
	sleep 0.3
	echo 1 >"$online"
	sleep 0.3
	rounds=$((rounds + 1))
done
wait "$sender"
compare "the processor went offline and online under traffic, $rounds times" "$rounds" '>' 3
read -r _ packets _ octets _ <"$TMP/sent"

# The timer of the processor works again.
send 7005 "${six[@]}" --cpu 1 --sport 1+100 --flows 100 --count 100
ok "all flows time out" wait_for 300 drained
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets) $(counter hashPackets)" "0 0 0"
collector_stop all

for port in "${!SENT[@]}"; do
	is "records, packets, octets of port $port" "$(total all "dst port $port")" "${SENT[port]}"
done
is "under traffic: packets, octets" "$(total all 'dst port 7004' | cut -d' ' -f2-)" "$packets $octets"

done_testing
