# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Collectors, captures, and functions to read their results. Sourced by lib.sh.

declare -A COLLECTOR_PID COLLECTOR_WHERE COLLECTOR_PORT COLLECTOR_SIGNAL

# collector_start NAME PORT [NAMESPACE [ADDRESS]]: start nfcapd, which writes to $TMP/NAME.
collector_start() {
	local name=$1 port=$2 where=${3:-} address=${4:-} to=-w
	local options=()
	# before 1.7 the option was -l
	nfcapd -h 2>&1 | grep -q -- '-w flowdir' || to=-l
	[ -z "$address" ] || options+=(-b "$address")
	[[ $address != *:* ]] || options+=(-6)
	mkdir -p "$TMP/$name"
	spawn "$where" nfcapd "$to" "$TMP/$name" -p "$port" -t 3600 -B 64000000 "${options[@]}" \
		>"$TMP/$name.log" 2>&1
	COLLECTOR_PID[$name]=$PID
	COLLECTOR_WHERE[$name]=$where
	COLLECTOR_PORT[$name]=$port
	at_exit "collector_stop $name"
	wait_for port_open "$where" udp "$port" || {
		diag "nfcapd does not start: $(cat "$TMP/$name.log")"
		return 1
	}
}

# collector_queue NAME bytes|drops: the octets in the socket's queue, or the dropped messages.
collector_queue() {
	local hex
	hex=$(printf ':%04X' "${COLLECTOR_PORT[$1]}")
	in_ns "${COLLECTOR_WHERE[$1]}" cat /proc/net/udp /proc/net/udp6 |
		awk -v port="$hex" -v column="$2" '
			substr($2, length($2) - 4) == port {
				split($5, queue, ":")
				print column == "drops" ? $13 : queue[2]
			}' | sort -u | tail -n 1
}

collector_idle() {
	[ "$(collector_queue "$1" bytes)" = 00000000 ]
}

# collector_stop NAME: wait until all received messages are read, then stop it.
collector_stop() {
	local pid=${COLLECTOR_PID[$1]:-} drops children
	[ -n "$pid" ] || return 0
	COLLECTOR_PID[$1]=
	if kill -0 "$pid" 2>/dev/null; then
		wait_for collector_idle "$1"
		drops=$(collector_queue "$1" drops)
		[ "${drops:-0}" = 0 ] || diag "collector $1: its socket dropped $drops messages"
	fi
	# a child process writes nfacctd's file
	children=$(pgrep -P "$pid")
	stop "$pid" "${COLLECTOR_SIGNAL[$1]:-}"
	# shellcheck disable=SC2086 # a list
	wait_for processes_gone $children
}

# records NAME FORMAT [FILTER]: print the records of a stopped collector, one per line.
# FORMAT is nfdump's -o fmt:, such as "%sa %dp %pkt".
records() {
	nfdump -R "$TMP/$1" -q -N -6 -o "fmt:$2" ${3:+"$3"} 2>/dev/null |
		grep -v '^No matching flows' | sed 's/  */ /g; s/^ //; s/ $//'
}

# total NAME [FILTER]: print "records packets octets" of a stopped collector.
total() {
	records "$1" '%pkt %byt' "${2:-}" |
		awk 'NF == 2 { n++; packets += $1; octets += $2 }
			END { printf "%d %.0f %.0f\n", n, packets, octets }'
}

# total_is NAME COLLECTOR FILTER RECORDS PACKETS OCTETS
total_is() {
	is "$1" "$(total "$2" "$3")" "$4 $5 $6"
}

# capture_start NAME NAMESPACE DEVICE [FILTER [OCTETS]]: write the first OCTETS of every
# packet to $TMP/NAME.pcap. The default is sufficient for a message. With fewer octets, more
# packets fit into tcpdump's queue. tcpdump receives each packet at once, not in blocks.
capture_start() {
	spawn "$2" tcpdump -Z root -U --immediate-mode -B 65536 -s "${5:-2048}" -i "$3" \
		-w "$TMP/$1.pcap" ${4:+"$4"} 2>"$TMP/$1.tcpdump"
	COLLECTOR_PID[capture-$1]=$PID
	wait_for grep -q 'listening on' "$TMP/$1.tcpdump"
}

