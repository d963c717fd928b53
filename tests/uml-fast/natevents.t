#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NAT events: the collector has the events of conntrack's own log, for all kinds of translation,
# with the default settings of conntrack.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/natevents.sh
. "$NETFLOW_TOP/tests/natevents.sh"

# All kinds of translation. 192.0.2.0/24 and fd00:99::/64 are translated source addresses,
# 203.0.113.0/24 and fd00:98::/64 are destination addresses before the translation.
rules_of_all_ways() {
	local protocol
	{
		echo '*nat'
		for protocol in tcp udp sctp; do
			cat <<-END
				-A PREROUTING -i r0 -p $protocol -d 203.0.113.1 -j DNAT --to-destination 10.2.0.2
				-A PREROUTING -i r0 -p $protocol -d 203.0.113.2 -j DNAT --to-destination 10.2.0.2:1000-1009
				-A PREROUTING -i r0 -p $protocol -d 203.0.113.3 -j DNAT --to-destination 10.1.0.2:1000
				-A PREROUTING -i r0 -p $protocol -d 203.0.113.4 -j DNAT --to-destination 10.1.0.1:1000-1020
				-A POSTROUTING -o r1 -p $protocol -m $protocol --dport 1000 -j MASQUERADE
				-A POSTROUTING -o r1 -p $protocol -m $protocol --dport 1001 -j SNAT --to-source 192.0.2.1-192.0.2.9
				-A POSTROUTING -o r1 -p $protocol -m $protocol --dport 1002 -j SNAT --to-source 192.0.2.10:1000-40000
				-A POSTROUTING -o r1 -p $protocol -m $protocol --dport 1004 -j MASQUERADE --to-ports 20000-60000
				-A POSTROUTING -o r0 -p $protocol -s 10.1.0.2 -d 10.1.0.2 -j MASQUERADE
			END
		done
		cat <<-END
			-A PREROUTING -i r0 -p icmp -d 203.0.113.1 -j DNAT --to-destination 10.2.0.2
			-A POSTROUTING -o r1 -p icmp -d 10.2.0.2 -j SNAT --to-source 192.0.2.11
			COMMIT
		END
	} | "$IPTABLES-restore" || return
	{
		echo '*nat'
		for protocol in tcp udp; do
			cat <<-END
				-A PREROUTING -i r0 -p $protocol -d fd00:98::1 -j DNAT --to-destination fd00:2::2
				-A POSTROUTING -o r1 -p $protocol -m $protocol --dport 1000 -j SNAT --to-source fd00:99::1-fd00:99::9
			END
		done
		cat <<-END
			-A POSTROUTING -o r1 -p icmpv6 --icmpv6-type 128 -j SNAT --to-source fd00:99::1
			COMMIT
		END
	} | "$IP6TABLES-restore" || return
	# Zones: 7 in both directions, 8 in the original direction only.
	"$IPTABLES-restore" --noflush <<-END
		*raw
		-A PREROUTING -i r0 -p udp --dport 1005 -j CT --zone 7
		-A PREROUTING -i r1 -p udp --sport 1005 -j CT --zone 7
		-A PREROUTING -i r0 -p tcp --dport 1006 -j CT --zone-orig 8
		COMMIT
		*nat
		-A POSTROUTING -o r1 -p udp --dport 1005 -j SNAT --to-source 192.0.2.12
		-A POSTROUTING -o r1 -p tcp --dport 1006 -j SNAT --to-source 192.0.2.12
		COMMIT
	END
}

no_rules() {
	"$IPTABLES" -t nat -F
	"$IP6TABLES" -t nat -F
	"$IPTABLES" -t raw -F
}

# Ports 1003 and 1007 and above are not translated; above 1009 no process listens.
TARGETS=(tcp:10.2.0.2:1000-1012 udp:10.2.0.2:1000-1012 sctp:10.2.0.2:1000-1004
	tcp:203.0.113.1:1000-1012 udp:203.0.113.1:1000-1012 sctp:203.0.113.1:1000-1001
	tcp:203.0.113.2:1000-65535 udp:203.0.113.2:1-65535
	udp:203.0.113.3:1-65535 tcp:203.0.113.3:1-65535
	udp:203.0.113.4:1-65535 tcp:203.0.113.4:1-65535
	icmp:10.2.0.2:0-65535 icmp:203.0.113.1:0-65535
	tcp:fd00:2::2:1000-1012 udp:fd00:2::2:1000-1012
	tcp:fd00:98::1:1000-1012 udp:fd00:98::1:1000-1012 icmp:fd00:2::2:0-65535)

# serve NAMESPACE ADDRESS...
serve() {
	spawn "$1" "$CONNECTIONS" serve "${@:2}" >"$TMP/serve$1"
	wait_for grep -q ready "$TMP/serve$1" || bail "no server"
}

# random_connections COUNT: by two programs at once, different ones at each call.
CHOICE=$SEED
random_connections() {
	random_begin "$1" && finished "${CONNECTING[@]}"
}

