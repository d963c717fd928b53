#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Hooks mode: packets that pass a hook are metered without a rule, exactly those that a first rule
# would meter; never twice; and a change of the setting loses no packet.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

# Each hook is compared with the chain of the same name, where a first rule sees the same packets.
HOOKS=(prerouting input forward output postrouting)
CHAINS=('raw PREROUTING' 'mangle INPUT' 'mangle FORWARD' 'raw OUTPUT' 'mangle POSTROUTING')

# count_chains: add rules to each chain that only count, by port
count_chains() {
	local i text=''
	for i in "${!CHAINS[@]}"; do
		text+="*${CHAINS[i]% *}"$'\n'
		text+="-A ${CHAINS[i]#* } -p udp --dport $((7001 + i))"$'\n'
		text+="-A ${CHAINS[i]#* } -p udp --dport 7006"$'\n'COMMIT$'\n'
	done
	"$IPTABLES-restore" --noflush <<<"$text"
	"$IP6TABLES-restore" --noflush <<<"$text"
	at_exit "rules_gone $IPTABLES; rules_gone $IP6TABLES"
}

# rules_gone TOOL
rules_gone() {
	"$1" -t raw -F
	"$1" -t mangle -F
}

# chains_counted: set CHAIN_COUNT["CHAIN PORT"] to the sums of both families
declare -A CHAIN_COUNT
chains_counted() {
	local key packets octets
	{
		"$IPTABLES-save" -c
		"$IP6TABLES-save" -c
	} | sed -n 's/^\[\([0-9]*\):\([0-9]*\)\] -A \([A-Z]*\) -p udp .*--dport \([0-9]*\)$/\3,\4 \1 \2/p' |
		awk '{ packets[$1] += $2; octets[$1] += $3 }
			END { for (key in packets) print key, packets[key], octets[key] }' >"$TMP/counted"
	while read -r key packets octets; do
		CHAIN_COUNT[${key/,/ }]="$packets $octets"
	done <"$TMP/counted"
}

# send PORT: forwarded, to this host, and from it to itself; all numbers differ
send() {
	local to=(--dport "$1" --cpu 0)
	traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 "${to[@]}" --count 50 --sport 1000+5 --flows 5 &&
		traffic --tun t0 --src 10.9.0.2 --dst 10.9.0.1 "${to[@]}" --count 7 &&
		traffic --socket --src 127.0.0.1 --dst 127.0.0.1 "${to[@]}" --count 3 --size 9 &&
		traffic --tun t0 --src fd00:9::2 --dst fd00:8::2 "${to[@]}" --count 20 --size 77 &&
		traffic --tun t0 --src fd00:9::2 --dst fd00:9::1 "${to[@]}" --count 11 &&
		traffic --socket --src ::1 --dst ::1 "${to[@]}" --count 2
}

# through PORT [OPTION...]: send 100 packets that are forwarded
through() {
	local port=$1
	shift
	traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --dport "$port" --count 100 --cpu 0 "$@"
}

# The hooks also meter export messages, so the tables are never empty.
at_rest() {
	[ "$(counter queuedPackets)" = 0 ]
}

export_rest() {
	flush
	wait_for at_rest
}

law() {
	awk '{ v[$1] = $2 }
		END { print v["inPackets"] - v["outPackets"] - v["hashPackets"] - v["queuedPackets"] - v["lostPackets"],
			v["inBytes"] - v["outBytes"] - v["hashBytes"] - v["queuedBytes"] - v["lostBytes"] }' "$STATS"
}

tun t0
sink '' d0
# short refresh times, so that a later collector receives the templates soon
options=(destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 refresh_rate=1)
module_load "${options[@]}" hooks=1 || bail "no module"
like "the option of modprobe, by number" "$(setting hooks) $(cat /proc/net/stat/ipt_netflow)" \
	'^prerouting .*Hooks prerouting\.'
collector_start all 2055 || bail "no collector"

