# SPDX-License-Identifier: GPL-2.0-only
"""How the collectors tell of a record: for each a table of what it knows, and a reader.

A table's line is a name that the collector has, and what it must show there for a
record of records.py. What a record does not have is shown as 0 or the like. The readers
return rows: a key (source address, natEvent, ingress interface), and a dictionary by
those names.

Elements that a collector does not know, in the versions of Debian 12, are not in its
table or are shown as if they were not there; why is said beside the line.
"""

import collections
import functools
import json
import os
import socket
import subprocess

import tshark as dissector
from records import EVENTS

START, END = "start", "end"  # milliseconds since 1970, added to a record by check.py
LABELS = ["mplsTopLabelStackSection"] + [f"mplsLabelStackSection{i}" for i in range(2, 11)]


def first(record, *names, default=0):
    """The first of these that a record has."""
    return next((record[name] for name in names if name in record), default)


def mac(text):
    """An address with colons."""
    return ":".join(text[i:i + 2] for i in range(0, len(text), 2))


def label(text):
    """Label, experimental bits, bottom of stack."""
    bits = int(text, 16)
    return bits >> 4, bits >> 1 & 7, bits & 1


def version_of(address):
    """Of IP."""
    return 6 if ":" in address else 4


def is_icmp(record):
    """Its ports are no ports."""
    return record["protocolIdentifier"] in (1, 58)


def is_event(record):
    """Of NAT; in NetFlow v5 a flow of no packets."""
    return not record.get("packetDeltaCount")


def event5(address, packets, flags):
    """NetFlow v5 tells of events as flows of no packets: which one this is."""
    return EVENTS[version_of(address)][flags == 0x05] if packets == 0 else 0


def source(record):
    """Its address, in a flow or an event."""
    return first(record, "sourceIPv4Address", "sourceIPv6Address")


def destination(record):
    """Likewise."""
    return first(record, "destinationIPv4Address", "destinationIPv6Address")


def next_hop(record, _):
    """Events have none."""
    return first(record, "ipNextHopIPv4Address", "ipNextHopIPv6Address", default="0.0.0.0")


class Moment:
    """A time in milliseconds, and by how much it may differ with a collector.

    NetFlow's header has whole seconds, and that of another destination other ones.
    """

    def __init__(self, milliseconds, slack):
        self.milliseconds = milliseconds
        self.slack = slack

    def __eq__(self, other):
        return abs(int(other) - self.milliseconds) <= self.slack

    def __repr__(self):
        return f"{self.milliseconds} ± {self.slack}"


def moment(name, slack):
    """IPFIX's times are exact."""
    def show(record, protocol):
        # nothing, if the recorder has no such record
        return Moment(record[name], slack * (protocol != 10)) if name in record else None
    return show


def show_all(table, record, protocol):
    """What a collector must show by a table of functions; None is for anything."""
    return {name: show(record, protocol) for name, show in table.items()}


# --- nfdump ---


def nfdump_source_port(record, protocol):
    """Not of an ICMP event: its identifier confuses nfdump."""
    if is_icmp(record) and is_event(record):
        return None
    return str(first(record, "sourceTransportPort"))


def nfdump_port(record, protocol):
    """ICMP's type and code, which nfdump shows in the place of the port."""
    if is_icmp(record) and is_event(record):
        return None
    told = first(record, "destinationTransportPort")
    if not is_icmp(record):
        return str(told)
    told = first(record, "icmpTypeCodeIPv4", "icmpTypeCodeIPv6", default=told)
    return f"{told >> 8}.{told & 255}"


def nfdump_flags(record, _):
    """Letters, and none of what is not TCP."""
    bits = first(record, "tcpControlBits") if record["protocolIdentifier"] == 6 else 0
    return "".join(c if bits >> 7 - i & 1 else "." for i, c in enumerate("CEUAPRSF"))


