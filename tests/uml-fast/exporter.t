#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netflow-exporter gives Prometheus exactly the values of the statistics, in the format of
# Prometheus: to standard output, by HTTP, and into a file.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

exporter() {
	"$NETFLOW_PROGRAMS/netflow-exporter" "$@"
}

# right TITLE FILE: metrics in the text format, version 0.0.4, that follow the conventions of
# Prometheus: help and type before each metric, names that match the type, no line twice.
right() {
	awk '
		function bad(text) { print text ": " $0 }
		/^# HELP netflow_[a-z_]+ ./ { if (help[$3]++) bad("help twice"); next }
		/^# TYPE netflow_[a-z_]+ (counter|gauge)$/ {
			if (type[$3]) bad("type twice")
			if (!help[$3]) bad("no help")
			if ((substr($3, length($3) - 5) == "_total") != ($4 == "counter")) bad("name of a counter")
			type[$3] = $4
			last = $3
			next
		}
		/^netflow_[a-z_]+([{][a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*[}])? [0-9]+([.][0-9]+)?$/ {
			name = $0
			sub(/[{ ].*/, "", name)
			if (name != last) bad("not below its type")
			key = $0
			sub(/ [0-9.]+$/, "", key)
			if (seen[key]++) bad("twice")
			n++
			next
		}
		{ bad("not understood") }
		END { if (!n) print "no metric" }' "$2" >"$TMP/problems"
	is "$1" "$(<"$TMP/problems")" ""
	! command -v promtool >/dev/null || ok "... says promtool" promtool check metrics <"$2"
}

# metric NAME: the sum of its values over all labels that NAME does not contain.
metric() {
	awk -v name="netflow_$1" '
		{ key = $0; sub(/ [0-9.]+$/, "", key); plain = key; sub(/[{].*/, "", plain) }
		key == name || plain == name { sum += $NF; found = 1 }
		END { if (found) printf "%.0f\n", sum }' "$TMP/metrics"
}

# same METRIC NAME [COLUMN]: it has the value of the statistics.
same() {
	is "$1" "$(metric "$1")" "$(counter "${@:2}")"
}

exporter >"$TMP/metrics"
is "without the module it has netflow_up only" "$(grep -v '^#' "$TMP/metrics")" "netflow_up 0"
right "... in the right format" "$TMP/metrics"

tun t0
sink '' d0
# no process listens on the second one, and the third one has no route
module_load destination=127.0.0.1:2055,127.0.0.1:2056,10.77.0.1:2055%no-such-device \
	active_timeout=3600 inactive_timeout=3600 || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
collector_start all 2055 || bail "no collector"
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1+500 --count 5000 --flows 500 --size 100
export_all
traffic --tun t0 --src 10.9.0.3 --dst 10.8.0.2 --sport 1+50 --count 700 --flows 50 --size 100
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --count 3 --fragments 4 --size 2000
# the last packets may still be in a ring
worked_off() {
	[ "$(counter inPackets)" -ge 5712 ]
}
ok "all packets are counted" wait_for 120 worked_off
exporter >"$TMP/metrics"
right "the format is right" "$TMP/metrics"
is "netflow_up is 1" "$(metric up)" 1
like "the version" "$(grep '^netflow_module_info' "$TMP/metrics")" \
	"version=\"$(</sys/module/ipt_NETFLOW/version)\",srcversion=\"$(</sys/module/ipt_NETFLOW/srcversion)\"} 1"
same packets_total inPackets
same bytes_total inBytes
same flows_total inFlows
same unmetered_packets_total dropPackets
same unmetered_bytes_total dropBytes
same evicted_flows_total evictedFlows
same table_flows hashFlows
same table_packets hashPackets
same table_bytes hashBytes
# what is not needed is given back meanwhile
for name in table:hash batch:batch nat:nat nat_queue:natQueue; do
	compare "${name%:*}_memory_bytes" "$(metric "${name%:*}_memory_bytes")" '>=' "$(counter "${name#*:}Memory")"
done
compare "... there are tables" "$(metric table_memory_bytes)" '>' 0
same queued_packets queuedPackets
same queued_bytes queuedBytes
same exported_flows_total outFlows
same exported_packets_total outPackets
same exported_bytes_total outBytes
same lost_flows_total lostFlows
same lost_packets_total lostPackets
same lost_bytes_total lostBytes
same withheld_flows_total withheldFlows
same promisc_packets_total promiscPackets
same unsampled_packets_total unsampledPackets
same discarded_packets_total discardedPackets
same 'nat_events_total{event="start"}' natStart
same 'packets_total{cpu="1"}' cpu1 4
errors=$(metric 'destination_errors_total{destination="127.0.0.1:2056",cause="refused"}')
compare "messages that no process listened to" "$errors" '>' 0
compare "... not more than in the statistics, which still count" "$errors" '<=' "$(counter sock1 6)"
compare "fragments" "$(metric fragments_total)" '==' 9
is "destinations with a socket" \
	"$(grep '^netflow_destination_connected' "$TMP/metrics" | grep -o '"[^"]*"} .')" \
	$'"127.0.0.1:2055"} 1\n"127.0.0.1:2056"} 1\n"10.77.0.1:2055%no-such-device"} 0'
