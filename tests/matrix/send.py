# SPDX-License-Identifier: GPL-2.0-only
"""Usage: send.py MODULE TRAFFIC NAMESPACE: take each combination, send its packets.

Prints the last combination's number. Settings are written where they differ from the
last, and nothing is waited for but where records of two combinations would be one.
"""

import socket
import struct
import subprocess
import sys
import time

import design
import packets

STATISTICS = "/proc/net/stat/ipt_netflow_snmp"

# Ports of the collectors, by protocol: the recorder's, nfcapd's, nfacctd's.
PORTS = {protocol: (2055 + i, 2065 + i, 2075 + i) for i, protocol in enumerate(design.PROTOCOLS)}


def write(path, text):
    """A setting."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text + "\n")


def statistics():
    """The module's counters."""
    with open(STATISTICS, encoding="ascii") as file:
        rows = [line.split() for line in file.read().splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


def wait_for(what, condition):
    """Until it holds; five minutes are a limit, not a measure."""
    end = time.monotonic() + 300
    while not condition(statistics()):
        if time.monotonic() > end:
            sys.exit(f"this did not come: {what}: {statistics()}")
        time.sleep(0.01)


def connections_end():
    """All that conntrack has ends: what conntrack -F does for every family."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as netlink:
        netlink.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 5, 0, 0, 0, 0, 0))
        error = struct.unpack_from("=i", netlink.recv(4096), 16)[0]
    if error:
        sys.exit(f"conntrack cannot be emptied: {error}")


def flush():
    """All that was metered is exported."""
    write(design.NETFLOW + "flush", "1")
    ends = ("outPackets", "lostPackets", "unsampledPackets", "discardedPackets")
    wait_for(
        "everything is exported",
        lambda n: n["inPackets"] == sum(n[end] for end in ends),
    )


def settle():
    """Nothing waits, and no message is being filled: the second flush closes those that
    the first one's records began.

    Templates of the fields before last are forgotten when other fields are set then, and
    else are more with each change.
    """
    flush()
    flush()


def events(counts):
    """NAT events, also those that no protocol in use can express."""
    return counts["natStart"] + counts["natStop"]


class Traffic:
    """tools/traffic.c, which takes as many lines as there are, one after the other."""

    def __init__(self, program, namespace):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, program, "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )

    def send(self, combination, kinds=packets.KINDS):
        """Packets, and the end of their connections if somebody is told of that."""
        before = statistics()
        lines = [packets.line(kind, combination["number"]) for kind in kinds]
        self.process.stdin.write("\n".join(lines) + "\n")
        self.process.stdin.flush()
        for kind in kinds:
            told = self.process.stdout.readline().split()
            if told[1:2] != [str(kind.count)]:
                sys.exit(f"{kind.name} was not sent: {told}")
        if combination["natevents"] == "0":
            return
        count = events(before)
        # a begin is told of while the connection lives
        for event in ("begun", "ended"):
            count += sum(bool(kind.nat) for kind in kinds)
            wait_for(f"all have {event}", lambda n: events(n) == count)
            connections_end()


class Router:
    """The settings as they are."""

    def __init__(self):
        self.now = {path: "" for _, path, _ in design.SETTINGS}
        self.block = None

    def begin(self, protocols, fields):
        """Other destinations, other fields."""
        settle()
        if not self.block or self.block[0] != protocols:
            destinations = [f"127.0.0.1:{port}/{p}" for p in protocols for port in PORTS[p]]
            write(design.NETFLOW + "destination", ",".join(destinations))
        write(design.NETFLOW + "fields", ",".join(fields))
        self.block = protocols, fields

    def take(self, combination):
        """The settings of a combination."""
        block = combination["protocols"], combination["fields"]
        if self.block != block:
            self.begin(*block)
        for name, path, _ in design.SETTINGS:
            if self.now[path] != combination[name]:
                # connections of before are nobody's events
                connections_end()
                if name == "aggregation":
                    settle()  # it adds fields
                write(path, combination[name])
                self.now[path] = combination[name]


def main():
    """See above."""
    module, program, namespace = sys.argv[1:]
    traffic, router = Traffic(program, namespace), Router()
    for combination in design.combinations(design.words(module)):
        router.take(combination)
        traffic.send(combination)
    flush()
    print(combination["number"])


if __name__ == "__main__":
    main()