def nfdump_count(what):
    """NetFlow v9's counts of an event are a flow's to nfdump."""
    def show(record, protocol):
        names = [f"{what}DeltaCount"] + [f"initiator{what.capitalize()}s"] * (protocol == 9)
        return str(first(record, *names))
    return show


def nfdump_post(end):
    """IPFIX's IPv6 addresses after NAT (281, 282) are not known to nfdump, NetFlow v9's are."""
    def show(record, protocol):
        names = [f"postNAT{end}IPv4Address"] + [f"postNAT{end}IPv6Address"] * (protocol == 9)
        return first(record, *names, default="0.0.0.0")
    return show


def nfdump_labels(record, _):
    """All ten."""
    labels = [label(first(record, name, default="000000")) for name in LABELS]
    return " ".join("{}-{}-{}".format(*one) for one in labels)


def nfdump_mask(end):
    """NetFlow v5's are not known to nfdump."""
    def show(record, protocol):
        names = [f"{end}IPv{version}PrefixLength" for version in (4, 6)]
        return "0" if protocol == 5 else str(first(record, *names))
    return show


def number(*names):
    """Of the first element that is there."""
    return lambda record, protocol: str(first(record, *names))


NFDUMP = {
    "sa": lambda r, p: source(r),
    "da": lambda r, p: destination(r),
    "sp": nfdump_source_port,
    "dp": nfdump_port,
    "pr": number("protocolIdentifier"),
    "flg": nfdump_flags,
    "tos": number("ipClassOfService"),
    "in": number("ingressInterface"),
    "out": number("egressInterface"),
    "nh": next_hop,
    "pkt": nfdump_count("packet"),
    "byt": nfdump_count("octet"),
    # IPFIX's dot1qVlanId is not known
    "svln": number("vlanId"),
    "ismc": lambda r, p: mac(first(r, "sourceMacAddress", default="0" * 12)),
    "idmc": lambda r, p: mac(first(r, "destinationMacAddress", default="0" * 12)),
    "mpls": nfdump_labels,
    "dir": lambda r, p: "IE"[first(r, "flowDirection")],
    "nsa": nfdump_post("Source"),
    "nda": nfdump_post("Destination"),
    "nsp": number("postNAPTSourceTransportPort"),
    "ndp": number("postNAPTDestinationTransportPort"),
    "ivrf": number("ingressVRFID"),
    "smk": nfdump_mask("source"),
    "dmk": nfdump_mask("destination"),
    "ts": moment(START, 1000),
    "te": moment(END, 1000),
}


def nfdump_shows(record, protocol):
    """All of the table."""
    return show_all(NFDUMP, record, protocol)


def nfdump_rows(directory, protocol):
    """Of nfcapd's files. Events are asked for by number: names differ by version."""
    events = sorted(sum(EVENTS.values(), ()))
    asked = [(event, f"nat event {event}") for event in events]
    asked.append((0, "not (" + " or ".join(text for _, text in asked) + ")"))
    form = "fmt:" + "|".join("%" + name for name in NFDUMP)
    begun = set()
    for event, text in asked:
        told = subprocess.run(
            ["nfdump", "-R", os.path.join(directory, f"nfdump{protocol}"), "-q", "-N", "-6",
             "-o", form, text],
            env={**os.environ, "TZ": "UTC"}, check=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        ).stdout
        for line in told.splitlines():
            values = [" ".join(value.split()) for value in line.split("|")]
            if len(values) != len(NFDUMP):
                continue
            row = dict(zip(NFDUMP, values))
            for name in ("ts", "te"):
                row[name] = dissector.milliseconds(row[name].replace(" ", "T"))
            key = row["sa"], event, int(row["in"])
            if protocol == 5 and row["pkt"] == "0":
                # without their flags, events are in order: begun, ended
                key = row["sa"], EVENTS[version_of(row["sa"])][row["sa"] in begun], 0
                begun.add(row["sa"])
            yield key, row


# --- nfacctd ---


