#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Collectors that are not there: a host whose address is not resolved, at first or later; two dead
# ports of a host that sends one ICMP error in a second, or one for each message. They get a probe
# in a second and nothing else, nothing counts as sent, and when they are there they receive all.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

RECORDER_LARGE=1
# 350 messages: the kernel keeps 92 of them for a neighbour whose address is not known
FLOWS=10000
ANSWERED=4	# column of the statistics of a destination

# burst PORT COUNT: send so many flows
burst() {
	packets --src 10.9.0.2+100 --sport 1000+$(($2 / 100)) --dport "$1" --flows "$2" --count "$2" \
		--size 8 || bail "no traffic"
}

# answers NUMBER: set ANSWERS to the errors that this destination has had
answers() {
	local words
	statistics
	read -ra words <<<"${COUNT[sock$1]}"
	ANSWERS=${words[$ANSWERED]}
}

# answered NUMBER LEAST
answered() {
	answers "$1"
	[ "$ANSWERS" -ge "$2" ]
}

# collected PORT COUNT
collected() {
	[ "$(grep -c "^flow port=$1 " "$RECORDER")" -ge "$2" ]
}

# each_once TITLE PORT COUNT: so many flows have arrived, and all are different
each_once() {
	is "$1" "$(awk '$1 == "flow" && / '"port=$2"' / {
			for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] }
			flows++
			if (!seen[v["sourceIPv4Address"] " " v["sourceTransportPort"] " " \
				v["destinationTransportPort"]]++) different++
		}
		END { print flows + 0, different + 0 }' "$RECORDER")" "$3 $3"
}

# resolved yes|no: the far host answers ARP
resolved() {
	local ignore=0
	[ "$1" = yes ] || ignore=8
	ip netns exec far sysctl -qw net.ipv4.conf.f0.arp_ignore=$ignore
}

# arrived PORT: set ARRIVED to the datagrams that came to that port of the far host
arrived() {
	ARRIVED=$(ip netns exec far "$IPTABLES" -nvxL INPUT | awk -v port="dpt:$1" '$NF == port { print $1 }')
}

ip netns add far
at_exit "ip netns del far"
ip -batch - <<-END || bail "no link"
	link add k0 type veth peer name f0 netns far
	address add 10.7.0.1/24 dev k0
	link set k0 up
END
at_exit "ip link del k0"
ip -n far -batch - <<-END || bail "no link"
	address add 10.7.0.2/24 dev f0
	link set f0 up
END

# --- a neighbour that is not resolved, at first ---

resolved no
router destination=10.7.0.2:2055 active_timeout=600 inactive_timeout=600
recorder_start far 2055 far
burst 7001 $FLOWS
flush
ok "the address of the collector is not resolved" until_true answered 0 2
counts_are "... nothing counts as sent, and nothing is lost" "queuedPackets outFlows lostFlows" "$FLOWS 0 0"
resolved yes
ok "it is: all flows arrive" until_true collected 2055 $FLOWS
ok "... and settle" until_true at_rest

# --- ... and after the session has begun ---

resolved no
ip neigh flush to 10.7.0.2
answers 0
errors=$ANSWERS
burst 7002 $FLOWS
flush
ok "the address is lost" until_true answered 0 $((errors + 2))
counts_are "... nothing counts as sent, and nothing is lost" "queuedPackets outFlows lostFlows" \
	"$FLOWS $FLOWS 0"
resolved yes
ok "it is found: all flows arrive" until_true collected 2055 $((2 * FLOWS))
ok "... and settle" until_true at_rest
recorder_stop far
each_once "... each once" 2055 $((2 * FLOWS))
counts_are "... and count once" "lostFlows outFlows" "0 $((2 * FLOWS))"
messages_right "templates went first"

# --- two dead ports of a host ---

is "the host limits its errors as Linux does" \
	"$(ip netns exec far sysctl -n net.ipv4.icmp_ratelimit net.ipv4.icmp_ratemask)" 1000$'\n'6168
for port in 2061 2062; do
	ip netns exec far "$IPTABLES" -A INPUT -p udp --dport $port || bail "no count of datagrams"
done
setting destination 10.7.0.2:2061,10.7.0.2:2062

both_answered() {
	answered 0 "$1" && answered 1 "$1"
}

# dead PORT WAITING: a burst for the dead ports, while so many flows wait already
dead() {
	local begin errors more port
	burst "$1" 2000
	flush
	ok "both are known as dead" until_true both_answered 1
	answers 0
	errors=$ANSWERS
	arrived 2061
	more=$ARRIVED
	begin=$(now)
	ok "... and stay so" until_true both_answered $((errors + 6))
	# there is a second between two of them
	compare "... a probe in a second" $(($(now) - begin)) '>=' 4500
	answers 0
	arrived 2061
	# all templates are some messages
	compare "... and nothing else" $((ARRIVED - more)) '<=' $((4 * (ANSWERS - errors + 1)))
	counts_are "... nothing counts as sent, and nothing is lost" "queuedPackets outFlows lostFlows" \
		"$(($2 + 2000)) $((2 * FLOWS)) 0"
}
dead 7003 0
ip netns exec far sysctl -qw net.ipv4.icmp_ratelimit=0
dead 7004 2000
recorder_start up "2061 2062" far
for port in 2061 2062; do
	ok "port $port is up: all flows arrive" until_true collected $port 4000
done
ok "... and settle" until_true at_rest
recorder_stop up
for port in 2061 2062; do
	each_once "... each once, port $port" $port 4000
done
counts_are "... and count once" "lostFlows outFlows" "0 $((2 * FLOWS + 4000))"
messages_right "all messages are right"

law_holds "in the end"
done_testing
