#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NetFlow 5, NetFlow 9 and IPFIX at once, with a destination each: every collector has exactly
# what was sent. IPv6 flows cannot be sent by NetFlow 5 and are counted, and a flow that exceeds
# its counters is sent in several records.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# Sums of the sent packets: "records packets octets", of IPv4 and of all.
FOUR=(0 0 0) ALL=(0 0 0)
send() {
	traffic --tun t0 "$@" || bail "no traffic"
	ALL=($((ALL[0] + SENT_FLOWS)) $((ALL[1] + SENT_PACKETS)) $((ALL[2] + SENT_OCTETS)))
	[[ $* == *fd00:* ]] ||
		FOUR=($((FOUR[0] + SENT_FLOWS)) $((FOUR[1] + SENT_PACKETS)) $((FOUR[2] + SENT_OCTETS)))
}

# all_have WHAT: the collectors of all protocols have the sums.
all_have() {
	is "$1: nfcapd has it by NetFlow 5" "$(total five)" "${FOUR[*]}"
	is "$1: nfcapd has it by NetFlow 9" "$(total nine)" "${ALL[*]}"
	is "$1: nfcapd has it by IPFIX" "$(total ten)" "${ALL[*]}"
}

tun t0
sink '' d0
log_start
recorder_start all "--totals 2061 2062 2063"
for collector in five=2055 nine=2056 ten=2057; do
	collector_start "${collector%=*}" "${collector#*=}" || bail "no nfcapd"
done
nfacctd_start nfacctd 2058 || bail "no nfacctd"
capture_start export '' lo 'udp portrange 2055-2057'
module_load active_timeout=600 inactive_timeout=600 protocol=9 \
	destination=127.0.0.1:2055/5,127.0.0.1:2056,127.0.0.1:2057/ipfix,127.0.0.1:2058/v9,127.0.0.1:2061/v5,127.0.0.1:2062/9,127.0.0.1:2063/10 ||
	bail "no module"
like "protocol 9, as ipt-netflow shows it" "$(sed -n 2p /proc/net/stat/ipt_netflow)" \
	'^Protocol version 9 \(netflow\), refresh-rate 200, timeout-rate 1, \(templates 30, active [0-9]+\)\.$'
like "the protocol of a destination is shown" "$(grep ^sock /proc/net/stat/ipt_netflow)" \
	'sock0: 127.0.0.1:2055/5[ ,].*sock1: 127.0.0.1:2056[ ,].*sock2: 127.0.0.1:2057/10[ ,]'
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
"$IP6TABLES" -t raw -A PREROUTING -i t0 -j NETFLOW

# --- the same flows by each protocol ---

four=(--src 10.9.0.2+20 --dst 10.8.0.2+5 --sport 1000+100)
send "${four[@]}" --proto tcp --flags 18 --dport 80 --flows 1000 --count 5000 --size 400
send "${four[@]}" --proto udp --dport 53 --flows 500 --count 1000 --tos 184
for proto in icmp igmp esp gre sctp; do
	send --src 10.9.0.2+20 --dst 10.8.0.2+5 --proto $proto --flows 100 --count 300
done
export_all
send --src fd00:9::2+20 --dst fd00:8::2+5 --sport 1000+100 --proto tcp --flows 1000 --count 3000 --size 99
six="$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
send --src fd00:9::2+20 --dst fd00:8::2+5 --proto icmp6 --flows 100 --count 200 --icmp 0x8000
six="$((${six%% *} + SENT_FLOWS)) $(($(cut -d' ' -f2 <<<"$six") + SENT_PACKETS)) $((${six##* } + SENT_OCTETS))"
# both families, in one run of the exporter
send "${four[@]}" --proto udp --dport 54 --flows 500 --count 500
export_all
is "each flow counts as exported once" "$(counter outFlows) $(counter outPackets) $(counter outBytes)" "${ALL[*]}"
is "IPv6 was not sent by NetFlow 5" \
	"$(counter withheldFlows) $(counter withheldPackets) $(counter withheldBytes)" "$six"
is "... but by the others: nothing is lost" "$(counter lostPackets) $(counter lostWithheldPackets)" "0 0"

# --- more than 32 bits ---

send --src 10.9.0.9 --dst 10.8.0.9 --sport 9 --dport 9 --count 67000 --size 65000 --cpu 0
octets=$SENT_OCTETS
compare "a flow has more octets than fit into 32 bits" "$octets" '>' 4294967295
# it is sent in two records to the NetFlow 5 destination, and in one to the others
FOUR[0]=$((FOUR[0] + 1))
export_all
capture_stop export
for collector in five nine ten nfacctd; do
	collector_stop "$collector"
done
nfacctd_wait nfacctd "${ALL[1]}"
recorder_stop all
all_have "records, packets, octets"
is "the large flow, by NetFlow 5" "$(total five 'dst port 9' | cut -d' ' -f2-)" "67000 $octets"
read -r _ packets octets <<<"$(nfacctd_total nfacctd)"
is "nfacctd has all packets and octets by NetFlow 9" "$packets $octets" "${ALL[*]:1}"