# random_begin COUNT: the same in the background.
random_begin() {
	local half
	CONNECTING=()
	for half in 1 2; do
		spawn "$CLIENT" "$CONNECTIONS" "$CHOICE" "$(($1 / 2))" "${TARGETS[@]}"
		CONNECTING+=("$PID")
		CHOICE=$((CHOICE + 1))
	done
	: "$half"
}

all_ended() {
	conntrack -F >/dev/null 2>&1
	conntrack -F -f ipv6 >/dev/null 2>&1
	wait_for nat_rest
}

topology
"$IPTABLES" -P FORWARD ACCEPT
rules_of_all_ways || bail "the rules are not taken"
at_exit no_rules
nat_quick 5
serve "$SERVER" 10.2.0.2 fd00:2::2
serve '' 10.1.0.1
serve "$CLIENT" 10.1.0.2

# --- reported events are those that occurred; the log starts before the module ---

# sysctls_are EVENTS TIMESTAMP
sysctls_are() {
	[ "$(cat "$CONNTRACK"/nf_conntrack_{events,timestamp} | xargs)" = "$*" ]
}

ok "conntrack's sysctls have the kernel's defaults" sysctls_are 2 0
log_begin before
module_load destination=127.0.0.1:2055,127.0.0.1:2056 natevents=1 || bail "no module"
recorder_start all 2055
collector_start nfdump 2056 || bail "no collector"
hear_from
log_begin after
ok "nf_conntrack_events and nf_conntrack_timestamp are set" wait_for sysctls_are 1 1
statistics
seed_shown
random_connections 3000
ok "every session ends" all_ended
log_end before
log_end after
hear_end first
collector_stop nfdump
setting destination 127.0.0.1:2055
nfdump_has "nfdump shows the same" nfdump first
same_events "log begun before the module: equal" before first 3000
same_events "log begun after the module: equal" after first 3000
for one in '4 6 0' '4 17 0' '4 132 0' '4 1 0' '1 6 0' '1 17 0' '1 58 0' '4 17 7' '4 6 8'; do
	ok "there are events \"natEvent protocol zone\" $one" grep -q "^$one " "$TMP/told"
done
for one in 'DNAT: 203.0.113.1 1003 10.1.0.2 [0-9]* 10.2.0.2 1003' \
	'DNAT and SNAT: 203.0.113.1 1001 192.0.2.[0-9]* [0-9]* 10.2.0.2 1001' \
	'a range of ports: 10.2.0.2 1002 192.0.2.10 [0-9]* 10.2.0.2 1002' \
	'to a port of a range: 203.0.113.2 [0-9]* [0-9.]* [0-9]* 10.2.0.2 100[0-9]' \
	'hairpin: 203.0.113.3 [0-9]* 10.1.0.1 [0-9]* 10.1.0.2 1000' \
	'to the router itself: 203.0.113.4 [0-9]* 10.1.0.2 [0-9]* 10.1.0.1 10[012][0-9]'; do
	ok "${one%%:*} is among them" grep -q "${one#*: }\$" "$TMP/told"
done
not "a connection without translation has no event" grep -q ' 10.2.0.2 1003 10.1.0.2 ' "$TMP/told"
ok "... although conntrack has such connections" grep -q 'src=10.1.0.2 dst=10.2.0.2 sport=[0-9]* dport=1003 ' "$TMP/after.events"
like "the statistics count the events" "$(cat /proc/net/stat/ipt_netflow)" \
	"Natevents enabled, count start ${COUNT[natStart]}, stop ${COUNT[natStop]}. Lost by conntrack 0, not sent 0."

# --- counts and times ---

echo 1 >"$CONNTRACK/nf_conntrack_acct"
hear_from
log_begin plain
random_connections 300
ok "every session ends" all_ended
log_end plain
hear_end plain
same_events "natevents=1 while conntrack counts: equal" plain plain 300
recorded flow natEvent initiatorOctets
is "... and no event has octets, which collectors would add to those of flows" "$RECORDED_COUNT" 0
setting natevents 2
hear_from
log_begin counted
log_begin times '' -e DESTROY -o xml,ktimestamp
random_connections 600
ok "every session ends" all_ended
log_end counted
log_end times
hear_end counted
same_events "with octets and packets of both directions: equal" counted counted 600 counts
# shellcheck disable=SC2016 # expanded by awk
ok "... and the counts are those of both directions" awk '/^[25]/ && $12 && $13 && $14 && $15 { found++ }
	END { exit found < 100 }' "$TMP/told"

# Milliseconds of start and end of each session, sorted by time.
tr '\n' ' ' <"$TMP/times.events" | sed 's/<flow /\n&/g' >"$TMP/times"
awk 'match($0, /<start>[0-9]+/) {
		start = substr($0, RSTART + 7, RLENGTH - 13)
		match($0, /<stop>[0-9]+/)
		print start, substr($0, RSTART + 6, RLENGTH - 12)
	}' "$TMP/times" | sort >"$TMP/times.all"
