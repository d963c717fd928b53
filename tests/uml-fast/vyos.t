#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The use of the module in VyOS: options in its format, rules for each interface in both directions,
# parsing of iptables -vnL and of the list of flows, a reload for each change, and collectors in a
# VRF.
#
# The topology is that of network.sh; r1 and the collector behind it are in the VRF mgmt.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

# rules_of TOOL TABLE CHAIN COLUMN: print "NUMBER INTERFACE" of each NETFLOW rule, parsed by the
# names of the columns
rules_of() {
	"$1" -vn -t "$2" -L "$3" 2>/dev/null | awk -v first="Chain $3" -v column="$4" '
		NR == 1 && index($0, first) != 1 { print "no chain:", $0 }
		NR == 2 { for (i = 1; i <= NF; i++) place[$i] = i }
		NR > 2 && $place["target"] == "NETFLOW" { print NR - 2, $place[column] }'
}

# interfaces TOOL NAME...: make rules for exactly these interfaces, in both directions
interfaces() {
	local tool=$1 table chain column option number interface missing
	shift
	while read -r table chain column option; do
		missing=" $* "
		rules_of "$tool" "$table" "$chain" "$column" | sort -rn >"$TMP/rules"
		# start with the last one, because a deletion changes the numbers of later rules
		while read -r number interface; do
			case $missing in
			*" $interface "*) missing=${missing/" $interface "/ } ;;
			*) "$tool" -t "$table" -D "$chain" "$number" ;;
			esac
		done <"$TMP/rules"
		for interface in $missing; do
			"$tool" -t "$table" -A "$chain" -j NETFLOW "-$option" "$interface"
		done
	done <<-END
		raw PREROUTING in i
		mangle POSTROUTING out o
	END
}

unused() {
	grep -q '^ipt_NETFLOW [0-9]* 0 ' /proc/modules
}

# reload OPTION...: remove the rules, reload the module with these options, restore the rules
reload() {
	interfaces "$TOOL4"
	interfaces "$TOOL6"
	# nf_tables frees deleted rules asynchronously
	wait_for unused && rmmod ipt_NETFLOW && module_load "$@" || return
	interfaces "$TOOL4" r0 d0
	interfaces "$TOOL6" r0 d0
}

# flows_right: in the list every line has as many words as the first, and each word as many
# parts; print the sum of the packets
flows_right() {
	awk 'function parts(word) {
			sub(/^[a-z]*:/, "", word)
			return split(word, part, ",")
		}
		NR == 1 {
			for (i = 1; i <= NF; i++) {
				count[i] = parts($i)
				if ($i == "packets") packets = i
			}
			words = NF
			next
		}
		NF != words { print "words:", $0 }
		{
			for (i = 1; i <= NF; i++)
				if (split($i, part, ",") != count[i]) print "parts of word", i ":", $0
			sum += $packets
			lines++
		}
		END { print lines + 0, sum + 0 }' /proc/net/stat/ipt_netflow_flows
}

# send: traffic through the router, in both directions, of both families
send() {
	local to=(--cpu 0 --dport "$1")
	traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.8.0.2 --sport 1000+9 --flows 9 \
		--count 90 "${to[@]}" &&
		traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src fd00:1::2 --dst fd00:8::2 --count 20 "${to[@]}" &&
		traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.8.0.2 --proto icmp \
			--count 5 --tos 4 --cpu 0 &&
		traffic --socket --src 10.1.0.1 --dst 10.1.0.2 --count 7 "${to[@]}"
}

topology || bail "no network"
sink '' d0
ip -batch - <<-END || bail "no VRF"
	link add mgmt type vrf table 10
	link set mgmt up
	link set r1 master mgmt
END
at_exit "ip link del mgmt"
# adding a device to a VRF removes its IPv6 addresses
ip address replace fd00:2::1/64 dev r1 nodad
is "the collector is reachable through the VRF only" "$(ip route get 10.2.0.2 2>&1 | head -n 1)" \
	"RTNETLINK answers: Network is unreachable"
collector_start all 2055 "$SERVER" || bail "no collector"
collector_start six 2056 "$SERVER" fd00:2::2 || bail "no collector of IPv6"

times=(inactive_timeout=600 active_timeout=600)
port=7000
for kind in legacy nft; do
	TOOL4=iptables-$kind TOOL6=ip6tables-$kind
	if ! "$TOOL4" -S >/dev/null 2>&1; then
		skip "$kind" "this kernel has no such tables"
		continue
	fi
	port=$((port + 1))
	ok "$kind: the module is loaded with the options of a configuration" module_load engine-id=7 maxflows=1000000 \
		destination=10.2.0.2:2055@10.2.0.1%mgmt protocol=10 "${times[@]}"
	for tool in "$TOOL4" "$TOOL6"; do
		interfaces "$tool" r0 d0 r7
		is "$tool: rules are found by their interfaces" \
			"$(rules_of "$tool" raw PREROUTING in; rules_of "$tool" mangle POSTROUTING out)" \
			$'1 r0\n2 d0\n3 r7\n1 r0\n2 d0\n3 r7'
		interfaces "$tool" r0 d0
		is "$tool: ... and can be deleted by their numbers" \
			"$(rules_of "$tool" raw PREROUTING in; rules_of "$tool" mangle POSTROUTING out)" \
			$'1 r0\n2 d0\n1 r0\n2 d0'
	done
	send $port || bail "no traffic"
	# by r0: 9 + 1 + 1 ingress flows, and as many egress flows by d0; one egress flow by r0
	flows_right >"$TMP/flows"
	read -r lines packets <<<"$(tail -n 1 "$TMP/flows")"
	compare "$kind: the list of flows has all" "$lines" ">=" 23
	compare "$kind: ... with their packets" "$packets" ">=" 237
	is "$kind: ... each line has the columns of the first line" "$(head -n -1 "$TMP/flows")" ''
	export_all
	for destination in 10.2.0.2:2055%r1 '[fd00:2::2]:2056%mgmt' 10.2.0.2:2055%mgmt; do
		port=$((port + 1))
		ok "$kind: a reload, to $destination" reload engine-id=7 destination="$destination" "${times[@]}"
		send $port || bail "no traffic"
		export_all
		is "$kind: ... nothing is lost" "$(counter lostFlows) $(counter hashFlows)" "0 0"
	done
	port=$((port + 1))
	ok "$kind: a second collector, reachable through the VRF only" \
		reload destination=10.2.0.2:2055,10.2.0.2:2055%mgmt "${times[@]}"
	send $port || bail "no traffic"
	export_all
	like "$kind: ... the statistics have both" "$(grep ^sock /proc/net/stat/ipt_netflow)" \
		"^sock0: 10.2.0.2:2055[, ].*sock1: 10.2.0.2:2055%mgmt,"
	interfaces "$TOOL4"
	interfaces "$TOOL6"
	wait_for unused
	ok "$kind: the module is unloaded" rmmod ipt_NETFLOW
done
collector_stop all
collector_stop six
for name in all six; do
	records $name '%dp %dir %pkt' 'proto udp and dst port > 7000 and dst port < 7100'
done |
	awk '{ records[$1 " " $2]++; packets[$1 " " $2] += $3 }
		END { for (key in records) print key, records[key], packets[key] }' | sort >"$TMP/received"
for ((i = 7001; i <= port; i++)); do
	is "configuration $((i - 7000)): received and exported packets" \
		"$(grep "^$i " "$TMP/received" | tr '\n' ' ')" "$i E 11 117 $i I 10 110 "
done

done_testing
