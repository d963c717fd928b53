# SPDX-License-Identifier: GPL-2.0-only
"""What tshark reads in a capture of messages, as templates and records.

Its own names of fields, without "cflow."; values are as it writes them, but for times,
whose form is another one in each version: they are milliseconds since 1970 here.
"""

import datetime
import json
import os
import re
import subprocess

PREFIX = "cflow."
TIME = re.compile(r"(?:\w{3} [ \d]\d, \d{4} |\d{4}-\d\d-\d\dT)\d\d:\d\d:\d\d")


def milliseconds(text):
    """Of a time as versions up to 4.2 or later ones write it."""
    text, fraction = re.sub(r" ?(UTC|Z)$", "", text).split(".")
    form = "%Y-%m-%dT%H:%M:%S" if "T" in text else "%b %d, %Y %H:%M:%S"
    moment = datetime.datetime.strptime(text, form).replace(tzinfo=datetime.timezone.utc)
    return str(int(moment.timestamp()) * 1000 + int(fraction[:3]))


def value_of(text):
    """A value as it is compared."""
    return milliseconds(text) if TIME.match(text) else text


def flatten(pairs):
    """(field, value) of a record, trees of it resolved."""
    for name, value in pairs:
        if isinstance(value, str):
            yield name.removeprefix(PREFIX), value_of(value)
        elif name.startswith("MPLS-Label"):
            label, exp, bottom = (part for _, part in value[:3])
            yield name.split(":")[0], f"{label}/{exp}/{bottom}"
        elif name == PREFIX + "timedelta_tree":
            yield from flatten(value)
        # others are parts of the value that they belong to


def field_of(pairs):
    """A field specifier: ELEMENT:OCTETS."""
    told = dict(pairs)
    number = next(told[key] for key in told if key.endswith("_type"))
    return f"{number}:{told[PREFIX + 'template_field_length']}"


def leaves(pairs):
    """What in a tree is no tree."""
    return dict(pair for pair in pairs if isinstance(pair[1], str))


def items_of(message):
    """("template" or "record", version, template's number, fields) of a message."""
    version = leaves(message)[PREFIX + "version"]
    for name, content in message:
        if isinstance(content, str):
            continue
        if name.startswith("pdu "):
            yield "record", version, "5", list(flatten(content))
            continue
        number = leaves(content).get(PREFIX + "flowset_id")
        for inner, pairs in content:
            if isinstance(pairs, str):
                continue
            if "Template" in inner:
                fields = [
                    ("scope" if "[Scope]" in key else "field", field_of(value))
                    for key, value in pairs if isinstance(value, list)
                ]
                yield "template", version, leaves(pairs)[PREFIX + "template_id"], fields
            else:
                yield "record", version, number, list(flatten(pairs))


def read(capture, ports=(2055, 2056, 2057), which="cflow"):
    """(kind, version, template's number, fields) of the messages in a capture, of those
    that tshark's filter @which takes."""
    command = ["tshark", "-n", "-r", capture, "-Y", which, "-T", "json", "-J", "cflow"]
    for port in ports:
        command += ["-d", f"udp.port=={port},cflow"]
    told = subprocess.run(
        command, env={**os.environ, "TZ": "UTC", "LC_ALL": "C"}, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ).stdout
    for packet in json.loads(told, object_pairs_hook=list):
        layers = dict(dict(packet)["_source"])["layers"]
        for name, content in layers:
            if name == "cflow":
                yield from items_of(content)
