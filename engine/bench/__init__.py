"""Measures the inner loop, alone and against a plain one: `python -m engine bench`."""
