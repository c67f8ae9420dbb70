"""Table IV, images tested on other networks: `python -m benchmarks.table4_cross_architecture --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("cross-architecture")
