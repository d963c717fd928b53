#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Many new translated connections per second on one processor: no event is lost. Rate and
# duration can be set:
#	lab/uml-run fast tests/uml-fast/natload.t NAT_RATE=20000 NAT_SECONDS=10

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/natevents.sh
. "$NETFLOW_TOP/tests/natevents.sh"

# shellcheck disable=SC2034 # used by recorder.sh
RECORDER_LARGE=1
rate=${NAT_RATE:-4000}
count=$((rate * ${NAT_SECONDS:-4}))

topology
"$IPTABLES" -t nat -A POSTROUTING -o r1 -j MASQUERADE
at_exit "$IPTABLES -t nat -F"
nat_quick 200
recorder_start all 2055
module_load destination=127.0.0.1:2055 natevents=1 || bail "no module"
wait_for has options

begin=$(now)
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 1000+25000 --dport 1000+10 --count "$count" --flows "$count" --size 0 \
	--rate "$rate" --cpu 0
took=$(($(now) - begin))
ok "the begin of all sessions is reported" wait_for nat_started "$count"
# They do not end all at once: 25000 at a time, at the highest rate of the program.
for port in 1000 1001 1002 1003 1004 1005 1006 1007 1008 1009; do
	conntrack -D -p udp --dport "$port" >/dev/null 2>&1
done
ok "... and the end" wait_for nat_rest
hear_rest
recorder_stop all
diag "$count connections in $took ms, $rate a second were asked for"
messages_right "messages are well-formed"
recorded gap port
is "the collector lost no message" "$RECORDED_COUNT" 0
is "each is created and deleted" "$(told all | cut -d' ' -f1 | sort | uniq -c | xargs)" \
	"$count 4 $count 5"
pairs_right "in pairs" all
statistics
is "no event was lost" "${COUNT[natLost]} ${COUNT[natUnsent]}" "0 0"

done_testing
