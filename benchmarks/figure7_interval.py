"""Figure 7, how often representatives are picked anew: `python -m benchmarks.figure7_interval --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("interval")
