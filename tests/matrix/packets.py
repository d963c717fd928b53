# SPDX-License-Identifier: GPL-2.0-only
"""Kinds of packets that each combination of settings meets, as a table.

The router and its network are those of matrix.t. Each kind has addresses of its own,
with the combination's number in them, so that a record says which packets it is of.
"""

import dataclasses

ROUTER_MAC = "02:00:00:00:01:01"
FOREIGN_MAC = "02:00:00:00:99:99"
TCP_OPTIONS = "020405b40402080a000000000000000001030307"  # 2, 4, 8, 1, 3
IP_OPTIONS = "070704000000000194040000"  # record route, no-operation, router alert
TRACEROUTE = "52040000"

# Protocols: number, octets of the header that tools/traffic.c makes.
PROTOCOLS = {
    "tcp": (6, 20),
    "udp": (17, 8),
    "icmp": (1, 8),
    "icmp6": (58, 8),
    "igmp": (2, 8),
    "esp": (50, 8),
    "ah": (51, 24),
    "gre": (47, 8),
}


@dataclasses.dataclass
class Kind:
    """Packets that make one flow."""

    name: str
    protocol: str
    device: str  # that they are sent from: see DEVICES
    version: int = 4
    nat: str = ""  # "source", "destination": what of it the router translates
    count: int = 2
    size: int = 40
    tos: int = 0
    flags: int = 0
    icmp: int = 0
    label: int = 0
    tcp_options: tuple = ()
    ip_options: tuple = ()
    tcp_hex: str = ""
    ip_hex: str = ""
    exthdrs: tuple = ()
    tags: str = ""
    type: str = ""

    @property
    def number(self):
        """Of its protocol."""
        return PROTOCOLS[self.protocol][0]

    @property
    def has_ports(self):
        """Does its protocol have ports?"""
        return self.protocol in ("tcp", "udp")

    @property
    def octets(self):
        """Of one packet."""
        own = len(self.tcp_hex + self.ip_hex) // 2 + 8 * len(self.exthdrs) + self.size
        return {4: 20, 6: 40}[self.version] + PROTOCOLS[self.protocol][1] + own


@dataclasses.dataclass
class Device:
    """A device that packets leave by, and what of it the router's side knows.

    @ingress, @egress: the router's interfaces. @vlans: ids and priorities of the tags,
    outermost first. @labels: MPLS labels as they are told of, three octets each.
    @mirrored: nobody passes the packets on.
    """

    name: str
    source_mac: str
    mac: str
    ingress: str
    egress: str = "r1"
    gateway: bool = True
    physical: tuple = ("", "")
    vlans: tuple = ()
    labels: tuple = ()
    mirrored: bool = False

    def mirror(self):
        """As it is to promisc=1, which looks at frames where they come in."""
        port = self.physical[0] or self.ingress
        return dataclasses.replace(
            self, ingress=port, egress="", gateway=False, physical=("", ""), mirrored=True
        )


C0 = "02:00:00:00:01:02"
E0 = "02:00:00:00:05:01"
LABELS3 = ("000100", "000200", "0003e1")
LABELS10 = tuple(f"{label << 4 | (label == 10):06x}" for label in range(1, 11))


def stack(labels):
    """Labels as they are in a frame, with a TTL."""
    return "".join(label + "40" for label in labels)


DEVICES = {
    "plain": Device("c0", C0, ROUTER_MAC, "r0"),
    "vlan": Device("c0.5", C0, ROUTER_MAC, "r0.5", vlans=((5, 0),)),
    "qinq": Device("c0.7.9", C0, ROUTER_MAC, "r0.7.9", vlans=((7, 0), (9, 0))),
    "bridge": Device(
        "e0", E0, "02:00:00:00:05:02", "br0", "br0", False, physical=("b0", "b1")
    ),
    # frames for others meet no route
    "qinq-labels": Device(
        "c0", C0, FOREIGN_MAC, "r0", "", False,
        vlans=((100, 5), (6, 3)), labels=LABELS3, mirrored=True,
    ),
    "labels": Device("c0", C0, FOREIGN_MAC, "r0", "", False, labels=LABELS10, mirrored=True),
}

TCP = {"flags": 0x1B, "tcp_hex": TCP_OPTIONS, "tcp_options": (1, 2, 3, 4, 8)}
# conntrack knows no connection that begins otherwise: one SYN, with ECE and CWR
SYN = {**TCP, "flags": 0xC2, "count": 1}
RR = {"ip_hex": IP_OPTIONS, "ip_options": (1, 7, 20)}

