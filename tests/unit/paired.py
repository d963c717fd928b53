#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The benchmark's statistics (bench/paired.py) and its table (bench/table): known
samples, and what a table must say of them, and what not. Prints TAP."""

import itertools
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../..")
sys.path.insert(0, os.path.join(TOP, "bench"))
import paired  # noqa: E402

tests = failed = 0


def expect(name, got, expected):
    """One test."""
    global tests, failed
    tests += 1
    good = got == expected
    failed += not good
    print(f"{'' if good else 'not '}ok {tests} - {name}")
    if not good:
        print(f"#      got: {got!r}\n# expected: {expected!r}")


# From the tables of the sign test: values, where the interval of 95 % begins.
KNOWN = {1: 0, 5: 0, 6: 1, 8: 1, 9: 2, 10: 2, 12: 3, 15: 4, 20: 6, 25: 8, 30: 10, 40: 14, 50: 18,
         60: 22, 100: 40}


def coverage(count, k):
    """Of all ways in which count values lie below and above the median, how many have
    it between the k-th value and the k-th from above."""
    return sum(k <= sum(below) <= count - k for below in itertools.product((0, 1), repeat=count))


def test_interval():
    """Which values the interval has for its ends."""
    expect("the interval begins where the tables say",
           {count: paired.rank(count) for count in KNOWN}, KNOWN)
    good = []
    for count in range(6, 13):
        k = paired.rank(count)
        good.append(20 * coverage(count, k) >= 19 * 2**count > 20 * coverage(count, k + 1))
    expect("counted out, it covers 95 %, and the next narrower one less", good, [True] * 7)
    figure = paired.figure(range(60, 0, -1))
    expect("60 values: median, ends, how many", figure[:4], (30.5, 22, 39, 60))
    figure = paired.figure([700, 1, 4, 3, 6, 5, 2])
    expect("7 values: median, ends, how many", figure[:4], (4, 1, 700, 7))
    quiet = [40 + i % 3 for i in range(60)]
    disturbed = [value * (50 if i % 4 == 0 else 1) for i, value in enumerate(quiet)]
    expect("a disturbed quarter of 60 runs hardly moves the median and the interval",
           [paired.figure(values)[:3] for values in (quiet, disturbed)],
           [(41, 41, 41), (41.5, 41, 42)])


def text(values, alike=False):
    """What is said of values."""
    return paired.figure(values, alike).text(0)


def test_figure():
    """When there is a number, and when not."""
    expect("no runs: no figure", paired.figure([]), None)
    # 6 values: the interval is from the least to the most
    expect("as wide as a tenth: a number", text([38, 39, 40, 40, 41, 42]), "40")
    expect("wider than a tenth: no number", text([37.9, 39, 40, 40, 41, 42]),
           "not measurable here: 38 to 42")
    expect("43 of 31 to 50: no number", text([31, 40, 42, 44, 47, 50]),
           "not measurable here: 31 to 50")
    expect("a tenth of a median below zero: a number", text([-42, -41, -40, -40, -39, -38]), "-40")
    expect("about zero: no number", text([-1, -1, 0, 0, 1, 1]), "not measurable here: -1 to 1")
    expect("zero: a number", text([0] * 6), "0")
    expect("5 runs have no interval", text([40] * 5), "not measurable here: 40 to 40 (5 runs)")
    expect("but where runs are alike", text([40, 40, 41], alike=True), "40")
    expect("and are not alike after all", text([40, 40, 45], alike=True),
           "not measurable here: 40 to 45")


def test_ratio():
    """Ours to the peer's."""
    ours = dict(enumerate([50, 60, 70, 80, 90, 100]))
    peer = {pair: value * 4 for pair, value in ours.items()}
    expect("of each pair: exact, however much pairs differ",
           paired.ratio_text(ours, peer, True), "0.25")
    expect("an interval where one of them has no number",
           paired.ratio_text(ours, peer, False), "0.25 to 0.25")
    peer[0] = 100
    expect("an interval where it is wide", paired.ratio_text(ours, peer, True), "0.25 to 0.50")
    expect("none of 5 pairs", paired.ratio_text(ours, {1: 9, 2: 9, 3: 9, 4: 9, 5: 9}, True), "-")
    peer[0] = 0
    expect("none to nothing", paired.ratios(ours, peer), [0.25] * 5)


