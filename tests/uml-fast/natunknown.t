#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NAT events of connections of which conntrack sends only the end: those that lost the race to be
# inserted into its table, and those of rules that ask for no event of the begin.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/natevents.sh
. "$NETFLOW_TOP/tests/natevents.sh"

CLASH=$NETFLOW_TOP/tests/tools/clash.py
COUNT_OF_SOCKETS=300

no_rules() {
	"$IPTABLES" -t nat -F
	"$IPTABLES" -t raw -F
	"$IPTABLES" -F FORWARD
}

# clashes: print how many connections lost the race so far.
clashes() {
	# shellcheck disable=SC2016 # expanded by awk
	conntrack -S | tr ' ' '\n' | awk -F= '$1 == "clash_resolve" { n += $2 } END { print n + 0 }'
}

topology
"$IPTABLES" -P FORWARD ACCEPT
at_exit no_rules
nat_quick 100
module_load destination=127.0.0.1:2055 natevents=1 || bail "no module"
recorder_start all 2055
setting destination 127.0.0.1:2055
wait_for has options

# --- two packets of a flow have a connection each, of which the second one comes too late ---

"$IPTABLES" -t nat -A POSTROUTING -o r1 -p udp -j MASQUERADE --random-fully || bail "no rule"
"$IPTABLES" -A FORWARD -o r1 -p udp --dport 1001 -j NFQUEUE --queue-num 7 || bail "no queue"
spawn '' "$CLASH" hold 7 $((2 * COUNT_OF_SOCKETS)) >"$TMP/hold"
holder=$PID
wait_for grep -q ready "$TMP/hold" || bail "no queue"
before=$(clashes)
hear_from
log_begin clash
in_ns "$CLIENT" "$CLASH" send 10.2.0.2 1001 "$COUNT_OF_SOCKETS"
finished "$holder"
lost_race=$(($(clashes) - before))
# both packets of a socket may get the same port, and then share a connection
compare "connections lose the race" "$lost_race" '>' $((COUNT_OF_SOCKETS - 20))
conntrack -D -p udp --dport 1001 >/dev/null 2>&1
ok "the end of all connections is reported" wait_for nat_stopped $((COUNT_OF_SOCKETS + lost_race))
log_end clash
hear_end clash
pairs_right "each is created and deleted" clash
truth clash | grep '^5' >"$TMP/truth"
told clash | grep '^5' >"$TMP/told"
is "... and was one of conntrack's" "$(diff "$TMP/truth" "$TMP/told" | head -n 5)" ''
is "... all of them" "$(told clash | cut -d' ' -f1 | sort | uniq -c | xargs)" \
	"$((COUNT_OF_SOCKETS + lost_race)) 4 $((COUNT_OF_SOCKETS + lost_race)) 5"
statistics
is "nothing is said to be lost" "${COUNT[natLost]} ${COUNT[natUnsent]}" "0 0"

# --- a rule asks for no event of the begin, as sites with conntrackd have it ---

no_rules
"$IPTABLES" -t nat -A POSTROUTING -o r1 -j MASQUERADE
"$IPTABLES" -t raw -A PREROUTING -i r0 -j CT --ctevents assured,destroy || bail "no rule"
statistics
started=${COUNT[natStart]} stopped=${COUNT[natStop]}
hear_from
log_begin silent
since=$(now)
traffic_in "$CLIENT" --socket --src 10.1.0.2 --dst 10.2.0.2 --sport 4000+20 --dport 1002 \
	--count 20 --flows 20
# a session without this, whose begin is an event, so that this shows when all are read
"$IPTABLES" -t raw -F
traffic_in "$CLIENT" --socket --src 10.1.0.2 --dst 10.2.0.2 --sport 5000 --dport 1002 \
	--count 1 --flows 1
ok "conntrack sends no event of their begin" wait_for nat_started $((started + 1))
is "... so none is reported" "${COUNT[natStart]}" $((started + 1))
until=$(now)
conntrack -D -p udp --dport 1002 >/dev/null 2>&1
ok "their end is reported" wait_for nat_stopped $((stopped + 21))
log_end silent
hear_end silent
pairs_right "each is created and deleted" silent
truth silent | grep '^5' >"$TMP/truth"
told silent | grep '^5' >"$TMP/told"
is "... and was one of conntrack's" "$(diff "$TMP/truth" "$TMP/told" | head -n 5)" ''
is "... all of them" "$(told silent | cut -d' ' -f1 | sort | uniq -c | xargs)" "21 4 21 5"
recorded flow 'observationTimeMilliseconds' natEvent=4
is "... begun when conntrack says" "$(awk -v since="$since" -v until="$until" \
	'$1 < since - 2 || $1 > until + 2' <<<"$RECORDED" | wc -l)" 0
statistics
is "nothing is said to be lost" "${COUNT[natLost]} ${COUNT[natUnsent]}" "0 0"

recorder_stop all
messages_right "messages are well-formed"

done_testing
