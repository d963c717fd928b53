#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Three collectors that share no code receive the same flows; ten destinations receive the same
# records; and the exporter recovers when a collector was unreachable.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

topology || bail "no network"
tun t0
sink '' d0

# --- the same flows ---

capture_start export '' lo 'udp port 2055'
collector_start nfdump 2055 || bail "no nfcapd"
nfacctd_start nfacctd 2056 || bail "no nfacctd"
module_load destination=127.0.0.1:2055,127.0.0.1:2056 active_timeout=600 inactive_timeout=600 || bail "no module"
for tool in "$IPTABLES" "$IP6TABLES"; do
	"$tool" -t raw -A PREROUTING -i t0 -j NETFLOW
done
traffic --tun t0 --src 10.9.0.2+20 --dst 10.8.0.2+5 --sport 1000+10 --dport 53 --flows 1000 --count 5300 --size 77
export_all
flows=$SENT_FLOWS packets=$SENT_PACKETS octets=$SENT_OCTETS
traffic --tun t0 --proto tcp --src 10.9.0.2+20 --dst 10.8.0.2+5 --sport 1000+10 --dport 80 --flows 1000 --count 4100
export_all
flows=$((flows + SENT_FLOWS)) packets=$((packets + SENT_PACKETS)) octets=$((octets + SENT_OCTETS))
traffic --tun t0 --src fd00:9::2+20 --dst fd00:8::2+5 --sport 1000+10 --dport 443 --flows 1000 --count 3333 --size 999
flows=$((flows + SENT_FLOWS)) packets=$((packets + SENT_PACKETS)) octets=$((octets + SENT_OCTETS))
export_all
capture_stop export
collector_stop nfdump
law_collected nfdump
collector_stop nfacctd
nfacctd_wait nfacctd $packets

# One line per flow: source destination port port packets octets.
records nfdump '%sa %da %sp %dp %pkt %byt' | sort >"$TMP/by-nfdump"
# One line per message, with commas between the values of a field. The families were exported
# one after the other, so a message has records of one family only.
capture_fields export cflow.srcaddr cflow.dstaddr cflow.srcaddrv6 cflow.dstaddrv6 \
	cflow.srcport cflow.dstport cflow.packets cflow.octets |
	awk -F'\t' '{
		n = split($1 $3, from, ",")
		split($2 $4, to, ",")
		split($5, sport, ",")
		split($6, dport, ",")
		split($7, packets, ",")
		split($8, octets, ",")
		for (i = 1; i <= n; i++)
			print from[i], to[i], sport[i], dport[i], packets[i], octets[i]
	}' | sort >"$TMP/by-tshark"
/usr/bin/python3 - "$TMP/nfacctd.json" <<'END' | sort >"$TMP/by-nfacctd"
import json, sys
for line in open(sys.argv[1]):
    f = json.loads(line)
    if "packets" in f and f["port_dst"]:
        print(f["ip_src"], f["ip_dst"], f["port_src"], f["port_dst"], f["packets"], f["bytes"])
END
is "nfdump has what was sent" "$(total nfdump)" "$flows $packets $octets"
ok "tshark has the same flows" diff "$TMP/by-nfdump" "$TMP/by-tshark"
ok "nfacctd has the same flows" diff "$TMP/by-nfdump" "$TMP/by-nfacctd"

# --- ten destinations ---

destinations=''
for port in {3001..3010}; do
	destinations+=",127.0.0.1:$port"
done
recorder_start ten "--totals $(echo {3001..3010})"
ok "ten destinations are accepted" setting destination "${destinations#,}"
traffic --tun t0 --src 10.9.0.2+20 --dst 10.8.0.2 --sport 1000+100 --flows 2000 --count 10000
export_all
recorder_stop ten
for port in {3001..3010}; do
	recorded total 'flows packets octets gaps problems' port="$port"
	is "each destination receives all: port $port" "$RECORDED" "$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS 0 0"
done
is "each packet is counted as exported once" "$(counter outPackets)" "$(counter inPackets)"

# --- down and up ---

# While the link is down, records wait up to the capacity of the log; the rest is counted as
# lost. Then the link is up again.
collector_start away 2055 "$SERVER" || bail "no collector"
setting destination 10.2.0.2:2055
before="$(counter inPackets)"
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+100 --flows 100 --count 1000
export_all
ip link set r1 down
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 2000+500 --flows 500 --count 1000
flush
counts_are "while the link is down, records wait" "queuedPackets lostPackets" "1000 0"
up() {
	ip link set r1 up
	ip neigh replace 10.2.0.2 lladdr 02:00:00:00:02:02 dev r1 nud permanent
}
up
ok "when the link is up again, messages are sent" until_true 120 drained
# More records than the log can hold: 16 blocks of 63 flows.
setting logsize 65536
ip link set r1 down
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 10000+30000 --flows 30000 --count 30000
logged() {
	flush
	statistics
	[ "${COUNT[hashPackets]}" = 0 ] && [ "${COUNT[queuedPackets]}" -le $((16 * 63)) ]
}
ok "what the log cannot hold is given up" until_true 300 logged
compare "... and counted as lost" "${COUNT[lostPackets]}" '>=' $((30000 - 16 * 63))
up
ok "the others are sent" until_true 120 drained
is "exported and lost packets are those that were sent" "$(($(counter outPackets) + $(counter lostPackets)))" "$(counter inPackets)"
sent=$(($(counter inPackets) - before - $(counter lostPackets)))
collector_stop away
is "the collector has all packets that were not lost" "$(total away | cut -d' ' -f2)" "$sent"

done_testing
