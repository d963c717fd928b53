#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The protocol is changed in traffic, and while records wait: no flow is lost or sent twice, and
# records that wait are sent in the new protocol.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# Sequence numbers restart at 0 with each change; any other gap is an error.
gaps() {
	recorded gap 'sequence port'
	grep -v '^0 ' <<<"$RECORDED"
}

topology || bail "no network"
# most lines are templates and options data of the changes
RECORDER_LARGE=1
recorder_start all "--totals 2055 2056 2057"
router destination=127.0.0.1:2055,127.0.0.1:2056/9,127.0.0.1:2057/10 active_timeout=1 inactive_timeout=1

# --- in traffic ---

"$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.2+40 --dst 10.8.0.2 --sport 1000+50 --flows 2000 \
	--count 100000000 --rate 4000 --size 40 >"$TMP/sent" &
sender=$!
at_exit "stop $sender"
until_true 300 metered 100
refused=''
for protocol in 9 5 10 5 9 10 9 5 10 5 9 10; do
	setting protocol $protocol || refused+=" $protocol"
	recorded message port port=2055 version=$protocol
	statistics
	seen=${COUNT[inPackets]} messages=$RECORDED_COUNT
	until_true 120 metered $((seen + 400)) || fail "packets are exported by version $protocol"
	flush
	until_true 120 has_count message $((messages + 2)) port=2055 version=$protocol ||
		fail "version $protocol is used"
	[ $protocol != 5 ] || setting destination 127.0.0.1:2055,127.0.0.1:2056/9,127.0.0.1:2057/10
done
is "each change is accepted" "$refused" ''
ok "there is traffic all the time" kill -0 "$sender"
stop "$sender"
read -r _ packets _ octets _ <"$TMP/sent"
export_all
law_holds "after all changes"
counts_are "all is exported, nothing is lost" "outPackets outBytes lostPackets" "$packets $octets 0"
for bad in 0 4 6 8 11 x; do
	not "protocol $bad is rejected" setting protocol $bad
done
is "... and the old one stays" "$(setting protocol)" 10
recorder_stop all
messages_right "all messages are right"
is "no sequence number is left out" "$(gaps)" ''
for port in 2055 2056 2057; do
	recorded total 'packets octets' port=$port
	is "all packets and octets, once: port $port" "$RECORDED" "$packets $octets"
done
recorded message version port=2056
is "the protocol of a destination stays" "$(sort -u <<<"$RECORDED")" 9

# --- while messages wait ---

setting active_timeout 600
setting inactive_timeout 600
recorder_start away 2055 "$SERVER"
setting destination 10.2.0.2:2055
sums=()
up() {
	ip link set r1 up
	ip neigh replace 10.2.0.2 lladdr 02:00:00:00:02:02 dev r1 nud permanent
}
batch() {
	setting protocol "$1"
	packets --sport 1000+500 --flows 500 --count 1500 --size "$1"
	sums+=("$1=$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS")
	flush
}
batch 10
until_true 120 at_rest
ip link set r1 down
batch 9
batch 5
batch 10
batch 9
counts_are "while the link is down, records wait" "queuedPackets lostPackets" "6000 0"
setting protocol 5
up
ok "when the link is up again, they are sent" until_true 120 at_rest
batch 5
until_true 120 at_rest
law_holds "after it"
recorder_stop away
messages_right "all messages are right"
is "no sequence number is left out" "$(gaps)" ''
# all but the first batch waited, or followed
first=${sums[0]#*=} rest=(0 0 0)
for sum in "${sums[@]:1}"; do
	read -r flows packets octets <<<"${sum#*=}"
	rest=($((rest[0] + flows)) $((rest[1] + packets)) $((rest[2] + octets)))
done
sums_are "records that waited are sent by the protocol that is set then" "${rest[*]}" template=5
recorded_sums
read -r flows packets octets <<<"$first"
is "... and all once" "$RECORDED" "$((rest[0] + flows)) $((rest[1] + packets)) $((rest[2] + octets))"
recorded message version
is "... those before by the protocol of their time" "$(uniq <<<"$RECORDED" | xargs)" "10 5"

done_testing
