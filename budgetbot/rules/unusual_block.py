"""Which series are gone through together: those that were before, as long as somebody remembers; new ones apart."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_MOST = 64  # ways of being parted that are remembered
_SCOPES = 1024  # series that are gone through together, at most: a step costs little more for many than for few
_SMALL, _MANY = 16, 8  # so many blocks with fewer series are put together when the next ones come


class Block(NamedTuple):
    """Series that are gone through together: their keys, and by which number each was asked for; -1 where it was not,
    as its spend went away."""

    scopes: tuple[str, ...]
    columns: npt.NDArray[np.int64]


_KNOWN: OrderedDict[Hashable, list[tuple[str, ...]]] = OrderedDict()
_LOCK = Lock()


def blocks(of: Hashable, scopes: Sequence[str]) -> list[Block]:
    """All scopes, each in one block. New ones make blocks of their own: what is known of the others stays known."""
    number = {key: i for i, key in enumerate(scopes)}
    with _LOCK:
        known = _KNOWN.pop(of, [])
        new = number.keys() - {key for block in known for key in block}
        if new:
            small = [block for block in known if len(block) < _SMALL]
            if len(small) >= _MANY:
                known = [block for block in known if len(block) >= _SMALL]
                new |= {key for block in small for key in block if key in number}
            known = [*known, *_parted(sorted(new))]
        _KNOWN[of] = known
        while len(_KNOWN) > _MOST:
            _KNOWN.popitem(last=False)
    found = [Block(block, np.array([number.get(key, -1) for key in block], dtype=np.int64)) for block in known]
    return [block for block in found if (block.columns >= 0).any()]


def _parted(scopes: Sequence[str]) -> list[tuple[str, ...]]:
    """Into equal parts."""
    parts = -(-len(scopes) // _SCOPES)
    return [tuple(scopes[i * len(scopes) // parts : (i + 1) * len(scopes) // parts]) for i in range(parts)]
