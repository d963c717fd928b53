#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Extra fields under the kernel's checkers: as a module option, changed in traffic
# of all kinds and of damaged packets, each namespace with its own, gone in traffic.
# What they say is compared in uml-fast.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

ALL=mac,vlan,ethertype,mpls,physdev,options,exthdrs,tcpoptions,vrf

recorder_start all 2055
router destination=127.0.0.1:2055 inactive_timeout=600 active_timeout=600 fields=$ALL
read -r VALUE </proc/sys/net/netflow/fields
is "a module option" "$VALUE" "$ALL"
until_true 60 has template id=$((512 + 511 * 18)) || bail "no templates"

"$NETFLOW_TOOLS/traffic" - >"$TMP/sent" <<-END
	--tun t0 --cpu 0 --src 10.9.0.2 --dst 10.8.0.2 --proto tcp --tcp-hex 020405b401030307
	--tun t0 --cpu 0 --src 10.9.0.2 --dst 10.8.0.2 --ip-hex 9404000007030400
	--tun t0 --cpu 0 --src fd00:9::2 --dst fd00:8::2 --exthdrs 0,60,43
	--tun t0 --cpu 0 --src fd00:9::2 --dst fd00:8::2 --proto tcp --tcp-hex 01010402
END
flush
until_true 30 at_rest
until_true 30 has_count flow 4
recorded flow 'tcpOptions ipv4Options ipv6ExtensionHeaders'
is "options and headers are told of" "$(sort <<<"$RECORDED")" "$(sort <<-END
	0e00000000000000 00000000 -
	0000000000000000 81001000 -
	0000000000000000 - c4000000
	1200000000000000 - 00000000
END
)"

# --- changed in traffic, damaged packets among it ---

statistics
before=${COUNT[inPackets]}
"$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+100 --flows 100 \
	--proto tcp --tcp-hex 01010402 --count 1000000 --rate 300 --size 0 >"$TMP/sent" &
sender=$!
at_exit "stop $sender"
"$NETFLOW_TOOLS/traffic" --tun t0 --src fd00:9::2 --dst fd00:8::2 --exthdrs 0,60 --flows 50 \
	--sport 1000+50 --count 1000000 --rate 200 --fuzz 7 >"$TMP/sent6" 2>&1 &
sender6=$!
at_exit "stop $sender6"
for fields in '' mac "$ALL" tcpoptions,exthdrs '' vlan,physdev "$ALL"; do
	echo "$fields" >/proc/sys/net/netflow/fields
	pause 0.3
	echo 1 >/proc/sys/net/netflow/natfields
	pause 0.3
	echo 0 >/proc/sys/net/netflow/natfields
done
read -rd '' -n 2000 VALUE </proc/net/stat/ipt_netflow_flows
like "the list of flows has columns for it" "$VALUE" 'mac:src,dst vlan type proto'
stop "$sender"
stop "$sender6"
flush
until_true 30 at_rest
law_holds "changed in traffic"
compare "packets were metered" "$((COUNT[inPackets] - before))" '>=' 200
is "none is lost" "${COUNT[lostPackets]}" 0

# --- gone in traffic ---

"$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+100 --flows 100 \
	--proto tcp --tcp-hex 01010402 --count 1000000 --rate 300 --size 0 >"$TMP/sent" &
sender=$!
at_exit "stop $sender"
pause 0.5
ok "it unloads in traffic" module_unload
stop "$sender"
recorder_stop all
messages_right "messages are well-formed, templates first, and no id has two meanings"
done_testing
