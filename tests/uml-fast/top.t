#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netflow-top matches the table of flows: exact packets and octets, by flow, address, port, protocol
# and interface; rates that match the traffic; also in a terminal of any size, while the module is
# loaded and unloaded.

# expanded by awk and jq, not by the shell:
# shellcheck disable=SC2016

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

FLOWS=/proc/net/stat/ipt_netflow_flows

# top WORD...: read once, as JSON, into $TMP/top.
top() {
	"$NETFLOW_PROGRAMS/netflow-top" --json --once --rows 0 "$@" >"$TMP/top"
}

# said FILTER: print the result of jq on the last output.
said() {
	jq -r "$1" "$TMP/top"
}

like "without the module it prints what to do" "$(top 2>&1)" 'not loaded.*modprobe ipt_NETFLOW'
not "... and fails" top

tun t0
sink '' d0
network_settings ''
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
like "no flows yet" "$(top && said '[.flows, .rows_total, (.rows | length)] | join(" ")')" '^0 0 0$'
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
"$IP6TABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
"$IPTABLES" -t mangle -A POSTROUTING -o d0 -j NETFLOW

# --- one read: the numbers of the file ---

tcp() {
	traffic --tun t0 --proto tcp --src 10.9.0.9 --dst 10.8.0.9 --sport 4000+5 --dport 443 --flags 24 --count 500 --flows 5 --size 1000
}

traffic --tun t0 --src 10.9.0.2+3 --dst 10.8.0.2+2 --sport 1000+500 --dport 53 --count 20000 --flows 3000 --size 30
tcp
traffic --tun t0 --src fd00:9::2+2 --dst fd00:8::2 --sport 1000+10 --dport 53 --count 300 --flows 20 --size 100
traffic --tun t0 --proto icmp --icmp 2048 --src 10.9.0.2 --dst 10.8.0.2 --count 7 --size 56
# traffic must have stopped, so that both read the same table
cat $FLOWS >"$TMP/flows"
top

# Each line of the file as "SOURCE PORT DESTINATION PORT PROTOCOL IN OUT PACKETS OCTETS".
awk 'NR > 1 {
	split($6, s, ",")
	split($7, d, ",")
	split($4, dev, ",")
	print s[1], s[2], d[1], d[2], $5, dev[1] < 0 ? 0 : dev[1], dev[2] < 0 ? 0 : dev[2], $10, $11
}' "$TMP/flows" | sort >"$TMP/wanted"
said '.rows[] | [.source, .source_port, .destination, .destination_port, .protocol, .in, .out, .packets, .octets] | join(" ")' |
	sort >"$TMP/got"
compare "there are flows" "$(wc -l <"$TMP/wanted")" '>' 3000
ok "each flow is shown, with its numbers" cmp "$TMP/got" "$TMP/wanted"
is "every line was parsed" "$(said .unreadable_lines)" 0
is "the total is the sum" "$(said '[.flows, .packets, .octets] | join(" ")')" \
	"$(awk '{ n++; p += $8; o += $9 } END { print n, p, o }' "$TMP/wanted")"
is "names of interfaces" "$(said '[.rows[] | .in_name] | unique | join(" ")')" t0

