"""Table VI, what an inner loop costs: `python -m benchmarks.table6_cost --scale digits|paper`. On a GPU with --data-dir, minutes."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("cost")