def nfacctd_labels(record, what):
    """It knows nine labels."""
    labels = [label(first(record, name, default="000000")) for name in LABELS[:9]]
    depth = sum(1 for one in labels if any(one))
    if what == "depth":
        return depth
    if what == "top":
        return labels[0][0]
    return next((one[0] for one in labels if one[2]), 0)


def nfacctd_etype(record, _):
    """By the IP version where there is no ethernetType; where neither is, IPv4."""
    of_version = {4: "0800", 6: "86dd"}[first(record, "ipVersion", default=4)]
    return first(record, "ethernetType", default=of_version).lstrip("0")


def nfacctd_port(name):
    """NetFlow v5's ports are shown of protocols that have some, and of ICMP."""
    def show(record, protocol):
        is_shown = protocol != 5 or record["protocolIdentifier"] in (1, 6, 17)
        return first(record, name) if is_shown else 0
    return show


def nfacctd_post(end):
    """IPv6 addresses after NAT are not known to it."""
    return lambda r, p: first(r, f"postNAT{end}IPv4Address", default="")


NFACCTD = {
    "ip_src": lambda r, p: source(r),
    "ip_dst": lambda r, p: destination(r),
    "port_src": nfacctd_port("sourceTransportPort"),
    "port_dst": nfacctd_port("destinationTransportPort"),
    "ip_proto": lambda r, p: r["protocolIdentifier"],
    "tos": lambda r, p: first(r, "ipClassOfService"),
    "tcp_flags": lambda r, p: str(first(r, "tcpControlBits")),
    "iface_in": lambda r, p: first(r, "ingressInterface"),
    "iface_out": lambda r, p: first(r, "egressInterface"),
    "packets": lambda r, p: first(r, "packetDeltaCount"),
    "bytes": lambda r, p: first(r, "octetDeltaCount"),
    "mac_src": lambda r, p: mac(first(r, "sourceMacAddress", default="0" * 12)),
    "mac_dst": lambda r, p: mac(first(r, "destinationMacAddress", default="0" * 12)),
    "vlan": lambda r, p: first(r, "dot1qVlanId", "vlanId"),
    "cos": lambda r, p: first(r, "dot1qPriority"),
    "etype": nfacctd_etype,
    "post_nat_ip_src": nfacctd_post("Source"),
    "post_nat_ip_dst": nfacctd_post("Destination"),
    "post_nat_port_src": lambda r, p: first(r, "postNAPTSourceTransportPort"),
    "post_nat_port_dst": lambda r, p: first(r, "postNAPTDestinationTransportPort"),
    "nat_event": lambda r, p: first(r, "natEvent"),
    "mask_src": lambda r, p: first(r, "sourceIPv4PrefixLength", "sourceIPv6PrefixLength"),
    "mask_dst": lambda r, p: first(
        r, "destinationIPv4PrefixLength", "destinationIPv6PrefixLength"),
    "mpls_label_top": lambda r, p: nfacctd_labels(r, "top"),
    "mpls_label_bottom": lambda r, p: nfacctd_labels(r, "bottom"),
    "mpls_stack_depth": lambda r, p: nfacctd_labels(r, "depth"),
    # of NetFlow v9 and v5 it has seconds
    "timestamp_start": moment(START, 2000),
    "timestamp_end": moment(END, 2000),
    "export_proto_version": lambda r, p: p,
}


def nfacctd_shows(record, protocol):
    """NetFlow v5's events are the same to it, and added up."""
    if protocol == 5 and is_event(record):
        return None
    return show_all(NFACCTD, record, protocol)


def nfacctd_rows(directory, protocol):
    """Of its print plugin's file."""
    with open(os.path.join(directory, f"nfacctd{protocol}.json"), encoding="ascii") as file:
        for line in file:
            row = {"packets": 0, "bytes": 0, **json.loads(line)}
            if "ip_src" not in row:
                continue
            name = row["ip_proto"]
            row["ip_proto"] = int(name) if name.isdigit() else socket.getprotobyname(name)
            for name in ("timestamp_start", "timestamp_end"):
                row[name] = dissector.milliseconds(row[name])
            row = {name: row[name] for name in NFACCTD}
            if protocol != 5 or row["packets"]:
                yield (row["ip_src"], row["nat_event"], row["iface_in"]), row


