#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ten million flows of one packet each, with older flows that stay active: the table has its limit,
# so memory use has a limit, and a collector has each packet and octet of the flood and of the
# active flows.
#
# The flood comes in bursts, and waits for the collector after each: losses of a slow collector
# are not tested here. No burst is larger than the collector's socket buffer.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/pktgen.sh
. "$NETFLOW_TOP/tests/pktgen.sh"

FLOOD=${FLOOD:-10000000} BURST=200000 MAX=100000 LIVING=100

# memory: set FREE to the kB that are free, are available at once, or hold files of this test (the
# recorder's lines).
memory() {
	local name size rest
	FREE=0
	while read -r name size rest; do
		case $name in
		MemAvailable: | Shmem:) FREE=$((FREE + size)) ;;
		esac
	done </proc/meminfo
	: "$rest"
}

# taken: no message is queued here or in the collector's socket.
taken() {
	local lines line words
	at_rest || return
	mapfile -t lines </proc/net/udp6
	for line in "${lines[@]}"; do
		read -ra words <<<"$line"
		[[ ${words[1]} != *:0807 || ${words[4]} = *:00000000 ]] || return
	done
}

# free pages in per-CPU lists, up to an eighth of all, are not counted as free
echo 1000 >/proc/sys/vm/percpu_pagelist_high_fraction
at_exit "echo 0 >/proc/sys/vm/percpu_pagelist_high_fraction"
recorder_start all "--totals 2055"
router destination=127.0.0.1:2055 active_timeout=3600 inactive_timeout=3600 maxflows=$MAX
pktgen_ready

# The active flows are created first and end last. They have a packet each every few
# milliseconds, on the processor of the flood.
memory
before=$FREE least=$FREE most=0 slow=''
"$NETFLOW_TOOLS/traffic" --tun t0 --cpu 0 --src 10.9.0.3 --dst 10.8.0.2 --dport 7002 --sport 1+$LIVING \
	--flows $LIVING --count 1000000000 --rate 10000 --size 72 >"$TMP/living" &
living=$!
at_exit "stop $living"
is_living() {
	statistics
	[ "${COUNT[hashFlows]}" = $LIVING ]
}
ok "there are flows before the flood" wait_for is_living
for ((sent = 0; sent < FLOOD && !slow; sent += BURST)); do
	pktgen_burst $sent $BURST
	statistics
	[ "${COUNT[hashFlows]}" -le "$most" ] || most=${COUNT[hashFlows]}
	wait_for taken || slow=$sent
	# here the queues are empty; their fill before depends on speed
	memory
	[ "$FREE" -ge "$least" ] || least=$FREE
done
stop "$living"
read -r _ packets _ octets _ <"$TMP/living"
all_seen() {
	statistics
	[ "${COUNT[inPackets]}" = $((FLOOD + packets)) ]
}
ok "each packet was seen" wait_for all_seen
is "the collector loses no message" "$slow" ''
sank=$(((before - least) / 1024))
diag "table: $most flows at most, ${COUNT[hashMemory]} octets; free memory sank by $sank MB"
compare "maxflows is kept" "$most" '<=' "$MAX"
compare "the table is full" "$most" '>' $((MAX * 9 / 10))
# an entry has 64 octets, plus 16 to 32 of the index; each CPU has some memory in advance
compare "the table needs memory for maxflows only" "${COUNT[hashMemory]}" '<=' $((MAX * 96 + 40 * 65536))
# without a limit the flows of the flood would take 640 MB
compare "... and so does the kernel in all" "$sank" '<=' 40
live=${COUNT[hashFlows]} evicted=${COUNT[evictedFlows]}
flush
wait_for taken
counts_are "nothing is lost" "lostPackets lostBytes dropPackets" "0 0 0"
recorder_stop all
recorded total "flows packets octets gaps problems" port=2055
read -r flows sums <<<"$RECORDED"
is "the collector has all packets and octets" "$sums" "$((FLOOD + packets)) $((FLOOD * PKTGEN_SIZE + octets)) 0 0"
diag "flows that live: $LIVING, in $((flows - FLOOD)) records"
is "each flow that is not in the table was evicted" $((live + evicted)) "$flows"

done_testing
