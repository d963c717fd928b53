# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Packets that a collector is to have, by device: they are noted while they are sent, and
# compared at the end. Sourced by tests of the ingress hook.

# For each group of packets: its name, a filter, and the expected count.
names=() filters=() wanted=()

# expect NAME FILTER DEVICE WANTED: WANTED packets at this device and none at others
expect() {
	names+=("$1" "$1: at no other device")
	filters+=("$2 and in if $(cat "/sys/class/net/$3/ifindex")" "$2")
	wanted+=("$4" "$4")
}

# expect_in_all NAME FILTER WANTED: at all devices together
expect_in_all() {
	names+=("$1")
	filters+=("$2")
	wanted+=("$3")
}

# The export messages are metered at lo, so the tables are never empty.
at_rest() {
	[ "$(counter queuedPackets)" = 0 ]
}

export_rest() {
	flush
	wait_for at_rest
}

# what_is_wanted COLLECTOR: compare all expected counts
what_is_wanted() {
	local i
	export_rest
	collector_stop "$1"
	for i in "${!names[@]}"; do
		is "${names[i]}" "$(total "$1" "${filters[i]}")" "${wanted[i]}"
	done
	names=() filters=() wanted=()
}