# --- tshark, which knows all elements: by theirs the names that it has ---

DECIMAL = {
    "octetDeltaCount": "octets", "packetDeltaCount": "packets",
    "protocolIdentifier": "protocol", "sourceTransportPort": "srcport",
    "destinationTransportPort": "dstport", "ingressInterface": "inputint",
    "egressInterface": "outputint", "ipVersion": "ip_version", "flowDirection": "direction",
    "flowEndReason": "flow_end_reason", "flowLabelIPv6": "ipv6flowlabel",
    "igmpType": "igmp_type", "ipsecSPI": "ipsec_spi", "natEvent": "nat_event",
    "ingressVRFID": "ingress_vrfid", "egressVRFID": "egress_vrfid",
    "initiatorOctets": "initiator_octets",
    "responderOctets": "responder_octets", "initiatorPackets": "initiator_packets",
    "responderPackets": "responder_packets", "dot1qVlanId": "dot1q_vlan_id",
    "vlanId": "vlanid", "dot1qPriority": "dot1q_priority",
    "dot1qCustomerVlanId": "dot1q_customer_vlan_id",
    "dot1qCustomerPriority": "dot1q_customer_priority",
    "ingressPhysicalInterface": "ingress_physical_interface",
    "egressPhysicalInterface": "egress_physical_interface",
    "postNAPTSourceTransportPort": "post_naptsource_transport_port",
    "postNAPTDestinationTransportPort": "post_naptdestination_transport_port",
    "bgpSourceAsNumber": "srcas", "bgpDestinationAsNumber": "dstas",
    "sourceIPv4PrefixLength": "srcmask", "destinationIPv4PrefixLength": "dstmask",
    "sourceIPv6PrefixLength": "srcmaskv6", "destinationIPv6PrefixLength": "dstmaskv6",
    "flowStartMilliseconds": "abstimestart", "flowEndMilliseconds": "abstimeend",
    "observationTimeMilliseconds": "observation_time_milliseconds",
}
ADDRESSES = {
    "sourceIPv4Address": "srcaddr", "destinationIPv4Address": "dstaddr",
    "ipNextHopIPv4Address": "nexthop", "sourceIPv6Address": "srcaddrv6",
    "destinationIPv6Address": "dstaddrv6", "ipNextHopIPv6Address": "nexthopv6",
    "postNATSourceIPv4Address": "post_natsource_ipv4_address",
    "postNATDestinationIPv4Address": "post_natdestination_ipv4_address",
    "postNATSourceIPv6Address": "post_nat_source_ipv6_address",
    "postNATDestinationIPv6Address": "post_nat_destination_ipv6_address",
}
# what it shows of an element, as pairs of a name and a text
TSHARK = {
    **{name: lambda v, to=to: [(to, str(v))] for name, to in DECIMAL.items()},
    **{name: lambda v, to=to: [(to, v)] for name, to in ADDRESSES.items()},
    "flowStartSysUpTime": lambda v: [("timestart", f"{v / 1000:.9f}")],
    "flowEndSysUpTime": lambda v: [("timeend", f"{v / 1000:.9f}")],
    START: lambda v: [],
    END: lambda v: [],
    "ipClassOfService": lambda v: [("tos", f"0x{v:02x}")],
    "tcpControlBits": lambda v: [("tcpflags", f"0x{v:02x}")],
    "sourceMacAddress": lambda v: [("srcmac", mac(v))],
    "destinationMacAddress": lambda v: [("dstmac", mac(v))],
    "ethernetType": lambda v: [("ethernet_type", str(int(v, 16)))],
    "ipv4Options": lambda v: [("option_map", mac(v))],
    "tcpOptions": lambda v: [("tcp_option_map", mac(v))],
    "ipv6ExtensionHeaders": lambda v: [("ipv6_exthdr", "0x" + v)],
    "icmpTypeCodeIPv4": lambda v: [("icmp_type_code_ipv4", f"0x{v:04x}")],
    "icmpTypeCodeIPv6": lambda v: [
        ("icmp_ipv6_type", str(v >> 8)), ("icmp_ipv6_code", str(v & 255))],
    **{
        name: lambda v, to=f"MPLS-Label{i + 1}": [(to, "{}/{}/{}".format(*label(v)))]
        for i, name in enumerate(LABELS)
    },
}

