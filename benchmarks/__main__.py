"""python -m benchmarks [NAME ...], or `faults` or `anomaly` with their options"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks import anomaly, backtest, estimate, forecast, pull, spend, unusual
from benchmarks.goals import Row, told

ALL: Mapping[str, Callable[[], Sequence[Row] | None]] = {
    "pull": pull.main,
    "estimate": estimate.main,
    "backtest": backtest.main,
    "forecast": forecast.main,
    "spend": spend.main,
    "anomaly": anomaly.main,
    "unusual": unusual.main,
}


def main() -> None:
    """Run the named benchmarks, or all; the fault campaign only where it is named."""
    if sys.argv[1:2] == ["faults"]:
        from benchmarks import faults  # the others need not load it

        faults.main(sys.argv[2:])
    names = sys.argv[1:2] if sys.argv[1:2] == ["anomaly"] else sys.argv[1:] or list(ALL)
    rows: list[Row] = []
    for name in names:
        if name not in ALL:
            sys.exit(f"no benchmark {name}; there is {', '.join(ALL)}")
        rows += ALL[name]() or ()
    if rows:
        print("", *told(rows), sep="\n")


if __name__ == "__main__":
    main()
