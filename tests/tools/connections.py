#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: connections.py serve ADDRESS...
#        connections.py SEED COUNT TARGET...
# Random connections that are ones: sockets of ordinary programs that say
# something and, mostly, get an answer.
#
# serve answers on ports 1000 to 1009 of UDP, TCP and, where the kernel has it,
# SCTP, and says "ready". Else COUNT connections are made, each to one TARGET
# "PROTOCOL:ADDRESS:FIRST-LAST", chosen at random as its port is; the rest of
# the port counts from the first ("tcp:10.2.0.2:1000-1099"; icmp has identifiers
# in place of ports). SEED repeats the same choice.

import random
import select
import socket
import struct
import sys

ANSWERED = range(1000, 1010)
KINDS = {
    "tcp": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "udp": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    "sctp": (socket.SOCK_STREAM, socket.IPPROTO_SCTP),
}


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(addresses):
    poll = select.epoll()
    sockets = {}
    for address in addresses:
        for name, (kind, protocol) in KINDS.items():
            for port in ANSWERED:
                try:
                    one = socket.socket(family(address), kind, protocol)
                except OSError:
                    if name == "sctp":
                        break
                    raise
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind((address, port))
                if kind == socket.SOCK_STREAM:
                    one.listen(1000)
                sockets[one.fileno()] = (one, kind)
                poll.register(one, select.EPOLLIN)
    print("ready", flush=True)
    while True:
        for number, _ in poll.poll():
            one, kind = sockets[number]
            try:
                if kind == socket.SOCK_STREAM:
                    peer, _ = one.accept()
                    peer.settimeout(1)
                    peer.sendall(peer.recv(1000))
                    peer.close()
                else:
                    data, peer = one.recvfrom(1000)
                    one.sendto(data, peer)
            except OSError:
                pass    # a client that went away is no matter of ours


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def ping(address, identifier, payload):
    v6 = ":" in address
    kind, protocol = (128, 58) if v6 else (8, 1)
    with socket.socket(family(address), socket.SOCK_RAW, protocol) as one:
        header = struct.pack("!BBHHH", kind, 0, 0, identifier, 1)
        if not v6:      # the kernel does it for ICMPv6
            header = struct.pack("!BBHHH", kind, 0, checksum(header + payload), identifier, 1)
        one.sendto(header + payload, (address, 0))


def connect(kind, protocol, address, port, payload, patience):
    with socket.socket(family(address), kind, protocol) as one:
        one.settimeout(patience)
        try:
            one.connect((address, port))
            one.sendall(payload)
            one.recv(1000)
        except OSError:
            pass        # refused, or no answer: a connection all the same


def main():
    if sys.argv[1] == "serve":
        serve(sys.argv[2:])
    chance = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        name, rest = chance.choice(sys.argv[3:]).split(":", 1)
        address, ports = rest.rsplit(":", 1)
        first, last = map(int, ports.split("-"))
        port = chance.randint(first, last)
        payload = bytes(2 * chance.randint(1, 250))
        if name == "icmp":
            ping(address, port, payload)
        else:
            connect(*KINDS[name], address, port, payload, 0.02)


main()
