#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Load, use and unload the module repeatedly, with flows in its tables each time: all memory is
# freed (at the end of the suite kmemleak and the kernel's object checks are queried).

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

tun t0
sink '' d0
for round in 1 2; do
	ok "round $round: it is loaded" module_load destination=127.0.0.1:2055,127.0.0.1:2056 active_timeout=600 inactive_timeout=600
	"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
	"$IP6TABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
	traffic --tun t0 --src 10.9.0.2+20 --dst 10.8.0.2 --count 4000 --flows 2000 --sport 1+100
	traffic --tun t0 --src fd00:9::2+20 --dst fd00:8::2 --count 2000 --flows 1000 --sport 1+50
	is "round $round: all packets are metered" "$(counter inPackets)" 6000
	ok "round $round: the table can be read" grep -q '10\.8\.0\.2' /proc/net/stat/ipt_netflow_flows
	ok "round $round: destinations change" setting destination 127.0.0.1:2057
	not "round $round: an invalid value is rejected" setting destination nonsense
	ok "round $round: it is unloaded with flows in its tables" module_unload
done

done_testing
