#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
A strict IPFIX collector for tests: it decodes each message by the words of RFC
7011 and writes what it saw as lines of "name=value" words, at once:

  message  port= source= length= sequence= records= domain= time= arrived=
  template port= id= scope= fields=ID:LENGTH,...
  flow     port= template= arrived= ELEMENT=VALUE ...
  options  port= template= arrived= ELEMENT=VALUE ...
  gap      port= source= expected= sequence=    records that were not received
  problem  port= source= what is wrong with a message

Usage: recorder.py FILE PORT...
Ends at SIGTERM, after all that has arrived is read.
"""
import ipaddress
import selectors
import signal
import socket
import struct
import sys
import time

NUMBER, IPV4, IPV6, TEXT = range(4)
ELEMENTS = {
    1: "octetDeltaCount", 2: "packetDeltaCount", 4: "protocolIdentifier",
    5: "ipClassOfService", 6: "tcpControlBits", 7: "sourceTransportPort",
    8: ("sourceIPv4Address", IPV4), 10: "ingressInterface",
    11: "destinationTransportPort", 12: ("destinationIPv4Address", IPV4),
    14: "egressInterface", 15: ("ipNextHopIPv4Address", IPV4),
    27: ("sourceIPv6Address", IPV6), 28: ("destinationIPv6Address", IPV6),
    31: "flowLabelIPv6", 32: "icmpTypeCodeIPv4", 33: "igmpType",
    40: "exportedOctetTotalCount", 41: "exportedMessageTotalCount",
    42: "exportedFlowRecordTotalCount", 60: "ipVersion", 61: "flowDirection",
    62: ("ipNextHopIPv6Address", IPV6), 82: ("interfaceName", TEXT),
    83: ("interfaceDescription", TEXT), 136: "flowEndReason",
    139: "icmpTypeCodeIPv6", 143: "meteringProcessId", 144: "exportingProcessId",
    145: "templateId", 149: "observationDomainId", 152: "flowStartMilliseconds",
    153: "flowEndMilliseconds", 160: "systemInitTimeMilliseconds",
    163: "observedFlowTotalCount", 164: "ignoredPacketTotalCount",
    165: "ignoredOctetTotalCount", 166: "notSentFlowTotalCount",
    167: "notSentPacketTotalCount", 168: "notSentOctetTotalCount",
    173: "flowKeyIndicator", 295: "ipsecSPI", 323: "observationTimeMilliseconds",
}
SIZES = {IPV4: 4, IPV6: 16}


class Malformed(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Malformed(what)


class Session:
    """What is known of one sender on one port and domain (RFC 7011 section 2)."""

    def __init__(self):
        self.templates = {}
        self.sequence = None


class Recorder:
    def __init__(self, path):
        self.file = open(path, "w", buffering=1)
        self.sessions = {}

    def line(self, *words):
        self.file.write(" ".join(words) + "\n")

    def message(self, data, port, sender):
        where = f"port={port} source={sender[0]}#{sender[1]}"
        arrived = int(time.time() * 1000)
        lines = []
        try:
            need(len(data) >= 16, "shorter than a header")
            version, length, export, sequence, domain = struct.unpack_from("!HHIII", data)
            need(version == 10, f"version {version}")
            need(length == len(data), f"length {length} of {len(data)}")
            need(abs(export - time.time()) < 30, "export time")
            session = self.sessions.setdefault((port, sender, domain), Session())
            records = self.sets(data, session, f"port={port}", arrived, lines)
            expected = session.sequence
            if expected is not None and expected != sequence:
                self.line("gap", where, f"expected={expected}", f"sequence={sequence}")
            session.sequence = (sequence + records) % (1 << 32)
            self.line("message", where, f"length={length}", f"sequence={sequence}",
                      f"records={records}", f"domain={domain}", f"time={export}",
                      f"arrived={arrived}")
        except (Malformed, struct.error, UnicodeDecodeError) as error:
            self.line("problem", where, str(error))
        if lines:
            self.line("\n".join(lines))

    def sets(self, data, session, where, arrived, lines):
        at, records = 16, 0
        while at < len(data):
            need(at + 4 <= len(data), "a set header is cut off")
            number, length = struct.unpack_from("!HH", data, at)
            need(length > 4 and at + length <= len(data), f"set {number} of length {length}")
            body = data[at + 4:at + length]
            if number in (2, 3):
                self.template_set(body, number == 3, session, where, lines)
            else:
                need(number >= 256, f"set id {number}")
                need(number in session.templates, f"data of {number} before its template")
                records += self.data_set(body, number, session, where, arrived, lines)
            at += length
        return records

    @staticmethod
    def template_set(body, options, session, where, lines):
        at = 0
        # padding is shorter than any template record
        while len(body) - at >= 4:
            number, count = struct.unpack_from("!HH", body, at)
            at += 4
            need(number >= 256, f"template id {number}")
            need(count, f"template {number} has no fields")
            scope = 0
            if options:
                scope, = struct.unpack_from("!H", body, at)
                at += 2
                need(0 < scope <= count, f"template {number} has scope count {scope}")
            fields = []
            for _ in range(count):
                element, length = struct.unpack_from("!HH", body, at)
                at += 4
                need(element in ELEMENTS, f"template {number} has element {element}")
                fields.append((element, length))
            known = session.templates.get(number)
            need(known is None or known == (scope, fields), f"template {number} has changed")
            session.templates[number] = (scope, fields)
            lines.append(f"template {where} id={number} scope={scope} fields=" +
                         ",".join(f"{e}:{n}" for e, n in fields))
        need(not any(body[at:]), "padding is not zero")

    @staticmethod
    def value(element, raw):
        known = ELEMENTS[element]
        name, kind = known if isinstance(known, tuple) else (known, NUMBER)
        if kind in SIZES:
            need(len(raw) == SIZES[kind], f"{name} of {len(raw)} octets")
            return name, str(ipaddress.ip_address(raw))
        if kind == TEXT:
            return name, raw.rstrip(b"\0").decode().replace(" ", "_")
        need(len(raw) in (1, 2, 4, 8), f"{name} of {len(raw)} octets")
        return name, str(int.from_bytes(raw, "big"))

    def data_set(self, body, number, session, where, arrived, lines):
        scope, fields = session.templates[number]
        size = sum(length for _, length in fields)
        at = count = 0
        while len(body) - at >= size:
            words = [f"{'options' if scope else 'flow'} {where} template={number} arrived={arrived}"]
            for element, length in fields:
                words.append("=".join(self.value(element, body[at:at + length])))
                at += length
            lines.append(" ".join(words))
            count += 1
        need(count, f"a set of {number} has no record")
        need(not any(body[at:]), "padding is not zero")
        return count


def main():
    recorder = Recorder(sys.argv[1])
    ending = []
    signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
    selector = selectors.DefaultSelector()
    for port in map(int, sys.argv[2:]):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        sock.setblocking(False)
        sock.bind(("::", port))
        selector.register(sock, selectors.EVENT_READ, port)
    while True:
        ready = selector.select(0 if ending else 0.2)
        if ending and not ready:
            return
        for key, _ in ready:
            data, sender = key.fileobj.recvfrom(65536)
            recorder.message(data, key.data, sender[:2])


main()
