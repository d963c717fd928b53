# SPDX-License-Identifier: GPL-2.0-only
"""What records must say of the packets of packets.py, by the settings.

A record is a dictionary of element names, as the registry has them; times are not
among them, since they are compared with the recorder's.
"""

import ipaddress

import design
from packets import (
    DEVICES, DNAT_PORT, DNAT_TO, DPORT, KINDS, ROUTER_MAC, SNAT, SNAT_PORT, SPORT,
    destination, source,
)

EVENTS = {4: (4, 5), 6: (1, 2)}  # RFC 8158: created, deleted


class Network:
    """Numbers of the router's interfaces, from the file that network.sh writes."""

    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            rows = [line.split() for line in file]
        self.indices = {name: int(index) for name, index in rows}

    def index(self, name):
        """Of an interface; 0 of none."""
        return self.indices[name] if name else 0


def octets_of(bits, length):
    """Bit N is bit N modulo 8 of octet N / 8, as IANA draws options."""
    return sum(1 << bit for bit in bits).to_bytes(length, "little").hex()


# Bits of ipv6ExtensionHeaders, from the most significant on, by header.
EXTHDR_BITS = {60: 0, 0: 1, 43: 5, 51: 14}
EXTHDR_BIT_UNKNOWN = 3
EXTHDR_BIT_ESP = 13


def exthdr_bits(kind):
    """The headers of a kind; what is behind ESP is unknown."""
    bits = [EXTHDR_BITS[header] for header in kind.exthdrs]
    if kind.protocol == "esp":
        bits += [EXTHDR_BIT_ESP, EXTHDR_BIT_UNKNOWN]
    return f"{sum(0x80000000 >> bit for bit in bits):08x}"


def vlan_fields(device, protocol):
    """IPFIX's elements, and the one in which NetFlow v9 has the outer id."""
    (outer, priority), (inner, inner_priority) = (*device.vlans, (0, 0), (0, 0))[:2]
    return {
        "dot1qVlanId" if protocol == 10 else "vlanId": outer,
        "dot1qPriority": priority,
        "dot1qCustomerVlanId": inner,
        "dot1qCustomerPriority": inner_priority,
    }


def mpls_fields(device):
    """Ten labels."""
    labels = (*device.labels, *("000000",) * 10)[:10]
    names = ["mplsTopLabelStackSection"] + [f"mplsLabelStackSection{i}" for i in range(2, 11)]
    return dict(zip(names, labels))


# What a word of `fields` adds, by kind, device, protocol and network. A new word is a
# line.
WORDS = {
    "mac": lambda k, d, p, n: {
        "sourceMacAddress": d.source_mac.replace(":", ""),
        "destinationMacAddress": d.mac.replace(":", ""),
    },
    "vlan": lambda k, d, p, n: vlan_fields(d, p),
    "ethertype": lambda k, d, p, n: {
        "ethernetType": "8847" if d.labels else {4: "0800", 6: "86dd"}[k.version]
    },
    "mpls": lambda k, d, p, n: mpls_fields(d),
    "physdev": lambda k, d, p, n: {
        "ingressPhysicalInterface": n.index(d.physical[0]),
        "egressPhysicalInterface": n.index(d.physical[1]),
    },
    "options": lambda k, d, p, n: (
        {"ipv4Options": octets_of(k.ip_options, 4)} if k.version == 4 else {}
    ),
    "exthdrs": lambda k, d, p, n: (
        {"ipv6ExtensionHeaders": exthdr_bits(k)} if k.version == 6 else {}
    ),
    "tcpoptions": lambda k, d, p, n: (
        {"tcpOptions": octets_of(k.tcp_options, 8)} if k.has_ports else {}
    ),
    # no device of this network is in one: names.t has some
    "vrf": lambda k, d, p, n: {"ingressVRFID": 0, "egressVRFID": 0},
}


def address_names(kind, post=""):
    """The elements of a kind's addresses."""
    return [f"{end}IPv{kind.version}Address" for end in (
        ("postNATSource", "postNATDestination") if post else ("source", "destination"))]


