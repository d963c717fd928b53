# SPDX-License-Identifier: GPL-2.0-only
"""Usage: record.py MODULE TRAFFIC NAMESPACE INTERFACES DIRECTORY

Make the golden captures again: for each kind the module is loaded with its settings,
packets pass, and what it sends to us is written to DIRECTORY/NAME.pcap. To be run in
the network of matrix/network.sh, INTERFACES is what that says.
"""

import os
import socket
import subprocess
import sys

import messages

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "matrix"))

import design
import kinds
import packets
import records
import send

LAW = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "law.sh")
TEMPLATE_ID, FLOW_KEYS, NAT_EVENT = 145, 173, 230  # elements
QUIET = 0.5  # twice as long as a record waits for its message to be full


def receive(sock, seconds):
    """The next message, None if there is none for so long."""
    sock.settimeout(seconds)
    try:
        return sock.recv(65536)
    except TimeoutError:
        return None


def receive_greeting(sock):
    """Templates and options data, which come first."""
    told, data = [], receive(sock, 10)
    while data:
        told.append(data)
        data = receive(sock, QUIET)
    return told


def keys_missing(records):
    """Templates of flows whose flow keys are not among the records."""
    flows, keyed = set(), set()
    for number, fields in records:
        if FLOW_KEYS in fields:
            keyed.add(int.from_bytes(fields[TEMPLATE_ID], "big"))
        elif NAT_EVENT not in fields:
            flows.add(number)
    return flows - keyed


def receive_records(sock, reader, count, protocol):
    """Messages with so many records that are no options, and their flow keys."""
    told, records = [], []
    while count > 0 or (protocol == 10 and keys_missing(records)):
        data = receive(sock, 60)
        if not data:
            sys.exit(f"{count} records did not come")
        told.append(data)
        for item in reader.read(data):
            if not isinstance(item, messages.Record):
                continue
            fields = {element: data[at:at + length] for element, at, length in item.fields()}
            if not item.template.scope or FLOW_KEYS in fields:
                records.append((item.template.number, fields))
            count -= not item.template.scope
    return told


def combination_of(protocol, settings):
    """As design.py has them; all that is not named is off, and hooks meter."""
    combination = {name: values[0] for name, _, values in design.SETTINGS}
    combination.update(hooks="forward", promisc="1", fields=(), number=1, protocols=(protocol,))
    combination.update(settings)
    return combination


def load(module, combination, port):
    """The module with the settings of a combination, exporting to a port."""
    options = {"destination": f"127.0.0.1:{port}", "protocol": combination["protocols"][0]}
    for name, path, _ in design.SETTINGS:
        if path.startswith(design.NETFLOW):
            options[name] = combination[name]
        else:
            send.write(path, combination[name])
    if combination["fields"]:
        options["fields"] = ",".join(combination["fields"])
    if "sampler" in combination:
        options["sampler"] = combination["sampler"]
    options.update(active_timeout=3600, inactive_timeout=3600)
    words = [f"{name}={value}" for name, value in options.items()]
    subprocess.run(["insmod", module, *words], check=True)


def record(module, traffic, network, kind):
    """Messages of one kind."""
    name, protocol, settings, names = kind
    combination = combination_of(protocol, settings)
    sent = [packet for packet in packets.KINDS if packet.name in names]
    expected = list(records.expected(combination, protocol, network, sent))
    # another kind's connections have the same addresses
    send.connections_end()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("127.0.0.1", 0))
        load(module, combination, sock.getsockname()[1])
        told = [] if protocol == 5 else receive_greeting(sock)
        reader = messages.Reader()
        for data in told:
            list(reader.read(data))
        traffic.send(combination, sent)
        send.flush()
        told += receive_records(sock, reader, len(expected), protocol)
    subprocess.run(["bash", "-c", '. "$1" && law_look', "bash", LAW], check=True)
    subprocess.run(["rmmod", "ipt_NETFLOW"], check=True)
    return told


def main():
    """See above."""
    module, traffic, namespace, interfaces, directory = sys.argv[1:]
    network = records.Network(interfaces)
    traffic = send.Traffic(traffic, namespace)
    for kind in kinds.kinds(design.words(module)):
        reader = messages.Reader()
        told = [messages.still(reader, data) for data in record(module, traffic, network, kind)]
        messages.pcap_write(os.path.join(directory, kind[0] + ".pcap"), told)


if __name__ == "__main__":
    main()