recorded flow 'flowStartMilliseconds flowEndMilliseconds observationTimeMilliseconds' natEvent=5
ipv4=$RECORDED
recorded flow 'flowStartMilliseconds flowEndMilliseconds observationTimeMilliseconds' natEvent=2
printf '%s\n' "$ipv4" "$RECORDED" >"$TMP/times.told"
compare "events have times" "$(wc -l <"$TMP/times.told")" '>=' 300
is "delete events have the times of conntrack" "$(awk 'NR == FNR { real[$1 " " $2]++; next }
	!real[$1 " " $2]-- || $2 != $3' "$TMP/times.all" "$TMP/times.told" | head -n 3)" ''
recorded flow 'observationTimeMilliseconds' natEvent=4
sort <<<"$RECORDED" >"$TMP/created"
cut -d' ' -f1 <<<"$ipv4" | sort >"$TMP/began"
# conntrack does not say when a session began before it has ended, so it is the time at which the event
# is read: never before the begin, and some time after it on a busy machine
is "create events have a time between the begin and a minute later" \
	"$(paste "$TMP/began" "$TMP/created" | awk '$2 - $1 > 60000 || $1 - $2 > 2' | head -n 3)" ''

# --- sessions that exist when it is switched on; nothing is reported when it is switched off ---

echo 0 >"$CONNTRACK/nf_conntrack_acct"
setting natevents 1
nat_quick 100
setting natevents 0
ok "when switched off, the sysctls are as before" sysctls_are 2 0
echo 1 >"$CONNTRACK/nf_conntrack_timestamp"
setting natevents 1
ok "... and have the same values when it is on again" wait_for sysctls_are 1 1
setting natevents 0
ok "... but not what an administrator has set" sysctls_are 2 1
began=$(now)
traffic_in "$CLIENT" --socket --src 10.1.0.2 --dst 10.2.0.2 --sport 5000+300 --dport 1000 --count 300 --flows 300
statistics
before=${COUNT[natStart]}
hear_from
since=$(now)
setting natevents 1
ok "existing sessions are reported" wait_for nat_started $((before + 300))
setting natevents 0
hear_end exist
recorded flow natEvent
is "... as created, each once" "$RECORDED_COUNT" 300
recorded flow natEvent natEvent=4
is "... none as deleted, although events are switched off" "$RECORDED_COUNT" 300
is "... with the time of their begin" "$(recorded flow observationTimeMilliseconds
	awk -v began="$began" -v since="$since" '$1 < began - 2 || $1 >= since' <<<"$RECORDED" | wc -l)" 0

# They started when there was no listener: conntrack generates no event when they end.
hear_from
statistics
before=${COUNT[natStart]} ended=${COUNT[natStop]}
setting natevents 1
wait_for nat_started $((before + 300))
conntrack -F >/dev/null 2>&1
ok "the end of sessions older than the listener is found" wait_for nat_stopped $((ended + 300))
hear_end polled
recorded flow natEvent natEvent=5
is "... each once" "$RECORDED_COUNT" 300
pairs_right "and each of one that was created" polled

# --- toggled in traffic ---

nat_quick 1
hear_from
random_begin 1000000
# in each round some sessions start and some end while it is on
for round in {1..6}; do
	statistics
	setting natevents 1
	wait_for nat_started $((COUNT[natStart] + 50)) || bail "nothing begins, round $round"
	wait_for nat_stopped $((COUNT[natStop] + 20)) || bail "nothing ends, round $round"
	setting natevents 0
done
stop "${CONNECTING[0]}"
stop "${CONNECTING[1]}"
hear_end toggled
# An existing session is reported as created again each time it is switched on.
is "no session is deleted twice, or without a create event" "$(awk '
	/^flow .* natEvent=/ {
		match($0, /natEvent=[0-9]+/)
		ends = substr($0, RSTART + 9, RLENGTH - 9) ~ /[25]/
		sub(/.* natEvent=[0-9]+ /, "")
		sub(/ flowStartMilliseconds=.*/, "")
		if (ends && !alive[$0]--)
			print
		if (!ends)
			alive[$0] = 1
	}' "$TMP/toggled" | head -n 3)" ''
compare "... and there were delete events" "$(grep -c '^flow .* natEvent=[25] ' "$TMP/toggled")" '>=' 120

# --- unloading reports no end of existing sessions ---

nat_quick 100
conntrack -F >/dev/null 2>&1
conntrack -F -f ipv6 >/dev/null 2>&1
hear_from
setting natevents 1
statistics
before=${COUNT[natStart]}
traffic_in "$CLIENT" --socket --src 10.1.0.2 --dst 10.2.0.2 --sport 6000+100 --dport 1000 --count 100 --flows 100
wait_for nat_started $((before + 100))
ok "it is unloaded" module_unload
hear_end unload
recorded flow natEvent natEvent=5
is "... and reports no end" "$RECORDED_COUNT" 0
ok "the sysctls are as before" sysctls_are 2 1

recorder_stop all
messages_right "messages are well-formed, templates first"

done_testing
