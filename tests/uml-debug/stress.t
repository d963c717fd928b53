#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# TIMEOUT 3000
# Everything at once: traffic on all processors by rules of both iptables variants and by
# hooks. Every setting is changed at random, dumps are read, namespaces created and deleted,
# connections flushed, the module unloaded and loaded. The kernel's checks are active. When
# everything is paused, the account is exact. The test runs until each actor has acted as often
# as ACTS requires and PACKETS packets were metered, and for at least STRESS_SECONDS.
# NETFLOW_SEED selects other actions; their order also depends on processors and time.

# shellcheck disable=SC2030,SC2031 # each actor has its own RANDOM

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

seed_shown
# Per part; the module is loaded anew for each part.
PARTS=3 PACKETS=2000
declare -A ACTS=([settings]=60 [dumps]=4 [change_rules]=5 [namespaces]=1 [connections]=2)
seconds=${STRESS_SECONDS:-0}
DESTINATION=127.0.0.1:2055
SYSCTLS=/proc/sys/net/netflow

# --- actors: each repeats one action until it is paused or stopped ---

ACTORS=()
round=0			# number of the pause, which main writes to the file "hold"; 0 means run
echo 0 >"$TMP/hold"

# actor FUNCTION
actor() {
	local name=$1 acts=0 hold seen=0
	ACTORS+=("$name")
	echo "0 0" >"$TMP/$name"
	echo 0 >"$TMP/$name.acts"
	(
		trap - EXIT
		RANDOM=$((SEED + ${#ACTORS[@]}))
		while :; do
			# the file is empty for a moment while main writes it
			read -r hold <"$TMP/hold" || continue
			if [ "$hold" = 0 ]; then
				"$name" >/dev/null 2>&1
				acts=$((acts + 1))
				echo $acts >"$TMP/$name.acts"
				continue
			fi
			[ "$hold" = "$seen" ] || echo "$hold $acts" >"$TMP/$name"
			seen=$hold
			pause 0.2
		done
	) &
	at_exit "stop $! KILL"
}

# waiting NAME: the actor has paused for this round.
waiting() {
	local seen
	read -r seen _ <"$TMP/$1"
	[ "$seen" = "$round" ]
}

hold() {
	local name
	round=$((round + 1))
	echo "$round" >"$TMP/hold"
	for name in "${ACTORS[@]}"; do
		until_true 600 waiting "$name" || bail "$name does not end"
	done
}

go_on() {
	echo 0 >"$TMP/hold"
}

# acted NAME: set ACTED to the number of its actions
acted() {
	# the file is empty for a moment while the actor writes it
	until read -r ACTED <"$TMP/$1.acts"; do :; done
}

# part_done: all goals of this part are reached; MISSING has the others.
part_done() {
	local name
	MISSING=''
	for name in "${ACTORS[@]}"; do
		acted "$name"
		[ "$ACTED" -ge $(((round + 1) * ACTS[$name])) ] ||
			MISSING+=" $name: $ACTED of $(((round + 1) * ACTS[$name]));"
	done
	statistics
	[ "${COUNT[inPackets]}" -ge $PACKETS ] || MISSING+=" packets: ${COUNT[inPackets]} of $PACKETS;"
	[ $((SECONDS - begin)) -ge $((seconds * (round + 1) / PARTS)) ] || MISSING+=" time"
	[ -z "$MISSING" ]
}

# Words for random texts, from the module's own descriptions of its settings.
declare -A WORDS
while IFS=: read -r name description; do
	WORDS[$name]=${description//[^a-z0-9]/ }
done <<<"$(modinfo -p "$NETFLOW_MODULE")"
DESTINATIONS=("$DESTINATION" "$DESTINATION,127.0.0.1:2056" "127.0.0.1:9" "[::1]:2056/9" ''
	"127.0.0.1:2055/5,[::1]:2056" "192.0.2.1:2055" "127.0.0.1:2056@127.0.0.1%lo" "nonsense")

# value NAME CURRENT: set VALUE to a valid or invalid value of the setting.
value() {
	local words n
	case $1 in
	# values above 1 would set the account to zero in traffic
	flush) VALUE=$((RANDOM % 2)) ;;
	destination) VALUE=${DESTINATIONS[RANDOM % ${#DESTINATIONS[@]}]} ;;
	*)
		if [[ $2 =~ ^(0x)?[0-9a-f-]+$ ]]; then
			words=("$2" 0 1 2 5 9 10 -1 x $((RANDOM % 100)) $((RANDOM * 30)))
			VALUE=${words[RANDOM % ${#words[@]}]}
			return
		fi
		read -ra words <<<"${WORDS[${1//-/_}]:-} x"
		VALUE=''
		for ((n = RANDOM % 4; n > 0; n--)); do
			VALUE+=${VALUE:+,}${words[RANDOM % ${#words[@]}]}
		done
		;;
	esac
}

settings() {
	local files file current
	files=("$SYSCTLS"/* /sys/module/ipt_NETFLOW/parameters/*)
	# one after the other, from a random one on
	file=${files[(SEED + acts) % ${#files[@]}]}
	read -r current <"$file" || current=''
	value "${file##*/}" "$current"
	echo "$VALUE" >"$file" && echo "${file##*/}" >>"$TMP/taken"
	pause 0.05
}

dumps() {
	local file lines
	for file in /proc/net/stat/ipt_netflow* "$SYSCTLS"/*; do
		mapfile -t lines <"$file"
	done
	pause 0.2
}

CHAINS=("raw PREROUTING" "raw OUTPUT" "mangle FORWARD" "mangle POSTROUTING" "filter INPUT" "filter OUTPUT" "filter FORWARD")
change_rules() {
	local tools=(iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft)
	local tool=${tools[RANDOM % 4]} chain=${CHAINS[RANDOM % ${#CHAINS[@]}]}
	rules "$tool" "${chain% *} -" "$chain" "$chain"
	pause 0.5
}

no_rules() {
	local tool
	for tool in iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
		rules "$tool" 'raw -' 'mangle -' 'filter -'
	done
}

namespaces() {
	ip netns add stress
	ip netns exec stress bash -c "iptables-legacy-restore; ip link set lo up
		echo 63 >$SYSCTLS/hooks
		exec $NETFLOW_TOOLS/traffic --socket --src 127.0.0.1 --dst 127.0.0.1 --count 500 --flows 50" <<-END
		*filter
		-A OUTPUT -j NETFLOW
		COMMIT
	END
	ip netns del stress
}

connections() {
	conntrack -F
	pause 1
}

# --- the module, and the account ---

load() {
	insmod "$NETFLOW_MODULE" destination="$DESTINATION" natevents=1 fields=mac,options || bail "the module does not load"
}

# Stop metering, and wait until everything is exported to a collector.
rest() {
	no_rules
	setting hooks ''
	setting promisc 0
	setting destination "$DESTINATION"
	setting maxflows 0
	setting sndbuf 0
	resting
	flush
	until_true 120 at_rest || diag "$(cat "$STATS")"
}

# all_out TITLE: nothing is left, according to the counters that are computed as differences.
all_out() {
	counts_are "$1: nothing is in the table or on its way" \
		"hashFlows hashPackets hashBytes queuedPackets queuedBytes" "0 0 0 0 0"
}

recorder_start all "--totals 2055 2056"
tun t0
tun t1
sink '' d0
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
at_exit no_rules
load
at_exit module_unload
for words in "--tun t0 --cpu 0 --src 10.9.0.2+20 --dst 10.8.0.2 --flows 5000 --size 20" \
	"--tun t1 --cpu 0,1 --src fd00:9::2+20 --dst fd00:8::2 --proto tcp --flows 3000" \
	"--socket --src 127.0.0.1 --dst 127.0.0.1 --flows 200 --dport 7000"; do
	# shellcheck disable=SC2086 # words
	spawn '' "$NETFLOW_TOOLS/traffic" $words --sport 1000+500 --count 4000000000 --rate 700 >/dev/null
done
for name in settings dumps change_rules namespaces connections; do
	actor "$name"
done

begin=$SECONDS
while [ $round -lt $PARTS ]; do
	until_true $((900 + seconds)) part_done || bail "part $((round + 1)) lacks$MISSING"
	hold
	rest
	law_holds "part $round, ${COUNT[inPackets]} packets, ${COUNT[lostPackets]} of them lost"
	all_out "part $round"
	compare "part $round: packets were metered" "${COUNT[inPackets]}" '>=' $PACKETS
	ok "part $round: the module is unloaded" rmmod ipt_NETFLOW
	load
	go_on
done
hold
for name in "${ACTORS[@]}"; do
	acted "$name"
	compare "$name: it was done" "$ACTED" '>=' $((PARTS * ACTS[$name]))
done
names=("$SYSCTLS"/*)
mapfile -t taken <<<"$(sort "$TMP/taken" | uniq -c)"
diag "settings that were taken:" "${taken[@]}"
# not every tried value is valid
compare "settings were accepted, of ${#names[@]}" "${#taken[@]}" '>=' $((${#names[@]} / 2))
rest
law_holds "in the end"
all_out "in the end"
ok "it is unloaded in the end" rmmod ipt_NETFLOW
recorder_stop all
recorded total "problems" port=2055
is "no message was invalid" "${RECORDED:-none}" 0

done_testing
