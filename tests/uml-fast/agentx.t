#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netflow-agentx: a real snmpd gets the module's statistics and settings from it. Each object of
# the MIB has its number and exactly the module's value; settings can be set only with
# --writable.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

needs_processors 2

ROOT=.1.3.6.1.4.1.37476.9000.10.1
MIB=$NETFLOW_TOP/mibs/IPT-NETFLOW-MIB.txt
export MIBS='' SNMP_PERSISTENT_DIR=$TMP/snmp

cat >"$TMP/snmpd.conf" <<-END
	agentAddress udp:127.0.0.1:1161
	rocommunity public
	rwcommunity private
	master agentx
	agentXSocket unix:$TMP/agentx
END

# walk: write all objects to $TMP/walk as "NUMBER VALUE", with numbers below $ROOT.
walk() {
	snmpwalk -v2c -c public -t 5 -OnqeU 127.0.0.1:1161 $ROOT 2>&1 |
		sed -n "s/^$ROOT\.//p" | tr -d '"' >"$TMP/walk"
	[ -s "$TMP/walk" ]
}

# object NUMBER
object() {
	sed -n "s/^${1//./\\.} //p" "$TMP/walk"
}

# same TITLE NUMBER WANTED
same() {
	is "$1" "$(object "$2")" "$3"
}

