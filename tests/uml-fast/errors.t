#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Faults in the environment: all ways in which the path to the collector can fail, a restarted
# collector, a changed clock. Records wait meanwhile or are counted as lost; no record is sent
# twice, and the times of flows stay correct.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# link: create the working path to the collector's namespace
link() {
	ip -batch - <<-END
		link add k0 type veth peer name f0 netns far
		link set k0 txqueuelen 1000
		address add 10.7.0.1/24 dev k0
		link set k0 up
	END
	ip -n far -batch - <<-END
		address add 10.7.0.2/24 dev f0
		link set f0 up
	END
	until_true 120 link_is_up
}

# A device whose carrier has just come up drops packets without an error until linkwatch, which
# runs once per second, has attached its queue.
link_is_up() {
	local state
	read -r state </sys/class/net/k0/operstate && [ "$state" = up ]
}

# send FLOWS: send them and flush the tables. SENT_ALL has the sums.
SENT_ALL=(0 0 0)
BEFORE_RESTART=0
send() {
	packets --sport "$((1000 + SENT_ALL[0]))+$1" --flows "$1" --count $(($1 * 3)) --size 10 || bail "no traffic"
	SENT_ALL=($((SENT_ALL[0] + SENT_FLOWS)) $((SENT_ALL[1] + SENT_PACKETS)) $((SENT_ALL[2] + SENT_OCTETS)))
	flush
}

queued_now() {
	statistics
	[ "${COUNT[queuedPackets]}" -gt 0 ]
}

# fault TITLE BREAK MEND: flows that end during the fault are kept
fault() {
	eval "$2" || bail "$1: it cannot be broken"
	send 40
	ok "$1: flows wait" until_true 120 queued_now
	law_now "$1"
	eval "$3" || bail "$1: it cannot be mended"
	ok "... and are sent afterwards" until_true 120 at_rest
	send 10
	ok "... and later flows, too" until_true 120 at_rest
	until_true 120 has_count flow $((SENT_ALL[0] - BEFORE_RESTART))
	is "... and each arrived once" "$RECORDED_COUNT" $((SENT_ALL[0] - BEFORE_RESTART))
	law_now "... after it"
}

# law_now TITLE: nothing is missing, while only the exporter is active
law_now() {
	law_read ''
	is "$1: nothing is missing" "${LAW[missing]} ${LAW[missing_octets]}" "0 0"
}

ip netns add far
at_exit "ip netns del far"
link || bail "no link"
recorder_start first 2055 far
router destination=10.7.0.2:2055@10.7.0.1 active_timeout=3600 inactive_timeout=3600
send 10
ok "flows arrive" until_true 120 has_count flow 10

gone='ip route del 10.7.0.0/24'
back='ip route add 10.7.0.0/24 dev k0 src 10.7.0.1'
fault "no route (ENETUNREACH)" "$gone" "$back"
fault "an unreachable route (EHOSTUNREACH)" \
	"$gone; ip route add unreachable 10.7.0.0/24" "ip route del unreachable 10.7.0.0/24; $back"
fault "a prohibited route (EACCES)" \
	"$gone; ip route add prohibit 10.7.0.0/24" "ip route del prohibit 10.7.0.0/24; $back"
fault "a route into nothing (EINVAL)" \
	"$gone; ip route add blackhole 10.7.0.0/24" "ip route del blackhole 10.7.0.0/24; $back"
fault "this router's firewall (EPERM)" \
	"\"$IPTABLES\" -A OUTPUT -d 10.7.0.2 -j DROP" "\"$IPTABLES\" -D OUTPUT -d 10.7.0.2 -j DROP"
# (A packet sent while a queue is being removed is dropped, and its sender gets no error.)
fault "a device without room (ENOBUFS)" \
	"tc qdisc replace dev k0 root pfifo limit 0" "tc qdisc change dev k0 root pfifo limit 1000"
fault "the device is down" "ip link set k0 down" "ip link set k0 up"
fault "the source address is removed (EADDRNOTAVAIL)" \
	"ip address del 10.7.0.1/24 dev k0" "ip address add 10.7.0.1/24 dev k0"
fault "the device is removed" "ip link del k0" "link"

# --- the collector is restarted ---

