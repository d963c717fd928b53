# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The law: every packet and every octet that the module has seen is somewhere.
# Sourced by lib.sh, which has it looked after in each test file, whatever that
# tests: before the module is removed, and when the file ends. What is found goes
# to $NETFLOW_LAW, of which guest makes a result of its own.
#
# ipt_netflow_audit counts what lies in tables and queue flow by flow, so it may
# differ from the counters of ipt_netflow_snmp: they are compared as well. (The
# module makes the sum once more when a namespace goes, for those that no test
# looks after; see the test "kernel".)

declare -A LAW

# law_lines NAMESPACE: both files' lines
law_lines() {
	local files=(/proc/net/stat/ipt_netflow_audit /proc/net/stat/ipt_netflow_snmp) file
	if [ -n "$1" ]; then
		# no test's name is a namespace's that is going just now
		ip netns exec "$1" cat "${files[@]}" 2>/dev/null
	else
		for file in "${files[@]}"; do
			echo "$(<"$file")"
		done
	fi
}

# law_read NAMESPACE: into LAW: PLACE (packets), PLACE_octets; false where nothing is
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

# law_sides [_octets]: what must be equal, "WHAT NUMBER NUMBER" a line
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

# law_breaches: lines of what is not equal
law_breaches() {
	local what got want sides=0
	while read -r what got want; do
		sides=$((sides + 1))
		[ "$got" = "$want" ] || echo "$what is $got, and $want by other ways"
	done <<<"$(law_sides && law_sides _octets &&
		echo "ignored ${LAW[ignored]} $((LAW[truncated] + LAW[malformed] + LAW[no_memory]))")"
	[ $sides = 21 ] || echo "a sum that cannot be made: there are $sides, not 21"
}

# law_in NAMESPACE: look, until traffic and exporter rest; the result is one of
# "held", "moving" (traffic goes on, so that nothing can be compared), "broken ..."
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

# law_look: after each namespace that there is now
law_look() {
	local path
	[ "${NETFLOW_LAW:-}" ] && [ -e /proc/net/stat/ipt_netflow_audit ] || return 0
	law_in ''
	for path in /run/netns/*; do
		[ ! -e "$path" ] || law_in "${path##*/}"
	done
}

# law_collected COLLECTOR: a stopped collector, nfcapd or the recorder, has what
# the account of the guest's own namespace says was sent since the module came.
law_collected() {
	local got
	law_read ''
	if [ -d "$TMP/$1" ]; then
		got=$(total "$1")
	else
		# shellcheck disable=SC2034 # recorder.sh has both
		RECORDER=$TMP/$1
		recorded_sums
		# shellcheck disable=SC2153
		got=$RECORDED
	fi
	is "$1 has what the account says was sent" "${got#* }" "${LAW[sent]} ${LAW[sent_octets]}"
}
