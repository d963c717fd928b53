# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Waiting for traffic instead of for a time. recorder.sh is sourced first.

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
