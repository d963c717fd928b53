# SPDX-License-Identifier: GPL-2.0-only
"""Usage: compare.py GOLDEN NEW: are the captures in two directories of the same content?

Templates and records are compared, in whatever messages and order they come; elements
have numbers here, and values are octets. Prints a line for each capture, as TAP.
"""

import difflib
import itertools
import os
import sys

import messages

EXPLAINED = 20  # lines of a difference that are shown


def names(directory):
    """Of the captures there."""
    return {name for name in os.listdir(directory) if name.endswith(".pcap")}


def main():
    """See above."""
    golden, new = sys.argv[1:]
    both = sorted(names(golden) | names(new))
    for name in both:
        paths = [os.path.join(directory, name) for directory in (golden, new)]
        missing = [path for path in paths if not os.path.exists(path)]
        told = [] if missing else [messages.lines(messages.pcap_read(path)) for path in paths]
        good = told and told[0] and told[0] == told[1]
        print(f"{'ok' if good else 'not ok'} {name}")
        for path in missing:
            print(f"# there is no {path}")
        if told and not good:
            lines = difflib.unified_diff(*told, "golden", "new", lineterm="", n=0)
            for line in itertools.islice(lines, EXPLAINED):
                print("#", line)


if __name__ == "__main__":
    main()
