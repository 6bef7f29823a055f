"""The public series that the anomaly benchmark takes for spend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.anomaly_real import m4


@pytest.fixture
def competition(tmp_path: Path) -> Path:
    """A heading, a series of 700 hours, and 31 of 960 as wide as the widest row."""
    hours = np.arange(960)
    rows = [",".join(f'"V{i}"' for i in range(961)), ",".join(["H1", *["5"] * 700, *[""] * 260])]
    for k in range(31):
        values = 100.0 + 10.0 * np.sin(hours * np.pi / 12.0) + k
        rows.append(",".join([f'"H{k + 2}"', *(f'"{value:.3f}"' for value in values)]))
    path = tmp_path / "Hourly-train.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize(("hourly", "buckets"), [(False, 40), (True, 960)])
def test_series_of_forty_days_make_organisations_of_thirty(competition: Path, hourly: bool, buckets: int) -> None:
    worlds = m4(competition, hourly, seed=1)

    assert [one.block.settled.shape for one in worlds] == [(buckets, 30), (buckets, 1)]
    assert all(len(one.block.times) == buckets for one in worlds)


def test_the_same_seed_puts_in_the_same_faults_and_another_others(competition: Path) -> None:
    first, again, other = (m4(competition, True, seed)[0] for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.block.settled, again.block.settled)
    assert first.faults == again.faults != other.faults
