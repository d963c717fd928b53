# SPDX-License-Identifier: GPL-2.0-only
"""What the runs of a benchmark say: a median with its confidence interval, or that
this machine cannot tell.

A shared machine adds to a run what others do meanwhile: seldom little, sometimes a
lot, never less than nothing. So each run with a rule has one without it beside it,
and no mean is taken and no normal distribution is assumed of anything here.
"""

from fractions import Fraction
from math import comb
from typing import NamedTuple

# An interval has the median in it with this probability at least.
COVERAGE = Fraction(95, 100)
# A figure is a number if its interval is no wider than this part of it.
WIDEST = 0.1


def rank(count, coverage=COVERAGE):
    """Where the interval of the median begins among count sorted values: the k-th of
    them, and it ends with the k-th from above. 0 if count is too small for any.

    Each of n independent values is below the median of their distribution with
    probability 1/2, so the number of them below it, B, is binomial (n, 1/2). The
    median is below the k-th value if B <= k - 1, and above the k-th from above as
    often, hence

        P(d[k] <= median <= d[n + 1 - k]) = 1 - 2 P(B <= k - 1)
                                          = 1 - 2 (C(n,0) + ... + C(n,k-1)) / 2^n

    whatever the distribution is. k is the largest for which that is not below
    coverage: 1 of 6 values (6 are the fewest), 6 of 20, 22 of 60.
    """
    tail = k = 0
    while k < count // 2:
        tail += comb(count, k)
        if 2 * tail > (1 - coverage) * 2**count:
            break
        k += 1
    return k


def median(values):
    """The value in the middle, or the mean of the two that are."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


class Figure(NamedTuple):
    """What one column of a row has to say."""

    median: float
    low: float
    high: float
    runs: int
    sure: bool  # low to high is an interval, not just what was seen

    @property
    def measurable(self):
        """If the median may be given as a number."""
        return self.sure and self.high - self.low <= WIDEST * abs(self.median)

    def interval(self, digits):
        """The interval as text."""
        return f"{self.low:.{digits}f} to {self.high:.{digits}f}"

    def text(self, digits):
        """The number, or that there is none."""
        if self.measurable:
            return f"{self.median:.{digits}f}"
        few = "" if self.sure else f" ({self.runs} run{'s' if self.runs > 1 else ''})"
        return f"not measurable here: {self.interval(digits)}{few}"


def figure(values, alike=False):
    """The figure of these runs, None if there are none. Where runs are alike, as they
    are under a clock that counts instructions, few of them do, and the interval is
    from the least to the most.
    """
    values = sorted(values)
    if not values:
        return None
    k = 0 if alike else rank(len(values))
    first = max(k, 1)
    return Figure(median(values), values[first - 1], values[-first], len(values), alike or k > 0)


def each_pair(function, first, second):
    """function of the two runs of each pair that has both, by the pair's number."""
    return {pair: function(first[pair], second[pair]) for pair in sorted(first) if pair in second}


def ratios(ours, peer):
    """Ours to the peer's, of each pair that has something to divide by."""
    divisible = {pair: value for pair, value in peer.items() if value}
    return list(each_pair(lambda a, b: a / b, ours, divisible).values())


def ratio_text(ours, peer, measurable):
    """The ratio of the pairs: a number only if it is measurable and so are both
    (as the caller knows), else its interval, or nothing if there is none."""
    ratio = figure(ratios(ours, peer))
    if not ratio or not ratio.sure:
        return "-"
    return f"{ratio.median:.2f}" if measurable and ratio.measurable else ratio.interval(2)
