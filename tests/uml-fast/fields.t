#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fields=...: records contain the fields of the frame and headers of real packets, in every
# combination, with a matching template; keys distinguish flows; no packet is lost when the
# setting changes in traffic; when it is off, no record has these fields.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/natevents.sh
. "$NETFLOW_TOP/tests/natevents.sh"

WORDS="mac vlan ethertype mpls physdev options exthdrs tcpoptions vrf"

# The elements of a word with their lengths, as in a template.
declare -A ELEMENTS=(
	[mac]='56:6,80:6' [vlan]='243:2,244:1,245:2,246:1' [ethertype]='256:2'
	[mpls]='70:3,71:3,72:3,73:3,74:3,75:3,76:3,77:3,78:3,79:3' [physdev]='252:4,253:4'
	[options]='208:4' [exthdrs]='64:4' [tcpoptions]='209:8' [vrf]='234:4,235:4'
)

# word_fits: true if a template of this kind has a word's elements
word_fits() {
	case $1 in
	options) [[ $2 == ipv4* ]] ;;
	exthdrs) [[ $2 == ipv6* ]] ;;
	tcpoptions) [[ $2 == *ports ]] ;;
	esac
}

# begin: ignore all records so far.
begin() {
	FROM=$(wc -l <"$TMP/all")
}

# end: export everything; $RECORDER has the lines since begin.
end() {
	export_all
	wait_for heard_all
	RECORDER=$TMP/part
	tail -n "+$((FROM + 1))" "$TMP/all" >"$RECORDER"
}

index_of() {
	cat "/sys/class/net/$1/ifindex"
}

# frames NAMESPACE DEVICE MAC OPTION...: send frames from a device to a MAC address
frames() {
	traffic_in "$1" --dev "$2" --mac "$3" "${@:4}"
}

# --- options and extension headers, and every combination ---

recorder_start all 2055
router destination=127.0.0.1:2055 inactive_timeout=600 active_timeout=600
wait_for has template id=256 || bail "no templates"
is "no extra fields by default" "$(setting fields)" ''
MSS_SACK_TIME_NOP_SCALE=020405b40402080a000000000000000001030307

# One flow of each kind, each with two packets that differ in their options.
kinds_sent() {
	local tun4="--tun t0 --cpu 0 --size 10 --src 10.9.0.2 --dst 10.8.0.2"
	local tun6="--tun t0 --cpu 0 --size 10 --src fd00:9::2 --dst fd00:8::2"
	"$NETFLOW_TOOLS/traffic" - >/dev/null <<-END
		$tun4 --proto tcp --tcp-hex 01010402
		$tun4 --proto tcp --tcp-hex $MSS_SACK_TIME_NOP_SCALE
		$tun4 --proto udp --ip-hex 070704000000000194040000
		$tun4 --proto udp --ip-hex 00000000
		$tun4 --proto icmp --ip-hex 52040000
		$tun4 --proto igmp
		$tun4 --proto esp
		$tun4 --proto gre
		$tun6 --proto tcp --tcp-hex $MSS_SACK_TIME_NOP_SCALE --exthdrs 60
		$tun6 --proto udp --exthdrs 0,60,43
		$tun6 --proto icmp6
		$tun6 --proto esp
		$tun6 --proto gre
	END
}
declare -A PLAIN=(
	[ipv4_ports]=256 [ipv6_ports]=257 [ipv4_icmp]=258 [ipv6_icmp]=259 [ipv4_spi]=263 [ipv6_spi]=264
	[ipv4_igmp]=265 [ipv4_plain]=266 [ipv6_plain]=267
)

# check_set WORD...: check the records with these fields.
# template_of ELEMENTS: set ID to the id of the template with these fields, '' if there is none
template_of() {
	ID=$(sed -n "s/^template .* id=\([0-9]*\) .* fields=$1\$/\1/p" "$TMP/all" | sort -u)
}

