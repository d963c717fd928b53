#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rules by nft_compat: in OUTPUT the target runs in process context with BHs enabled. Local
# senders on both processors are interrupted by received packets all the time, and the same rules
# meter those in softirq context. The results must be exact.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

needs_processors 2

IPT=iptables-nft IP6T=ip6tables-nft
"$IPT" -S >/dev/null 2>&1 || skip_all "no iptables-nft here"

topology || bail "no network"
sink '' d0
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
collector_start all 2055 || bail "no collector"
at_exit "$IPT -F; $IP6T -F"
for tool in "$IPT" "$IP6T"; do
	"$tool" -I OUTPUT -o d0 -j NETFLOW
	"$tool" -I FORWARD -o d0 -j NETFLOW
done
like "the rules are in nftables" "$(nft list ruleset)" 'xt target "?NETFLOW"?'

# sender WHERE PORT OPTION...: send in the background, in a namespace
SENDERS=()
sender() {
	local where=$1 port=$2
	shift 2
	in_ns "$where" "$NETFLOW_TOOLS/traffic" --dport "$port" "$@" >"$TMP/sent$port" &
	SENDERS+=("$!")
}

# Four senders in OUTPUT, two per processor, of both families; packets that arrive by r0 from
# another namespace are received on the processors of their senders.
local4=(--socket --src 10.8.0.1 --dst 10.8.0.9)
local6=(--socket --src fd00:8::1 --dst fd00:8::9)
remote=(--dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.8.0.9)
sender '' 7001 "${local4[@]}" --cpu 0 --sport 1000+50 --flows 50 --count 40000
sender '' 7002 "${local4[@]}" --cpu 1 --sport 2000+50 --flows 50 --count 40000 --size 1400
sender '' 7003 "${local6[@]}" --cpu 0 --sport 1000+50 --flows 50 --count 20000
sender '' 7004 "${local6[@]}" --cpu 1 --sport 2000+50 --flows 50 --count 20000
sender "$CLIENT" 7005 "${remote[@]}" --cpu 0 --sport 1000+5000 --flows 5000 --count 40000
sender "$CLIENT" 7006 "${remote[@]}" --cpu 1 --sport 1000+5000 --flows 5000 --count 40000
finished "${SENDERS[@]}" || bail "a sender failed"
# A sender that alternates between processors: its flows are in both tables.
sender '' 7007 "${local4[@]}" --sport 1000+10 --flows 10 --count 500 --cpu 0,1
finished "${SENDERS[-1]}" || bail "a sender failed"
export_all
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets) $(counter hashPackets)" "0 0 0"
collector_stop all
law_collected all

names=("OUTPUT, processor 0" "OUTPUT, processor 1" "OUTPUT, IPv6, processor 0" "OUTPUT, IPv6, processor 1"
	"FORWARD, processor 0" "FORWARD, processor 1" "OUTPUT, processors in turn")
for i in "${!names[@]}"; do
	port=$((7001 + i))
	read -r _ packets _ octets _ flows <"$TMP/sent$port"
	is "${names[i]}: records, packets, octets" "$(total all "dst port $port")" "$flows $packets $octets"
done

done_testing
