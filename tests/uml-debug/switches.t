#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Settings of metering are changed in traffic on both processors: hooks, ingress, promisc,
# additional fields, sampling, aggregation, numbers of interfaces. Meanwhile devices are
# created, renamed, moved to another namespace and deleted, and rules of nftables are added and
# removed. The other namespace has the same changes and is deleted with everything switched on.
# At the end the module is unloaded with everything switched on. Exact results of each feature
# are tested in its file of uml-fast.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/passes.sh
. "$NETFLOW_TOP/tests/passes.sh"

DIR=/proc/sys/net/netflow
# shellcheck disable=SC2034 # used by recorder.sh
RECORDER_LARGE=1
FIELDS=mac,vlan,ethertype,mpls,physdev,options,exthdrs,tcpoptions,vrf

# NAME=VALUE, one after the other; a value has no white space
STEPS="fields= sampler=d:3 aggregation= snmp-rules=t:7 promisc=0 fields=mac natfields=1
	sampler=h:3 aggregation=10.0.0.0/8=8 hooks_mark_mask=1 promisc=1 fields=$FIELDS
	sampler=p:10 snmp-rules= natfields=0 fields=tcpoptions,exthdrs hooks_mark_mask=0
	sampler=packets-random:2 aggregation=0-65535=1,10.9.0.0/16=16 promisc=0 protocol=9
	fields= sampler= snmp-rules=t:70,d:80 natfields=1 fields=vlan,physdev protocol=10 promisc=1
	sampler=p:3 natfields=0 aggregation=10.0.0.0/8=0 snmp-rules=e:100 fields=$FIELDS sampler=r:4"
# one of these with each step
# shellcheck disable=SC2054 # the commas are part of a list of hooks
HOOKS=(1 '' output,postrouting ingress prerouting,input,forward 63 0 prerouting,ingress forward
	'' ingress output 31)

# put NAME VALUE: set it here and in the other namespace
put() {
	echo "$2" >"$DIR/$1" || REFUSED+=" $1=$2"
	echo "$1 $2" >&"$OTHER"
}

# churn NUMBER: create a device, rename it or move it to the other namespace, and delete it, by
# one long-running process in each namespace.
churn() {
	local name=e$1
	echo "link add $name type dummy"$'\n'"link set $name up" >&"$HERE"
	if [ $(($1 % 2)) = 0 ]; then
		echo "link set $name netns one" >&"$HERE"
	else
		echo "link set $name name t$name"$'\n'"link del t$name" >&"$HERE"
	fi
	# a device that has not arrived yet is not deleted here, but with the namespace
	echo "link set $name up"$'\n'"link del $name" >&"$THERE"
}

# absent DEVICE
absent() {
	[ ! -e "/sys/class/net/$1" ]
}

# sends NAMESPACE OPTION...: send without end, at a rate that a slow kernel can meter
SENDERS=()
sends() {
	spawn "$1" "$NETFLOW_TOOLS/traffic" --count 4000000000 "${@:2}" >/dev/null
	SENDERS+=("$PID")
}

# --- everything switched on, as options of the module ---

recorder_start all 2055
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 sampler=random:3 \
	aggregation=10.9.0.0/16=24,1000-1099=1000 snmp_rules=t:70,d:80 fields=$FIELDS hooks=63 promisc=1
is "module options" "$(cd $DIR && echo "$(<sampler) $(<fields) $(<promisc) $(<hooks)")" \
	"random:3 $FIELDS 1 prerouting,input,forward,output,postrouting,ingress"
until_true 300 has template scope=0 || bail "no templates"
ip -batch - <<-END || bail "no network"
	tuntap add dev t1 mode tun
	address add fd00:7::1/64 dev t1 nodad
	link set t1 up
	netns add one
	link add v0 type veth peer name u0 netns one
	link add br0 type bridge
	link set v0 master br0
	link set v0 up promisc on
	link set br0 up promisc on
END
at_exit "ip link del t1; ip link del br0; ip link del v0 2>/dev/null; ip netns del one 2>/dev/null"
ip -n one -batch - <<-END || bail "no network"
	link set lo up
	link set u0 up
