# SPDX-License-Identifier: GPL-2.0-only
"""Which combinations of settings there are, made from tables.

The design: sets of the words that the setting `fields` takes (none, each alone, each
pair, all but one, all), and with each set the settings below in as few rows as have
each pair of their values. So every triple of two words and a value of another setting
is there, and every word with each pair of the others' values. All of that goes to the
three protocols at the same time. Then each protocol alone: no word, each alone and all
of them, with the first and with the last value of each setting.
"""

import itertools
import re
import subprocess

NETFLOW = "/proc/sys/net/netflow/"

# What it rewrites: destinations that no NAT makes, and the port of those that DNAT makes.
AGGREGATION = "10.8.0.0/16=20;fd00:8::/32=64,5000-5999=5000"

# Settings that change what records say: name, file, values. What a value does to a
# record is in records.py. A new one that needs no more than this is a line.
SETTINGS = (
    ("aggregation", NETFLOW + "aggregation", ("", AGGREGATION)),
    ("natevents", NETFLOW + "natevents", ("0", "1", "2")),
    ("natfields", NETFLOW + "natfields", ("0", "1")),
    ("acct", "/proc/sys/net/netfilter/nf_conntrack_acct", ("0", "1")),
    ("promisc", NETFLOW + "promisc", ("0", "1")),
    ("hooks", NETFLOW + "hooks", ("", "forward")),
)

PROTOCOLS = (10, 9, 5)


def words(module):
    """What the module says that `fields` accepts."""
    told = subprocess.run(
        ["modinfo", "-F", "parm", module], check=True, capture_output=True, text=True
    ).stdout
    form = re.search(r"^fields:.*between them: (.*?)(?: \(charp\)|$)", told, re.M).group(1)
    return form.split(", ")


def sets_of(all_words, small=False):
    """Sets of words, each once."""
    sizes = (0, 1) if small else (0, 1, 2, len(all_words) - 1)
    sets = [s for size in sizes for s in itertools.combinations(all_words, size)]
    return list(dict.fromkeys(sets + [tuple(all_words)]))


def pairs(row):
    return set(itertools.combinations(enumerate(row), 2))


def pairwise(settings=SETTINGS):
    """Rows of values: as few as have each pair of values of two settings, nearly."""
    every = list(itertools.product(*(values for _, _, values in settings)))
    missing = set().union(*map(pairs, every))
    rows = []
    while missing:
        rows.append(max(every, key=lambda row: len(pairs(row) & missing)))
        missing -= pairs(rows[-1])
    # neighbours differ in little, so that few settings are written
    return sorted(rows)


def combinations(all_words):
    """All of them, numbered from 1: dictionaries."""
    number = 0
    ends = [tuple(values[i] for _, _, values in SETTINGS) for i in (0, -1)]
    blocks = [(PROTOCOLS, False, pairwise())]
    blocks += [((protocol,), True, ends) for protocol in PROTOCOLS]
    for protocols, small, rows in blocks:
        for fields in sets_of(all_words, small):
            # to and fro: neighbours differ in little
            rows = rows[::-1]
            for row in rows:
                number += 1
                combination = {name: value for (name, _, _), value in zip(SETTINGS, row)}
                combination.update(number=number, protocols=protocols, fields=fields)
                yield combination


def title(combination):
    """A combination in words."""
    told = ["protocols " + "+".join(map(str, combination["protocols"]))]
    told.append("fields=" + ",".join(combination["fields"]))
    told += [f"{name}={combination[name]}" for name, _, _ in SETTINGS]
    return " ".join(told)
