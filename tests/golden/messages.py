# SPDX-License-Identifier: GPL-2.0-only
"""Messages of NetFlow v5, v9 and IPFIX: what is in them, and where.

What depends on when they were made (MOMENTS) is set to the same in all recordings:
times, how much was exported so far, and versions. All else stays as the module wrote it.
"""

import dataclasses
import struct

HEADERS = {5: 24, 9: 20, 10: 16}
SECONDS = 1577836800  # 2020-01-01 00:00 UTC, when all messages are sent
UPTIME = 3600000  # milliseconds since boot at that time

# By element, what is written in place of it; a time of 0 stays, it says "never".
COUNTS = {
    40: 100000,  # exportedOctetTotalCount
    41: 100,  # exportedMessageTotalCount
    318: 3,  # selectorIdTotalPktsObserved
    319: 2,  # selectorIdTotalPktsSelected
}
MOMENTS = {
    **COUNTS,
    21: UPTIME - 5000,  # flowEndSysUpTime
    22: UPTIME - 10000,  # flowStartSysUpTime
    152: SECONDS * 1000 - 10000,  # flowStartMilliseconds
    153: SECONDS * 1000 - 5000,  # flowEndMilliseconds
    160: SECONDS * 1000 - UPTIME,  # systemInitTimeMilliseconds
    323: SECONDS * 1000 - 5000,  # observationTimeMilliseconds
    359: SECONDS * 1000 - UPTIME,  # monitoringIntervalStartMilliSeconds
}
# The same for strings: here the version of the source is a part of it.
NAMES = {
    300: b"ipt_NETFLOW",  # observationDomainName
}

# NetFlow v5's records, as if they had a template; 0 pads.
VERSION5 = (
    (8, 4), (12, 4), (15, 4), (10, 2), (14, 2), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2),
    (11, 2), (0, 1), (6, 1), (4, 1), (5, 1), (16, 2), (17, 2), (9, 1), (13, 1), (0, 2),
)


@dataclasses.dataclass
class Template:
    """Fields, of which the first are a scope."""

    number: int
    scope: int
    fields: tuple


@dataclasses.dataclass
class Record:
    """A template's data, at an offset of the message."""

    template: Template
    offset: int

    def fields(self):
        """(element, offset, length) of each; a scope of NetFlow v9 is no element."""
        at = self.offset
        for element, length in self.template.fields:
            yield element, at, length
            at += length


class Reader:
    """What is known of a sender."""

    def __init__(self):
        self.templates = {}

    def read(self, data):
        """Templates and records of a message, in their order."""
        version = struct.unpack_from(">H", data)[0]
        at = HEADERS[version]
        if version == 5:
            template = Template(5, 0, VERSION5)
            for i in range(struct.unpack_from(">H", data, 2)[0]):
                yield Record(template, at + 48 * i)
            return
        while at < len(data):
            number, length = struct.unpack_from(">HH", data, at)
            if number < 256:
                yield from self.read_templates(data, at + 4, at + length, version, number & 1)
            else:
                yield from self.read_records(number, at + 4, at + length)
            at += length

    def read_templates(self, data, at, end, version, options):
        """A template set; in NetFlow v9 lengths of options are in octets."""
        while end - at >= 4:
            number, count = struct.unpack_from(">HH", data, at)
            scope, header = 0, 4
            if options and version == 10:
                scope, header = struct.unpack_from(">H", data, at + 4)[0], 6
            elif options:
                more = struct.unpack_from(">H", data, at + 4)[0]
                scope, count, header = count // 4, (count + more) // 4, 6
            at += header
            fields = tuple(struct.iter_unpack(">HH", data[at:at + 4 * count]))
            at += 4 * count
            self.templates[number] = Template(number, scope, fields)
            yield self.templates[number]

    def read_records(self, number, at, end):
        """A data set."""
        template = self.templates[number]
        length = sum(length for _, length in template.fields)
        while end - at >= length:
            yield Record(template, at)
            at += length


def still(reader, data):
    """A message with its times set, as octets."""
    data = bytearray(data)
    version = struct.unpack_from(">H", data)[0]
    if version != 10:
        struct.pack_into(">I", data, 4, UPTIME)
    struct.pack_into(">I", data, 4 if version == 10 else 8, SECONDS)
    if version == 5:
        struct.pack_into(">I", data, 12, 0)
    for item in list(reader.read(data)):
        if not isinstance(item, Record):
            continue
        for i, (element, at, length) in enumerate(item.fields()):
            is_scope = version == 9 and i < item.template.scope
            if is_scope:
                continue
            if element in NAMES:
                data[at:at + length] = NAMES[element].ljust(length, b"\0")
            if element not in MOMENTS:
                continue
            if element in COUNTS or any(data[at:at + length]):
                data[at:at + length] = MOMENTS[element].to_bytes(length, "big")
    return bytes(data)


def lines(messages):
    """What is in messages, however many they are and whatever its order.

    Templates and options data may be sent more than once, flows may not.
    """
    reader, again, records = Reader(), set(), []
    for data in messages:
        for item in reader.read(data):
            if isinstance(item, Template):
                fields = " ".join(f"{element}:{length}" for element, length in item.fields)
                again.add(f"template {item.number} scope {item.scope}: {fields}")
            else:
                fields = " ".join(
                    f"{element}={data[at:at + length].hex()}"
                    for element, at, length in item.fields()
                )
                add = again.add if item.template.scope else records.append
                add(f"record {item.template.number}: {fields}")
    return sorted(again) + sorted(records)


IP = struct.Struct(">BBHHHBBH4s4s")
UDP = struct.Struct(">HHHH")
PCAP = struct.Struct("<IHHiIII")
PACKET = struct.Struct("<IIII")
LINKTYPE_RAW = 101
PORT = 2055


def checksum(octets):
    """Of an IPv4 header."""
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def pcap_write(path, messages):
    """A capture of messages that 127.0.0.1 sends to itself."""
    with open(path, "wb") as file:
        file.write(PCAP.pack(0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_RAW))
        for data in messages:
            local = bytes((127, 0, 0, 1))
            length = IP.size + UDP.size + len(data)
            header = [0x45, 0, length, 0, 0x4000, 64, 17, 0, local, local]
            header[7] = checksum(IP.pack(*header))
            file.write(PACKET.pack(SECONDS, 0, length, length) + IP.pack(*header))
            file.write(UDP.pack(PORT, PORT, UDP.size + len(data), 0) + data)


def pcap_read(path):
    """The messages in a capture of ours."""
    with open(path, "rb") as file:
        octets = file.read()
    at = PCAP.size
    while at < len(octets):
        length = PACKET.unpack_from(octets, at)[2]
        at += PACKET.size
        yield octets[at + IP.size + UDP.size:at + length]
        at += length
