#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: clash.py hold QUEUE PACKETS
#        clash.py send ADDRESS PORT COUNT
# Connections that lose the race to be inserted into conntrack's table, without a race.
#
# send opens COUNT sockets of UDP and sends two packets by each. hold says "ready", keeps what a
# rule sends to the queue (NFQUEUE) until PACKETS packets are there, and then accepts all. Where the
# rule is passed after conntrack has seen a packet and before its source is translated, each packet
# has a connection of its own by then, and the second one of a socket comes too late.

import socket
import struct
import sys

NETLINK_NETFILTER = 12
NFNETLINK_QUEUE = 3
MSG_PACKET, MSG_CONFIG, MSG_VERDICT_BATCH = 0, 2, 3
CFG_CMD, CFG_PARAMS, CFG_QUEUE_MAXLEN = 1, 2, 3
CMD_BIND, COPY_META, ACCEPT = 1, 1, 1
PACKET_HDR, VERDICT_HDR = 1, 2
REQUEST, ACK = 1, 4


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def message(kind, queue, *attributes):
    body = struct.pack("!BBH", 0, 0, queue) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), NFNETLINK_QUEUE << 8 | kind,
                       REQUEST | ACK, 0, 0) + body


def acknowledged(one):
    data = one.recv(65536)
    error, = struct.unpack_from("=i", data, 16)
    if error:
        sys.exit("error %d" % -error)


def hold(queue, packets):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as one:
        one.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)     # SO_RCVBUFFORCE
        one.bind((0, 0))
        one.send(message(MSG_CONFIG, queue, attribute(CFG_CMD, struct.pack("!BBH", CMD_BIND, 0, 0))))
        acknowledged(one)
        one.send(message(MSG_CONFIG, queue,
                         attribute(CFG_PARAMS, struct.pack("!IB", 0, COPY_META)),
                         attribute(CFG_QUEUE_MAXLEN, struct.pack("!I", packets))))
        acknowledged(one)
        print("ready", flush=True)
        last = 0
        for _ in range(packets):
            data = one.recv(65536)
            # the first attribute is the packet's header, which begins with its number
            last, = struct.unpack_from("!I", data, 24)
        one.send(message(MSG_VERDICT_BATCH, queue,
                         attribute(VERDICT_HDR, struct.pack("!II", ACCEPT, last))))
        acknowledged(one)


def send(address, port, count):
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for one in sockets:
        one.connect((address, port))
        one.send(b"one")
        one.send(b"other")


if sys.argv[1] == "hold":
    hold(int(sys.argv[2]), int(sys.argv[3]))
else:
    send(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