# --- each hook alone, then all of them ---

count_chains
for i in "${!HOOKS[@]}"; do
	setting hooks "${HOOKS[i]}"
	send $((7001 + i)) || bail "no traffic at ${HOOKS[i]}"
done
setting hooks "postrouting,forward,Output,INPUT,prerouting"
is "the list is shown in the order of the numbers" "$(setting hooks)" \
	"prerouting,input,forward,output,postrouting"
send 7006
chains_counted

# --- a rule at the same hook ---

for table in raw mangle; do
	"$IPTABLES" -t $table -A PREROUTING -i t0 -j NETFLOW
done
"$IPTABLES" -t mangle -A FORWARD -i t0 -j NETFLOW
setting hooks prerouting,input
through 7010
setting hooks ''
is "no hooks" "$(setting hooks)$(grep Hooks /proc/net/stat/ipt_netflow)" ''
through 7011
rules_flush "$IPTABLES"

# --- packets that are dropped afterwards ---

setting hooks 5
"$IPTABLES" -t raw -A PREROUTING -p udp --dport 7020 -j DROP
"$IPTABLES" -t mangle -A FORWARD -p udp --dport 7021 -j DROP
through 7020
through 7021

# --- marks ---

setting hooks forward
"$IPTABLES" -t mangle -A PREROUTING -p udp --dport 7030 --sport 1001 -j MARK --set-mark 0x513
"$IPTABLES" -t mangle -A PREROUTING -p udp --dport 7031 --sport 1001 -j MARK --set-mark 0x513
setting hooks_mark 0x10 && setting hooks_mark_mask 0xf0
is "a mark and its mask" "$(setting hooks_mark) $(setting hooks_mark_mask)" "0x10 0xf0"
like "... in the statistics" "$(cat /proc/net/stat/ipt_netflow)" 'Hooks forward, mark 0x10/0xf0\.'
through 7030 --sport 1001
through 7030 --sport 1002 --count 33
setting hooks_mark_mask 0
through 7031 --sport 1001
through 7031 --sport 1002 --count 33
# In PREROUTING only a mark that was set before the raw table matches; nft can set it.
nft -f - <<-END
	table ip early {
		chain marks {
			type filter hook prerouting priority raw - 10
			udp dport 7032 udp sport 1001 meta mark set 0x1f
		}
	}
END
setting hooks 1
setting hooks_mark_mask 0xf0
through 7032 --sport 1001
through 7032 --sport 1002 --count 33
nft delete table ip early
setting hooks_mark_mask 0

