# SPDX-License-Identifier: GPL-2.0-only
"""Usage: check.py MODULE DIRECTORY: does each collector say what was sent?

DIRECTORY has what matrix.t's collectors have written, and the file of interfaces. A
line for each combination of settings, as TAP, with what differs below it.
"""

import collections
import os
import sys

import collectors
import design
import records
import send

EXPLAINED = 6  # differences of a combination that are told of


def differences(want, got):
    """Names that differ, with both values."""
    for name in sorted(set(want) | set(got)):
        if name not in want:
            yield f"{name}={got[name]} is not expected"
        elif want[name] is not None and not want[name] == got.get(name, ""):
            yield f"{name}={got.get(name)}, not {want[name]}"


class Verdict:
    """What is wrong with combinations, by their numbers; 0 for what is of none."""

    def __init__(self):
        self.wrong = collections.defaultdict(list)

    def check(self, who, key, number, want, rows):
        """One row, and as it should be."""
        name = f"{who}, {key[0]} at {key[2]}" + (f" natEvent {key[1]}" if key[1] else "")
        if len(rows) != 1:
            self.wrong[number].append(f"{name}: {len(rows)} records")
            return
        for text in differences(want, rows[0]):
            self.wrong[number].append(f"{name}: {text}")

    def unexpected(self, who, groups, wanted):
        """What nobody has sent."""
        for key in sorted(set(groups) - set(wanted)):
            self.wrong[0].append(f"{who}, {key}: {groups[key][0]}")


def wanted_of(combinations, protocol, network):
    """What was sent in a protocol, by the key of collectors.py: combination and record."""
    wanted = {}
    for combination in combinations:
        if protocol not in combination["protocols"]:
            continue
        for event, record in records.expected(combination, protocol, network):
            key = collectors.source(record), event, record.get("ingressInterface", 0)
            wanted[key] = combination, record
    return wanted


def check_protocol(verdict, protocol, wanted, directory):
    """All collectors of one."""
    ports = {p: of[0] for p, of in send.PORTS.items()}
    moments, groups = {}, collections.defaultdict(list)
    for key, row, times in collectors.recorder_rows(directory, protocol, ports):
        groups[key].append({name: collectors.recorder_value(v) for name, v in row.items()})
        moments[key] = times
    verdict.unexpected(f"recorder {protocol}", groups, wanted)
    for key, (combination, record) in wanted.items():
        told = {name: collectors.recorder_value(str(value)) for name, value in record.items()}
        verdict.check(f"recorder {protocol}", key, combination["number"], told, groups[key])
        record.update(moments.get(key, {}))
    for who, (show, read) in collectors.COLLECTORS.items():
        groups = collectors.grouped(read(directory, protocol))
        verdict.unexpected(f"{who} {protocol}", groups, wanted)
        for key, (combination, record) in wanted.items():
            want = show(record, protocol)
            if want is not None:
                verdict.check(f"{who} {protocol}", key, combination["number"], want, groups[key])
    return len(wanted)


def main():
    """See above."""
    module, directory = sys.argv[1:]
    network = records.Network(os.path.join(directory, "interfaces"))
    words = design.words(module)
    combinations = list(design.combinations(words))
    verdict, count = Verdict(), 0
    for protocol in design.PROTOCOLS:
        wanted = wanted_of(combinations, protocol, network)
        count += check_protocol(verdict, protocol, wanted, directory)
    unknown = [word for word in words if word not in records.WORDS]
    print(f"{'not ' * bool(unknown)}ok records.py knows what each word of fields adds")
    if unknown:
        print("# it needs a line for", *unknown)
    for combination in combinations:
        wrong = verdict.wrong.pop(combination["number"], [])
        print(f"{'not ' * bool(wrong)}ok {design.title(combination)}")
        for text in wrong[:EXPLAINED]:
            print("#", text)
        if len(wrong) > EXPLAINED:
            print(f"# and {len(wrong) - EXPLAINED} more")
    others = verdict.wrong.pop(0, [])
    print(f"{'not ' * bool(others)}ok nobody tells of what was not sent")
    for text in others[:EXPLAINED]:
        print("#", text)
    print(f"# {len(combinations)} combinations, {count} records, each told of by all four")


if __name__ == "__main__":
    main()
