#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The words of a destination: what is sent to it, and how; and texts that are refused.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

RECORDER_LARGE=1

# wire_count NAME: print the number of packets that the counter has seen
wire_count() {
	nft list counter ip wire "$1" | awk '$1 == "packets" { print $2 }'
}

# all_domains PORT: print the domains of all messages to the port, each once
all_domains() {
	awk '$1 == "message" && / port='"$1"' / {
			for (i = 2; i <= NF; i++) if ($i ~ /^domain=/ && !seen[$i]++) print substr($i, 8)
		}' "$RECORDER" | xargs
}

# longest PORT: print the length of the longest message to the port
longest() {
	awk '$1 == "message" && / port='"$1"' / {
			for (i = 2; i <= NF; i++) if ($i ~ /^length=/ && substr($i, 8) + 0 > most) most = substr($i, 8) + 0
		}
		END { print most + 0 }' "$RECORDER"
}

router destination=127.0.0.1:9 active_timeout=600 inactive_timeout=600 engine_id=5
log_start

# --- how messages are sent ---

# messages to port 2071 with all that the words say, and all messages to it
at_exit "nft delete table ip wire"
nft -f - <<-'END' || bail "no counters"
	table ip wire {
		counter right { }
		counter each { }
		chain output {
			type filter hook output priority 0;
			udp dport 2071 counter name each
			udp dport 2071 ip dscp 10 ip ttl 7 meta mark 16 udp sport 4739 counter name right
		}
	}
END
recorder_start words "2071 2072"
setting destination 127.0.0.1:2071/mtu=600/dscp=10/hops=7/mark=0x10/sport=4739/domain=77,127.0.0.1:2072
packets --sport 1000+2000 --flows 2000 --count 2000
export_all
until_true 120 has_count flow 4000
recorder_stop words
sums_are "a destination with words has all" "2000 2000 $SENT_OCTETS" port=2071
sums_are "... and one without" "2000 2000 $SENT_OCTETS" port=2072
recorded total 'messages gaps problems' port=2071
read -r messages gaps <<<"$RECORDED"
is "... without a gap" "$gaps" "0 0"
is "each message has the DSCP, hop limit, mark and port" "$(wire_count right) $(wire_count each)" "$messages $messages"
is "... and the domain" "$(all_domains 2071)" 77
is "... the others have that of the setting" "$(all_domains 2072)" 5
is "options data are of that domain" "$(recorded options observationDomainId template=300 port=2071; echo "${RECORDED##*$'\n'}")" 77
longest=$(longest 2071)
compare "... messages are as large as the word allows" "$longest" '<=' $((600 - 28))
compare "... and not much smaller" "$longest" '>' $((600 - 28 - 70))
compare "... the others are larger" "$(longest 2072)" '>' 1200

# --- fields of its own ---

recorder_start fields "2073 2074 2075"
setting destination 127.0.0.1:2073/fields=physdev,127.0.0.1:2074,127.0.0.1:2075/fields=none
is "the setting is as it was" "$(setting fields)" ""
packets --sport 1000+100 --flows 100 --count 300
export_all
until_true 120 has_count flow 300
# has_physical PORT: print "records with the element, records"
has_physical() {
	awk '$1 == "flow" && / port='"$1"' / { n++; if (/ ingressPhysicalInterface=/) with++ }
		END { print with + 0, n + 0 }' "$RECORDER"
}
is "fields=physdev: each record has them" "$(has_physical 2073)" "100 100"
is "... those of a destination without have not" "$(has_physical 2074)" "0 100"
is "... nor of one with fields=none" "$(has_physical 2075)" "0 100"
setting fields physdev
packets --sport 2000+100 --flows 100 --count 300
export_all
until_true 120 has_count flow 600
recorder_stop fields
is "the setting holds where there is no word" "$(has_physical 2073), $(has_physical 2074), $(has_physical 2075)" \
	"200 200, 100 200, 0 200"
for port in 2073 2074 2075; do
	recorded_sums port=$port
	is "... each has all packets: port $port" "${RECORDED% *}" "200 600"
done
messages_right "messages are well-formed, templates first"
setting fields ''

# --- a rate ---

recorder_start rate "2076 2077"
setting destination 127.0.0.1:2076/rate=400k,127.0.0.1:2077
packets --dport 60
export_all
begin=$(now)
# 500 flows of 69 octets are 34,500 octets: at 50,000 octets a second 0.6 s at least
packets --sport 1000+500 --flows 500 --count 500
flush
until_true 120 has_count flow 501 port=2077
until_true 120 has_count flow 501 port=2076
took=$(($(now) - begin))
compare "a rate holds" "$took" '>=' 600
ok "... and all is sent" until_true 120 at_rest
recorder_stop rate
sums_are "... all of it" "501 501 $((SENT_OCTETS + SENT_OCTETS / 500))" port=2076

# --- IPv6 with its interface in brackets ---

ip link add l0 type dummy
at_exit "ip link del l0"
ip address add fe80::7/64 dev l0 nodad
ip link set l0 up
recorder_start local 2078
setting destination '[fe80::7%l0]:2078'
packets --dport 61
flush
ok "a link-local address with its interface" until_true 120 has flow port=2078
recorder_stop local

# --- what is refused, and why ---

setting destination 127.0.0.1:2079
# refused TITLE TEXT REGEX: it is not taken, and the log says why
refused() {
	if setting destination "$2"; then
		fail "$1"
	else
		logged_once "$1" "$3"
	fi
}
refused "a host name" collector.example:2055 "destination: 'collector.example:2055' is a host name.*getent"
refused "a link-local address without an interface" '[fe80::7]:2055' "destination: '\[fe80::7\]:2055' is a link-local address"
refused "both kinds of groups" '127.0.0.1|127.0.0.2&127.0.0.3' 'has both \| and &'
refused "an unknown word" 127.0.0.1/nats "'nats' is unknown"
refused "a number that is too large" 127.0.0.1/dscp=64 "'dscp=64' has a number that is too small or too large"
is "the old destination stays" "$(setting destination)" 127.0.0.1:2079

law_holds "in the end"
done_testing
