#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Metering ends without an error when others change the firewall. The statistics and the kernel's
# log say so within a minute. The clock skips idle time.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

# said TEXT: how often the log has this line
said() {
	dmesg | grep -c "ipt_NETFLOW: $1"
}

# minutes N: the module looks N times
minutes() {
	sleep $((60 * $1))
}

received() {
	traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --count "$1" --size 0
}

# numbers WANTED: rules, hooks, packets of the last minute, received ones, and whether it is over
numbers() {
	is "$1" "$(counter rules) $(counter hooks) $(counter minutePackets) $(counter minuteReceived) $(counter unfed)" "$2"
}

line() {
	grep '^Input:' /proc/net/stat/ipt_netflow
}

GONE='nothing is metered any more: there is no rule and no hook'
TAKEN='nothing was metered for a minute, while devices received'
LINE='Input: rules %u, hooks %u, packets in the last minute %u, received by devices %u.'

tun t0
sink '' d0
module_load destination=127.0.0.1:2055 || bail "no module"
received 500
minutes 2
received 500
minutes 1
numbers "a module that was never used says nothing" "0 0 0 500 0"
is "... and logs nothing" "$(said "$GONE") $(said "$TAKEN")" "0 0"
like "... but the line says that there is no rule" "$(line)" 'Nothing is metered: there is no rule and no hook\.$'

"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
received 150
minutes 1
numbers "a rule" "1 0 150 150 0"
# shellcheck disable=SC2059 # a format
is "... in the statistics for people" "$(line)" "$(printf "$LINE" 1 0 150 150)"
minutes 3
numbers "no packets at all are no reason to complain" "1 0 0 0 0"
"$IPTABLES" -t raw -I PREROUTING -j ACCEPT
received 99
minutes 1
numbers "... and 99 that the rule does not see are none" "1 0 0 99 0"
received 100
minutes 1
numbers "another rule takes a hundred before ours" "1 0 0 100 1"
like "... in the statistics for people" "$(line)" \
	'received by devices 100\. Nothing is metered: rules and hooks see no packets\.$'
minutes 2
received 200
minutes 1
is "... one line of the log says so" "$(said "$TAKEN 100 packets: do others take packets before our 1 rules and 0 hooks")" 1
is "... and no other" "$(said "$TAKEN")" 1
"$IPTABLES" -t raw -D PREROUTING -j ACCEPT
received 10
minutes 1
numbers "the other rule is gone" "1 0 10 10 0"
is "... which is said, too" "$(said 'packets are metered again')" 1

"$IPTABLES" -t raw -F
minutes 1
numbers "all rules are removed" "0 0 0 0 1"
minutes 3
is "... one line of the log says so" "$(said "$GONE")" 1
setting hooks prerouting,forward
minutes 1
is "hooks instead" "$(counter rules) $(counter hooks) $(counter unfed)" "0 2 0"
is "... which is said, too" "$(said 'there is a rule or a hook again')" 1
setting hooks ''
setting promisc 1
is "promisc counts as one" "$(counter hooks)" 1
setting promisc 0
minutes 1
is "the next time has a line of its own" "$(said "$GONE")" 2
ok "the module is unloaded" module_unload
done_testing
