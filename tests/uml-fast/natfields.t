#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# natfields=1: records of translated flows have the addresses and ports after NAT, as in
# conntrack's table, from the first packet of a connection on, in FORWARD, POSTROUTING, INPUT
# and OUTPUT. Other records do not have the fields, and without natfields no record has.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/natevents.sh
. "$NETFLOW_TOP/tests/natevents.sh"

# Ports 1003 and above are not translated.
nat_rules() {
	"$IPTABLES-restore" <<-END || return
		*nat
		-A PREROUTING -i r0 -d 203.0.113.1 -j DNAT --to-destination 10.2.0.2
		-A PREROUTING -i r0 -p udp -d 203.0.113.4 -j DNAT --to-destination 10.1.0.1:7000-7009
		-A POSTROUTING -o r1 -p udp --dport 1000 -j MASQUERADE
		-A POSTROUTING -o r1 -p udp --dport 1001 -j SNAT --to-source 192.0.2.1-192.0.2.9:20000-40000
		-A POSTROUTING -o r1 -p tcp --dport 1000:1001 -j MASQUERADE --to-ports 20000-60000
		-A POSTROUTING -o r1 -p icmp --icmp-type 8 -j SNAT --to-source 192.0.2.11
		-A POSTROUTING -o r1 -p 47 -j SNAT --to-source 192.0.2.12
		COMMIT
	END
	"$IP6TABLES-restore" <<-END
		*nat
		-A PREROUTING -i r0 -d fd00:98::1 -j DNAT --to-destination fd00:2::2
		-A POSTROUTING -o r1 -p udp --dport 1000:1001 -j SNAT --to-source fd00:99::1-fd00:99::9
		-A POSTROUTING -o r1 -p tcp --dport 1000 -j SNAT --to-source fd00:99::1
		-A POSTROUTING -o r1 -p icmpv6 --icmpv6-type 128 -j SNAT --to-source fd00:99::1
		COMMIT
	END
}

no_nat_rules() {
	"$IPTABLES" -t nat -F
	"$IP6TABLES" -t nat -F
}

# meter_in CHAIN...: "TABLE CHAIN MATCHES", for both families.
meter_in() {
	rules "$IPTABLES" "$@" && rules "$IP6TABLES" "$@"
}

meter_nowhere() {
	meter_in 'mangle -' 'filter -'
}

# table [FORWARD|OUT]: print the flows of conntrack's connections, in lines: PROTOCOL SOURCE PORT
# DESTINATION PORT, and the same after NAT, for both directions if both had packets. A router's
# rules see packets after DNAT and before SNAT. OUT is for connections that the router starts.
truth_now() {
	{
		conntrack -L -o extended
		conntrack -L -f ipv6 -o extended
	} 2>/dev/null | awk -v port_of_nat='^(6|17|132|33)$' '
	{
		delete value
		delete seen
		for (i = 1; i <= NF; i++)
			if (split($i, part, "=") == 2)
				value[part[1], seen[part[1]]++] = part[2]
		for (i = 0; i < 2; i++) {
			ports[i] = value["sport", i] + 0
			portd[i] = value["dport", i] + 0
		}
		if (value["src", 0] == value["dst", 1] && value["dst", 0] == value["src", 1] &&
		    ports[0] == portd[1] && portd[0] == ports[1])
			next
		print $4, value["src", 0], ports[0], value["src", 1], ports[1], \
			value["dst", 1], portd[1], value["src", 1], ports[1]
		if (value["packets", 1] > 0)
			print $4, value["src", 1], ports[1], value["src", 0], ports[0], \
				value["dst", 0], portd[0], value["src", 0], ports[0]
	}' | sort -u
}

# told_flows [NAME=VALUE...]: print the flows that the recorder received, in the same format.
told_flows() {
	grep '^flow .* postNATSource' "$RECORDER" | awk -v wanted="$*" '
	BEGIN { count = split(wanted, words, " ") }
	{
		for (i = 1; i <= count; i++)
			if (index($0 " ", " " words[i] " ") == 0)
				next
		delete value
		for (i = 2; i <= NF; i++)
			if (split($i, part, "=") == 2)
				value[part[1]] = part[2]
		ip = ("sourceIPv4Address" in value) ? "IPv4Address" : "IPv6Address"
		print value["protocolIdentifier"], value["source" ip], value["sourceTransportPort"] + 0, \
			value["destination" ip], value["destinationTransportPort"] + 0, \
			value["postNATSource" ip], value["postNAPTSourceTransportPort"] + 0, \
			value["postNATDestination" ip], value["postNAPTDestinationTransportPort"] + 0
	}' | sort -u
}

