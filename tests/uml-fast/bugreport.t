#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A bug report contains the necessary facts, as the machine shows them, and none of its
# addresses, names or flows.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

bugreport=$NETFLOW_TOP/tools/bugreport

# --- the masks alone ---

# masked NAME TEXT EXPECTED
masked() {
	is "masked: $1" "$("$bugreport" --mask <<<"$2")" "$3"
}
masked "an address is the same everywhere" "-s 192.0.2.9/24 192.0.2.9:53, 192.0.2.8-192.0.2.9. 192.0.2.7" \
	"-s ip4-1/24 ip4-1:53, ip4-2-ip4-1. ip4-3"
masked "however it is written" "[2001:DB8::7]:2055 2001:db8:0:0:0:0:0:7%eth0 2001:0db8:0000::0007, fe80::" \
	"[ip6-1]:2055 ip6-1%eth0 ip6-1, ip6-2"
masked "within words" "src:fd00::1 dst=fd00::2 via=10.0.0.1! ::ffff:10.0.0.1" "src:ip6-1 dst=ip6-2 via=ip4-1! ::ffff:ip4-1"
masked "MAC addresses" "ether 02:5e:c2:e7:00:01 02:5E:C2:E7:00:01 00:00:00:00:00:00" "ether mac-1 mac-1 00:00:00:00:00:00"
masked "what is no secret stays" "127.0.0.1:2055 0.0.0.0 255.255.255.0 ::1 :: 12:34:56 6.1.0-50 1.8.9 300.1.1.1 0000:00:1f.2" \
	"127.0.0.1:2055 0.0.0.0 255.255.255.0 ::1 :: 12:34:56 6.1.0-50 1.8.9 300.1.1.1 0000:00:1f.2"
masked "comments" '-m comment --comment "a \"b\" c" -j NETFLOW --comment word -j X comment "d e" }' \
	'-m comment --comment "masked" -j NETFLOW --comment masked -j X comment "masked" }'

# --- a router with secrets ---

hostname=$(uname -n)
at_exit "echo '$hostname' >/proc/sys/kernel/hostname"
echo secrethost >/proc/sys/kernel/hostname
tun t0
sink '' d0
ip link add secret0 address 02:5e:c2:e7:00:01 type dummy
at_exit "ip link del secret0"
ip address add 203.0.113.99/24 dev secret0
ip link set secret0 up
module_load 'destination=203.0.113.77:2055,[2001:db8:5ec::7]:2056' active_timeout=601 inactive_timeout=602 || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 ! -s 192.0.2.123 -m comment --comment "the words of a customer" -j NETFLOW
"$IPTABLES" -t raw -A PREROUTING -s 192.0.2.124 -j ACCEPT
at_exit "$IPTABLES -t raw -F"
echo '<4>ipt_NETFLOW: something of 192.0.2.123 on secrethost' >/dev/kmsg
echo '<4>somebody else, 192.0.2.125' >/dev/kmsg
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+100 --dport 53 --count 300 --flows 100 --size 30
flows_are() {
	[ "$(counter hashFlows)" = 100 ] && [ "$(counter inPackets)" = 300 ]
}
ok "there are flows" wait_for flows_are

ok "a report is made" "$bugreport" "$TMP/report"
has() {
	ok "it has $1" grep -qE -- "$2" "$TMP/report"
}
release=$(uname -r)
has "the kernel" "^Linux ${release//+/\\+} "
has "the module's version" "^loaded: version $(cat /sys/module/ipt_NETFLOW/version), srcversion $(cat /sys/module/ipt_NETFLOW/srcversion)$"
has "its users" "^ipt_NETFLOW [0-9]+ 1"
has "its options" "^active_timeout=601$"
has "its settings" "^net.netflow.active_timeout = 601$"
has "the destinations' ports, protocol and state" "^sock0: ip4-[0-9]+:2055"
has "the statistics" "^inPackets +300$"
has "how many flows there are" "^hashFlows +100$"
has "the rule, with its table" "^-A PREROUTING ! -s ip4-[0-9]+/32 -i t0 .*-j NETFLOW"
has "the way to a destination" "^ip4-[0-9]+ dev secret0 "
has "the device" "^secret0 +[A-Z]+ +mac-[0-9]+ "
has "what the module logged" "ipt_NETFLOW: something of ip4-[0-9]+ on this-host$"
has "the version of iptables" "^iptables: iptables v[0-9.]+"
has "the version of a collector" "^nfcapd: .*[0-9]\.[0-9]"
is "one address has one name" \
	"$(sed -n 's/.*! -s \(ip4-[0-9]*\).*/\1/p' "$TMP/report" | head -n 1)" \
	"$(sed -n 's/.*something of \(ip4-[0-9]*\) .*/\1/p' "$TMP/report")"
for secret in 203.0.113 2001:db8 192.0.2 '02:5e:c2' secrethost 'words of' 10.9.0.2 10.8.0.2 'somebody else'; do
	not "it has no $secret" grep -qiF -- "$secret" "$TMP/report"
done

# The unmasked report contains them.
"$bugreport" --addresses >"$TMP/open"
for secret in 203.0.113.77 2001:db8:5ec::7 192.0.2.123 02:5e:c2:e7:00:01 secrethost 'words of'; do
	ok "--addresses has $secret" grep -qF -- "$secret" "$TMP/open"
done
not "it has no other rules" grep -qF 192.0.2.124 "$TMP/open"
not "it has no flow" grep -qE '10\.[89]\.0\.2' "$TMP/open"

"$IPTABLES" -t raw -F
module_unload
ok "a report is made without the module" "$bugreport" "$TMP/without"
ok "... and says that it is not loaded" grep -qx "not loaded" "$TMP/without"
like "--help says what is masked" "$("$bugreport" --help)" 'What is masked: IPv4, IPv6 and MAC addresses'

done_testing
