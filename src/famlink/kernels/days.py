"""Dates to day numbers."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def day_number(date: int) -> int:
    """Days since 1970-01-01 of a date as yyyymmdd; unknown months and days count as the first (Hinnant's algorithm)."""
    year, month, day = date // 10000, max(date // 100 % 100, 1), max(date % 100, 1)
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@njit(cache=True, nogil=True)
def days_of(numbers: np.ndarray) -> np.ndarray:
    """The day number of each date as yyyymmdd."""
    days = np.empty(len(numbers))
    for n in range(len(numbers)):
        days[n] = day_number(np.int64(numbers[n]))
    return days
