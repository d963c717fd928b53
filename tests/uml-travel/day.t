#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# TIMEOUT 172800
# A day of a router, with a clock that skips idle time: a flow that lasts all day, flows that start
# and end each hour, a collector each for IPFIX and NetFlow 9. The kernel's jiffies start five
# minutes before they wrap.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

HOURS=24 ACTIVE=1800 INACTIVE=15 FLOWS=100
RECORDER_LARGE=1

# uptime_s: print the seconds since boot.
uptime_s() {
	local up
	read -r up _ </proc/uptime
	echo "${up%.*}"
}

tun t0
tun t1
sink '' d0
compare "jiffies have not wrapped yet" "$(uptime_s)" '<' 290
module_load destination=127.0.0.1:2055,127.0.0.1:2056/9 active_timeout=$ACTIVE inactive_timeout=$INACTIVE ||
	bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
"$IP6TABLES" -t raw -A PREROUTING -i t1 -j NETFLOW
recorder_start all "2055 2056"

# one packet per second, all day
lasting=$TMP/lasting
"$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --dport 7001 --size 333 \
	--count $((HOURS * 3600)) --rate 1 >"$lasting" &
lasts=$!
packets=0 octets=0
for ((hour = 0; hour < HOURS; hour++)); do
	traffic --tun t1 --src fd00:9::2 --dst fd00:8::2 --dport 7002 --sport 1+$FLOWS --flows $FLOWS \
		--count $((FLOWS * 7)) --size "$hour" || bail "no traffic"
	packets=$((packets + SENT_PACKETS))
	octets=$((octets + SENT_OCTETS))
	sleep 3600
done
wait "$lasts"
read -r _ SENT_PACKETS _ SENT_OCTETS _ <"$lasting"
compare "a day has passed" "$(uptime_s)" '>=' $((HOURS * 3600))
ok "all flows are exported after the last one is idle" wait_for $((INACTIVE + 10)) drained
is "nothing is lost" "$(counter lostFlows) $(counter lostPackets) $(counter dropPackets)" "0 0 0"
is "the account has all packets" "$(counter inPackets) $(counter outPackets)" \
	"$((SENT_PACKETS + packets)) $((SENT_PACKETS + packets))"
is "the account has all octets" "$(counter inBytes) $(counter outBytes)" \
	"$((SENT_OCTETS + octets)) $((SENT_OCTETS + octets))"
recorder_stop all
messages_right "all messages are right"

# records PORT-OF-COLLECTOR PORT-OF-FLOWS START END: write "SPORT START END ARRIVED PACKETS
# OCTETS" of each record to a file; START and END are names of elements.
records() {
	recorded flow "sourceTransportPort $3 $4 arrived packetDeltaCount octetDeltaCount" \
		"port=$1" "destinationTransportPort=$2"
	sort -k1,1n -k2,2n <<<"$RECORDED" >"$TMP/$1-$2"
}

# sums FILE: print "records packets octets"
sums() {
	awk '{ packets += $5; octets += $6 } END { print NR, packets, octets }' "$TMP/$1"
}

for of in "2055 flowStartMilliseconds flowEndMilliseconds" "2056 flowStartSysUpTime flowEndSysUpTime"; do
	read -r port start end <<<"$of"
	records "$port" 7001 "$start" "$end"
	records "$port" 7002 "$start" "$end"
	is "$port: short flows" "$(sums "$port-7002")" "$((FLOWS * HOURS)) $packets $octets"
	read -r count sum <<<"$(sums "$port-7001")"
	is "$port: the long flow" "$sum" "$SENT_PACKETS $SENT_OCTETS"
	# one record every 1800 to 1801 seconds
	compare "$port: the long flow has no more records than periods" "$count" '<=' \
		$((HOURS * 3600 / ACTIVE + 1))
	compare "$port: ... and no fewer than with a second more" "$count" '>=' \
		$((HOURS * 3600 / (ACTIVE + 1)))
	# the gap between two records is one packet interval, and all records span the day
	read -r gap_least gap_most span <<<"$(awk '
		NR == 1 { first = $2 }
		NR > 1 {
			gap = $2 - last
			if (NR == 2 || gap < least) least = gap
			if (NR == 2 || gap > most) most = gap
		}
		{ last = $3 }
		END { print least, most, last - first }' "$TMP/$port-7001")"
	compare "$port: a record starts a second after the end of the last one" "$gap_least" '>=' 980
	compare "$port: ... and not later" "$gap_most" '<=' 1020
	compare "$port: they start with the first packet" "$span" '>=' $((HOURS * 3600000 - 1020))
	compare "$port: ... and end with the last" "$span" '<=' $((HOURS * 3600000 - 980))
done

# --- options data that describe the exporter ---

# paced NAME PORT SECONDS NAME=VALUE...: they arrive every 300 s, or after SECONDS, delayed by at
# most some runs of the exporter and a message. The first minute is ignored: when a destination is
# connected, all are sent at once
paced() {
	local name=$1 port=$2 seconds=$3 count least most
	recorded options arrived "port=$port" "${@:4}"
	read -r count least most <<<"$(awk '
		NR == 1 { begin = $1 }
		$1 - begin < 60000 { last = $1; next }
		{
			gap = $1 - last
			if (!count || gap < least) least = gap
			if (gap > most) most = gap
			count++
			last = $1
		}
		END { print count + 0, least + 0, most + 0 }' <<<"$RECORDED")"
	compare "$port: $name is sent every 300 s" "$least" '>=' 299000
	compare "$port: ... and not later" "$most" '<=' $(((seconds + 10) * 1000))
	compare "$port: ... that often in a day" "$count" '>=' $((HOURS * 3600 / (seconds + 10) - 2))
	compare "$port: ... and not more often" "$count" '<=' $((HOURS * 3600 / 299 + 1))
}

for port in 2055 2056; do
	paced "the system's record" "$port" 300 template=314
done
# after data with the template, which come as often as flows are exported
paced "a template's flow keys" 2055 $((ACTIVE + 1)) template=303 templateId=256

late=$(awk -v active=$ACTIVE '{ d = $4 - $2; if (d > most) most = d } END { print most }' "$TMP/2055-7001")
compare "2055: records are received within active_timeout and a second" "$late" '<=' $((ACTIVE * 1000 + 1000))

done_testing