# set_objects NUMBER TYPE VALUE...: print the output of snmpset.
set_objects() {
	local words=()
	while [ $# -gt 0 ]; do
		words+=("$ROOT.$1" "$2" "$3")
		shift 3
	done
	snmpset -v2c -c private -t 5 -On 127.0.0.1:1161 "${words[@]}" 2>&1
}

agent_start() {
	spawn '' "$NETFLOW_PROGRAMS/netflow-agentx" --socket "unix:$TMP/agentx" "$@" 2>"$TMP/agent"
	AGENT=$PID
}

# The agent is started before the master, and without the module.
agent_start
spawn '' snmpd -f -Lf "$TMP/log" -C -c "$TMP/snmpd.conf" 2>/dev/null
master=$PID
ok "the agent connects to snmpd" wait_for grep -q 'subagent connected' "$TMP/agent"
not "without the module there are no objects" walk

tun t0
sink '' d0
module_load destination=127.0.0.1:2055,127.0.0.1:2056,10.77.0.1:2055%no-such-device active_timeout=77 \
	inactive_timeout=600 || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
collector_start all 2055 || bail "no collector"
traffic --tun t0 --cpu 0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1+500 --count 5000 --flows 500 --size 100
export_all
traffic --tun t0 --cpu 1 --src 10.9.0.3 --dst 10.8.0.2 --sport 1+50 --count 700 --flows 50 --size 100
worked_off() {
	[ "$(counter inPackets)" -ge 5700 ]
}
ok "all packets are counted" wait_for worked_off
ok "the agent has objects" wait_for walk

# The objects of the MIB: "NUMBER NAME", also for the columns of tables.
awk '
	/^[a-zA-Z-]+ (OBJECT-TYPE|MODULE-IDENTITY)$/ { name = $1 }
	/^[a-zA-Z]+\tOBJECT IDENTIFIER ::=/ { number[$1] = number[$6] $7 "."; next }
	/^\t::= [{] enterprises/ { number[name] = ""; next }
	/^\tMAX-ACCESS/ { readable = $2 != "not-accessible" }
	/^\t::= [{]/ {
		number[name] = number[$3] $4 "."
		if (readable) print number[name], name
	}' "$MIB" | sed 's/\. / /' | sort >"$TMP/mib"
is "objects of the MIB" "$(wc -l <"$TMP/mib")" $((5 + 13 + 25 + 12 + 21))
# The number of a scalar ends in .0, that of a cell in the number of its row.
sed 's/\.[0-9]* .*//' "$TMP/walk" | sort -u >"$TMP/numbers"
is "every object is in the MIB" "$(join -v 2 "$TMP/mib" "$TMP/numbers")" ""
wanted=''
while read -r name sysctl; do
	[ -e "/proc/sys/net/netflow/$sysctl" ] || wanted+="$name "
done <<-END
	aggregation aggregation
	promisc promisc
	sampler sampler
	snmp-rules snmp-rules
END
is "only objects without a counterpart in the module are missing" \
	"$(join -v 1 "$TMP/mib" "$TMP/numbers" | cut -d' ' -f2 | sort | tr '\n' ' ')" "$wanted"


# MIB parsers accept the file. The licences of the modules that it imports from are not free
# in the sense of Debian; only their names are needed.
mkdir "$TMP/mibs"
cp "$MIB" "$TMP/mibs"
cat >"$TMP/mibs/SNMPv2-SMI.txt" <<-'MODULE'
	SNMPv2-SMI DEFINITIONS ::= BEGIN
	org OBJECT IDENTIFIER ::= { iso 3 }
	dod OBJECT IDENTIFIER ::= { org 6 }
	internet OBJECT IDENTIFIER ::= { dod 1 }
	private OBJECT IDENTIFIER ::= { internet 4 }
	enterprises OBJECT IDENTIFIER ::= { private 1 }
	END
MODULE
for name in DisplayString DateAndTime; do
	echo "$name ::= TEXTUAL-CONVENTION STATUS current DESCRIPTION \"\" SYNTAX OCTET STRING"
done | sed '1i SNMPv2-TC DEFINITIONS ::= BEGIN' | sed '$a END' >"$TMP/mibs/SNMPv2-TC.txt"
cat >"$TMP/mibs/HCNUM-TC.txt" <<-'MODULE'
	HCNUM-TC DEFINITIONS ::= BEGIN
	CounterBasedGauge64 ::= TEXTUAL-CONVENTION STATUS current DESCRIPTION "" SYNTAX Counter64
	END
MODULE
mapfile -t names <<<"$(cut -d' ' -f2 "$TMP/mib")"
is "net-snmp parses the MIB in the same way" \
	"$(snmptranslate -M "$TMP/mibs" -m IPT-NETFLOW-MIB -On "${names[@]/#/IPT-NETFLOW-MIB::}" 2>&1 | grep .)" \
	"$(sed "s/ .*//; s/^/$ROOT./" "$TMP/mib")"
is "no comment of the MIB ends within its line" "$(grep -n -- '--.*--' "$MIB")" ""

# --- statistics ---

numbers=(inBitRate inPacketRate inFlows inPackets inBytes hashMetric hashMemory hashFlows hashPackets hashBytes
	dropPackets dropBytes outByteRate outFlows outPackets outBytes lostFlows lostPackets lostBytes errTotal sndbufPeak
	batchMemory natMemory natQueueMemory)
for i in "${!numbers[@]}"; do
	name=${numbers[i]}
	is "$name: its number" "$(sed -n "s/ $name\$//p" "$TMP/mib")" "2.1.$((i + 1))"
	case $name in
	*Rate) like "$name" "$(object "2.1.$((i + 1)).0")" '^[0-9]+$' ;;
	# what is not needed is given back meanwhile
	*Memory) compare "$name" "$(object "2.1.$((i + 1)).0")" '>=' "$(counter "$name")" ;;
	errTotal) compare "$name" "$(object "2.1.$((i + 1)).0")" '<=' "$(counter "$name")" ;;
	*) same "$name" "2.1.$((i + 1)).0" "$(counter "$name")" ;;
	esac
done
for cpu in 0 1; do
	got='' wanted=$(sed -n "s/^cpu$cpu [0-9]* //p" "$STATS")
	for column in {3..12}; do
		got+="$(object "2.2.1.$column.$cpu") "
	done
	is "CPU $cpu" "${got% }" "$wanted"
	same "its number" "2.2.1.1.$cpu" "$cpu"
