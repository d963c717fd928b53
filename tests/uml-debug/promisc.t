#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# promisc=1 on the debug kernel: frames for others with tags, labels and rubbish,
# from both processors, while it comes and goes. What is exact about it is
# uml-fast/promisc.t.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

ip -batch - <<-END || bail "no network"
	netns add one
	link add v0 type veth peer name t0 netns one
	link add br0 type bridge
	link set v0 master br0
	link set v0 up promisc on
	link set br0 up promisc on
END
at_exit "ip netns del one; ip link del br0"
ip -n one link set t0 up
recorder_start all 2055
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 promisc=1 || bail "no module"
to=(--dev t0 --mac 02:00:00:00:99:99 --src 10.1.0.2 --dst 10.2.0.2)
traffic_in one - <<-END
	${to[*]} --count 30 --cpu 0 --tos 8
	${to[*]} --count 30 --cpu 0 --tos 8 --sport 1 --type 0x88a8 --tags 00648100000588470001004000020140
	${to[*]} --count 30 --cpu 0 --type 0x88a8 --tags 006481 --cut 0
	${to[*]} --count 300 --cpu 0 --sport 30000 --type 0x8100 --tags 00050800 --fuzz 7
END
read -r _ _ observed <<<"$(grep Promisc /proc/net/stat/ipt_netflow)"
is "all frames are observed" "$observed" "is enabled (observed 390 packets, discarded 30)."
flush
until_true 30 at_rest
sums_are "packets without a tag, and behind many" "2 60 7680" ipClassOfService=8
law_holds "with damaged ones"

senders=()
for cpu in 0 1; do
	spawn one "$NETFLOW_TOOLS/traffic" "${to[@]}" --type 0x8100 --tags 00050800 --rate 300 --count 1000000 \
		--cpu $cpu >/dev/null
	senders+=("$PID")
done
refused=''
for value in 0 1 0 1 0 1; do
	setting promisc $value || refused+=" $value"
	pause 0.3
done
is "it comes and goes in traffic" "$refused" ''
law_holds "then"
messages_right "all messages are right"
ok "the module unloads in traffic while it listens" rmmod ipt_NETFLOW
for sender in "${senders[@]}"; do
	stop "$sender"
done

done_testing
