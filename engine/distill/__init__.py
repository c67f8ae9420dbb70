"""Distillation: the loop that learns the images, and what it is made of."""

from __future__ import annotations

from engine.distill.run import distill

__all__ = ["distill"]
