# SPDX-License-Identifier: GPL-2.0-only
"""Evaluate the runs of a benchmark: a median with its confidence interval, or the
result "not measurable".

On a shared machine other work makes a run slower, sometimes by a lot, and never
faster. So each run with a rule is paired with a run without it, no mean is used, and
no normal distribution is assumed.
"""

from fractions import Fraction
from math import comb
from typing import NamedTuple

# The interval contains the median with at least this probability.
COVERAGE = Fraction(95, 100)
# A figure is measurable if the width of its interval is at most this part of it.
WIDEST = 0.1


def rank(count, coverage=COVERAGE):
    """Return k: the interval of the median of count sorted values is from the k-th
    value to the k-th largest one. 0 if count is too small for an interval.

    Each of n independent values is below the median of their distribution with
    probability 1/2, so the number of them below it, B, is binomial (n, 1/2). The
    median is below the k-th value if B <= k - 1, and above the k-th largest with the
    same probability, so

        P(d[k] <= median <= d[n + 1 - k]) = 1 - 2 P(B <= k - 1)
                                          = 1 - 2 (C(n,0) + ... + C(n,k-1)) / 2^n

    for any distribution. k is the largest number for which this is at least
    coverage: 1 of 6 values (the minimum), 6 of 20, 22 of 60.
    """
    tail = k = 0
    while k < count // 2:
        tail += comb(count, k)
        if 2 * tail > (1 - coverage) * 2**count:
            break
        k += 1
    return k


def median(values):
    """The middle value, or the mean of the two middle values."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


class Figure(NamedTuple):
    """The content of one column of a row."""

    median: float
    low: float
    high: float
    runs: int
    sure: bool  # low to high is a confidence interval, not the range of too few runs

    @property
    def measurable(self):
        """Whether the median may be given as a number."""
        return self.sure and self.high - self.low <= WIDEST * abs(self.median)

    def interval(self, digits):
        """The interval as text."""
        return f"{self.low:.{digits}f} to {self.high:.{digits}f}"

    def text(self, digits):
        """The number, or "not measurable" with the interval."""
        if self.measurable:
            return f"{self.median:.{digits}f}"
        few = "" if self.sure else f" ({self.runs} run{'s' if self.runs > 1 else ''})"
        return f"not measurable here: {self.interval(digits)}{few}"


def figure(values, alike=False):
    """The figure of these runs, None if there are none. If runs are alike, as with a
    clock that counts instructions, a few runs are sufficient, and the interval is from
    the minimum to the maximum.
    """
    values = sorted(values)
    if not values:
        return None
    k = 0 if alike else rank(len(values))
    first = max(k, 1)
    return Figure(median(values), values[first - 1], values[-first], len(values), alike or k > 0)


def each_pair(function, first, second):
    """Apply function to the two runs of each complete pair; keyed by the pair's number."""
    return {pair: function(first[pair], second[pair]) for pair in sorted(first) if pair in second}


def ratios(ours, peer):
    """Ours divided by the peer's, for each pair in which the peer's is not zero."""
    divisible = {pair: value for pair, value in peer.items() if value}
    return list(each_pair(lambda a, b: a / b, ours, divisible).values())


def ratio_text(ours, peer, measurable):
    """The ratio of the pairs: a number if it and both values (as the caller knows) are
    measurable, otherwise its interval, or "-" if there is none."""
    ratio = figure(ratios(ours, peer))
    if not ratio or not ratio.sure:
        return "-"
    return f"{ratio.median:.2f}" if measurable and ratio.measurable else ratio.interval(2)
