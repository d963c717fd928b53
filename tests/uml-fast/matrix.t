#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every combination of settings that changes the content of records, in each protocol: the same
# packets pass, and for each flow the recorder, nfdump, nfacctd and tshark must report exactly
# what was sent. tests/matrix/design.py selects the combinations.
#
# TIMEOUT 900

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/matrix/network.sh
. "$NETFLOW_TOP/tests/matrix/network.sh"

MATRIX=$NETFLOW_TOP/tests/matrix
export PYTHONDONTWRITEBYTECODE=1

matrix_network || bail "no network"
module_load destination= active_timeout=3600 inactive_timeout=3600 || bail "no module"
rules "$IPTABLES" 'mangle FORWARD'
rules "$IP6TABLES" 'mangle FORWARD'
at_exit "rules '$IPTABLES' 'mangle -'; rules '$IP6TABLES' 'mangle -'"

capture_start tshark '' lo 'udp portrange 2055-2057'
recorder_start recorder '2055 2056 2057'
# all elements of the module that pmacct supports
AGGREGATE="src_host, dst_host, src_mask, dst_mask, src_port, dst_port, proto, tos, tcpflags, in_iface, out_iface, \
src_mac, dst_mac, vlan, cos, etype, nat_event, post_nat_src_host, post_nat_dst_host, \
post_nat_src_port, post_nat_dst_port, mpls_label_top, mpls_label_bottom, mpls_stack_depth, \
timestamp_start, timestamp_end, export_proto_version"
for protocol in 10:0 9:1 5:2; do
	collector_start "nfdump${protocol%:*}" $((2065 + ${protocol#*:})) || bail "no nfcapd"
	nfacctd_start "nfacctd${protocol%:*}" $((2075 + ${protocol#*:})) "aggregate[all]: $AGGREGATE" \
		'timestamps_rfc3339: true' || bail "no nfacctd"
done

begin=$(now)
python3 "$MATRIX/send.py" "$NETFLOW_MODULE" "$NETFLOW_TOOLS/traffic" "$CLIENT" ||
	bail "not all is sent"
diag "sent in $(($(now) - begin)) ms"
capture_stop tshark
recorder_stop recorder
for protocol in 10 9 5; do
	collector_stop "nfdump$protocol"
	collector_stop "nfacctd$protocol"
done
messages_right "messages are well-formed, templates first, and no id has two meanings"
python3 "$MATRIX/check.py" "$NETFLOW_MODULE" "$TMP" >"$TMP/checked" ||
	bail "they cannot be compared"
results "$TMP/checked"
if grep -q '^not ok' "$TMP/checked"; then
	# keep the files for debugging
	mkdir "$NETFLOW_OUT/matrix"
	cp -r "$TMP"/{nfdump,nfacctd}* "$TMP"/{recorder,tshark.pcap,interfaces} "$NETFLOW_OUT/matrix"
fi
done_testing
