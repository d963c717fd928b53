# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What tests of the debug kernels use besides recorder.sh, which is sourced first:
# random numbers that can be had again, and waiting for traffic instead of for a time.

# seeded: RANDOM gives the same numbers in each run; NETFLOW_SEED in the environment of
# tests/suite gives others.
seeded() {
	SEED=${NETFLOW_SEED:-1}
	RANDOM=$SEED
	diag "NETFLOW_SEED=$SEED"
}

# came DEVICE: packets that have come in by it, into CAME.
came() {
	read -r CAME <"/sys/class/net/$1/statistics/rx_packets"
}

# came_until DEVICE COUNT
came_until() {
	came "$1"
	[ "$CAME" -ge "$2" ]
}

# passes COUNT [DEVICE]: wait until so many more packets have come in by it (t0), whatever
# becomes of them: what was changed before is seen by packets, on a slow machine too.
passes() {
	local device=${2:-t0} until
	came "$device"
	until=$((CAME + $1))
	until_true 300 came_until "$device" "$until" ||
		bail "no traffic: $CAME packets have come in by $device, not $until"
}

# --- rules without a process for each change ---
#
# iptables' restore reads tables until its input ends, so one process of each program takes
# all changes. A comment comes back from it when all before it is done.

declare -A RESTORER RESTORER_IN RESTORER_OUT

# restorers TOOL...: these are open for changes from now on.
restorers() {
	local tool in out fifos=("${@/#/$TMP/restore.}")
	mkfifo "${fifos[@]}" || return
	for tool; do
		# opened both ways: neither side waits for the other
		exec {out}<>"$TMP/restore.$tool"
		exec {in}> >(exec stdbuf -oL "$tool-restore" -v --noflush >"$TMP/restore.$tool" 2>&1)
		RESTORER[$tool]=$! RESTORER_IN[$tool]=$in RESTORER_OUT[$tool]=$out
	done
	at_exit restorers_end
}

restorers_end() {
	local tool
	# their input has no end as long as another process has it open
	for tool in "${!RESTORER[@]}"; do
		stop "${RESTORER[$tool]}"
	done
	RESTORER=()
}

# restore TOOL TEXT: tables as iptables' restore has them, ending in COMMIT; rules that the
# text does not name stay. False, with what it said in ANSWER, if it does not take them.
restore() {
	local in=${RESTORER_IN[$1]} out=${RESTORER_OUT[$1]} line end=$((SECONDS + 600))
	ANSWER=''
	printf '%s\n# done\n' "$2" >&"$in" || return
	while [ "$SECONDS" -lt "$end" ]; do
		if read -rt 1 -u "$out" line; then
			[ "$line" != '# done' ] || return 0
			ANSWER+=$line$'\n'
		else
			kill -0 "${RESTORER[$1]}" 2>/dev/null || return 1
		fi
	done
	return 1
}

# rules TOOL LINE...: as in recorder.sh, by the process that is open if one is.
rules() {
	local tool=$1 line table rest text=''
	shift
	for line; do
		read -r table rest <<<"$line"
		text+="*$table"$'\n'
		[ "$rest" = - ] && text+="-F"$'\n' || text+="-A $rest -j NETFLOW"$'\n'
		text+="COMMIT"$'\n'
	done
	if [ -n "${RESTORER[$tool]:-}" ]; then
		restore "$tool" "${text%$'\n'}"
	else
		"$tool-restore" --noflush <<<"$text"
	fi
}