check_set() {
	local asked="$*" word kind want bad=''
	setting fields "${asked// /,}" || bad="not taken"
	begin
	kinds_sent
	end
	for kind in "${!PLAIN[@]}"; do
		# without extra fields these have fixed ids
		want=$(grep -m 1 "^template .* id=${PLAIN[$kind]} " "$TMP/all")
		want=${want#*fields=}
		for word in $WORDS; do
			[[ " $asked " == *" $word "* ]] && word_fits "$word" "$kind" &&
				want+=",${ELEMENTS[$word]}"
		done
		template_of "${want:-none}"
		grep -q "^flow .* template=${ID:-none} " "$RECORDER" || bad+=" $kind($want: ${ID:-none})"
	done
	recorded_sums
	[ "${RECORDED% *}" = "11 13" ] || bad+=" sums $RECORDED"
	# values of these flows, whatever other fields are set
	[[ " $asked " != *" tcpoptions "* ]] || {
		recorded flow tcpOptions protocolIdentifier=6 ipVersion=4
		[ "$RECORDED" = 1e01000000000000 ] || bad+=" tcp $RECORDED"
		recorded flow tcpOptions protocolIdentifier=6 ipVersion=6
		[ "$RECORDED" = 1e01000000000000 ] || bad+=" tcp6 $RECORDED"
		recorded flow tcpOptions protocolIdentifier=17 ipVersion=4
		[ "$RECORDED" = 0000000000000000 ] || bad+=" udp $RECORDED"
	}
	[[ " $asked " != *" options "* ]] || {
		recorded flow ipv4Options protocolIdentifier=17 ipVersion=4
		[ "$RECORDED" = 83001000 ] || bad+=" options $RECORDED"
		# option 82, traceroute, has number 18
		recorded flow ipv4Options protocolIdentifier=1 ipVersion=4
		[ "$RECORDED" = 00000400 ] || bad+=" options $RECORDED"
	}
	[[ " $asked " != *" exthdrs "* ]] || {
		recorded flow ipv6ExtensionHeaders protocolIdentifier=17 ipVersion=6
		[ "$RECORDED" = c4000000 ] || bad+=" exthdrs $RECORDED"
		recorded flow ipv6ExtensionHeaders protocolIdentifier=50 ipVersion=6
		[ "$RECORDED" = 10040000 ] || bad+=" exthdrs of ESP $RECORDED"
	}
	# a tun device has no frames
	[[ " $asked " != *" mac "* ]] || {
		recorded flow 'sourceMacAddress destinationMacAddress' protocolIdentifier=2
		[ "$RECORDED" = "000000000000 000000000000" ] || bad+=" mac $RECORDED"
	}
	[[ " $asked " != *" ethertype "* ]] || {
		recorded flow ethernetType protocolIdentifier=58
		[ "$RECORDED" = 86dd ] || bad+=" type $RECORDED"
	}
	is "fields=${asked// /,}: templates and values" "$bad" ''
}

check_set
for word in $WORDS; do
	check_set "$word"
done
all=$WORDS
for word in $WORDS; do
	all=" $WORDS "
	all=${all/" $word "/ }
	read -r all <<<"$all"
	# shellcheck disable=SC2086 # words
	check_set $all
done
# shellcheck disable=SC2086 # words
check_set $WORDS
is "the setting shows its value" "$(setting fields)" "${WORDS// /,}"
check_set
is "when switched off there are no extra fields" "$(grep -c 'ethernetType\|MacAddress\|Options' "$RECORDER")" 0
counts_are "nothing is lost" "lostPackets dropPackets" "0 0"
# keys are marked: fields 1, 2, 4, 5, 7, 8, 9 (counted from 0), direction, and both addresses
RECORDER=$TMP/all
line=$(grep -m 1 '^template .* id=256 ' "$TMP/all")
template_of "${line#*fields=},${ELEMENTS[mac]}"
recorded options flowKeyIndicator templateId="$ID"
read -r keys _ <<<"$RECORDED"
recorded options flowKeyIndicator templateId=256
read -r plain _ <<<"$RECORDED"
count=$(tr -dc , <<<"${line#*fields=}" | wc -c)
is "the flow key option names the addresses as keys" "$((keys ^ plain))" "$((3 << (count + 1)))"
not "an unknown word is rejected" setting fields mac,nonsense
is "... and changes nothing" "$(setting fields)" ''

# --- changed in traffic: nothing is lost, each flow matches its template ---

statistics
before=$((COUNT[outPackets] + COUNT[hashPackets] + COUNT[queuedPackets]))
begin
sender_start '' --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+500 --flows 500 \
	--proto tcp --tcp-hex 01010402 --rate 40000 --size 0
for round in 1 2 3 4 5 6; do
	for fields in mac,tcpoptions '' tcpoptions mac,vlan,ethertype,mpls,physdev,options,exthdrs,tcpoptions; do
		setting fields "$fields"
		metered_more 1000
	done
	setting natfields $((round % 3 == 0))
done
sender_stop
setting natfields 0
setting fields ''
end
law_holds "switched in traffic"
is "each packet is in a record" "$((COUNT[outPackets] - before)) ${COUNT[lostPackets]}" "$SENT_PACKETS 0"
recorded_sums
is "the records add up" "${RECORDED#* }" "$SENT_PACKETS $SENT_OCTETS"
is "a record that has TCP options has those that were sent" \
	"$(grep -o 'tcpOptions=[0-9a-f]*' "$RECORDER" | sort | uniq -c | wc -l) $(
		grep -c 'tcpOptions=1200000000000000' "$RECORDER" | grep -c '[1-9]')" "1 1"