export_rest
collector_stop all
packets=0 octets=0
for i in "${!HOOKS[@]}"; do
	chain=${CHAINS[i]#* } port=$((7001 + i))
	is "${HOOKS[i]}: packets and octets are those of a first rule in ${CHAINS[i]}" \
		"$(total all "dst port $port" | cut -d' ' -f2-)" "${CHAIN_COUNT[$chain $port]}"
	packets=$((packets + ${CHAIN_COUNT[$chain 7006]% *}))
	octets=$((octets + ${CHAIN_COUNT[$chain 7006]#* }))
done
is "all hooks: packets and octets are the sum of those of all chains" \
	"$(total all "dst port 7006" | cut -d' ' -f2-)" "$packets $octets"
total_is "hook and rules: counted once in PREROUTING, by the rule in FORWARD" all "dst port 7010" 2 200 25600
total_is "the same rules without the hook: all count" all "dst port 7011" 2 300 38400
total_is "what raw drops was seen in PREROUTING" all "dst port 7020" 1 100 12800
total_is "what FORWARD drops was seen there" all "dst port 7021" 2 200 25600
total_is "a mark: only packets that have it" all "dst port 7030" 1 100 12800
total_is "mask 0: all" all "dst port 7031" 2 133 17024
total_is "a mark in PREROUTING" all "dst port 7032" 1 100 12800
is "in = out + table + queue + lost" "$(law)" "0 0"

# --- changes in traffic ---

setting hooks prerouting
collector_start toggle 2055
to_port() {
	sender_start '' --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --dport "$1" --sport 1000+50 --flows 50 \
		--rate 20000 --cpu 0
}
to_port 7040
for i in {1..10}; do
	setting hooks prerouting,input,output,postrouting && metered_more 200
	setting hooks prerouting && metered_more 200
done
sender_stop
export_rest
staying="$SENT_PACKETS $SENT_OCTETS"
is "the account holds" "$(law)" "0 0"

to_port 7041
for i in {1..10}; do
	setting hooks ''
	setting hooks prerouting,forward
	metered_more 200 || fail "packets are metered while hooks are switched, round $i"
done
sender_stop
export_rest
is "... and the account holds" "$(law)" "0 0"
is "... nothing was lost" "$(counter lostPackets) $(counter dropPackets)" "0 0"
collector_stop toggle
is "a hook that stays sees every packet while others are switched" \
	"$(records toggle '%dir %pkt %byt' 'dst port 7040' | awk '$1 == "I" { p += $2; o += $3 } END { print p, o }')" \
	"$staying"

# --- namespaces ---

topology || bail "no network"
in_client() {
	in_ns "$CLIENT" bash -c "$1"
}
setting hooks ''
flush
is "a new namespace has no hooks" "$(in_client 'cat /proc/sys/net/netflow/hooks')" ''
in_client 'ip link set lo up; echo output >/proc/sys/net/netflow/hooks'
is "hooks of one are not another's" "$(setting hooks)" ''
collector_start client 2055 "$CLIENT" || bail "no collector in the namespace"
before=$(counter inPackets)
traffic_in "$CLIENT" --socket --src 10.1.0.2 --dst 10.2.0.2 --dport 7050 --count 40
in_client 'echo 1 >/proc/sys/net/netflow/flush'
wait_for in_client "awk '\$1 == \"queuedPackets\" { exit \$2 != 0 }' $STATS"
is "the first namespace has none of its packets" "$(counter inPackets)" "$before"
collector_stop client
total_is "its own collector has them" client "dst port 7050" 1 40 "$SENT_OCTETS"
# send from outside: a process in the namespace would keep it alive
sender_start '' --dev r0 --mac 02:00:00:00:01:02 --src 10.1.0.1 --dst 10.1.0.2 --rate 5000 2>/dev/null
setting hooks prerouting,forward,postrouting
in_client 'echo prerouting,output >/proc/sys/net/netflow/hooks'
in_packets() {
	in_client "awk '\$1 == \"inPackets\" { exit \$2 <= $1 }' $STATS"
}
ok "a namespace meters" wait_for in_packets 100
ip netns del "$CLIENT"
# the other end of the device is deleted with it
ok "... and is removed during traffic, with its hooks on" wait_for test ! -e /sys/class/net/r0
stop "$SENDER"
topology_down

# --- unload, and a machine without iptables ---

to_port 7060
setting hooks 31
metered_more 1000
ok "the module is unloaded during traffic while hooks are on" rmmod ipt_NETFLOW
ok "... and is loaded again" module_load "${options[@]}" hooks=forward \
	hooks_mark=0x10 hooks_mark_mask=16 targets=0
sender_stop
is "options of modprobe" "$(setting hooks) $(setting hooks_mark) $(setting hooks_mark_mask)" \
	"forward 0x10 0x10"
is "targets is an option only" \
	"$(cat /sys/module/ipt_NETFLOW/parameters/targets) $(ls /proc/sys/net/netflow/targets 2>/dev/null)" "0 "
not "targets=0: iptables finds no target" "$IPTABLES" -A INPUT -j NETFLOW
setting hooks_mark_mask 0
collector_start alone 2055
through 7061
export_rest
collector_stop alone
total_is "hooks meter without it" alone "dst port 7061" 1 100 12800
ok "the module is unloaded" module_unload

done_testing
