#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# snmp-rules: interfaces have numbers by their names, the same in flow records and in the records
# of their names, also when they are created, deleted, or renamed.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# leave_by DEVICE: create a dummy device and route 10.8.0.0/16 to it.
leave_by() {
	ip link set "$1" up arp off
	ip route replace 10.8.0.0/16 dev "$1"
}

index_of() {
	cat "/sys/class/net/$1/ifindex"
}

# numbers_are TITLE IN OUT: a packet sent now has these numbers in its record.
PORT=1000
numbers_are() {
	PORT=$((PORT + 1))
	packets --sport "$PORT" --size 0
	export_all
	wait_for has flow "sourceTransportPort=$PORT"
	recorded flow 'ingressInterface egressInterface' "sourceTransportPort=$PORT"
	is "$1" "$RECORDED" "$2 $3"
}

# named NUMBER NAME: the collector has received this name.
named() {
	has options "ingressInterface=$1" "interfaceName=$2"
}

ip link add early7 type dummy
at_exit "ip link del early7"
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 snmp_rules=early:300
rules "$IPTABLES" 'raw -' 'filter FORWARD -i t0'
at_exit "rules $IPTABLES 'filter -'"
recorder_start all 2055
is "an option of modprobe is a setting" "$(setting snmp-rules)" early:300
ok "an interface that existed before has its number" wait_for named 307 early7
t0=$(index_of t0) d0=$(index_of d0)
numbers_are "no rule, no change" "$t0" "$d0"

setting snmp-rules 'ppp:200,t:4294967295/d:70000 eth:100' || bail "the rules are refused"
is "the statistics have the rules" "$(grep SNMP-rule /proc/net/stat/ipt_netflow)" \
	"SNMP-rule#0: prefix 'ppp' map to 200
SNMP-rule#1: prefix 't' map to 4294967295
SNMP-rule#2: prefix 'd' map to 70000
SNMP-rule#3: prefix 'eth' map to 100"
numbers_are "prefix and digits" 4294967295 70000
ok "names have the same number" wait_for named 4294967295 t0
ok "names have the same number" wait_for named 70000 d0

ip link add ppp11 type dummy
leave_by ppp11
numbers_are "an interface that is added" 4294967295 211
ip link set ppp11 down
ip link set ppp11 name eth0.5
leave_by eth0.5
numbers_are "one that is renamed; digits end where they end" 4294967295 100
ip link set eth0.5 down
ip link set eth0.5 name uplink
leave_by uplink
numbers_are "one that no rule is for" 4294967295 "$(index_of uplink)"
ip link set uplink down
ip link set uplink name d4294967290
leave_by d4294967290
numbers_are "one with a number that would be too large" 4294967295 "$(index_of d4294967290)"
ip link set d4294967290 down
ip link set d4294967290 name ppp12
leave_by ppp12
packets --sport 999 --size 0
wait_for metered "$((PORT - 1000 + 1))"
ip link del ppp12
leave_by d0
export_all
wait_for has flow sourceTransportPort=999
recorded flow egressInterface sourceTransportPort=999
is "one that was removed before its flow is exported" "$RECORDED" 212

setting snmp-rules ''
numbers_are "without rules" "$t0" "$d0"
is "there is no rule in the end" "$(grep -c SNMP-rule /proc/net/stat/ipt_netflow)" 0
messages_right "all messages are right"

# --- interfaces are created and deleted while rules change and flows are exported ---

sender_start '' --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 2000+500 --flows 500 --size 0 --rate 10000
for ((rounds = 0; rounds < 30; rounds++)); do
	setting snmp-rules "t:$rounds,d:1,x:100"
	ip -batch - <<-END
		link add x1 type dummy
		link add x2 type dummy
		link set x1 name y1
	END
	metered_more 500
	setting flush 1
	ip link del y1
	[ $((rounds % 2)) = 0 ] || setting snmp-rules ''
	ip link del x2
done
sender_stop
export_all
law_holds "changed $rounds times in traffic"
setting snmp-rules "t:1,d:1"
router_rules_gone
rules "$IPTABLES" 'filter -'
ok "it is unloaded with rules" module_unload
ip link add x3 type dummy
ip link del x3

done_testing