# --- frames: addresses, VLAN devices, nested VLAN devices ---

router_rules_gone
topology || bail "no network"
ip -batch - <<-END || bail "no VLANs"
	link add link r0 name r0.5 type vlan id 5
	link add link r0 name r0.7 type vlan proto 802.1ad id 7
	link add link r0.7 name r0.7.9 type vlan id 9
	link add link r0 name r0.11 type vlan id 11 reorder_hdr off
	link add link r0 name r0.13 type vlan id 13
	link add vrf13 type vrf table 13
	link set r0.13 master vrf13
	link set r0.11 up
	link set r0.13 up
	link set vrf13 up
	route add 10.2.0.0/24 dev r1 table 13
	link set r0.5 up
	link set r0.7 up
	link set r0.7.9 up
END
at_exit "ip link del vrf13"
ip -n "$CLIENT" -batch - <<-END || bail "no VLANs"
	link add link c0 name c0.11 type vlan id 11
	link add link c0 name c0.13 type vlan id 13
	link set c0.11 up
	link set c0.13 up
	link add link c0 name c0.5 type vlan id 5
	link add link c0 name c0.7 type vlan proto 802.1ad id 7
	link add link c0.7 name c0.7.9 type vlan id 9
	link set c0.5 up
	link set c0.7 up
	link set c0.7.9 up
END
# start before the templates: a new destination gets all of them
setting destination ''
capture_start export '' lo 'udp port 2055'
setting fields vlan,mac,ethertype
collector_start nfdump 2056 || bail "no nfcapd"
setting destination 127.0.0.1:2055,127.0.0.1:2056/9
rules "$IPTABLES" 'raw PREROUTING -s 10.1.0.0/24' 'mangle POSTROUTING -s 10.1.0.0/24' \
	'filter OUTPUT -d 10.2.0.2 -p udp' 'mangle FORWARD -s 10.13.0.2'
rules "$IP6TABLES" 'raw PREROUTING -p udp'
at_exit "rules '$IPTABLES' 'raw -' 'mangle -' 'filter -'; rules '$IP6TABLES' 'raw -'"
begin
for dev in c0 c0.5 c0.7.9 c0.11; do
	frames "$CLIENT" $dev 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 --count 3 --cpu 0
done
frames "$CLIENT" c0.5 02:00:00:00:01:01 --src fd00:1::2 --dst fd00:2::2 --count 2 --cpu 0
frames "$CLIENT" c0.13 02:00:00:00:01:01 --src 10.13.0.2 --dst 10.2.0.2 --count 6 --cpu 0
# like a host behind another switch port: the same packet with another address
ip -n "$CLIENT" link set c0 address 02:00:00:00:01:77
frames "$CLIENT" c0 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 --count 5 --cpu 0
traffic_in '' --socket --src 10.2.0.1 --dst 10.2.0.2 --count 4 --cpu 0
end
capture_stop export
LINK="sourceMacAddress destinationMacAddress dot1qVlanId dot1qPriority dot1qCustomerVlanId dot1qCustomerPriority ethernetType packetDeltaCount"
told() {
	recorded flow "$LINK" "$@"
	RECORDED=$(sort <<<"$RECORDED")
}
WANT="020000000102 020000000101 0 0 0 0 0800 3
020000000102 020000000101 11 0 0 0 0800 3
020000000102 020000000101 5 0 0 0 0800 3
020000000102 020000000101 7 0 9 0 0800 3
020000000177 020000000101 0 0 0 0 0800 5"
told flowDirection=0 ipVersion=4 sourceIPv4Address=10.1.0.2
is "PREROUTING: addresses and tags make flows" "$RECORDED" "$WANT"
told flowDirection=1 ipVersion=4 sourceIPv4Address=10.1.0.2
is "POSTROUTING: those that the packets came with" "$RECORDED" "$WANT"
told sourceIPv4Address=10.13.0.2
is "FORWARD in a VRF: those of the port" "$RECORDED" "020000000102 020000000101 13 0 0 0 0800 6"
told ipVersion=6
is "IPv6 the same" "$RECORDED" "020000000102 020000000101 5 0 0 0 86dd 2"
told sourceIPv4Address=10.2.0.1
is "what the router sends itself came by no frame" "$RECORDED" \
	"000000000000 000000000000 0 0 0 0 0800 4"