is "the account adds up" "$(metric packets_total)" \
	$(($(metric exported_packets_total) + $(metric table_packets) + $(metric queued_packets) + $(metric lost_packets_total)))
is "maximum number of flows" "$(metric maxflows)" "$(setting maxflows)"

# --- by HTTP ---

spawn '' "$NETFLOW_PROGRAMS/netflow-exporter" --listen 127.0.0.1:9995 --textfile "$TMP/netflow.prom" --interval 1
server=$PID
ok "it serves HTTP" wait_for 120 port_open '' tcp 9995

# request TEXT: print the response without carriage returns.
request() {
	exec {web}<>/dev/tcp/127.0.0.1/9995
	printf '%b' "$1" >&"$web"
	tr -d '\r' <&"$web"
	exec {web}>&-
}
# same_as_before FILE: the metrics are unchanged, except those that grow without traffic.
same_as_before() {
	diff -I '^netflow_destination_\(errors\|messages\|message_bytes\)_total' "$TMP/metrics" "$1"
}
request 'GET /metrics HTTP/1.1\r\nHost: router\r\n\r\n' >"$TMP/answer"
sed '1,/^$/d' "$TMP/answer" >"$TMP/page"
ok "the page has the metrics" same_as_before "$TMP/page"
like "... with their length" "$(sed '/^$/q' "$TMP/answer")" \
	"^HTTP/1.1 200 OK"$'\n'"Content-Type: text/plain; version=0.0.4; charset=utf-8"$'\n'"Content-Length: $(stat -c %s "$TMP/page")"$'\n'
like "HEAD" "$(request 'HEAD /metrics HTTP/1.0\r\n\r\n')" '^HTTP/1.1 200 OK.*Content-Length: [1-9][0-9]+.*Connection: close$'
like "a page that does not exist" "$(request 'GET /metricsx HTTP/1.1\r\n\r\n')" '^HTTP/1.1 404 '
like "a method that is not supported" "$(request 'POST /metrics HTTP/1.1\r\n\r\n')" '^HTTP/1.1 405 '
# a request of the maximum size: the server would not read all of a longer one, and the response
# might be lost
like "an incomplete request" "$(request "GET /$(printf '%04090d' 0)")" '^HTTP/1.1 431 '
# a client that sends nothing, one that disconnects, and many at once
exec {idle}<>/dev/tcp/127.0.0.1/9995
exec {gone}<>/dev/tcp/127.0.0.1/9995
echo 'GET /metrics' >&"$gone"
exec {gone}>&-
fifty() {
	/usr/bin/python3 - <<-'END'
		import socket
		clients = []
		for _ in range(50):
		    clients.append(socket.create_connection(("127.0.0.1", 9995)))
		    clients[-1].sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
		answers = [b"".join(iter(lambda: client.recv(65536), b"")) for client in clients]
		last = [answer.splitlines()[-1] for answer in answers]
		print(sum(line.startswith(b"netflow_destination_lost_nat_events_total") for line in last))
	END
}
is "fifty requests at once, beside an idle connection" "$(fifty)" 50
exec {idle}>&-

# --- into a file ---

ok "the file is written" same_as_before "$TMP/netflow.prom"
is "... is readable by all" "$(stat -c %a "$TMP/netflow.prom")" 644
traffic --tun t0 --src 10.9.0.4 --dst 10.8.0.2 --count 100
new_file() {
	cp "$TMP/netflow.prom" "$TMP/metrics"
	[ "$(metric packets_total)" = "$(counter inPackets)" ]
}
ok "... is written again" wait_for 120 new_file
rules_flush "$IPTABLES"
ok "the module is unloaded" rmmod ipt_NETFLOW
ok "... as the file shows" wait_for 120 grep -qx 'netflow_up 0' "$TMP/netflow.prom"
like "... and the page, too" "$(request 'GET /metrics HTTP/1.1\r\n\r\n')" $'\nnetflow_up 0$'
stop "$server"
is "there is no temporary file beside it" "$(cd "$TMP" && echo netflow.prom*)" netflow.prom
like "a file name that node_exporter ignores is rejected" "$(exporter --textfile "$TMP/netflow" 2>&1)" '\.prom$'
not "a directory that does not exist" exporter --textfile "$TMP/none/netflow.prom"
not "an invalid address" exporter --listen 127.0.0.1

done_testing
