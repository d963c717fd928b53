#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Several collectors share the load of a destination, A&B&C: both directions of a connection, and
# the events of its NAT session, go to one of them. NAT events may go elsewhere than flows.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/natevents.sh
. "$NETFLOW_TOP/tests/natevents.sh"

RECORDER_LARGE=1
COUNT_ALL=3000

# where FILE...: for each connection, client's port and the ports of the collectors of its flows
# ("f") and of its NAT events ("n"). Print "connections with one collector, connections, records".
where() {
	cat "$@" | awk '
		$1 == "flow" {
			delete v
			for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] }
			client = v["sourceIPv4Address"] == "10.1.0.2" ? v["sourceTransportPort"] : v["destinationTransportPort"]
			records++
			if (!(client in at)) { connections++; at[client] = v["port"] }
			if (at[client] != v["port"]) bad[client]
		}
		END {
			for (c in bad) wrong++
			print connections - wrong, connections + 0, records + 0
		}'
}

# records_of PORT KIND: print how many flows, or NAT events, a collector has
records_of() {
	awk '$1 == "flow" && / port='"$1"' / { n[/ natEvent=/ ? "events" : "flows"]++ }
		END { print n["'"$2"'"] + 0 }' "$RECORDER"
}

# all_arrived COUNT PORT...: these collectors have so many records together
all_arrived() {
	local count=$1
	shift
	[ "$(awk -v ports=" $* " '$1 == "flow" { split($2, word, "="); if (index(ports, " " word[2] " ")) n++ }
		END { print n + 0 }' "$RECORDER")" -ge "$count" ]
}

topology
masquerade
nat_quick 600
module_load destination= natevents=1 active_timeout=600 inactive_timeout=600 || bail "no module"
# without ICMP errors, which are a connection of their own here
"$IPTABLES" -A FORWARD -p udp -j NETFLOW
at_exit "$IPTABLES -F FORWARD"
listeners_idle

# --- three collectors share the load, and one more has the NAT events ---

recorder_start all "2091 2092 2093 2094"
setting destination '127.0.0.1:2091&127.0.0.1:2092&127.0.0.1:2093,127.0.0.1:2094/nat'
traffic_in client --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 1000+$COUNT_ALL --dport 7 --count $COUNT_ALL --flows $COUNT_ALL --size 0 --rate 2000
ok "the begin of all sessions is reported" until_true 120 nat_started $COUNT_ALL
# an answer in each connection; the port is the client's after translation, too
traffic_in server --dev s0 --mac 02:00:00:00:02:01 --src 10.2.0.2 --dst 10.2.0.1 \
	--sport 7 --dport 1000+$COUNT_ALL --count $COUNT_ALL --flows $COUNT_ALL --size 0 --rate 2000
conntrack -D -p udp --dport 7 >/dev/null 2>&1
ok "... and their end" until_true 120 nat_rest
flush
ok "all records arrive" until_true 120 all_arrived $((4 * COUNT_ALL)) 2091 2092 2093
ok "... and all events at the one that has nothing else" until_true 120 all_arrived $((2 * COUNT_ALL)) 2094
ok "... and have settled" until_true 120 at_rest
is "each connection has its records at one collector" "$(grep -v ' port=2094 ' "$RECORDER" >"$TMP/shared"; where "$TMP/shared")" \
	"$COUNT_ALL $COUNT_ALL $((4 * COUNT_ALL))"
is "NAT events alone go to the other destination" "$(records_of 2094 flows) $(records_of 2094 events)" \
	"0 $((2 * COUNT_ALL))"
for port in 2091 2092 2093; do
	compare "a collector has its share: port $port" "$(records_of $port flows)" '>' $((COUNT_ALL / 2))
	ok "... and options data" has options port=$port
done
counts_are "nothing is lost" "lostFlows outFlows natUnsent" "0 $((2 * COUNT_ALL)) 0"
recorder_stop all
messages_right "messages are well-formed, templates first"
recorded gap port
is "no sequence number is missing" "$RECORDED_COUNT" 0

# --- one of them dies ---

recorder_start two "2091 2093"
setting destination '127.0.0.1:2091&127.0.0.1:2092&127.0.0.1:2093'
traffic_in client --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 1000+$COUNT_ALL --dport 8 --count $COUNT_ALL --flows $COUNT_ALL --size 0 --rate 2000
flush
ok "one is dead: the others receive all" until_true 120 all_arrived $COUNT_ALL 2091 2093
is "... none is sent twice" "$(where "$RECORDER" | cut -d' ' -f2-)" "$COUNT_ALL $((COUNT_ALL + $(records_of 2091 events) + $(records_of 2093 events)))"
compare "... and the next one has its share" "$(records_of 2093 flows)" '>' "$(records_of 2091 flows)"
counts_are "... nothing is lost" "lostFlows" "0"
recorder_stop two

law_holds "in the end"
done_testing