# by WHAT JQ AWK: compare the rows by WHAT, as jq and awk print them.
by() {
	top --by "$1"
	said ".rows[] | [$2, .flows, .packets, .octets] | join(\" \")" | sort >"$TMP/got"
	awk "function add(key) { n[key]++; p[key] += \$8; o[key] += \$9 } { $3 }
		END { for (key in n) print key, n[key], p[key], o[key] }" "$TMP/wanted" | sort >"$TMP/sums"
	compare "by $1: rows" "$(wc -l <"$TMP/sums")" '>' 1
	ok "by $1: the sums of the flows" cmp "$TMP/got" "$TMP/sums"
}
by source .address 'add($1)'
by destination .address 'add($3)'
by address .address 'add($1); if ($3 != $1) add($3)'
by port '.port, .protocol' 'if ($5 == 6 || $5 == 17) { add($2 " " $5); if ($4 != $2) add($4 " " $5) }'
by protocol .protocol 'add($5)'
by interface '.interface_name, .direction' "
	split(\"$(cd /sys/class/net && for d in */; do echo -n "$(<"$d/ifindex") ${d%/} "; done)\", word, \" \")
	for (i = 1; i in word; i += 2) name[word[i]] = word[i + 1]
	if (\$6) add(name[\$6] \" in\"); if (\$7) add(name[\$7] \" out\")"

# filtered WORD... AWK: compare the flows that match the filter.
filtered() {
	top "${@:1:$#-1}"
	is "filter: ${*:1:$#-1}" "$(said '[.flows, .packets, .octets] | join(" ")')" \
		"$(awk "${!#} { n++; p += \$8; o += \$9 } END { print n + 0, p + 0, o + 0 }" "$TMP/wanted")"
}
filtered host 10.9.0.2 '$1 == "10.9.0.2" || $3 == "10.9.0.2"'
filtered net fd00:8::/32 '/fd00:8:/'
filtered src port 1000-1001 proto udp '$5 == 17 && ($2 == 1000 || $2 == 1001)'
filtered out d0 '$7'
filtered not proto udp,icmp '$5 == 6'
is "the first rows, in order" \
	"$(top --sort octets && said '[.rows[] | .octets] | . == (sort | reverse)') $(top --rows 7 && said '.rows | length')" "true 7"
like "as text" "$("$NETFLOW_PROGRAMS/netflow-top" --once proto tcp)" \
	$'10 flows.*\nSource +Destination +Proto +In +Out .*\n10\.9\.0\.9:400[0-9] +10\.8\.0\.9:443 +tcp +t0 +(-|d0) +- +- +104k +100\n'

# --- rates ---

spawn '' "$NETFLOW_TOOLS/traffic" --tun t0 --cpu 0 --src 10.9.0.77 --dst 10.8.0.77 --dport 7777 --rate 1000 \
	--count 1000000 >/dev/null
sender=$PID
visible() {
	top src host 10.9.0.77 && [ "$(said .flows)" = 2 ]
}
ok "it shows the traffic" wait_for visible
# Records are so frequent that counters restart in every third read. For the packets just before a
# record the previous rate is assumed. If traffic is uneven, because the machine is busy, the
# result differs, and the measurement is repeated.
setting active_timeout 3
steady() {
	local before
	before=$(counter inPackets)
	"$NETFLOW_PROGRAMS/netflow-top" --json --interval 1 --count 6 src host 10.9.0.77 out d0 >"$TMP/looks"
	passed=$(jq -s '[.[] | .packets_per_second * .seconds] | add | round' "$TMP/looks")
	# each packet is metered twice
	sent=$((($(counter inPackets) - before) / 2))
	[ "$passed" -gt $((sent * 3 / 4)) ] && [ "$passed" -lt $((sent * 5 / 4)) ]
}
ok "the rate is that of the traffic, across records" wait_for steady
diag "$sent packets were sent, $passed by rates: $(jq -r '.rows[].packets_per_second' "$TMP/looks" | tr '\n' ' ')"
is "as many documents as requested" "$(jq -s length "$TMP/looks")" 6
is "bits are eight times the octets, of which a packet has 128" \
	"$(jq -sc '[.[].rows[] | (.bits_per_second / .packets_per_second / 8 * 100 | round)] | unique' "$TMP/looks")" '[12800]'
stop "$sender"

# --- in a terminal ---

setting active_timeout 600
tcp
screen() {
	tmux -S "$TMP/tmux" "$@"
}
shows() {
	[[ $(screen capture-pane -p) =~ $1 ]]
}
at_exit "screen kill-server 2>/dev/null"
export TERM=xterm
screen new-session -d -x 80 -y 24 "$NETFLOW_PROGRAMS/netflow-top --interval 0.2 2>$TMP/error; sleep 1000" ||
	bail "tmux does not start"
ok "the table of flows, in 80 columns" wait_for shows $'by flow, every 0.2 s.*\nSource +Destination +Proto.*bit/s +pkt/s +octets\n'
screen send-keys a
ok "a key changes the view" wait_for shows $'\nAddress .*\n10\\.8\\.0\\.9 '
screen send-keys / 'proto tcp' Enter
ok "a filter can be typed" wait_for shows $'filter: proto tcp.*\n10 flows.*\nAddress.*\n10\\.[89]\\.0\\.9.*\n10\\.[89]\\.0\\.9[^\n]*\n\n'
screen send-keys / x Enter
ok "an invalid filter is rejected, with a reason" wait_for shows "proto tcpx.: not a protocol"
screen send-keys f
screen resize-window -x 132 -y 50
ok "a larger window shows more" wait_for shows 'In +Out +\*bit/s'
screen resize-window -x 30 -y 6
ok "a tiny window works" wait_for shows '^netflow-top'
screen resize-window -x 80 -y 24
screen send-keys '?'
ok "help" wait_for shows 'by source address'
screen send-keys Escape
rules_flush "$IPTABLES"
rules_flush "$IP6TABLES"
ok "the module can be unloaded while it runs" wait_for rmmod ipt_NETFLOW
ok "... which it reports" wait_for shows 'not loaded'
screen send-keys q
ok "q exits" wait_for eval '! pgrep -x netflow-top'
is "there is no output on standard error" "$(<"$TMP/error")" ""

done_testing
