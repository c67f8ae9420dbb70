"""Table V and Figure 5, clusters and images per cluster: `python -m benchmarks.table5_sampling --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("sampling")