# Two other collectors: tshark for IPFIX, nfdump for NetFlow 9.
recorded flow 'sourceMacAddress dot1qVlanId dot1qCustomerVlanId packetDeltaCount'
sort <<<"$RECORDED" >"$TMP/by-recorder"
capture_fields export cflow.srcmac cflow.dot1q_vlan_id cflow.dot1q_customer_vlan_id cflow.packets |
	awk -F'\t' '{
		n = split($1, mac, ",")
		split($2, outer, ",")
		split($3, inner, ",")
		split($4, packets, ",")
		for (i = 1; i <= n; i++) {
			gsub(":", "", mac[i])
			print mac[i], outer[i], inner[i], packets[i]
		}
	}' | sort >"$TMP/by-tshark"
ok "tshark reads the same" diff "$TMP/by-recorder" "$TMP/by-tshark"
capture_messages export >"$TMP/messages"
is "and finds nothing malformed" "$(grep -i -B 3 malformed "$TMP/messages" | head -n 20)" ''
collector_stop nfdump
setting destination 127.0.0.1:2055
awk '{ gsub(/../, "&:", $1); sub(/:$/, "", $1); print $1, $2, $4 }' "$TMP/by-recorder" | sort >"$TMP/want"
records nfdump '%ismc %svln %pkt' | sort >"$TMP/by-nfdump"
ok "nfdump reads addresses and ids from NetFlow 9" diff "$TMP/want" "$TMP/by-nfdump"

# --- a bridge: its ports, tags that were not removed ---

if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
	ip netns add east
	ip netns add west
	at_exit "ip netns del east; ip netns del west; ip link del br0"
	ip -batch - <<-END || bail "no bridge"
		link add br0 type bridge
		link add b0 type veth peer name e0 netns east
		link add b1 type veth peer name w0 netns west
		link add link b0 name b0.100 type vlan proto 802.1ad id 100
		link set b0.100 master br0
		link set b0 up
		link set b0.100 up
		link set b1 master br0
		link set b1 up
		link set br0 up
	END
	ip -n west link set w0 address 02:00:00:00:05:02 up
	ip -n east -batch - <<-END || bail "no bridge"
		link set e0 address 02:00:00:00:05:01 up
		link add link e0 name e0.100 type vlan proto 802.1ad id 100
		link add link e0.100 name e0.100.6 type vlan id 6 egress-qos-map 0:5
		link set e0.100 up
		link set e0.100.6 up
	END
	sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-filter-vlan-tagged=1
	at_exit "sysctl -qw net.bridge.bridge-nf-filter-vlan-tagged=0"
	setting fields mac,vlan,physdev
	rules "$IPTABLES" 'raw -' 'filter -' 'mangle -' 'mangle FORWARD -d 10.5.0.2'
	begin
	frames east e0.100 02:00:00:00:05:02 --src 10.5.0.1 --dst 10.5.0.2 --count 7 --cpu 0
	frames east e0.100.6 02:00:00:00:05:02 --src 10.5.0.1 --dst 10.5.0.2 --count 6 --cpu 0
	end
	recorded flow "sourceMacAddress destinationMacAddress dot1qVlanId dot1qPriority dot1qCustomerVlanId dot1qCustomerPriority ingressPhysicalInterface egressPhysicalInterface ingressInterface packetDeltaCount"
	is "a bridge: ports, the port's own tag and the one beside the frame" "$(sort <<<"$RECORDED")" \
		"020000000501 020000000502 100 0 0 0 $(index_of b0.100) $(index_of b1) $(index_of br0) 7
020000000501 020000000502 100 0 6 5 $(index_of b0.100) $(index_of b1) $(index_of br0) 6"
else
	skip "a bridge's ports" "the kernel does not hand bridged packets to iptables"
fi

recorder_stop all
messages_right "messages are well-formed, templates first, and no id has two meanings"
done_testing
