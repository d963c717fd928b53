#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The content of records: one packet of each protocol, IPv4 and IPv6, with extension headers, in
# fragments, truncated, malformed, non-linear.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# Each packet has its own source address, by which its record is found.
NEXT=100
SIZE=100
TITLES=()
LINES_SENT=''
declare -A MATCH NAMES VALUES

# sent TITLE 4|6 "TRAFFIC-OPTION..." "NAME..." "VALUE...": add a packet to be sent, and the content
# of its record, in addition to one packet and its octets. Two lines are two records.
sent() {
	local title="IPv$2 $1"
	NEXT=$((NEXT + 1))
	if [ "$2" = 4 ]; then
		LINES_SENT+="--tun t0 --src 10.9.0.$NEXT --dst 10.8.0.2 --size $SIZE $3"$'\n'
		MATCH[$title]=sourceIPv4Address=10.9.0.$NEXT
	else
		LINES_SENT+="--tun t0 --src fd00:9::$NEXT --dst fd00:8::2 --size $SIZE $3"$'\n'
		MATCH[$title]=sourceIPv6Address=fd00:9::$NEXT
	fi
	TITLES+=("$title")
	NAMES[$title]="packetDeltaCount octetDeltaCount $4"
	VALUES[$title]=$5
}

# send_all: send all these packets, by one process.
send_all() {
	local title octets _
	"$NETFLOW_TOOLS/traffic" - <<<"${LINES_SENT%$'\n'}" >"$TMP/sent" || bail "no traffic"
	for title in "${TITLES[@]}"; do
		read -r _ _ _ octets _
		VALUES[$title]="1 $octets ${VALUES[$title]//$'\n'/$'\n'1 $octets }"
	done <"$TMP/sent"
}

recorder_start all "2055"
collector_start nfdump 2056 || bail "no nfcapd"
router destination=127.0.0.1:2055,127.0.0.1:2056 active_timeout=600 inactive_timeout=600
rules "$IPTABLES" 'mangle POSTROUTING -o d0 -d 10.88.0.0/16' 'raw OUTPUT -o d0' 'raw OUTPUT -o lo -p udp --dport 99'
rules "$IP6TABLES" 'mangle POSTROUTING -o d0 -d fd00:88::/64' 'raw OUTPUT -o d0'
at_exit "rules $IPTABLES 'mangle -'; rules $IP6TABLES 'mangle -'"
ip route add 10.88.0.0/16 via 10.8.0.99
ip route add fd00:88::/64 via fd00:8::99
read -r t0 </sys/class/net/t0/ifindex
read -r d0 </sys/class/net/d0/ifindex

# --- protocols ---

ports='template protocolIdentifier sourceTransportPort destinationTransportPort tcpControlBits'
port="--sport 4321 --dport 80"
for family in 4 6; do
	id=$((family == 4 ? 256 : 257))
	sent "TCP, all flags" $family "--proto tcp $port --flags 255" "$ports" "$id 6 4321 80 255"
	sent "UDP" $family "--proto udp $port" "$ports" "$id 17 4321 80 0"
	sent "UDP-Lite" $family "--proto udplite $port" "$ports" "$id 136 4321 80 0"
	sent "SCTP" $family "--proto sctp $port" "$ports" "$id 132 4321 80 0"
	sent "DCCP" $family "--proto dccp $port" "$ports" "$id 33 4321 80 0"
	sent "ESP" $family "--proto esp --sport 4321" "template protocolIdentifier ipsecSPI" \
		"$((id == 256 ? 263 : 264)) 50 4321"
	sent "AH" $family "--proto ah --sport 4321" "template protocolIdentifier ipsecSPI" \
		"$((id == 256 ? 263 : 264)) 51 4321"
	plain="$((id == 256 ? 266 : 267))"
	sent "GRE" $family "--proto gre" "template protocolIdentifier sourceTransportPort" "$plain 47 -"
	sent "unknown protocol" $family "--proto 253" "template protocolIdentifier" "$plain 253"
	# one packet with headers in fragments of the skb: more than a page
	sent "TCP, not linear" $family "--proto tcp $port --flags 2 --size 5000" "$ports" "$id 6 4321 80 2"
	sent "UDP, not linear" $family "--proto udp $port --size 5000" "$ports" "$id 17 4321 80 0"
	sent "UDP header cut short" $family "--proto udp --no-ports --size 3" "$ports" "$id 17 0 0 0"
	sent "class of service, all 8 bits" $family "--tos 255" "ipClassOfService ipVersion" "255 $family"
	sent "interface and direction" $family "" "ingressInterface egressInterface flowDirection" "$t0 0 0"
