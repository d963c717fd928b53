# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The law: every packet and every octet that the module has seen is accounted for.
# Sourced by lib.sh, which checks the law in each test file, whatever its subject: before the
# module is removed, and when the file ends. The result is written to $NETFLOW_LAW, and guest
# makes a test result from it.
#
# ipt_netflow_audit counts the content of tables and queue flow by flow, so it may differ from
# the counters of ipt_netflow_snmp; this file compares the two. (When a namespace is removed
# the module checks the sum again, for namespaces that no test checks; see the test "kernel".)

declare -A LAW

# law_lines NAMESPACE: print the lines of both files
law_lines() {
	local files=(/proc/net/stat/ipt_netflow_audit /proc/net/stat/ipt_netflow_snmp) file
	if [ -n "$1" ]; then
		# a namespace in /run/netns may be on its way out and have no files
		ip netns exec "$1" cat "${files[@]}" 2>/dev/null
	else
		for file in "${files[@]}"; do
			echo "$(<"$file")"
		done
	fi
}

# law_read NAMESPACE: set LAW[PLACE] (packets) and LAW[PLACE_octets]; false without statistics
law_read() {
	local name packets octets rest
	LAW=()
	while read -r name packets octets rest; do
		LAW[${name:-none}]=$packets
		LAW[${name:-none}_octets]=$octets
	done <<<"$(law_lines "$1")"
	: "$rest"
	[ "${LAW[seen]:-}" ]
}

# law_sides [_octets]: print the numbers that must be equal, one line "WHAT NUMBER NUMBER" each
law_sides() {
	local of=${1:-} statistics=${1:+Bytes}
	local lost=$((${LAW[dropped$of]} + ${LAW[withheld$of]} + ${LAW[unmade$of]} + ${LAW[unsent$of]}))
	local queued=$((${LAW[batches$of]} + ${LAW[messages$of]}))
	local unselected=$((${LAW[unsampled$of]} + ${LAW[discarded$of]}))
	local metered=$((${LAW[seen$of]} - ${LAW[ignored$of]}))
	statistics=${statistics:-Packets}
	cat <<-END
		metered$of $metered $((${LAW[table$of]} + queued + ${LAW[sent$of]} + lost + unselected))
		missing$of ${LAW[missing$of]} 0
		in$statistics ${LAW[in$statistics]} $metered
		drop$statistics ${LAW[drop$statistics]} ${LAW[ignored$of]}
		hash$statistics ${LAW[hash$statistics]} ${LAW[table$of]}
		queued$statistics ${LAW[queued$statistics]} $queued
		out$statistics ${LAW[out$statistics]} ${LAW[sent$of]}
		lost$statistics ${LAW[lost$statistics]} $lost
		unsampled$statistics ${LAW[unsampled$statistics]} ${LAW[unsampled$of]}
		discarded$statistics ${LAW[discarded$statistics]} ${LAW[discarded$of]}
	END
}

# law_breaches: print a line for each pair that differs
law_breaches() {
	local what got want sides=0
	while read -r what got want; do
		sides=$((sides + 1))
		[ "$got" = "$want" ] || echo "$what is $got, and $want by other ways"
	done <<<"$(law_sides && law_sides _octets &&
		echo "ignored ${LAW[ignored]} $((LAW[truncated] + LAW[malformed] + LAW[no_memory]))" &&
		echo "unbalanced ${LAW[unbalanced]} 0")"
	[ $sides = 22 ] || echo "a sum that cannot be made: there are $sides, not 22"
}

# law_in NAMESPACE: check until traffic and exporter are idle; the result is "held", "moving"
# (there is traffic, so the numbers cannot be compared) or "broken ..."
law_in() {
	local seen='' breaches state='' moved=0 still=$SECONDS
	until [ "$state" ]; do
		law_read "$1" || return 0
		breaches=$(law_breaches)
		if [ -z "$breaches" ]; then
			state="held ${LAW[seen]}"
		elif [ "${LAW[seen]}" != "$seen" ] || [ "${LAW[absent]:-0}" != 0 ]; then
			seen=${LAW[seen]} still=$SECONDS
			[ $((++moved)) -le 25 ] || state=moving
		elif [ $((SECONDS - still)) -ge $((PATIENCE / 5)) ]; then
			state="broken in '$1': ${breaches//$'\n'/; }"
		fi
		[ "$state" ] || pause 0.2
	done
	echo "$state" >>"$NETFLOW_LAW"
}

# law_look: check each existing namespace
law_look() {
	local path
	[ "${NETFLOW_LAW:-}" ] && [ -e /proc/net/stat/ipt_netflow_audit ] || return 0
	law_in ''
	for path in /run/netns/*; do
		[ ! -e "$path" ] || law_in "${path##*/}"
	done
}

# law_collected COLLECTOR: a stopped collector, nfcapd or the recorder, has received what the
# account of the guest's own namespace counts as sent since the module was loaded.
law_collected() {
	local got
	law_read ''
	if [ -d "$TMP/$1" ]; then
		got=$(total "$1")
	else
		# shellcheck disable=SC2034 # used by recorder.sh
		RECORDER=$TMP/$1
		recorded_sums
		# shellcheck disable=SC2153
		got=$RECORDED
	fi
	is "$1 has exactly what was sent by the account" "${got#* }" "${LAW[sent]} ${LAW[sent_octets]}"
}