PORT_NAMES = ("sourceTransportPort", "destinationTransportPort")
POST_PORT_NAMES = ("postNAPTSourceTransportPort", "postNAPTDestinationTransportPort")


# Aggregation's rules, as design.AGGREGATION has them.
NETWORKS = dict(
    (network.version, (network, int(left)))
    for rule in design.AGGREGATION.split(",")[0].split(";")
    for network, left in [(ipaddress.ip_network(rule.split("=")[0]), rule.split("=")[1])]
)
PORTS, PORT = (
    [int(port) for port in part.split("-")]
    for part in design.AGGREGATION.split(",")[1].split("=")
)


def aggregate(told, kind):
    """A record as the rules make it: is any of it another one now?"""
    network, left = NETWORKS[kind.version]
    before = dict(told)
    for end, name in zip(("source", "destination"), address_names(kind)):
        length = network.max_prefixlen
        if ipaddress.ip_address(told[name]) in network:
            length = left
            rest = ipaddress.ip_network((told[name], left), strict=False)
            told[name] = str(rest.network_address)
        told[f"{end}IPv{kind.version}PrefixLength"] = length
    for name in PORT_NAMES if kind.has_ports else ():
        if PORTS[0] <= told[name] <= PORTS[1]:
            told[name] = PORT[0]
    return any(told[name] != value for name, value in before.items())


def endpoints(kind, number, post=False):
    """Addresses and ports of what was sent, or what NAT makes of it."""
    src, dst, sport, dport = source(kind, number), destination(kind, number), SPORT, DPORT
    if post and kind.nat == "source":
        src, sport = SNAT[kind.version], SNAT_PORT
    if post and kind.nat == "destination":
        dst, dport = DNAT_TO[kind.version], DNAT_PORT
    return src, dst, sport, dport


def upper(kind, protocol, dport):
    """What is told of the transport header."""
    if kind.has_ports:
        return {PORT_NAMES[0]: SPORT, PORT_NAMES[1]: dport, "tcpControlBits": kind.flags}
    if kind.protocol in ("icmp", "icmp6"):
        if protocol == 10:
            return {f"icmpTypeCodeIPv{kind.version}": kind.icmp}
        # one element for both families (RFC 3954 section 8)
        return {"icmpTypeCodeIPv4": kind.icmp, **dict(zip(PORT_NAMES, (0, kind.icmp)))}
    if kind.protocol == "igmp":
        return {"igmpType": 0x16}
    if kind.protocol in ("esp", "ah"):
        return {"ipsecSPI": SPORT}  # as tools/traffic.c has it
    return {}


def flow(kind, device, combination, protocol, network):
    """The record of a flow in IPFIX or NetFlow v9."""
    number = combination["number"]
    # rules are behind DNAT and before SNAT
    met = endpoints(kind, number, kind.nat == "destination")
    version = kind.version
    told = dict(zip(address_names(kind), met[:2]))
    told.update(upper(kind, protocol, met[3]))
    told.update({
        "protocolIdentifier": kind.number,
        "ipClassOfService": kind.tos,
        "ingressInterface": network.index(device.ingress),
        "egressInterface": network.index(device.egress),
        f"ipNextHopIPv{version}Address": {4: ("0.0.0.0", "10.2.0.2"), 6: ("::", "fd00:2::2")}[
            version][device.gateway],
        "octetDeltaCount": kind.count * kind.octets,
        "packetDeltaCount": kind.count,
        "ipVersion": version,
        "flowDirection": 0,
    })
    if protocol == 10:
        told["flowEndReason"] = 4
    if version == 6:
        told["flowLabelIPv6"] = kind.label
    aggregated = combination["aggregation"] and aggregate(told, kind)
    # of a flow that has others' packets too, NAT's endpoints are not told
    if kind.nat and combination["natfields"] == "1" and not aggregated:
        after = endpoints(kind, number, True)
        told.update(zip(address_names(kind, "post"), after[:2]))
        if kind.has_ports:
            told.update(zip(POST_PORT_NAMES, after[2:]))
    for word in combination["fields"]:
        if word in WORDS:
            told.update(WORDS[word](kind, device, protocol, network))
    return told


