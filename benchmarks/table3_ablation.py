"""Table III, what each component adds to its host: `python -m benchmarks.table3_ablation --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("ablation")
