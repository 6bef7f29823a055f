"""Measurements, each as a ratio against a floor or rival in the same run: `python -m benchmarks [NAME ...]`."""

import budgetbot as budgetbot  # first: it says how numpy is to be loaded