def tshark_shows(record, _):
    """All that it must say of a record: no more, no less."""
    return dict(pair for name, value in record.items() for pair in TSHARK[name](value))


def tshark_rows(directory, protocol):
    """Of the capture."""
    return tshark_read(os.path.join(directory, "tshark.pcap"))[protocol]


@functools.cache
def tshark_read(capture):
    """Rows by protocol; tshark takes seconds to start."""
    rows = collections.defaultdict(list)
    # messages that have nothing but templates are many, and of no interest
    which = "cflow.version == 5 || cflow.flowset_id >= 256"
    for kind, version, _, fields in dissector.read(capture, which=which):
        # a difference of two others, and octets that are none
        row = {name: value for name, value in fields if name not in ("timedelta", "padding")}
        address = row.get("srcaddr") or row.get("srcaddrv6")
        if kind != "record" or not address:
            continue  # options
        event = int(row.get("nat_event", 0))
        if version == "5":
            event = event5(address, int(row["packets"]), int(row["tcpflags"], 16))
        rows[int(version)].append(((address, event, int(row.get("inputint", 0))), row))
    return rows


# --- the recorder, whose words are the registry's ---

TIMES = ("flowStartMilliseconds", "flowEndMilliseconds", "flowStartSysUpTime", "flowEndSysUpTime",
         "observationTimeMilliseconds")


def recorder_value(text):
    """Numbers are numbers; what has another form is text."""
    return int(text) if text.isdigit() and (text == "0" or text[0] != "0") else text


def recorder_rows(directory, protocol, ports):
    """Flows of a port, with START and END, which are known when a message ends."""
    waiting = []
    with open(os.path.join(directory, "recorder"), encoding="ascii") as file:
        for line in file:
            kind, *words = line.split()
            row = dict(word.split("=", 1) for word in words)
            if kind not in ("flow", "message") or int(row["port"]) != ports[protocol]:
                continue
            if kind == "flow":
                waiting.append(row)
                continue
            boot = int(row["time"]) * 1000 - int(row["uptime"])
            for flow in waiting:
                yield recorder_flow(flow, protocol, boot)
            waiting = []


def recorder_flow(row, protocol, boot):
    """A row of it, times apart."""
    moments = {name: int(row.pop(name)) for name in TIMES if name in row}
    if protocol == 10:
        moments[START], moments[END] = (moments[name] for name in TIMES[:2])
    else:
        moments[START], moments[END] = (boot + moments[name] for name in TIMES[2:4])
    for name in ("port", "template", "arrived"):
        row.pop(name)
    address = row.get("sourceIPv4Address") or row.get("sourceIPv6Address")
    event = int(row.get("natEvent", 0))
    if protocol == 5:
        event = event5(address, int(row["packetDeltaCount"]), int(row["tcpControlBits"]))
    return (address, event, int(row.get("ingressInterface", 0))), row, moments


def grouped(rows):
    """Rows by what they are of."""
    groups = collections.defaultdict(list)
    for key, row in rows:
        groups[key].append(row)
    return groups


# name: what it must show of a record, None if nothing; and how its rows are read
COLLECTORS = {
    "nfdump": (nfdump_shows, nfdump_rows),
    "nfacctd": (nfacctd_shows, nfacctd_rows),
    "tshark": (tshark_shows, tshark_rows),
}
