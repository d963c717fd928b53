#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets arrive in several contexts of one processor. On a PREEMPT_RT kernel these contexts
# preempt each other: senders of different priorities, OUTPUT in process context, softirqs,
# timers, a reader of the table, flush. No packet is lost or counted twice, and no flow is
# damaged.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

sink '' d0
tuns=(t1 t2 t3 t4)
for tun in "${tuns[@]}"; do
	tun "$tun"
done
# without a collector the module retries only after a second, and messages may be lost until then
collector_start all 2055 || bail "no collector"
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
at_exit "iptables -t raw -F"
for tun in "${tuns[@]}"; do
	iptables -t raw -A PREROUTING -i "$tun" -j NETFLOW
done
iptables -t raw -A OUTPUT -o d0 -p udp --dport 7005 -j NETFLOW
diag "$(uname -v)"

# The sender with the lowest priority never sleeps; the others wake up and preempt it.
senders=()
# sender POLICY PRIORITY PORT OPTION...
sender() {
	local policy=$1 priority=$2 port=$3
	shift 3
	chrt "$policy" "$priority" "$NETFLOW_TOOLS/traffic" --cpu 0 --dport "$port" --dst 10.8.0.2 "$@" >"$TMP/$port" &
	senders+=($!)
}
sender -o 0 7001 --tun t1 --src 10.9.0.2 --sport 1+3000 --flows 3000 --count 120000
sender -f 10 7002 --tun t2 --src 10.9.0.3 --sport 1+500 --flows 500 --count 8000 --rate 1000
sender -f 60 7003 --tun t3 --src 10.9.0.4 --sport 1+500 --flows 500 --count 8000 --rate 1100
sender -f 70 7004 --tun t4 --src 10.9.0.5 --sport 1+500 --flows 500 --count 8000 --rate 1300
sender -f 65 7005 --socket --src 10.8.0.1 --sport 20000+100 --flows 100 --count 4000 --rate 600
while kill -0 "${senders[0]}" 2>/dev/null; do
	cat /proc/net/stat/ipt_netflow_flows >/dev/null
	flush
done
ok "all flows are sent" wait "${senders[@]}"
packets=0
for port in 7001 7002 7003 7004 7005; do
	read -r _ sent _ <"$TMP/$port"
	packets=$((packets + ${sent:-0}))
done
all_seen() {
	[ "$(counter inPackets)" = "$packets" ]
}
ok "all $packets are counted" wait_for 300 all_seen
export_all
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets) $(counter hashPackets)" "0 0 0"
# print the cause of the loss
[ "$(counter lostPackets)" = 0 ] || diag "$(cat "$STATS" /proc/net/stat/ipt_netflow_audit)"
collector_stop all
for port in 7001 7002 7003 7004 7005; do
	read -r _ packets _ octets _ <"$TMP/$port"
	is "port $port: packets, octets" "$(total all "dst port $port" | cut -d' ' -f2-)" "$packets $octets"
done

done_testing