before=${SENT_ALL[*]}
until_true 120 has_count flow "${SENT_ALL[0]}"
recorder_stop first
sums_are "all have arrived, once each" "$before"
messages_right "... in messages that are right"
BEFORE_RESTART=${SENT_ALL[0]}
fault "no collector listens (ECONNREFUSED)" : "recorder_start second 2055 far"

# --- the clock is set forwards and backwards, by hours ---

# clock HOURS: set the clock by so many hours, and check that a flow's times are current and that
# its duration is unchanged
clock() {
	local length now start end
	packets --dport 99 --sport $((2000 + $1)) --count 1
	date -s "$1 hours" >/dev/null
	pause 0.3
	packets --dport 99 --sport $((2000 + $1)) --count 1
	SENT_ALL=($((SENT_ALL[0] + 1)) $((SENT_ALL[1] + 2)) $((SENT_ALL[2] + 2 * SENT_OCTETS)))
	statistics
	is "the clock is set by $1 hours: no flow ends" "${COUNT[hashFlows]}" 1
	send 5
	ok "... flows are still sent" until_true 120 at_rest
	now=$(now)
	until_true 120 has_count flow 1 destinationTransportPort=99 sourceTransportPort=$((2000 + $1))
	recorded flow 'flowStartMilliseconds flowEndMilliseconds' destinationTransportPort=99 \
		sourceTransportPort=$((2000 + $1))
	read -r start end <<<"$RECORDED"
	length=$((end - start))
	compare "... the duration of a flow is not hours: $length ms" "$length >= 200 && $length" '<' 60000
	compare "... and its end has the new time" "$end <= $now && $now - $end" '<' 60000
	law_now "... then"
}

clock +5
clock -11
clock +6

# --- at the end ---

export_all
recorder_stop second
read -r flows _ <<<"$before"
sums_are "all that came since the collector's restart has arrived, once each" \
	"$((SENT_ALL[0] - flows)) $((SENT_ALL[1] - $(cut -d' ' -f2 <<<"$before"))) $((SENT_ALL[2] - $(cut -d' ' -f3 <<<"$before")))"
messages_right "... in messages that are right"
counts_are "nothing was lost" "lostFlows dropPackets outPackets" "0 0 ${SENT_ALL[1]}"

# --- a late ICMP error about messages that were sent before the counters were zeroed ---

refused_now() {
	statistics
	[ "${COUNT[errTotal]}" -gt "$errors" ]
}

# uptime_ms: set UPTIME to the guest's uptime, which no test changes
uptime_ms() {
	read -r UPTIME _ </proc/uptime
	UPTIME=$((10#${UPTIME/./} * 10))
}

# late_answer: zero the counters before the error arrives. False if the machine was so slow that
# it arrived after the two seconds for which the module waits for one.
late_answer() {
	local begin
	statistics
	errors=${COUNT[errTotal]}
	uptime_ms
	begin=$UPTIME
	send 10
	setting flush 2
	until_true 120 refused_now || return 0
	uptime_ms
	[ $((UPTIME - begin)) -lt 1900 ]
}

errors=0
ip netns exec far tc qdisc add dev f0 root netem delay 1s
for ((tries = 1; tries <= 30; tries++)); do
	! late_answer || break
done
diag "the answer was late and in time in try $tries"
ok "a late answer" refused_now
# ten flows, or those of several tries
counts "outFlows outPackets outBytes lostFlows queuedPackets"
read -r _ _ _ _ queued <<<"$COUNTS"
is "... nothing has been sent since then, and nothing is lost" "${COUNTS% *} $((queued % 30))" "0 0 0 0 0"
compare "... and it waits" "$queued" '>=' 30
law_now "... then"
# The collector starts first. With the queue its delayed answers are dropped, and a probe without an
# answer is one that was received: flows would be sent to a collector that is not there yet.
recorder_start third 2055 far
ok "... and the flows arrive after it" until_true 120 has_count flow $((queued / 3))
ok "... and settle" until_true 120 at_rest
ip netns exec far tc qdisc del dev f0 root
recorder_stop third
is "... once each" "$(grep -c '^flow ' "$RECORDER")" $((queued / 3))
counts_are "... and count as sent since then" "outFlows outPackets queuedPackets" "$((queued / 3)) $queued 0"
law_now "... in the end"
router_rules_gone
ok "the module is unloaded" rmmod ipt_NETFLOW

done_testing
