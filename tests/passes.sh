# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Wait for packets, not for a time. Sourced after recorder.sh.

# came DEVICE: set CAME to the number of packets received by it
came() {
	read -r CAME <"/sys/class/net/$1/statistics/rx_packets"
}

# came_until DEVICE COUNT
came_until() {
	came "$1"
	[ "$CAME" -ge "$2" ]
}

# passes COUNT [DEVICE]: wait until it (t0) has received COUNT more packets, whether they are
# metered or not. Then packets have been processed after an earlier change, on a slow machine
# too.
passes() {
	local device=${2:-t0} until
	came "$device"
	until=$((CAME + $1))
	until_true 300 came_until "$device" "$until" ||
		bail "no traffic: $CAME packets have come in by $device, not $until"
}
