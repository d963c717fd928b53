#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sampling, aggregation and numbers of interfaces under the kernel's checkers: as
# module options, changed in traffic on two processors while interfaces come, go and
# change their names, which are told; gone in traffic. What they do is compared in
# uml-fast.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

DIR=/proc/sys/net/netflow

recorder_start all 2055
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 sampler=random:3 \
	aggregation=10.9.0.0/16=24,1000-1099=1000 snmp_rules=t:70,d:80
tun t1
rules "$IPTABLES" 'raw PREROUTING -i t1'
read -r VALUE <$DIR/sampler
is "module options" "$VALUE" random:3

# --- changed in traffic ---

"$NETFLOW_TOOLS/traffic" --tun t0 --cpu 0 --src 10.9.0.2+5 --dst 10.8.0.2 --sport 1000+200 --flows 500 \
	--count 1000000 --rate 300 --size 0 >"$TMP/sent0" &
sender0=$!
at_exit "stop $sender0"
"$NETFLOW_TOOLS/traffic" --tun t1 --cpu 1 --src 10.9.0.2+5 --dst 10.8.0.2 --sport 1000+200 --flows 500 \
	--count 1000000 --rate 300 --size 0 >"$TMP/sent1" &
sender1=$!
at_exit "stop $sender1"
until_true 60 metered 100
for i in {1..40}; do
	echo "link add d$i type dummy" >&3
	echo "link set d$i name t$((i + 100))" >&4
	echo "link del t$((i + 100))" >&5
done 3>"$TMP/add" 4>"$TMP/rename" 5>"$TMP/delete"
refused=''
for change in sampler=d:3 aggregation= snmp-rules=t:7 sampler=h:3 aggregation=10.0.0.0/8=8 natfields=1 \
	sampler=p:10 snmp-rules= fields=mac sampler=packets-random:2 aggregation=0-65535=1,10.9.0.0/16=16 \
	protocol=9 sampler= snmp-rules=t:70,d:80 fields= protocol=10 sampler=p:3 natfields=0 \
	aggregation=10.0.0.0/8=0 sampler=r:4 snmp-rules=d:1; do
	echo "${change#*=}" >"$DIR/${change%%=*}" || refused+=" $change"
	case $change in
	sampler=h*) ip -batch "$TMP/add" ;;
	sampler=p:10)
		ip -batch "$TMP/rename"
		ok "a new name is told" until_true 60 has options interfaceName=t140
		;;
	sampler=) ip -batch "$TMP/delete" ;;
	esac
	pause 0.2
done
ok "settings were changed while packets came" kill -0 "$sender0" "$sender1"
stop "$sender0"
stop "$sender1"
is "all changes were taken" "$refused" ''
sent=0
for file in "$TMP/sent0" "$TMP/sent1"; do
	read -r _ packets _ <"$file"
	sent=$((sent + packets))
done
flush
until_true 60 at_rest
law_holds "after it"
statistics
is "each packet is somewhere" \
	"$((COUNT[outPackets] + COUNT[unsampledPackets] + COUNT[discardedPackets]))" "$sent"
counts_are "nothing is lost" "lostPackets dropPackets hashPackets" "0 0 0"
for name in unsampledPackets discardedPackets outPackets; do
	compare "... some are $name" "${COUNT[$name]}" '>' 0
done

# --- another namespace has its own, and goes with it; gone in traffic ---

ip netns add one
ip netns exec one bash -c "echo h:3 >$DIR/sampler && echo 1=2 >$DIR/aggregation && echo l:5 >$DIR/snmp-rules" ||
	fail "a namespace has its own"
read -r VALUE <$DIR/sampler
is "the first has still its own" "$VALUE" random:4
ip netns del one
"$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+200 --flows 500 \
	--count 1000000 --rate 300 --size 0 >/dev/null 2>&1 &
sender=$!
at_exit "stop $sender"
until_true 60 metered $((sent + 100))
router_rules_gone
ok "it unloads in traffic with all of them" module_unload
stop "$sender"
recorder_stop all
messages_right "all messages are right"
recorded flow selectorId
modes=$(sort -u <<<"$RECORDED")
is "flows of all selectors have come" "${modes//$'\n'/ }" "- 1 2 3 4 5"

done_testing
