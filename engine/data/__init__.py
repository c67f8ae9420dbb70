"""Datasets: every source becomes one value, `engine.data.dataset.Dataset`."""
