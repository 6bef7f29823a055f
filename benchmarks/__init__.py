"""Measurements, each as a ratio against a floor or rival in the same run: `python -m benchmarks [NAME ...]`."""
