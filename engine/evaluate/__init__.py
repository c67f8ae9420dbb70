"""Evaluation: networks trained from scratch on images and tested on the real test set, under a protocol of
`engine.protocols.PROTOCOLS`."""

from __future__ import annotations

from engine.evaluate.score import (
    Exam,
    Marks,
    TrainingSet,
    architecture,
    evaluate,
    evaluate_synthetic,
    evaluation_architectures,
    training_pair,
)
from engine.evaluate.train import Classroom, train_from_scratch, trainings

__all__ = [
    "Classroom", "Exam", "Marks", "TrainingSet", "architecture", "evaluate", "evaluate_synthetic", "evaluation_architectures",
    "train_from_scratch", "training_pair", "trainings",
]  # fmt: skip
