# SPDX-License-Identifier: GPL-2.0-only
"""What golden captures there are, as a table: name, protocol, settings, packets.

Settings are those of matrix/design.py, with `fields` and `sampler`; packets are names
of matrix/packets.py. Of one flow, selectors take the first, or every other packet.
"""

import design

PLAIN = ("tcp", "udp")
ICMP = ("icmp", "icmp6")
IPV6 = ("tcp6", "udp6")
OTHERS = ("igmp", "esp", "ah", "gre", "esp6", "gre6")
SOURCE_NAT = ("snat-tcp", "snat-udp", "snat-icmp", "snat-tcp6", "snat-icmp6")
NAT = (*SOURCE_NAT, "dnat-udp", "dnat-tcp6")
NAT_OTHERS = ("snat-igmp", "snat-esp", "snat-gre", "snat-esp6", "snat-gre6")
# something for every word of `fields`, a new one too
FIELDS = ("tcp", "udp", "icmp", "tcp6", "udp6", "esp6", "bridged", "mirrored", "mirrored6")

AGGREGATION = {"aggregation": design.AGGREGATION}
FLOWS, PACKETS = {"sampler": "deterministic:2"}, {"sampler": "packets:2"}
NAT4 = ("snat-udp", "snat-icmp", "dnat-udp")


def kinds(words):
    """All of them; @words: of `fields`."""
    yield "netflow5", 5, {}, (*PLAIN, "icmp", "igmp", "esp")
    yield "netflow5-natevents", 5, {"natevents": "1"}, NAT4
    yield "netflow5-aggregation", 5, AGGREGATION, (*PLAIN, "dnat-udp")
    yield "netflow5-sampler", 5, PACKETS, ("tcp",)
    yield "netflow9", 9, {}, (*PLAIN, *ICMP, *IPV6, *OTHERS)
    yield "ipfix", 10, {}, PLAIN
    yield "ipfix-icmp", 10, {}, ICMP
    yield "ipfix-ipv6", 10, {}, IPV6
    yield "ipfix-others", 10, {}, OTHERS
    for prefix, protocol in (("netflow9", 9), ("ipfix", 10)):
        yield f"{prefix}-natevents", protocol, {"natevents": "1"}, NAT
        yield f"{prefix}-natevents-acct", protocol, {"natevents": "2", "acct": "1"}, NAT
        yield f"{prefix}-natfields", protocol, {"natfields": "1"}, (*NAT, *NAT_OTHERS)
        yield f"{prefix}-aggregation", protocol, {**AGGREGATION, "natfields": "1"}, (
            *PLAIN, *IPV6, *NAT)
        yield f"{prefix}-sampler-flows", protocol, FLOWS, ("tcp",)
        yield f"{prefix}-sampler-packets", protocol, PACKETS, ("tcp",)
        for word in words:
            yield f"{prefix}-{word}", protocol, {"fields": (word,)}, FIELDS
        everything = {"fields": tuple(words), "natfields": "1"}
        yield f"{prefix}-fields", protocol, everything, (*FIELDS, *NAT)
