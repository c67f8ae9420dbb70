"""What a run will take, before it is launched. Torch-free."""

from __future__ import annotations

from engine.estimate.seconds import PRICES, Estimate, Past, Work, estimate, evaluation, parts_work, shared_out

__all__ = ["PRICES", "Estimate", "Past", "Work", "estimate", "evaluation", "parts_work", "shared_out"]
