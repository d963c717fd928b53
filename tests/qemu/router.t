#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A Debian router, set up exactly as the README describes: the package is installed, dkms has
# built the module. Real traffic; nfdump's results are compared.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

conf=/etc/modprobe.d/ipt_NETFLOW.conf
at_exit "rm -f $conf"
cat >"$conf" <<'END'
options ipt_NETFLOW destination=127.0.0.1:2055 protocol=10 natevents=1 inactive_timeout=15 active_timeout=15
END

is "dkms built the module for this kernel" "$(modinfo -F vermagic ipt_NETFLOW | cut -d' ' -f1)" "$(uname -r)"
at_exit module_unload
ok "modprobe loads it" modprobe ipt_NETFLOW
is "the options are in effect" "$(setting destination) $(setting protocol) $(setting active_timeout)" \
	"127.0.0.1:2055 10 15"
ok "it unloads" rmmod ipt_NETFLOW

topology || bail "no network"
collector_start all 2055 || bail "no collector"
ok "a rule loads the module" iptables -I INPUT -j NETFLOW
ok "rules are accepted" sh -c 'iptables -I OUTPUT -j NETFLOW && iptables -I FORWARD -j NETFLOW &&
	ip6tables -I FORWARD -j NETFLOW'
# shellcheck disable=SC2016 # the inner shell expands
ok "iptables-restore restores the rules of iptables-save" sh -c '
	iptables-save >"$1.first" && iptables-restore <"$1.first" && iptables-save >"$1.second" &&
	grep -c "j NETFLOW" "$1.first" | grep -qx 3 &&
	test "$(grep "j NETFLOW" "$1.first")" = "$(grep "j NETFLOW" "$1.second")"' sh "$TMP/rules"
masquerade || bail "no NAT"

# Packets of known number.
send() {
	local port=$1
	shift
	traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --dport "$port" "$@" || bail "no traffic"
	SENT[port]="$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
}
SENT=()
send 5353 --src 10.1.0.2 --dst 10.2.0.2 --sport 2000+200 --count 4000 --flows 200 --size 60
send 5354 --src fd00:1::2 --dst fd00:2::2 --sport 2000+20 --count 400 --flows 20 --size 60

# A download and a ping, as typical traffic.
spawn "$SERVER" sh -c 'head -c 3000000 /dev/zero | nc -l -N 10.2.0.2 8080'
wait_for 300 port_open "$SERVER" tcp 8080
is "a download passes the router" "$(in_ns "$CLIENT" timeout 60 nc -d 10.2.0.2 8080 | wc -c)" 3000000
ok "a ping passes the router" in_ns "$CLIENT" ping -q -c 3 -i 0.2 10.2.0.2
ok "IPv6 passes the router" in_ns "$CLIENT" ping -q -c 3 -i 0.2 fd00:2::2

# Flows end by time-outs, without a flush. (uml-travel/timeouts.t tests the times.)
quiet() {
	! grep -q ',5353 ' /proc/net/stat/ipt_netflow_flows
}
ok "flows are exported when they are idle" wait_for 300 quiet
flush
collector_stop all

# The filter excludes NAT events, which nfdump stores as flows without packets.
is "UDP: records, packets, octets" "$(total all 'dst port 5353 and packets > 0')" "${SENT[5353]}"
is "IPv6: records, packets, octets" "$(total all 'dst port 5354 and packets > 0')" "${SENT[5354]}"
read -r flows packets octets <<<"$(total all 'proto icmp and src ip 10.1.0.2')"
is "ping: 3 packets of 84 octets in one direction" "$packets $octets" "3 252"
# Headers have 52 octets for each 1448 octets of payload, and there are a few more packets.
read -r flows packets octets <<<"$(total all 'src port 8080 and dst ip 10.1.0.2')"
compare "the download: packets are those on the wire" "$packets" '>=' $((3000000 / 1448))
compare "the download: octets are payload and headers" "$octets" '>=' $((3000000 + packets * 40))
compare "the download: ... and not more" "$octets" '<=' $((3000000 + packets * 60))
: "$flows"
is "nothing was lost" "$(counter lostFlows) $(counter lostPackets) $(counter dropPackets)" "0 0 0"

iptables -F
ip6tables -F
ok "the module has no users after a while" wait_for 300 module_unused

if iptables-legacy -S >/dev/null 2>&1; then
	ok "iptables-legacy accepts the rule" iptables-legacy -A FORWARD -j NETFLOW
	ok "iptables-legacy -S shows it" sh -c 'iptables-legacy -S FORWARD | grep -qx -- "-A FORWARD -j NETFLOW"'
	iptables-legacy -F
else
	skip "iptables-legacy accepts the rule" "this kernel has no legacy tables"
fi
ok "it unloads" rmmod ipt_NETFLOW

done_testing