done
for sock in 0 1 2; do
	same "destination $sock" "2.3.1.2.$sock" "$(counter "sock$sock")"
	same "... whether there is a socket" "2.3.1.3.$sock" "$(counter "sock$sock" 3)"
	same "... size of its buffer" "2.3.1.8.$sock" "$(counter "sock$sock" 8)"
done
compare "no process listens at the second destination" "$(object 2.3.1.6.1)" '>' 0
compare "there is no route to the third destination" "$(object 2.3.1.4.2)" '>' 0

# --- the module, and its settings ---

same "name" 1.1.1.0 ipt_NETFLOW
same "version" 1.1.2.0 "$(</sys/module/ipt_NETFLOW/version)"
same "source version" 1.1.3.0 "$(</sys/module/ipt_NETFLOW/srcversion)"
same "users" 1.1.5.0 "$(</sys/module/ipt_NETFLOW/refcnt)"
loaded=$(object 1.1.4.0)
like "load time of the module" "$loaded" "^(20[0-9]{2}-[0-9]+-[0-9]+,|07 E[A-F0-9] )"
names=(protocol hashsize maxflows active_timeout inactive_timeout sndbuf destination '' '' natevents '' '' scan-min)
for i in "${!names[@]}"; do
	[ -z "${names[i]}" ] || same "setting ${names[i]}" "1.2.$((i + 1)).0" "$(setting "${names[i]}")"
done

like "without --writable settings cannot be set" "$(set_objects 1.2.4.0 u 20)" notWritable
stop "$AGENT"
agent_start --writable
ok "an agent with --writable connects" wait_for eval "grep -q 'subagent connected' '$TMP/agent' && walk"
like "a setting is set" "$(set_objects 1.2.4.0 u 20)" ': 20$'
is "... in the module" "$(setting active_timeout)" 20
like "a text and a second setting are set" "$(set_objects 1.2.7.0 s '127.0.0.1:2055,[::1]:2057' 1.2.5.0 i 9)" ': 9$'
is "... in the module" "$(setting destination) $(setting inactive_timeout)" "127.0.0.1:2055,[::1]:2057 9"
like "a value that the module rejects is a wrong value" "$(set_objects 1.2.4.0 u 30 1.2.5.0 u 2147483648)" 'wrongValue.*1\.2\.5\.0'
is "... and the setting in the same request is restored" "$(setting active_timeout) $(setting inactive_timeout)" "20 9"
like "a wrong type is rejected" "$(set_objects 1.2.4.0 s twenty)" wrongType
like "an invalid destination is rejected" "$(set_objects 1.2.7.0 s nowhere)" wrongValue
like "a counter cannot be set" "$(set_objects 2.1.4.0 C 5)" 'notWritable|noAccess|Bad object type'
like "a setting that does not exist" "$(set_objects 1.2.14.0 u 5)" 'noCreation|notWritable|noAccess'
like "a community with read access only" "$(snmpset -v2c -c public -t 3 -r 0 -On 127.0.0.1:1161 $ROOT.1.2.4.0 u 40 2>&1)" 'noAccess|notWritable|authorizationError|Timeout'
is "the rejected requests have changed nothing" "$(setting active_timeout) $(setting destination)" "20 127.0.0.1:2055,[::1]:2057"

# --- snmpd and the module are stopped and started ---

rules_flush "$IPTABLES"
ok "the module is unloaded" rmmod ipt_NETFLOW
gone() {
	walk && return 1
	return 0
}
ok "... and the objects disappear" wait_for gone
stop "$master"
module_load || bail "no module"
spawn '' snmpd -f -Lf "$TMP/log" -C -c "$TMP/snmpd.conf" 2>/dev/null
ok "after a restart snmpd has them again" wait_for walk
same "... as they are now" 1.2.4.0 1800
ok "the agent is still running" kill -0 "$AGENT"

done_testing
