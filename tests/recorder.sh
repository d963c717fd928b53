# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The strict collector of recorder.py, and questions to what it wrote. A test
# sources it after lib.sh.
#
# A MATCH is NAME=VALUE of a line's words; a line must have all of them.

# recorder_start NAME PORTS [NAMESPACE]: into $TMP/NAME.
recorder_start() {
	local ports=() name=$1 where=${3:-}
	read -ra ports <<<"$2"
	spawn "$where" python3 "$NETFLOW_TOP/tests/recorder.py" "$TMP/$name" "${ports[@]}"
	COLLECTOR_PID[$name]=$PID
	COLLECTOR_WHERE[$name]=$where
	COLLECTOR_PORT[$name]=${ports[-1]}
	wait_for 60 port_open "$where" udp "${ports[-1]}" || {
		diag "the recorder does not start"
		return 1
	}
}

# recorder_stop NAME: after all that has arrived is written.
recorder_stop() {
	collector_stop "$1"
}

# recorded NAME KIND FIELDS [MATCH...]: the FIELDS of lines of that KIND.
recorded() {
	local name=$1 kind=$2 fields=$3
	shift 3
	awk -v kind="$kind" -v fields="$fields" -v matches="$*" '
		BEGIN { n = split(fields, field, " "); m = split(matches, match_, " ") }
		$1 == kind {
			for (i = 1; i <= m; i++)
				if (!index($0 " ", " " match_[i] " "))
					next
			split("", value)
			for (i = 2; i <= NF; i++) {
				at = index($i, "=")
				value[substr($i, 1, at - 1)] = substr($i, at + 1)
			}
			line = ""
			for (i = 1; i <= n; i++)
				line = line (i > 1 ? " " : "") (field[i] in value ? value[field[i]] : "-")
			print line
		}' "$TMP/$name"
}

# recorded_total NAME [MATCH...]: "records packets octets" of flows.
recorded_total() {
	local name=$1
	shift
	recorded "$name" flow 'packetDeltaCount octetDeltaCount' "$@" |
		awk '{ packets += $1; octets += $2 } END { printf "%d %.0f %.0f\n", NR, packets, octets }'
}

# recorded_clean TITLE NAME: no message was malformed, none came before its templates.
recorded_clean() {
	is "$1" "$(grep '^problem' "$TMP/$2" | head -n 5)" ''
}

# has NAME KIND [MATCH...]: there is such a line.
has() {
	[ -n "$(recorded "$1" "$2" arrived "${@:3}")" ]
}

# law: every packet is somewhere, in packets and in octets.
law() {
	awk '{ v[$1] = $2 }
		END {
			p = v["inPackets"] - v["outPackets"] - v["hashPackets"] - v["queuedPackets"] - v["lostPackets"]
			o = v["inBytes"] - v["outBytes"] - v["hashBytes"] - v["queuedBytes"] - v["lostBytes"]
			if (p || o)
				print "packets differ by " p ", octets by " o
			exit p || o
		}' "$STATS"
}

# counters NAME...: several, in one line.
counters() {
	awk -v names="$*" '
		{ v[$1] = $2 }
		END {
			n = split(names, name, " ")
			for (i = 1; i <= n; i++)
				printf "%s%s", v[name[i]], i < n ? " " : "\n"
		}' "$STATS"
}
