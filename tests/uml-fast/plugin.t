#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The plugin in the four programs of iptables that load it: their output, and the saved and
# restored rules, are an interface for scripts.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

rules_of() {
	"$1-save" 2>/dev/null | grep -- '-j NETFLOW'
}

# shellcheck disable=SC2016 # expanded by the inner shell
round_trip() {
	sh -c '"$1-save" >"$2" && "$1" -F && "$1" -t raw -F && "$1" -t mangle -F &&
		"$1-restore" <"$2"' sh "$1" "$TMP/saved"
}

check_tool() {
	local tool=$1 rules line rule
	like "$tool: --help starts with the target's name" "$("$tool" -j NETFLOW --help 2>&1)" \
		$'\n''NETFLOW target'$'\n'

	ok "$tool: rules in filter, mangle and raw" sh -c \
		"$tool -A FORWARD -i lo -j NETFLOW && $tool -t mangle -A POSTROUTING -o lo -j NETFLOW &&
		$tool -t raw -A PREROUTING -i lo -j NETFLOW"
	is "$tool: -S prints the rule as given" "$("$tool" -S FORWARD | tail -n 1)" "-A FORWARD -i lo -j NETFLOW"
	# packets bytes target ... and the output of the target itself
	line=$("$tool" -vnL FORWARD | awk '$3 == "NETFLOW" { print $1, $2, $3, $NF }')
	is "$tool: -vnL has the target in its column" "$line" "0 0 NETFLOW NETFLOW"
	ok "$tool: -C finds the rule" "$tool" -C FORWARD -i lo -j NETFLOW
	not "$tool: -C does not find another rule" "$tool" -C FORWARD -i lo -p udp -j NETFLOW

	rules=$(rules_of "$tool")
	ok "$tool: save and restore" round_trip "$tool"
	is "$tool: ... give the same three rules" "$(rules_of "$tool")" "$rules"
	is "$tool: ... and not fewer" "$(wc -l <<<"$rules")" 3

	not "$tool: an option is rejected" "$tool" -A FORWARD -j NETFLOW --collector 127.0.0.1
	not "$tool: the table nat is rejected" "$tool" -t nat -A POSTROUTING -j NETFLOW
	for rule in "filter FORWARD -i" "mangle POSTROUTING -o" "raw PREROUTING -i"; do
		# shellcheck disable=SC2086 # words
		set -- $rule
		ok "$tool: -D deletes the rule in $1" "$tool" -t "$1" -D "$2" "$3" lo -j NETFLOW
	done
	# nf_tables frees deleted rules asynchronously
	ok "$tool: the module has no user" wait_for module_unused
}

module_load destination=127.0.0.1:2055 || bail "the module does not load"
for tool in iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
	if "$tool" -S >/dev/null 2>&1; then
		check_tool "$tool"
	else
		skip "$tool" "this kernel has no such tables"
	fi
done

done_testing
