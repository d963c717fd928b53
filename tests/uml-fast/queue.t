#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NFQUEUE with the answer NF_REPEAT: the packet passes the rules of the queue's table again. A
# rule in another table counts it once, one in the same chain before the queue twice, as
# docs/where-to-meter.md says.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

# linux/netfilter/nfnetlink_queue.h: each packet gets the mark 1 and is repeated
cat >"$TMP/repeat.py" <<'END'
import socket, struct, sys
QUEUE, PACKET, VERDICT, CONFIG = 3, 0, 1, 2
NF_REPEAT = 4
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.bind((0, 0))
def attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data.ljust((len(data) + 3) & ~3, b"\0")
def send(message, attributes):
    body = struct.pack(">BBH", socket.AF_INET, 0, 0) + attributes
    s.send(struct.pack("IHHII", 16 + len(body), QUEUE << 8 | message, 1, 0, 0) + body)
send(CONFIG, attribute(1, struct.pack(">BBH", 1, 0, socket.AF_INET)))
send(CONFIG, attribute(2, struct.pack(">IB", 0, 1)))
open(sys.argv[1], "w").close()
while True:
    data = s.recv(65536)
    while data:
        length, kind = struct.unpack("IH", data[:6])
        message, data = data[:length], data[(length + 3) & ~3:]
        if kind != QUEUE << 8 | PACKET:
            continue
        at = 20
        while at < length:
            size, name = struct.unpack("HH", message[at:at + 4])
            if name == 1:
                number = message[at + 4:at + 8]
            at += (size + 3) & ~3
        send(VERDICT, attribute(2, struct.pack(">I", NF_REPEAT) + number) +
             attribute(3, struct.pack(">I", 1)))
END

tun t0
sink '' d0
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
collector_start all 2055 || bail "no collector"
at_exit "$IPTABLES -t mangle -F; $IPTABLES -t filter -F"
"$IPTABLES" -t mangle -A FORWARD -p udp --dport 7001 -j NETFLOW
"$IPTABLES" -t filter -A FORWARD -p udp --dport 7002 -j NETFLOW
"$IPTABLES" -t mangle -A FORWARD -m mark --mark 0 -j NFQUEUE --queue-num 0
spawn '' /usr/bin/python3 "$TMP/repeat.py" "$TMP/ready"
wait_for test -e "$TMP/ready"
before=$(device_packets '' d0 tx)
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --dport 7001 --count 10
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --dport 7002 --count 10
forwarded() {
	[ "$(device_packets '' d0 tx)" -ge $((before + 20)) ]
}
wait_for forwarded
export_all
collector_stop all
total_is "a rule in another table counts a repeated packet once" all "dst port 7002" 1 10 1280
total_is "a rule in the same chain counts it twice" all "dst port 7001" 1 20 2560
ok "the module is unloaded" module_unload
done_testing