KINDS = (
    Kind("tcp", "tcp", "plain", tos=0xB8, count=3, **TCP),
    Kind("udp", "udp", "vlan", **RR),
    Kind("icmp", "icmp", "qinq", icmp=0x0800, ip_hex=TRACEROUTE, ip_options=(18,)),
    Kind("igmp", "igmp", "plain"),
    Kind("esp", "esp", "vlan"),
    Kind("ah", "ah", "plain"),
    Kind("gre", "gre", "qinq"),
    Kind("tcp6", "tcp", "vlan", 6, tos=0x28, label=0xABCDE, exthdrs=(60,), **TCP),
    Kind("udp6", "udp", "qinq", 6, exthdrs=(0, 60, 43)),
    Kind("icmp6", "icmp6", "plain", 6, icmp=0x8000),
    Kind("esp6", "esp", "plain", 6, label=0x12345),
    Kind("gre6", "gre", "vlan", 6),
    Kind("snat-tcp", "tcp", "plain", nat="source", **SYN),
    Kind("snat-udp", "udp", "qinq", nat="source", count=4),
    Kind("snat-icmp", "icmp", "plain", nat="source", icmp=0x0800),
    Kind("snat-igmp", "igmp", "vlan", nat="source"),
    Kind("snat-esp", "esp", "plain", nat="source"),
    Kind("snat-gre", "gre", "plain", nat="source"),
    Kind("snat-tcp6", "tcp", "plain", 6, nat="source", **SYN),
    Kind("snat-udp6", "udp", "vlan", 6, nat="source"),
    Kind("snat-icmp6", "icmp6", "plain", 6, nat="source", icmp=0x8000),
    Kind("snat-esp6", "esp", "plain", 6, nat="source"),
    Kind("snat-gre6", "gre", "plain", 6, nat="source"),
    Kind("dnat-udp", "udp", "plain", nat="destination", size=100),
    Kind("dnat-tcp6", "tcp", "plain", 6, nat="destination", **SYN),
    Kind("bridged", "udp", "bridge", size=80),
    Kind("bridged6", "tcp", "bridge", 6, **TCP),
    Kind(
        "mirrored", "tcp", "qinq-labels", type="0x88a8",
        tags="a0648100" + "60068847" + stack(LABELS3), **TCP,
    ),
    Kind("mirrored6", "udp", "labels", 6, type="0x8847", tags=stack(LABELS10), count=5),
)

SPORT, DPORT = 10000, 53
SNAT = {4: "192.0.2.1", 6: "fd00:99::1"}
SNAT_PORT = 20000
DNAT_FROM = {4: "203.0.113.1", 6: "fd00:98::1"}
DNAT_TO = {4: "10.8.0.1", 6: "fd00:8::1"}
DNAT_PORT = 5353


def source(kind, number):
    """The address that a kind's packets come from: which kind, which combination."""
    index = KINDS.index(kind)
    if kind.version == 4:
        return f"10.{64 + index}.{number >> 8}.{number & 255}"
    return f"fd00:4:{index + 1:x}::{number:x}"


def destination(kind, number):
    """The address that they are sent to."""
    if kind.nat == "destination":
        return DNAT_FROM[kind.version]
    if kind.version == 4:
        return f"10.{88 if kind.nat else 8}.{number >> 8}.{number & 255}"
    return f"fd00:{88 if kind.nat else 8}::1:{number:x}"


def line(kind, number):
    """The options for tools/traffic.c."""
    device = DEVICES[kind.device]
    options = {
        "dev": device.name, "mac": device.mac, "cpu": 0, "proto": kind.protocol,
        "src": source(kind, number), "dst": destination(kind, number),
        "sport": SPORT, "dport": DPORT, "count": kind.count, "size": kind.size,
        "tos": kind.tos, "flags": kind.flags or None, "icmp": kind.icmp or None,
        "label": kind.label or None, "tcp-hex": kind.tcp_hex, "ip-hex": kind.ip_hex,
        "exthdrs": ",".join(map(str, kind.exthdrs)), "tags": kind.tags, "type": kind.type,
    }
    given = {name: value for name, value in options.items() if value not in (None, "")}
    return " ".join(f"--{name} {value}" for name, value in given.items())
