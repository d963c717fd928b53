#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Collectors multiply sampled counts by the sampling that is reported in each protocol, and stop
# when sampling ends. tshark decodes all of it.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# scaled MODE: sample 1000 packets of 100 octets, of 100 flows.
PORT=10000
scaled() {
	PORT=$((PORT + 1))
	setting sampler "$1"
	before=$(counter outPackets)
	packets --cpu 0 --sport 1000+100 --dport "$PORT" --count 1000 --flows 100 --size 72
	export_all
	SCALED[$PORT]="$1|$(($(counter outPackets) - before))"
}

router destination=127.0.0.1:9 active_timeout=600 inactive_timeout=600
declare -A SCALED=()
for collector in five=2061 nine=2062 ten=2063; do
	collector_start "${collector%=*}" "${collector#*=}" || bail "no nfcapd"
done
nfacctd_start nfacctd 2064 'nfacctd_renormalize: true' || bail "no nfacctd"
nfacctd_start nfacctd9 2065 'nfacctd_renormalize: true' || bail "no nfacctd"
capture_start sampled '' lo 'udp portrange 2062-2063' || bail "no capture"
setting destination 127.0.0.1:2061/5,127.0.0.1:2062/9,127.0.0.1:2063,127.0.0.1:2064,127.0.0.1:2065/9
for mode in packets:10 packets-random:10 deterministic:10 random:10 hash:10 off; do
	scaled $mode
done
capture_stop sampled
for collector in nfacctd nfacctd9 five nine ten; do
	collector_stop $collector
done
for port in "${!SCALED[@]}"; do
	IFS='|' read -r mode packets <<<"${SCALED[$port]}"
	[ "$mode" = off ] || packets=$((packets * 10))
	for collector in five nine ten; do
		# nfdump uses only the first header of NetFlow 5
		[ "$mode $collector" != "off five" ] || continue
		is "$mode: nfdump scales ($collector)" \
			"$(total $collector "dst port $port" | cut -d' ' -f2-)" "$packets $((packets * 100))"
	done
	for collector in nfacctd nfacctd9; do
		is "$mode: pmacct scales ($collector)" "$(nfacctd_total $collector "$port" | cut -d' ' -f2-)" \
			"$packets $((packets * 100))"
	done
done
# samplerMode 1 is deterministic in the registry; in tshark it is 0
for port in 2062 2063; do
	capture_messages sampled $port >"$TMP/messages"
	compare "tshark reads what came to port $port" "$(grep -c '^ *Version: ' "$TMP/messages")" '>' 20
	is "tshark has nothing to say of port $port" "$(grep -i 'malformed\|unknown\|exception' "$TMP/messages" |
		grep -v 'SamplerMode: Unknown (1)')" ''
done

done_testing
