"""Columns of millions of whole numbers, without sorting or copying them where that is not needed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_SPARSE = 8  # as many numbers may stand for each row before it is quicker to sort


def distinct(values: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The numbers that occur, rising, none below 0; and each value's place among them."""
    if not len(values) or int(values.max()) > _SPARSE * (len(values) + 1):
        found, places = np.unique(values, return_inverse=True)
        return found, places.reshape(-1).astype(np.int64, copy=False)
    occurs = np.bincount(values).astype(np.bool_)
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[values]


def taken(column: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """`column[rows]`, for rising rows; without a copy where they follow each other."""
    if len(rows) and int(rows[-1] - rows[0]) + 1 == len(rows):
        return column[rows[0] : rows[-1] + 1]
    return column[rows]