done
sent "ICMP" 4 "--proto icmp --icmp 0x0301" "template icmpTypeCodeIPv4 sourceTransportPort" "258 769 -"
sent "ICMPv6" 6 "--proto icmp6 --icmp 0x8000" "template icmpTypeCodeIPv6 sourceTransportPort" "259 32768 -"
sent "IGMP" 4 "--proto igmp" "template igmpType" "265 22"
sent "options in the header" 4 "--options 40 $port" "$ports" "256 17 4321 80 0"
sent "flow label" 6 "--label 0xabcde" "flowLabelIPv6" 703710
sent "extension headers" 6 "--exthdrs 0,60,43,60 $port" "$ports" "257 17 4321 80 0"
sent "eleven extension headers" 6 "--exthdrs 60,60,60,60,60,60,60,60,60,60,60 $port" "$ports" "257 17 4321 80 0"
# at the limit the walk ends, and the last next header is taken as the protocol
sent "more extension headers than are looked at" 6 "--exthdrs 60,60,60,60,60,60,60,60,60,60,60,60,60,60 $port" \
	"template protocolIdentifier" "267 60"

# --- destinations and routes ---

sent "next hop, as it leaves" 4 "--dst 10.88.0.1" "ingressInterface egressInterface flowDirection ipNextHopIPv4Address" \
	"$t0 0 0 0.0.0.0"$'\n'"$t0 $d0 1 10.8.0.99"
sent "next hop, as it leaves" 6 "--dst fd00:88::1" "ingressInterface egressInterface flowDirection ipNextHopIPv6Address" \
	"$t0 0 0 ::"$'\n'"$t0 $d0 1 fd00:8::99"

send_all

# --- fragments: their flows are distinguished by the addresses ---

packets --src 10.9.0.3 --size 2000 --fragments 3 --sport 4321 --dport 80
four=$SENT_OCTETS
packets6 --src fd00:9::3 --size 2000 --fragments 3 --sport 4321 --dport 80
six=$SENT_OCTETS

# --- a large packet of a local process, non-linear in OUTPUT ---

traffic --socket --src 127.0.0.1 --dst 127.0.0.1 --dport 99 --size 60000 --tos 4
local_octets=$SENT_OCTETS

# --- invalid headers, which only a raw socket can send ---

statistics
before="${COUNT[inPackets]} ${COUNT[dropPackets]}"
# shellcheck disable=SC2016 # expanded by Perl
ok "a raw socket sends malformed headers" perl -MSocket=:all -e '
	socket(my $s, AF_INET, SOCK_RAW, 255) or die;
	my $to = pack_sockaddr_in(0, inet_aton("10.8.0.7"));
	for my $first (0x55, 0x75, 0x15) {
		send($s, pack("H*", sprintf("%02x", $first) . "00" x 39), 0, $to) or die $!;
	}
	socket($s, AF_INET6, SOCK_RAW, 255) or die;
	send($s, pack("H*", "40" . "00" x 47), 0, pack_sockaddr_in6(0, inet_pton(AF_INET6, "fd00:8::7")))
		or die $!;'
counts_are "they are counted, and not metered" "dropPackets dropBytes" "4 168"

# --- random packets: with an octet changed, and truncated ---

flush
statistics
before=${COUNT[inPackets]}
packets --src 10.9.0.66 --fuzz 7 --count 1500 --proto tcp --options 8
packets6 --src fd00:9::66 --fuzz 9 --count 1500 --exthdrs 0,60 --fragments 2 --size 200
packets6 --src fd00:9::66 --fuzz 11 --count 500 --proto icmp6 --exthdrs 43 --cut 60
statistics
compare "most invalid packets reach the rules" $((COUNT[inPackets] - before)) '>' 2000
law_holds "invalid packets are metered"
flush
until_true 300 at_rest

# --- the exported records ---

counts_are "all was exported" "hashPackets lostPackets" "0 0"
counts "outFlows outPackets outBytes"
recorder_stop all
collector_stop nfdump
messages_right "all messages are right"
for title in "${TITLES[@]}"; do
	fields_are "$title" "${NAMES[$title]}" "${VALUES[$title]}" "${MATCH[$title]}"
done
# the first fragment by its ports, the others as one flow
recorded flow 'packetDeltaCount sourceTransportPort destinationTransportPort octetDeltaCount' sourceIPv4Address=10.9.0.3
first=${RECORDED%%$'\n'*}
rest=${RECORDED##*$'\n'}
[[ $first == 1* ]] || { first=$rest && rest=${RECORDED%%$'\n'*}; }
is "IPv4 fragments: the first has ports, the others together have none" \
	"${first% *}, ${rest% *}, $((${first##* } + ${rest##* }))" "1 4321 80, 2 0 0, $four"
recorded flow 'packetDeltaCount sourceTransportPort destinationTransportPort octetDeltaCount' sourceIPv6Address=fd00:9::3
first=${RECORDED%%$'\n'*}
rest=${RECORDED##*$'\n'}
[[ $first == 1* ]] || { first=$rest && rest=${RECORDED%%$'\n'*}; }
is "IPv6 fragments: the same" "${first% *}, ${rest% *}, $((${first##* } + ${rest##* }))" \
	"1 4321 80, 2 0 0, $six"
fields_are "a local packet of 60,000 octets" "destinationTransportPort packetDeltaCount octetDeltaCount" \
	"99 1 $local_octets" ipClassOfService=4
recorded_sums
is "sums of all records are those of the statistics" "$RECORDED" "$COUNTS"
is "nfdump has the same sums" "$(total nfdump)" "$RECORDED"

done_testing