# same_flows TITLE LEAST [NAME=VALUE...]
same_flows() {
	local title=$1 least=$2
	shift 2
	truth_now >"$TMP/truth"
	told_flows "$@" >"$TMP/told"
	if ! cmp -s "$TMP/truth" "$TMP/told"; then
		fail "$title"
		diag "$(diff "$TMP/truth" "$TMP/told" | head -n 10)" \
			"$(wc -l <"$TMP/truth") in conntrack's table, $(wc -l <"$TMP/told") told of"
	else
		compare "$title ($(wc -l <"$TMP/told") flows)" "$(wc -l <"$TMP/told")" '>=' "$least"
	fi
}

# begin, end NAME: write the flows between the two calls to NAME.
begin() {
	conntrack -F >/dev/null 2>&1
	conntrack -F -f ipv6 >/dev/null 2>&1
	hear_from
}

end() {
	export_all
	hear_end "$1"
}

# single FIRST-SPORT [OPTION...]: send 300 connections of one packet to each port.
single() {
	traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --sport "$1+300" --size 0 \
		--count 1200 --flows 1200 --dport 1000+4 "${@:2}"
}

topology
# Server and client send nothing on their own; all replies are explicit.
in_ns "$SERVER" "$IPTABLES" -A OUTPUT -p icmp --icmp-type 3 -j DROP
"$IPTABLES" -P FORWARD ACCEPT
nat_rules || bail "the rules are not taken"
at_exit no_nat_rules
nat_quick 300
echo 1 >"$CONNTRACK/nf_conntrack_acct"
at_exit "echo 0 >$CONNTRACK/nf_conntrack_acct"
module_load destination=127.0.0.1:2055 inactive_timeout=300 || bail "no module"
recorder_start all 2055
wait_for has template id=256 || bail "no templates"
seed_shown
is "it is off by default" "$(setting natfields)" 0

# --- switched off, no record has the fields ---

meter_in 'filter FORWARD -i r0' || bail "no rules"
begin
single 1000 --src 10.1.0.2 --dst 10.2.0.2
end off
is "when switched off there are no fields" "$(grep -c '^flow .*postNAT' "$RECORDER")" 0
sums_are "and all the flows" "1200 1200 33600"

# --- connections of a single packet: the fields are there, in FORWARD already ---

setting natfields 1
begin
single 1000 --src 10.1.0.2 --dst 10.2.0.2
single 2000 --src 10.1.0.2 --dst 203.0.113.1
single 3000 --src fd00:1::2 --dst fd00:2::2
single 4000 --src fd00:1::2 --dst fd00:98::1
end forward
# 600 + 1200 of IPv4, 600 + 1200 of IPv6
same_flows "FORWARD: single packets: equal" 3600
recorded_sums
is "all flows and no others" "$RECORDED" "4800 4800 $((2400 * 28 + 2400 * 48))"
is "flows without translation have no fields" \
	"$(grep -c '^flow .*sourceIPv' "$RECORDER") $(grep -c '^flow .*postNAT' "$RECORDER")" "4800 3600"

meter_nowhere
meter_in 'mangle POSTROUTING -o r1'
begin
single 1000 --src 10.1.0.2 --dst 10.2.0.2
single 2000 --src 10.1.0.2 --dst 203.0.113.1
single 3000 --src fd00:1::2 --dst fd00:2::2
end post
same_flows "POSTROUTING: single packets: equal" 2400 flowDirection=1

# --- both directions, several packets, both hooks at once ---

meter_nowhere
meter_in 'filter FORWARD' 'mangle POSTROUTING ! -o lo'
spawn "$SERVER" "$CONNECTIONS" serve 10.2.0.2 fd00:2::2 >"$TMP/serve"
wait_for grep -q ready "$TMP/serve" || bail "no server"
begin
in_ns "$CLIENT" "$CONNECTIONS" "$SEED" 1500 tcp:10.2.0.2:1000-1003 udp:10.2.0.2:1000-1003 \
	tcp:fd00:2::2:1000-1003 udp:fd00:2::2:1000-1003 icmp:10.2.0.2:0-65535 icmp:fd00:2::2:0-65535