class Table:
    """Results written as the guests do, and bench/table's output of them."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "results.tsv")
        self.lines = ["# pairs 6\n"]

    def add(self, case, who, metric, values):
        """The runs of a metric."""
        self.lines += [f"{case}\t{who}\t{metric}\t{pair}\t{value}\n"
                       for pair, value in enumerate(values, 1)]

    def out(self, *options):
        """What bench/table prints, a list of words for each line that has cells."""
        with open(self.path, "w", encoding="utf-8") as file:
            file.writelines(self.lines)
        done = subprocess.run([os.path.join(TOP, "bench/table"), *options, self.path],
                              check=True, capture_output=True, text=True)
        return done.stdout.splitlines()


def test_table(directory):
    """From the results to the page."""
    table = Table(directory)
    # The best runs with and without are of different pairs, the least difference is 38.
    table.add("flows-1k", "peer", "base", [300, 310, 320, 330, 340, 350])
    table.add("flows-1k", "peer", "with", [400, 410, 420, 430, 440, 450])
    table.add("flows-1k", "ours", "base", [320, 300, 310, 330, 340, 350])
    table.add("flows-1k", "ours", "with", [359, 341, 350, 370, 378, 390])
    table.add("flows-1k", "peer", "unexported", [0, 3])
    table.add("flows-8k", "peer", "base", [300] * 6)
    table.add("flows-8k", "peer", "with", [400] * 6)
    table.add("flows-8k", "ours", "base", [300] * 6)
    table.add("flows-8k", "ours", "with", [331, 340, 342, 344, 347, 350])
    table.add("export", "peer", "records-per-second", [500000] * 6)
    table.add("export", "ours", "records-per-second", [1500000] * 5 + [1600000])
    table.add("forward", "ours", "base", [140000] * 6)
    table.add("forward", "ours", "with", [136500] * 3 + [137200] * 3)
    table.add("ping", "none", "ping-us", [70] * 6)
    table.add("ping", "ours", "ping-us", [73] * 6)
    lines = table.out("--markdown")
    expect("all that was measured, in the order of the cases",
           [line.split(" | ")[0] for line in lines[2:-2]],
           ["| 1,000 flows, 1 CPU *", "| 8,192 flows, 1 CPU",
            "| a million flows flushed to a UDP socket",
            "| forwarding between veths with masquerading, 101,000 flows (share of the speed without)",
            "| 99 of 100 pings through a router, beside 50,000 new flows a second and a full table"])
    expect("what a packet costs: medians, and the best run less the best run without",
           lines[2], "| 1,000 flows, 1 CPU * | ns/packet | 325 | 100 | 40 "
           "| 0.40 | 100 | 41 | 100 to 100 | 38 to 41 |")
    expect("no number of it, nor of the ratio, where the interval is wide", lines[3],
           "| 8,192 flows, 1 CPU | ns/packet | 300 | 100 | not measurable here: 31 to 50 "
           "| 0.31 to 0.50 | 100 | - | 100 to 100 | 31 to 50 |")
    expect("records a second: the most is the best", lines[4].split(" | ", 1)[1],
           "records/s | - | 500000 | 1500000 | 3.00 | 500000 | 1600000 | 500000 to 500000 "
           "| 1500000 to 1600000 |")
    expect("a share of the speed", lines[5].split(" | ", 1)[1],
           "packets/s | 140000 | - | 0.978 | - | - | 0.980 | - | 0.975 to 0.980 |")
    expect("what is not a difference has the runs of no module beside it", lines[6].split(" | ", 1)[1],
           "us | 70 | - | 73 | - | - | 73 | - | 73 to 73 |")
    expect("whose export lacks something", lines[-1],
           "\\* the peer did not export all packets that were sent")
    expect("text has the same cells as markdown",
           [line.split() for line in table.out()],
           [line.strip("|\\ ").replace(" | ", " ").split() for line in lines if "---" not in line and line])
    expect("points of a plot", table.out("--points", "ours"),
           ["1000 40.0 38.0 41.0 1", "8192 43.0 31.0 50.0 0"])
    table.add("flows-1k", "other", "base", [325] * 6)
    table.add("flows-1k", "other", "with", [425] * 6)
    names = os.path.join(directory, "names")
    with open(names, "w", encoding="utf-8") as file:
        file.write("ours|as it is\nnone|not measured\nother|another\n")
    expect("a line for each alternative", table.out("--alternatives", names)[2:],
           ["| as it is | 40 | not measurable here: 31 to 50 |", "| another | 100 | - |"])


test_interval()
test_figure()
test_ratio()
with tempfile.TemporaryDirectory() as scratch:
    test_table(scratch)
print(f"1..{tests}")
sys.exit(failed > 0)
