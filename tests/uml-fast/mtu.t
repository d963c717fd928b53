#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A message is exactly as long as the path to the collector allows: for each protocol and family,
# limited by the setting mtu and by the route's MTU, to the octet.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

V4=10.2.0.2 V6=fd00:2::2
# octets of the IP and UDP headers before a message
declare -A HEADERS=([4]=28 [6]=48)
# octets of a message without its records: its header, and that of its set
declare -A BEFORE=([5]=24 [9]=24 [10]=20)
# octets of a record
declare -A RECORD=([5]=48)

# Families of the destinations, protocol, the setting, the route's MTU. With "fits" the longest
# packet has exactly this length; "short" is one octet less, so it has one record less.
CASES=(
	'4 10 fits 1500' '4 10 short 1500' '6 10 fits 1500' '6 10 short 1500'
	'4 9 fits 1500' '4 9 short 1500' '6 9 fits 1500' '6 9 short 1500'
	'4 5 fits 1500' '4 5 short 1500' '6 5 fits 1500' '6 5 short 1500'
	'4 10 0 fits' '4 10 0 short' '6 10 0 fits' '6 10 0 short'
	'4 10 1500 short' '6 10 1500 short' '6 9 1500 short'
	'4 10 512 1500' '6 10 512 1500' '4 10 0 1500' '6 10 0 1500' '4 10 65535 1500' '6 10 65535 1500'
	# each destination has messages for its own path; the longest are those by IPv4
	'46 10 fits 1500' '46 10 short 1500'
)
FIRST_PORT=2100

# longest PROTOCOL OCTETS: set LONGEST to the length of a message with all records that fit
longest() {
	local records=$((($2 - BEFORE[$1]) / RECORD[$1]))
	# a message of version 9 has padding
	while [ "$1" = 9 ] && [ $((BEFORE[9] + (records * RECORD[9] + 3) / 4 * 4)) -gt "$2" ]; do
		records=$((records - 1))
	done
	[ "$1" != 5 ] || [ $records -le 30 ] || records=30
	LONGEST=$((BEFORE[$1] + records * RECORD[$1]))
	[ "$1" != 9 ] || LONGEST=$(((LONGEST + 3) / 4 * 4))
}

# route FAMILY MTU
route() {
	case $1 in
	*4*) ip route replace $V4/32 dev r1 src 10.2.0.1 mtu "$2" ;;
	esac
	case $1 in
	*6*) ip route replace $V6/128 dev r1 src fd00:2::1 mtu "$2" ;;
	esac
}

# destinations FAMILIES PROTOCOL PORT
destinations() {
	local to=''
	[[ $1 != *4* ]] || to+="$V4:$3/$2,"
	[[ $1 != *6* ]] || to+="[$V6]:$3/$2"
	setting destination "${to%,}" || bail "no destination $to"
}

topology || bail "no network"
ports=''
for i in "${!CASES[@]}"; do
	ports+=" $((FIRST_PORT + i))"
done
recorder_start all "2055 2056 $ports" "$SERVER"
router active_timeout=600 inactive_timeout=600

# --- how long records are ---

for protocol in 10 9; do
	destinations 4 $protocol 2055
	packets --dport $protocol
	export_all
	until_true 300 has flow destinationTransportPort=$protocol || bail "no flow by version $protocol"
	recorded flow template destinationTransportPort=$protocol
	recorded template fields id="$RECORDED"
	RECORD[$protocol]=0
	for field in $(tr , '\n' <<<"${RECORDED##*$'\n'}"); do
		RECORD[$protocol]=$((RECORD[$protocol] + ${field#*:}))
	done
done

# --- 120 flows each time, which are several messages ---

ROOM=() WANTED=() TITLES=() expected=0
for i in "${!CASES[@]}"; do
	read -r families protocol setting route <<<"${CASES[i]}"
	headers=${HEADERS[${families:0:1}]}
	longest "$protocol" $((1400 - headers))
	packet=$((LONGEST + headers))
	for name in setting route; do
		case ${!name} in
		fits) printf -v $name %s $packet ;;
		short) printf -v $name %s $((packet - 1)) ;;
		esac
	done
	packet=$((setting && setting < route ? setting : route))
	[ "$setting" != 0 ] || [ "$route" -le 1500 ] || packet=1500
	ROOM[i]=$((packet - headers))
	longest "$protocol" "${ROOM[i]}"
	WANTED[i]=$LONGEST
	TITLES[i]="IPv$families, version $protocol, mtu $setting, the route's $route"
	setting mtu "$setting" || bail "mtu $setting is refused"
	route "$families" "$route"
	destinations "$families" "$protocol" $((FIRST_PORT + i))
	packets --sport 1000+120 --flows 120 --count 120
	export_all
	expected=$((expected + 120 * ${#families}))
done
counts_are "nothing is lost, and nothing waits" "lostPackets queuedPackets outPackets" "0 0 $((2 + 120 * ${#CASES[@]}))"
until_true 300 has_count flow $((2 + expected))
recorder_stop all

# print port, flows, the longest message, the longest of those that contain only flows
awk '{ for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] } }
	{ port = v["port"] }
	$1 == "flow" { flows[port]++; here++ }
	$1 == "message" {
		if (v["length"] > all[port]) all[port] = v["length"]
		if (here && here == v["records"] && v["length"] > full[port]) full[port] = v["length"]
		here = 0
	}
	END { for (port in all) print port, flows[port] + 0, all[port], full[port] + 0 }' "$RECORDER" >"$TMP/lengths"
declare -A GOT
while read -r port flows all full; do
	GOT[$port]="$flows $full $all"
done <"$TMP/lengths"
for i in "${!CASES[@]}"; do
	read -r families _ <<<"${CASES[i]}"
	read -r flows full all <<<"${GOT[$((FIRST_PORT + i))]:-0 0 0}"
	is "${TITLES[i]}: flows, and octets of a full message" "$flows $full" \
		"$((120 * ${#families})) ${WANTED[i]}"
	compare "... no message has more than ${ROOM[i]}" "$all" '<=' "${ROOM[i]}"
done
messages_right "all messages are right"

done_testing
