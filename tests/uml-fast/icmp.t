#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A collector that answers with all kinds of ICMP errors at a high rate, or an attacker who forges
# them: other collectors still receive every flow, each lost flow is counted, and when the errors
# end the export recovers.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

EVIL=10.8.0.66 PORT=2057
EVIL_HEX=0a080042 OURS_HEX=0a080001 PORT_HEX=0809

# checksum HEX: set SUM to the checksum of 16-bit words.
checksum() {
	local i sum=0
	for ((i = 0; i < ${#1}; i += 4)); do
		sum=$((sum + 0x${1:i:4}))
	done
	while [ $((sum >> 16)) != 0 ]; do
		sum=$(((sum & 0xffff) + (sum >> 16)))
	done
	printf -v SUM %04x $((0xffff - sum))
}

# from_port: set FROM to the source port of the session with EVIL, as four hexadecimal digits.
from_port() {
	local lines line words
	FROM=''
	mapfile -t lines </proc/net/udp
	for line in "${lines[@]}"; do
		read -ra words <<<"$line"
		[ "${words[2]:-}" != "4200080A:$PORT_HEX" ] || FROM=${words[1]#*:}
	done
	[ "$FROM" ]
}

# answer TYPE CODE REST COUNT: send ICMP that quotes a message to EVIL, in the background.
answer() {
	local quote message head
	# the attacker can choose the lengths and checksums of the quoted packet
	quote="4500021c0000400040110000$OURS_HEX$EVIL_HEX$FROM${PORT_HEX}02080000"
	printf -v message %02x%02x "$1" "$2"
	checksum "${message}0000$3$quote"
	message="$message$SUM$3$quote"
	head=45000038000000004001
	checksum "${head}0000$EVIL_HEX$OURS_HEX"
	spawn '' "$NETFLOW_TOOLS/traffic" --tun t1 --hex "$head$SUM$EVIL_HEX$OURS_HEX$message" --count "$4" --rate 2000 >/dev/null
}

TOTAL=(0 0 0)
send() {
	packets --proto udp --sport 1000+8000 --flows 40 --count 120 --size 30
	TOTAL=($((TOTAL[0] + SENT_FLOWS)) $((TOTAL[1] + SENT_PACKETS)) $((TOTAL[2] + SENT_OCTETS)))
	flush
}

# session: set REFUSED and FAILED to the messages of the first destination that failed by an ICMP
# "refused" error and by other errors.
session() {
	statistics
	read -r _ _ _ _ REFUSED FAILED _ <<<"${COUNT[sock0]}"
}

# attack: send errors of each kind, with flows in between.
attack() {
	local words
	for words in "${ANSWERS[@]}"; do
		from_port || fail "the session does not exist"
		# shellcheck disable=SC2086 # words
		answer $words 100
		send
		finished "$PID"
	done
}

recorder_start all 2055
ip tuntap add dev t1 mode tun
at_exit "ip link del t1"
ip link set t1 up
router active_timeout=600 inactive_timeout=600 destination=$EVIL:$PORT,127.0.0.1:2055
echo 0 >/proc/sys/net/ipv4/conf/t1/rp_filter
rules "$IPTABLES" 'raw -' 'raw PREROUTING -i t0'
ok "the session with the attacker is tracked" wait_for from_port

ANSWERS=("3 0 00000000" "3 1 00000000" "3 2 00000000" "3 3 00000000" "3 4 00000044" "3 4 00000000"
	"3 4 00000240" "3 4 0000ffff" "3 5 00000000" "3 9 00000000" "3 13 00000000" "4 0 00000000"
	"5 0 0a080002" "11 0 00000000" "12 0 14000000")
attack
is "answers with wrong checksums" "$(awk '$1 == "Icmp:" && $4 ~ /^[0-9]/ { print $4 }' /proc/net/snmp)" 0
session
compare "the session received errors" "$REFUSED" '>' 5
law_holds "two collectors"
counts_are "nothing is lost" "lostFlows lostPackets" "0 0"
wait_for has_count flow "${TOTAL[0]}"
sums_are "the other collector has every flow" "${TOTAL[*]}"

# --- the attacker alone ---

setting destination $EVIL:$PORT
wait_for from_port
TOTAL=(0 0 0)
counts inPackets
before=$COUNTS
attack
law_holds "one collector, that is the attacker"
counts inPackets
is "the module still meters" $((COUNTS - before)) "${TOTAL[1]}"
ok "when they end, waiting messages are sent" wait_for at_rest
send
ok "... and so are later flows" wait_for at_rest
law_holds "in the end"
counts_are "nothing is in the table or on its way" "hashFlows hashPackets hashBytes queuedPackets queuedBytes" \
	"0 0 0 0 0"
session
diag "$REFUSED messages were answered, $FAILED met another error; ${COUNT[lostPackets]} packets are counted as lost"
compare "the session received errors" "$REFUSED" '>' 5
# --- a path MTU that is smaller than any record and template ---

queued() {
	counts queuedPackets
	[ "$COUNTS" = "$1" ]
}

ip link set d0 mtu 100
setting destination $EVIL:2058
counts lostPackets
lost=$COUNTS
send
ok "messages that cannot be sent wait" wait_for queued "$SENT_PACKETS"
send
ok "... with later flows" wait_for queued $((2 * SENT_PACKETS))
law_holds "a narrow way"
ip link set d0 mtu 300
ok "they are sent when the path MTU grows" wait_for at_rest
ip link set d0 mtu 1500
counts_are "nothing is lost" lostPackets "$lost"
recorder_stop all
messages_right "all messages are right"
ok "the module is unloaded" module_unload

done_testing