END
rules "$IP6TABLES" 'raw PREROUTING -i t1'
exec {HERE}> >(exec ip -force -batch - &>/dev/null)
here=$!
exec {THERE}> >(exec ip -n one -force -batch - &>/dev/null)
there=$!
# shellcheck disable=SC2016 # expanded by the inner shell
exec {OTHER}> >(exec ip netns exec one bash -c 'while read -r name value && [ "$name" != end ]; do
	echo "$value" >"/proc/sys/net/netflow/$name"; done' &>/dev/null)
other=$!
at_exit "stop $here; stop $there; stop $other"

sends '' --tun t0 --cpu 0 --src 10.9.0.2+5 --dst 10.8.0.2 --sport 1000+200 --flows 500 \
	--proto tcp --tcp-hex 01010402 --size 0 --rate 200
sends '' --tun t1 --cpu 1 --src fd00:7::2 --dst fd00:8::2 --exthdrs 0,60 --sport 1000+50 \
	--flows 50 --fuzz 7 --rate 150
sends '' --socket --cpu 1 --src 127.0.0.1 --dst 127.0.0.1 --sport 20000 --rate 100
sends one --dev u0 --cpu 0 --mac 02:00:00:00:99:99 --src 10.1.0.2 --dst 10.2.0.2 --type 0x8100 \
	--tags 00050800 --fuzz 9 --rate 150
until [ -e "$TMP/enough" ]; do
	rules iptables-nft 'mangle FORWARD'
	rules iptables-nft 'mangle -'
done &>/dev/null &
ruler=$!
at_exit "kill $ruler 2>/dev/null"
until_true 300 metered 200 || bail "nothing is metered"

# --- changed in traffic ---

REFUSED='' step=0
for change in $STEPS; do
	put hooks "${HOOKS[step % ${#HOOKS[@]}]}"
	put "${change%%=*}" "${change#*=}"
	churn $step
	count=20
	[[ $change != sampler* ]] || count=100
	passes $count
	[ $((step++ % 5)) != 0 ] || mapfile -t LINES </proc/net/stat/ipt_netflow_flows
done
read -r HEADER </proc/net/stat/ipt_netflow_flows
is "all changes were accepted" "$REFUSED" ''
like "the list of flows has columns for the fields" "$HEADER" 'mac:src,dst vlan type proto'
ok "there was traffic all the time" kill -0 "${SENDERS[@]}"
echo "link add told type dummy"$'\n'"link set told name renamed" >&"$HERE"
ok "a new name is exported" until_true 300 has options interfaceName=renamed
echo "link del renamed" >&"$HERE"
until_true 300 absent renamed
echo >"$TMP/enough"
wait "$ruler"

# --- a namespace is deleted with everything switched on ---

stop "${SENDERS[3]}"
echo end >&"$OTHER"
wait "$other"
stop "$there"
# it holds the namespace open since it moved a device there
stop "$here"
ip netns del one
# the other end of the device is deleted with it
ok "a namespace is removed with all features on" until_true 300 absent v0
REFUSED=''
for change in hooks=63 promisc=1 protocol=10; do
	setting "${change%=*}" "${change#*=}" || REFUSED+=" $change"
done
statistics
ok "the first one still meters" until_true 300 metered $((COUNT[inPackets] + 100))

# --- at rest, and unloaded in traffic ---

setting hooks 0
rules "$IPTABLES" 'raw -'
rules "$IP6TABLES" 'raw -'
setting promisc 0
resting
law_holds "at rest"
# check now: the check before rmmod is in traffic, where the numbers cannot be compared
law_look
is "nothing was lost" "${COUNT[lostPackets]}" 0
setting hooks 63
setting promisc 1
ok "without rules hooks do not prevent unloading" until_true 300 module_unused
statistics
until_true 300 metered $((COUNT[inPackets] + 50))
ok "the module is unloaded during traffic with all features on" rmmod ipt_NETFLOW
for sender in "${SENDERS[@]}"; do
	stop "$sender"
done
recorder_stop all
messages_right "messages are well-formed, templates first, and no id has two meanings"
recorded flow selectorId
modes=$(sort -u <<<"$RECORDED")
is "there are flows of all selectors" "${modes//$'\n'/ }" "- 1 2 3 4 5"

done_testing
