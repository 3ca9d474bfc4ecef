"""How sure one can be of a small share: intervals, and the middle of many from counts in bins.

Wilson's interval (JASA 22, 1927), because the textbook one covers 43 % instead of 95 % at 11 people and a share of .95.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

Z95 = 1.959963984540054


def wilson(x: int, n: int) -> tuple[float, float] | None:
    """Ends of the 95 % interval for x of n, as shares from 0 to 1; None where x of n is not a share."""
    if n <= 0 or not 0 <= x <= n:
        return None
    share, square = x / n, Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = Z95 / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (0.0 if x == 0 else middle - reach, 1.0 if x == n else middle + reach)


def median_band(bins: Sequence[int], edges: Sequence[int]) -> tuple[int, int] | None:
    """The band in which the lower median lies; None where nobody was counted. `edges` has one more entry."""
    place = _quarter(bins, 2)
    return None if place is None else (edges[place], edges[place + 1])


def middle_half(bins: Sequence[int], edges: Sequence[int]) -> tuple[int, int] | None:
    """From the lower edge of the first quartile's bin to the upper edge of the third's; None without anybody."""
    first, third = _quarter(bins, 1), _quarter(bins, 3)
    return None if first is None or third is None else (edges[first], edges[third + 1])


def _quarter(bins: Sequence[int], quarters: int) -> int | None:
    """The bin of the first person with so many quarters of all at or below."""
    total, seen = sum(bins), 0
    for number, each in enumerate(bins):
        seen += each
        if total and 4 * seen >= quarters * total:
            return number
    return None