# network_idle: no packet is in a CPU's backlog, that is, between two devices.
network_idle() {
	local line lines words
	mapfile -t lines </proc/net/softnet_stat
	for line in "${lines[@]}"; do
		read -ra words <<<"$line"
		[ "${words[11]:-00000000}" = 00000000 ] || return
	done
}

# written PID: the program has processed all packets from the network.
written() {
	network_idle && process_sleeps "$1"
}

# capture_stop NAME: stop it when all captured packets are written.
capture_stop() {
	local look
	# check twice: at the first check a CPU may still be processing a packet
	for look in 1 2; do
		pause 0.05
		wait_for written "${COLLECTOR_PID[capture-$1]}"
	done
	: "$look"
	stop "${COLLECTOR_PID[capture-$1]}" INT
	grep -q '^0 packets dropped by kernel' "$TMP/$1.tcpdump" ||
		diag "capture $1: $(grep dropped "$TMP/$1.tcpdump")"
}

# capture_messages NAME [PORT]: print tshark's text of the IPFIX messages of a capture. It
# marks malformed messages.
capture_messages() {
	tshark -r "$TMP/$1.pcap" -d "udp.port==${2:-2055},cflow" -V -Y cflow 2>/dev/null
}

# capture_fields NAME FIELD...: print a line for each message, with commas between fields.
capture_fields() {
	local name=$1 field options=()
	shift
	for field; do
		options+=(-e "$field")
	done
	tshark -r "$TMP/$name.pcap" -d udp.port==2055,cflow -Y cflow -T fields "${options[@]}" 2>/dev/null
}

# nfacctd_start NAME PORT [LINE...]: start nfacctd as a second collector. When it is stopped
# it writes one JSON line for each aggregate to $TMP/NAME.json. LINEs are added to its
# configuration.
nfacctd_start() {
	cat >"$TMP/$1.conf" <<-END
		nfacctd_port: $2
		nfacctd_ip: 0.0.0.0
		nfacctd_disable_checks: true
		nfacctd_pipe_size: 64000000
		plugins: print[all]
		aggregate[all]: src_host, dst_host, src_port, dst_port, proto
		print_output[all]: json
		print_output_file[all]: $TMP/$1.json
		print_output_file_append[all]: true
		print_refresh_time[all]: 3600
		plugin_buffer_size: 1024000
		plugin_pipe_size: 10240000
	END
	[ $# = 2 ] || printf '%s\n' "${@:3}" >>"$TMP/$1.conf"
	spawn '' nfacctd -f "$TMP/$1.conf" >"$TMP/$1.log" 2>&1
	COLLECTOR_PID[$1]=$PID
	COLLECTOR_SIGNAL[$1]=INT	# after SIGTERM it waits for a minute
	COLLECTOR_WHERE[$1]=''
	COLLECTOR_PORT[$1]=$2
	at_exit "collector_stop $1"
	wait_for port_open '' udp "$2" || {
		diag "nfacctd does not start: $(cat "$TMP/$1.log")"
		return 1
	}
}

# nfacctd_wait NAME PACKETS: wait until a stopped one has written so many packets. A child
# process writes them, which may exit later.
nfacctd_wait() {
	local end=$((SECONDS + 300)) seen
	until read -r _ seen _ <<<"$(nfacctd_total "$1" 2>/dev/null)" && [ "${seen:-0}" -ge "$2" ]; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 1
	done
}

# nfacctd_total NAME [PORT]: print "aggregates packets octets" of a destination port or of
# all ports, once they are written.
nfacctd_total() {
	python3 - "$TMP/$1.json" "${2:-}" <<-'END'
		import json, sys
		n = packets = octets = 0
		for line in open(sys.argv[1]):
		    row = json.loads(line)
		    if "packets" in row and sys.argv[2] in ("", str(row["port_dst"])):
		        n, packets, octets = n + 1, packets + row["packets"], octets + row["bytes"]
		print(n, packets, octets)
	END
}
