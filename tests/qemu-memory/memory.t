#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The machine runs out of memory repeatedly, while packets of new flows arrive and flows time
# out and are sent. Packets without memory for an entry are counted as such, every other
# packet is exported, and operation continues when memory is available again.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/pktgen.sh
. "$NETFLOW_TOP/tests/pktgen.sh"

KILLS=${KILLS:-10} BURST=100000
LEFT=100000	# kB of available memory before hungry starts

# memory_setting NAME VALUE: change a setting of the kernel until the end of the file.
memory_setting() {
	at_exit "echo $(<"/proc/sys/vm/$1") >/proc/sys/vm/$1"
	echo "$2" >"/proc/sys/vm/$1"
}

# little_memory: fill most of the memory with a file.
little_memory() {
	local name size rest free
	# otherwise the kernel would reclaim unused page cache page by page
	echo 3 >/proc/sys/vm/drop_caches
	while read -r name size rest; do
		[ "$name" != MemAvailable: ] || free=$size
	done </proc/meminfo
	: "$rest"
	mkdir "$TMP/ballast"
	mount -t tmpfs -o size=4G ballast "$TMP/ballast" || bail "no tmpfs"
	at_exit "umount '$TMP/ballast' 2>/dev/null"
	head -c $(((free - LEFT) * 1024)) /dev/zero >"$TMP/ballast/file"
}

# hungry: run one process after the other that allocates all memory.
hungry() {
	until [ -e "$TMP/enough" ]; do
		"$NETFLOW_TOOLS/hungry"
		[ $? != 137 ] || echo killed >>"$TMP/kills"
	done >/dev/null 2>&1
}

# scarce SECONDS: wait until memory is as scarce as just before the OOM killer runs.
scarce() {
	local end=$((SECONDS + $1)) name size rest
	while [ $SECONDS -lt "$end" ]; do
		while read -r name size rest; do
			[ "$name" != MemFree: ] || break
		done </proc/meminfo
		[ "$size" -ge 2000 ] || return 0
	done
	: "$rest"
	return 1
}

# missed: memory was missing for an entry, or to export a flow that was evicted for one.
missed() {
	law_read '' && [ $((LAW[no_memory] + LAW[dropped])) -gt 0 ]
}

# discarded: set DISCARDED to the IPv4 packets that the kernel dropped before any hook. The
# packets of pktgen are shared skbs, and the kernel has to copy each.
discarded() {
	local lines words
	mapfile -t lines </proc/net/snmp
	read -ra words <<<"${lines[1]}"
	DISCARDED=${words[8]}
}

kills() {
	mapfile -t KILLED <"$TMP/kills"
	[ ${#KILLED[@]} -ge "$KILLS" ]
}

# recorder_dropped: set DROPPED to the messages that its socket did not accept. When memory
# is short, the kernel does not deliver skbs from its reserves to ordinary sockets.
recorder_dropped() {
	local lines line words
	mapfile -t lines </proc/net/udp6
	for line in "${lines[@]}"; do
		read -ra words <<<"$line"
		[[ ${words[1]} != *:0807 ]] || DROPPED=${words[-1]}
	done
}

# Messages of the kernel about memory are expected from here on (see tests/suite).
echo "netflow-test: memory runs out" >/dev/kmsg
# keep the reserve for atomic allocations small and constant
memory_setting oom_dump_tasks 0
memory_setting watermark_boost_factor 0
memory_setting min_free_kbytes 512
echo -900 >/proc/self/oom_score_adj

: >"$TMP/kills"
recorder_start all "--totals 2055"
tun t1
router destination=127.0.0.1:2055 active_timeout=2 inactive_timeout=2 maxflows=200000
rules "$IP6TABLES" 'raw PREROUTING -i t1'
pktgen_ready
little_memory
"$NETFLOW_TOOLS/traffic" --tun t1 --cpu 1 --src fd00:9::2+60000 --dst fd00:8::2 --sport 1+60000 \
	--flows 4000000000 --count 4000000000 --rate 1000 --size 10 >"$TMP/six" &
six=$!
at_exit "stop $six"
discarded
before=$DISCARDED
hungry &
hunger=$!
at_exit "touch '$TMP/enough'; pkill -KILL hungry; wait $hunger 2>/dev/null"
end=$((SECONDS + 300))
sent=0
until { kills && missed; } || [ $SECONDS -ge $end ]; do
	pktgen_aim $sent $BURST
	scarce 20
	pktgen_fire
	sent=$((sent + BURST))
	until_true 300 at_rest
done
touch "$TMP/enough"
pkill -KILL hungry
wait $hunger
stop $six
umount "$TMP/ballast"
read -r _ packets6 _ octets6 _ <"$TMP/six"
discarded
sent=$((sent - DISCARDED + before))
all_seen() {
	statistics
	[ $((COUNT[inPackets] + COUNT[dropPackets])) = $((sent + packets6)) ]
}
compare "memory has run out $KILLS times" ${#KILLED[@]} '>=' "$KILLS"
law_read ''
compare "... also for flows" $((LAW[no_memory] + LAW[dropped])) '>' 0
ok "each packet was seen" until_true 300 all_seen
is "... and each octet" $((COUNT[inBytes] + COUNT[dropBytes])) $((sent * PKTGEN_SIZE + octets6))
flush
ok "all flows are sent" until_true 300 at_rest
statistics
law_read ''
diag "$((sent + packets6)) packets, $((DISCARDED - before)) besides could not be received; no entry for ${LAW[no_memory]}, lost ${COUNT[lostPackets]} (${LAW[dropped]} dropped, ${LAW[withheld]} withheld, ${LAW[unmade]} not made, ${LAW[unsent]} not sent); out of memory ${#KILLED[@]} times"
is "entries were missing only for lack of memory" "${LAW[no_memory]}" "${COUNT[dropPackets]}"
before=${COUNT[dropPackets]}
packets --dport 99 --count 1000 --flows 10
packets6 --dport 99 --count 1000 --flows 10
resting
is "with memory every packet has an entry" "${COUNT[dropPackets]}" "$before"
flush
ok "... and is exported" until_true 300 at_rest
law_read ''
recorder_dropped
recorder_stop all
recorded total "packets octets problems" port=2055
if [ "$DROPPED" = 0 ]; then
	is "the collector has exactly what was sent by the account" "$RECORDED" "${LAW[sent]} ${LAW[sent_octets]} 0"
else
	diag "the kernel dropped $DROPPED messages from the collector's socket"
	read -r packets octets _ <<<"$RECORDED"
	compare "the collector has at most what was sent by the account" "$packets" '<=' "${LAW[sent]}"
fi
router_rules_gone
ok "the module is unloaded" rmmod ipt_NETFLOW

done_testing
