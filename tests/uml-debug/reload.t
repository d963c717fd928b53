#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded and unloaded while packets pass: when it is unloaded, no task may be in
# its code, and no timer, work or socket may be left. The kernel's checks are active. A collector
# is started in the second round.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

seen() {
	[ "$(counter inPackets)" -ge 300 ]
}

tun t0
sink '' d0
spawn '' "$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.2+50 --dst 10.8.0.2 --sport 1000+100 \
	--flows 5000 --count 1000000 --rate 1000
sender=$PID

for round in 1 2 3 4; do
	[ "$round" != 2 ] || collector_start late 2055
	ok "round $round: it is loaded" module_load destination=127.0.0.1:2055 active_timeout=1 inactive_timeout=1
	"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
	"$IPTABLES" -A FORWARD -j NETFLOW
	ok "round $round: packets are metered" wait_for 300 seen
	ok "round $round: flush" flush
	ok "round $round: another destination" setting destination 127.0.0.1:2055,127.0.0.1:2056
	"$IPTABLES" -t raw -F PREROUTING
	"$IPTABLES" -F FORWARD
	ok "round $round: it is unloaded" module_unload
done
ok "there was traffic all the time" kill -0 "$sender"
stop "$sender"
collector_stop late
compare "a collector that was added later has records" "$(total late | cut -d' ' -f1)" '>' 0

done_testing
