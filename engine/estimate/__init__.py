"""What a run will take, before it is launched. Torch-free."""

from __future__ import annotations

from engine.estimate.seconds import PRICES, Estimate, Past, Work, estimate, evaluation, parts_work, shared_out
from engine.estimate.shape import Sizes, read_as

__all__ = [
    "PRICES",
    "Estimate",
    "Past",
    "Sizes",
    "Work",
    "estimate",
    "evaluation",
    "parts_work",
    "read_as",
    "shared_out",
]
