#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel asks for memory, as it does when it is short: within a second there is as much
# more as it asked for. The flows that had it are exported, with the reason that resources
# were short. Here computing takes no time, so only the module's own delays are measured.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

FLOWS=200000
PERCENT=95	# of what was asked for: other programs take some meanwhile

# available: kB that processes could have, into KB. The free pages that a processor keeps at
# hand, such as those that batches had, are not in the kernel's sum.
available() {
	local name size rest
	while read -r name size rest; do
		[ "$name" != MemAvailable: ] || KB=$size
	done </proc/meminfo
	while read -r name size rest; do
		[ "$name" != count: ] || KB=$((KB + size * 4))
	done </proc/zoneinfo
	: "$rest"
}

# ask: the kernel's caches are asked for memory. The tables are to give a quarter, as they do not
# cost two seeks, as others do, but sixteen; in portions of 128 pages. The kernel asks again if
# other caches have given some. Sets ASKED, octets, and MS until they were given back.
ask() {
	local begin
	statistics
	HELD=${COUNT[hashMemory]}
	ASKED=$((HELD / 4096 / 4 / 128 * 128 * 4096))
	begin=$(now)
	echo 2 >/proc/sys/vm/drop_caches
	ok "$1: memory is given back" wait_for 10 given_back
	MS=$(($(now) - begin))
	compare "... within a second" $MS '<=' 1000
}

given_back() {
	statistics
	[ "${COUNT[hashMemory]}" -le $((HELD - ASKED)) ]
}

# others have nothing to give back when it counts
echo 3 >/proc/sys/vm/drop_caches
router destination=10.8.0.9:2055 active_timeout=3600 inactive_timeout=3600
# what the kernel keeps at hand for messages, it has from now on
packets --src 10.9.0.2+50000 --sport 1+2 --flows $((FLOWS / 2)) --count $((FLOWS / 2)) --size 0
export_all
packets --src 10.9.0.2+50000 --sport 1+4 --flows $FLOWS --count $FLOWS --size 0
resting
counts_are "all flows are in the tables" hashFlows $FLOWS
available
before=$KB
ask "to no collector"
compare "there was something to ask for" "$ASKED" '>=' $((FLOWS * 81 / 8))
wait_for at_rest
available
compare "available memory rises by what was asked for" $(((KB - before) * 100)) '>=' $((ASKED / 1024 * PERCENT))
diag "held $HELD, asked $ASKED, available $((KB - before)) kB more, after $MS ms"
is "the flows that are gone were evicted" "${COUNT[evictedFlows]}" $((FLOWS - COUNT[hashFlows]))

recorder_start all 2055
setting destination 127.0.0.1:2055
counts evictedFlows
evicted=$COUNTS
ask "to a collector"
wait_for at_rest
counts "evictedFlows hashFlows lostFlows"
recorder_stop all
all=$(grep -c '^flow ' "$RECORDER")
short=$(grep -c '^flow .* flowEndReason=5' "$RECORDER")
compare "flows were exported" "$all" '>' 0
is "... as many as were evicted, for want of resources" "$all $short" \
	"$((COUNT[evictedFlows] - evicted)) $((COUNT[evictedFlows] - evicted))"
is "none was lost" "${COUNT[lostFlows]}" 0
law_holds "with the rest in the tables"

done_testing
