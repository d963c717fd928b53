#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flood of new flows does no harm to a small machine most of whose memory a process has: no
# process is killed, each packet is accounted for, nearly as many packets are forwarded as
# without the module, no ping is lost, and the tables give their memory back. With the
# defaults, for IPv4, IPv6 and wide flows, each connection translated and its events exported.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/pktgen.sh
. "$NETFLOW_TOP/tests/pktgen.sh"

FLOOD=300000
PART=4		# of this part of RAM the process takes nothing
PERCENT=95	# of the packets without the module

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

# hold: a process takes all but a part of the memory and keeps it: tail, whose input does not end.
hold() {
	local total size
	echo 3 >/proc/sys/vm/drop_caches
	meminfo MemTotal
	total=$KB
	meminfo MemAvailable
	size=$(((KB - total / PART) * 1024))
	diag "RAM $total kB, available $KB kB, taken $((size / 1024)) kB"
	[ $size -gt 0 ] || return
	mkfifo "$TMP/hold"
	spawn '' tail -c $size <>"$TMP/hold" >/dev/null
	HOLDER=$PID
	head -c $size /dev/zero >"$TMP/hold"
	wait_for process_sleeps "$HOLDER"
}

# ping_on: 20 pings through the router, again and again
ping_on() {
	until [ -e "$TMP/enough" ]; do
		ip netns exec client ping -n -q -c 20 -i 0.01 -W "$PATIENCE" 10.2.0.2
	done >"$TMP/pings" 2>&1
}

# pinged: how many were sent and how many answered, into PINGS and ANSWERS
pinged() {
	local lines line
	PINGS=0 ANSWERS=0
	mapfile -t lines <"$TMP/pings"
	for line in "${lines[@]}"; do
		[[ $line =~ ^([0-9]+)\ packets\ transmitted,\ ([0-9]+)\ received ]] || continue
		PINGS=$((PINGS + BASH_REMATCH[1]))
		ANSWERS=$((ANSWERS + BASH_REMATCH[2]))
	done
}

pinged_more() {
	pinged
	[ "$PINGS" -gt "$1" ]
}

# forwards COMMAND...: packets that the router forwards meanwhile, into FORWARDED
forwards() {
	local file=/sys/class/net/d0/statistics/tx_packets before
	before=$(<$file)
	"$@"
	FORWARDED=$(($(<$file) - before))
}

flood4() {
	pktgen_aim 0 $FLOOD
	pktgen_fire
}

flood6() {
	packets6 --src fd00:9::2+30000 --sport 1+10 --flows $FLOOD --count $FLOOD --size 10 ||
		bail "no traffic"
}

all_seen() {
	statistics
	[ $((COUNT[inPackets] + COUNT[dropPackets] - SEEN)) = $FLOOD ]
}

# flood NAME COMMAND OCTETS: a flood with the module; the tables have no more than maxflows of
# so many octets, and what they have besides: the first pieces, arrays that have doubled, and
# chunks of the flood before in which few flows are left, a sixteenth
flood() {
	statistics
	SEEN=$((COUNT[inPackets] + COUNT[dropPackets]))
	pinged
	forwards "$2"
	diag "$1: forwarded $FORWARDED, ${WITHOUT[$2]} without the module" \
		"$(grep ^Memory: /proc/net/stat/ipt_netflow)"
	compare "$1: packets are forwarded" $((FORWARDED * 100)) '>=' $((WITHOUT[$2] * PERCENT))
	ok "$1: each packet was seen" wait_for all_seen
	compare "$1: the tables are bounded" "${COUNT[hashMemory]}" '<=' \
		$(($(setting maxflows) * $3 * 17 / 16 + 4 * 65536 + 262144))
	ok "$1: pings are answered meanwhile" wait_for pinged_more "$PINGS"
}

# flood_without COMMAND
flood_without() {
	forwards "$1"
	WITHOUT[$1]=$FORWARDED
	compare "without the module packets are forwarded" "$FORWARDED" '>' $((FLOOD / 2))
	killed
	is "... and no process is killed" "$KILLED" "$before"
}

no_memory_held() {
	statistics
	[ "${COUNT[hashMemory]}" = 0 ]
}

declare -A WITHOUT

# the kernel may say that others find no memory
echo "netflow-test: memory runs out" >/dev/kmsg
killed
before=$KILLED
topology
nft -f - <<-'END' || bail "no NAT"
	table ip small {
		chain postrouting {
			type nat hook postrouting priority 100;
			oifname "d0" snat ip prefix to ip saddr map { 20.0.0.0/8 : 30.0.0.0/8 }
		}
	}
	table ip6 small {
		chain postrouting {
			type nat hook postrouting priority 100;
			oifname "d0" snat ip6 prefix to ip6 saddr map { fd00:9::/64 : fd00:30::/64 }
		}
	}
END
at_exit "nft delete table ip small; nft delete table ip6 small"
router destination=127.0.0.1:2055 natevents=1 inactive_timeout=3600
is "maxflows follows the machine" "$(setting maxflows)" "$(maxflows_initial)"
pktgen_ready
"$IPTABLES" -t raw -D PREROUTING -i p0 -j DROP
ping_on &
pinger=$!
at_exit "touch '$TMP/enough'; wait $pinger"
hold

module_unload || bail "the module does not unload"
flood_without flood4
flood_without flood6

module_load destination=127.0.0.1:2055 natevents=1 inactive_timeout=3600 || bail "no module"
rules "$IPTABLES" 'raw PREROUTING -i t0' 'raw PREROUTING -i p0'
rules "$IP6TABLES" 'raw PREROUTING -i t0'
flood IPv4 flood4 81
flood IPv6 flood6 145
setting fields mac || bail "no extra fields"
flood wide flood6 290
compare "flows were evicted" "$(counter evictedFlows)" '>' 0
compare "sessions of NAT were exported" "$(counter natStart)" '>' 0
meminfo MemTotal
compare "their table is bounded" "$(counter natMemory)" '<=' $((KB * 1024 / 32))
flush
ok "tables without flows have no memory" wait_for no_memory_held

touch "$TMP/enough"
finished $pinger
pinged
compare "pings went through the router" "$PINGS" '>=' 60
is "... and none was lost" "$ANSWERS" "$PINGS"
killed
is "no process was killed" "$KILLED" "$before"
ok "... nor the one that has most memory" kill -0 "$HOLDER"

done_testing