end both
same_flows "FORWARD: both directions: equal" 600 flowDirection=0
same_flows "POSTROUTING: both directions: equal" 600 flowDirection=1
for one in '^6 10.1.0.2 [0-9]* 10.2.0.2 1000 10.2.0.1 [0-9]* 10.2.0.2 1000' \
	'^6 10.2.0.2 1000 10.1.0.2 [0-9]* 10.2.0.2 1000 10.1.0.2' '^17 10.1.0.2 .* 192.0.2.[1-9] ' \
	'^1 10.1.0.2 0 10.2.0.2 0 192.0.2.11 0 10.2.0.2 0' '^58 fd00:1::2 0 fd00:2::2 0 fd00:99::1 0'; do
	ok "there is $one" grep -q "$one" "$TMP/told"
done

# --- a protocol without ports; an error about a translated connection ---

meter_nowhere
meter_in 'filter FORWARD'
in_ns "$SERVER" "$IPTABLES" -F OUTPUT
begin
seen=$(counter inPackets)
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 --proto 47 \
	--count 3 --size 20 || bail "no traffic"
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 --sport 9000 \
	--dport 1001 --count 1 --size 10
wait_for counter_reaches inPackets $((seen + 4))
end others
recorded flow 'postNATSourceIPv4Address postNATDestinationIPv4Address postNAPTSourceTransportPort' \
	protocolIdentifier=47 sourceIPv4Address=10.1.0.2
is "GRE has addresses, and no ports" "$RECORDED" "192.0.2.12 10.2.0.2 -"
stop "$PID"
begin
seen=$(counter inPackets)
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 --sport 9100 \
	--dport 1001 --count 1 --size 10
# wait for the reply too
wait_for counter_reaches inPackets $((seen + 2))
end error
recorded flow 'sourceIPv4Address destinationIPv4Address postNATSourceIPv4Address' icmpTypeCodeIPv4=771
is "an error about a translated packet has no translation" "$RECORDED" \
	"10.2.0.2 10.1.0.2 -"

# --- to and from the router itself ---

meter_nowhere
meter_in 'filter INPUT -i r0 -p udp' 'mangle OUTPUT -o r1'
begin
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 203.0.113.4 \
	--sport 1000+100 --dport 5 --count 100 --flows 100
traffic_in '' --socket --src 10.2.0.1 --dst 10.2.0.2 --sport 12000+100 --dport 1001 --count 100 \
	--flows 100
end local
told_flows >"$TMP/told"
is "INPUT and OUTPUT: those after NAT" \
	"$(grep -c '^17 10.1.0.2 [0-9]* 10.1.0.1 700[0-9] 10.1.0.2 [0-9]* 10.1.0.1 700[0-9]$' "$TMP/told") $(
		grep -c '^17 10.2.0.1 12[0-9]* 10.2.0.2 1001 192.0.2.[1-9] [23][0-9]* 10.2.0.2 1001$' "$TMP/told")" \
	"100 100"

# --- switched on and off in traffic: nothing is lost, and no field has a wrong value ---

meter_nowhere
meter_in 'filter FORWARD -i r0'
statistics
before=$((COUNT[outPackets] + COUNT[lostPackets] + COUNT[hashPackets] + COUNT[queuedPackets]))
begin
sender_start "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 1000+2000 --dport 1000+2 --flows 4000 --size 0 --rate 60000
# every flow has a packet in each round
for ((toggles = 0; toggles < 20; toggles++)); do
	setting natfields $((toggles % 2))
	metered_more 5000
done
sender_stop
end toggled
law_holds "switched in traffic"
is "each packet is in a record" "$((COUNT[outPackets] - before)) ${COUNT[lostPackets]}" "$SENT_PACKETS 0"
recorded_sums
is "the records add up" "${RECORDED#* }" "$SENT_PACKETS $SENT_OCTETS"
truth_now >"$TMP/truth"
told_flows >"$TMP/told"
is "translations in records are correct" "$(comm -13 "$TMP/truth" "$TMP/told" | head -n 3)" ''
is "... and every translated flow has one" "$(wc -l <"$TMP/told")" 4000

# --- unloaded in traffic ---

setting natfields 1
sender_start "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 1000+20000 --dport 1000+2 --flows 40000 --size 0 --rate 60000
metered_more 20000
ok "it is unloaded during traffic" module_unload
sender_stop
recorder_stop all
messages_right "messages are well-formed, templates first"

done_testing