def flow5(kind, device, combination, network):
    """NetFlow v5's record of a flow, which has one form only."""
    told = flow(kind, device, {**combination, "natfields": "0", "fields": ()}, 9, network)
    dport = told.get(PORT_NAMES[1], told.get("igmpType", 0))
    ports = (SPORT if kind.has_ports else 0, dport)
    if kind.protocol in ("esp", "ah"):
        ports = (SPORT >> 16, SPORT & 0xFFFF)
    told.update(zip(PORT_NAMES, ports))
    told["tcpControlBits"] = kind.flags
    for name in ("icmpTypeCodeIPv4", "igmpType", "ipsecSPI", "ipVersion", "flowDirection"):
        told.pop(name, None)
    return {**NOTHING5, **told}


NOTHING5 = {
    "bgpSourceAsNumber": 0, "bgpDestinationAsNumber": 0,
    "sourceIPv4PrefixLength": 0, "destinationIPv4PrefixLength": 0,
}


def tracked_ports(kind, sport, dport):
    """What conntrack has in the place of ports: identifiers of ICMP."""
    if kind.has_ports:
        return sport, dport
    return (SPORT, 0) if kind.protocol in ("icmp", "icmp6") else (0, 0)


def event(kind, combination, ends):
    """The record of a NAT event in IPFIX or NetFlow v9."""
    number = combination["number"]
    told = {
        "natEvent": EVENTS[kind.version][ends],
        "protocolIdentifier": kind.number,
        "ingressVRFID": 0,
    }
    for post, names in ((False, PORT_NAMES), (True, POST_PORT_NAMES)):
        src, dst, sport, dport = endpoints(kind, number, post)
        told.update(zip(address_names(kind, "post" if post else ""), (src, dst)))
        told.update(zip(names, tracked_ports(kind, sport, dport)))
    if ends and combination["acct"] == "1" and combination["natevents"] == "2":
        told.update({
            "initiatorOctets": kind.count * kind.octets, "responderOctets": 0,
            "initiatorPackets": kind.count, "responderPackets": 0,
        })
    return told


def event5(kind, combination, ends):
    """NetFlow v5's flow of no packets for an event, as docs/natevents.md has it."""
    number = combination["number"]
    before, after = endpoints(kind, number), endpoints(kind, number, True)
    sport, _ = tracked_ports(kind, before[2], before[3])
    _, dport = tracked_ports(kind, after[2], after[3])
    told = dict(zip(address_names(kind), (before[0], after[1])))
    told.update(zip(PORT_NAMES, (sport, dport)))
    told.update({
        "protocolIdentifier": kind.number, "ipClassOfService": 0,
        "ingressInterface": 0, "egressInterface": 0,
        "octetDeltaCount": 0, "packetDeltaCount": 0,
        "tcpControlBits": 0x05 if ends else 0x12,
        **NOTHING5,
    })
    if kind.nat == "source":
        told["ipNextHopIPv4Address"] = after[0]
        told["bgpSourceAsNumber"] = tracked_ports(kind, after[2], after[3])[0]
    else:
        told["ipNextHopIPv4Address"] = before[1]
        told["bgpDestinationAsNumber"] = tracked_ports(kind, before[2], before[3])[1]
    return told


def devices_of(kind, combination):
    """Where a kind's packets are metered. Frames for others, such as those that a
    bridge passes on, are where they come in, with promisc=1."""
    device = DEVICES[kind.device]
    if not device.mirrored:
        yield device
    if combination["promisc"] == "1" and device.mac != ROUTER_MAC:
        yield device.mirror()


def expected(combination, protocol, network, kinds=KINDS):
    """All records of a combination in a protocol: natEvent, the record."""
    for kind in kinds:
        if protocol == 5 and kind.version == 6:
            continue
        for device in devices_of(kind, combination):
            if protocol == 5:
                yield 0, flow5(kind, device, combination, network)
            else:
                yield 0, flow(kind, device, combination, protocol, network)
        if kind.nat and combination["natevents"] != "0":
            for ends, number in enumerate(EVENTS[kind.version]):
                told = event5 if protocol == 5 else event
                yield number, told(kind, combination, ends)