# --- the content of the messages is correct ---

messages_right "all messages are right"
for port in 2061 2062 2063; do
	[ $port = 2061 ] && sent="${FOUR[*]}" || sent="${ALL[*]}"
	recorded total 'flows packets octets gaps problems' port=$port
	is "the strict decoder has all, in sequence: port $port" "$RECORDED" "$sent 0 0"
done
recorded message version port=2061
is "each destination has its protocol: 5" "$(sort -u <<<"$RECORDED")" 5
recorded message version port=2062
is "... 9" "$(sort -u <<<"$RECORDED")" 9
recorded message version port=2063
is "... 10" "$(sort -u <<<"$RECORDED")" 10
recorded options 'scope2 interfaceName' port=2062 interfaceName=d0
is "NetFlow 9 has names of interfaces, with their scope" "$(sort -u <<<"$RECORDED")" "$(cat /sys/class/net/d0/ifindex) d0"
ok "... and statistics, with the scope system" has options port=2062 template=300 scope1=0
for port in 2055 2056 2057; do
	capture_messages export $port >"$TMP/tshark"
	compare "tshark reads port $port" "$(grep -c 'Cisco NetFlow/IPFIX' "$TMP/tshark")" '>' 20
	is "... and finds no fault" \
		"$(grep -iE 'malformed|Expert Info \((Error|Warn)|unexpected|No template' "$TMP/tshark" | head -n 3)" ''
done
# compare flow by flow, as tshark decodes NetFlow 9 and nfdump each protocol
records five '%sa %da %sp %dp %pr %flg %pkt %byt' 'dst port 80' | sort >"$TMP/by-five"
records nine '%sa %da %sp %dp %pr %flg %pkt %byt' 'inet and dst port 80' | sort >"$TMP/by-nine"
records ten '%sa %da %sp %dp %pr %flg %pkt %byt' 'inet and dst port 80' | sort >"$TMP/by-ten"
is "1000 flows" "$(wc -l <"$TMP/by-ten")" 1000
ok "NetFlow 9 has the same as IPFIX, flow by flow" diff "$TMP/by-ten" "$TMP/by-nine"
ok "... and so has NetFlow 5" diff "$TMP/by-ten" "$TMP/by-five"
# Times: NetFlow's header has whole seconds, so times may be a second early.
records ten '%ts %te' 'dst port 53' | sort | sed -n '1p;$p' >"$TMP/times10"
records five '%ts %te' 'dst port 53' | sort | sed -n '1p;$p' >"$TMP/times5"
records nine '%ts %te' 'dst port 53' | sort | sed -n '1p;$p' >"$TMP/times9"
early() {
	python3 - "$TMP/times10" "$TMP/$1" <<-'END'
		import datetime, sys
		def times(path):
		    words = open(path).read().split()
		    return [datetime.datetime.fromisoformat(" ".join(words[i:i + 2])) for i in range(0, len(words), 2)]
		early = [(a - b).total_seconds() for a, b in zip(times(sys.argv[1]), times(sys.argv[2]))]
		print("right" if len(early) == 4 and all(-0.1 < e < 1.1 for e in early) else early)
	END
}
is "times of NetFlow 9 are those of IPFIX, or a second less" "$(early times9)" right
is "the same for NetFlow 5" "$(early times5)" right

# --- NetFlow 5 alone ---

log_count 'IPv6 flows are counted, but cannot be exported'
is "no message about IPv6 while it is exported" "$LOG_COUNT" 0
recorder_start alone 2064
setting protocol 5
setting destination 127.0.0.1:2064
is "protocol 5, as ipt-netflow shows it" "$(sed -n 2p /proc/net/stat/ipt_netflow)" "Protocol version 5 (netflow)"
setting flush 2
FOUR=(0 0 0)
send "${four[@]}" --dport 81 --flows 100 --count 300
send --src fd00:9::2+20 --dst fd00:8::2+5 --flows 100 --count 250 --size 10
export_all
is "IPv6 is lost, with this cause" \
	"$(counter lostFlows) $(counter lostPackets) $(counter lostBytes) $(counter lostWithheldFlows) $(counter lostWithheldPackets) $(counter lostWithheldBytes)" \
	"$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS $SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
is "IPv4 is exported" "$(counter outFlows) $(counter outPackets) $(counter outBytes)" "${FOUR[*]}"
law_holds "NetFlow 5 and both families"
like "the statistics show it" "$(grep '^Not exportable' /proc/net/stat/ipt_netflow)" \
	"^Not exportable by NetFlow 5: 100 flows, 250 pkts, .* to no destination 100 flows, 250 pkts, "
"$IP6TABLES" -t raw -A PREROUTING -i d0 -j NETFLOW
logged_once "one line of the log says that IPv6 is not exported" 'IPv6 flows are counted, but cannot be exported'
until_true 120 has_count flow 100
recorder_stop alone
sums_are "the collector has IPv4" "${FOUR[*]}"
messages_right "in messages that are right"

done_testing
