#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# hooks=ingress on the debug kernel: it is switched on and off in traffic on both
# processors while devices come, go, and move to a namespace that does the same; a
# namespace dies and the module goes with it on. What is exact about it is
# uml-fast/ingress.t.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

recorder_start all 2055
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 hooks=ingress
packets --count 30 --cpu 0 --dport 77
packets6 --count 20 --cpu 0 --dport 77
flush
until_true 30 at_rest
# ingress, and the rule of the router in PREROUTING
until_true 60 has_count flow 4 destinationTransportPort=77
recorded flow 'flowDirection packetDeltaCount' destinationTransportPort=77
mapfile -t records <<<"$RECORDED"
printf '%s\n' "${records[@]}" | sort >"$TMP/records"
mapfile -t records <"$TMP/records"
is "ingress has its records, and a rule in PREROUTING others" "${records[*]}" "0 20 0 20 0 30 0 30"

slow_traffic

# Devices come, go, and move all the time; rules of nftables too, which are checked
# under a lock that is taken when a device comes.
ip netns add one
ip link add v0 type veth peer name v1 netns one
at_exit "ip link del v0 2>/dev/null"
at_exit "ip netns del one 2>/dev/null"
batch='' back=''
for i in {1..4}; do
	batch+="link add e$i type dummy"$'\n'"link set e$i up"$'\n'
	batch+="link set e$i netns one"$'\n'
	back+="link del e$i"$'\n'
done
while :; do
	ip -batch - <<<"$batch"
	ip -n one -batch - <<<"$back"
done &>/dev/null &
devices=$!
at_exit "kill $devices 2>/dev/null"
while :; do
	iptables-nft-restore --noflush <<<$'*mangle\n-A FORWARD -j NETFLOW\nCOMMIT\n'
	iptables-nft-restore --noflush <<<$'*mangle\n-D FORWARD -j NETFLOW\nCOMMIT\n'
done &>/dev/null &
ruler=$!
at_exit "kill $ruler 2>/dev/null"
ip netns exec one bash -c 'ip link set lo up
	while :; do
		echo ingress >/proc/sys/net/netflow/hooks
		read -rt 0.2 <> <(:)
		echo 0 >/proc/sys/net/netflow/hooks
	done' &>/dev/null &
other=$!
at_exit "kill $other 2>/dev/null"

refused=''
for round in {1..6}; do
	for hooks in ingress '' prerouting,ingress 63 0 output; do
		setting hooks "$hooks" || refused+=" $hooks"
		setting snmp-rules "e:$((round * 100))" || refused+=" rules"
		pause 0.1
	done
done
is "ingress comes and goes in traffic, while devices do" "$refused" ''
kill "$devices" "$ruler" "$other" 2>/dev/null
wait "$devices" "$ruler" "$other" 2>/dev/null
ip netns exec one bash -c 'echo ingress >/proc/sys/net/netflow/hooks'
ip netns del one
gone() {
	[ ! -e /sys/class/net/v0 ]
}
# the device's other end goes with it
ok "a namespace dies with ingress on" until_true 60 gone
setting hooks ingress
statistics
ok "it meters at last" until_true 30 metered $((COUNT[inPackets] + 100))
setting hooks 0
iptables-nft-restore <<<$'*mangle\nCOMMIT\n'
router_rules_gone
resting
law_holds "at rest"
setting hooks 63
flush
messages_right "all messages are right"
ok "rules are gone: hooks do not hold the module" until_true 60 module_unused
ok "the module unloads in traffic, ingress on" rmmod ipt_NETFLOW
slow_traffic_ends

done_testing
