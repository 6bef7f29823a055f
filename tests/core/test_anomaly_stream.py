"""The stream detector of the benchmarks looks at nothing that has not come yet."""

from __future__ import annotations

import numpy as np

from benchmarks.detectors import detect_stream


def test_a_score_uses_only_the_values_so_far_and_lies_between_0_and_1() -> None:
    rng = np.random.default_rng(1)
    times = np.datetime64("2025-01-01T00:00:00", "s") + np.arange(600) * np.timedelta64(1200, "s")
    values = rng.normal(0.0, 1.0, 600)
    values[500:506] = 40.0

    whole, part = detect_stream(times, values), detect_stream(times[:503], values[:503])

    np.testing.assert_array_equal(whole[:503], part)
    assert whole.min() >= 0.0
    assert whole.max() <= 1.0
    assert 500 <= int(whole.argmax()) <= 506


def test_a_flat_stream_is_silent() -> None:
    times = np.datetime64("2025-01-01T00:00:00", "s") + np.arange(300) * np.timedelta64(3600, "s")

    assert detect_stream(times, np.full(300, 7.0)).max() == 0.0
