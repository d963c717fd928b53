#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flood of new flows does no harm to a small machine most of whose memory is taken:
# no process is killed, each packet is accounted for, and the tables give their memory
# back. With the defaults, for IPv4, IPv6 and wide flows, NAT events on.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/pktgen.sh
. "$NETFLOW_TOP/tests/pktgen.sh"

FLOOD=300000
PART=4	# of this part of RAM nobody takes anything

# meminfo NAME: kB, into KB
meminfo() {
	local name size rest
	while read -r name size rest; do
		[ "$name" != "$1:" ] || KB=$size
	done </proc/meminfo
	: "$rest"
}

# killed: processes that the OOM killer has ended, into KILLED
killed() {
	local name count
	while read -r name count; do
		[ "$name" != oom_kill ] || KILLED=$count
	done </proc/vmstat
}

# ballast: most of what is free goes into a file, which cannot be had back.
ballast() {
	local total
	echo 3 >/proc/sys/vm/drop_caches
	meminfo MemTotal
	total=$KB
	meminfo MemAvailable
	mkdir "$TMP/ballast"
	mount -t tmpfs -o size=4G ballast "$TMP/ballast" || bail "no tmpfs"
	at_exit "umount '$TMP/ballast'"
	[ "$KB" -le $((total / PART)) ] ||
		head -c $(((KB - total / PART) * 1024)) /dev/zero >"$TMP/ballast/file"
}

# all_seen PACKETS: so many more than before, counted or dropped for a cause.
seen_before() {
	statistics
	BEFORE=$((COUNT[inPackets] + COUNT[dropPackets]))
}
all_seen() {
	statistics
	[ $((COUNT[inPackets] + COUNT[dropPackets] - BEFORE)) = "$1" ]
}

# bounded WHAT OCTETS: the tables had no more than maxflows of that size, and what they
# have besides: the first pieces, and arrays that have doubled
bounded() {
	compare "$1: the tables are bounded" "${COUNT[hashMemory]}" '<=' \
		$(($(setting maxflows) * $2 + 4 * 65536 + 262144))
}

# flood6 NAME: as many flows of IPv6, in turn.
flood6() {
	seen_before
	"$NETFLOW_TOOLS/traffic" --tun t0 --src fd00:9::2+30000 --dst fd00:8::2 --sport 1+10 \
		--flows $FLOOD --count $FLOOD --size 10 >"$TMP/six" || bail "no traffic"
	read -r _ SENT6 _ <"$TMP/six"
	ok "$1: each packet was seen" until_true 300 all_seen "$SENT6"
}

no_memory_held() {
	statistics
	[ "${COUNT[hashMemory]}" = 0 ]
}

# the kernel may say that others find no memory
echo "netflow-test: memory runs out" >/dev/kmsg
killed
before=$KILLED
router destination=127.0.0.1:2055 natevents=1 inactive_timeout=3600
is "maxflows follows the machine" "$(setting maxflows)" "$(maxflows_initial)"
pktgen_ready
ballast

seen_before
pktgen_aim 0 $FLOOD
pktgen_fire
ok "IPv4: each packet was seen" until_true 300 all_seen $FLOOD
bounded IPv4 81
flood6 IPv6
bounded IPv6 145
setting fields mac || bail "no extra fields"
flood6 wide
bounded wide 290
compare "flows were evicted" "$(counter evictedFlows)" '>' 0
killed
is "no process was killed" "$KILLED" "$before"
flush
ok "tables without flows have no memory" until_true 300 no_memory_held

done_testing
