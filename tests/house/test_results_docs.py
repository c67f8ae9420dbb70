"""docs/RESULTS.md says what the recorded runs say, and nothing else."""

from __future__ import annotations

import numpy as np

from engine.config import build
from engine.events import Score
from engine.results import Entry
from engine.results.entry import Point
from tools import results


def entry(number: int, recipe: str, accuracies: tuple[float, ...], seed: int, **given: object) -> Entry:
    """A finished run; its curve rises evenly from 80 to the mean accuracy within two outer iterations."""
    config = build({"dataset": "mnist", "recipe": recipe, "ipc": 10, "seed": seed, "inner": 10} | given, check=False)
    score = Score("convnet", accuracies, {"name": "E-IDC", "epochs": 300})
    curve = (Point(0, 80.0, 1.0), Point(20, score.mean, 2.0))
    made = {"commit": "abcdef0123456", "dirty": False, "device": "A processor"}
    return Entry(
        f"{number:08x}", "", config, {"distilled": (score,)}, 60.0, "CPU", 1.0 + number, {"accuracy": curve}, made
    )


def test_the_page_is_fresh() -> None:
    """Run `python -m tools.results` when this fails."""
    assert results.PAGE.read_text(encoding="utf-8") == results.fresh()


def test_without_records_it_says_so() -> None:
    assert results.page([]).endswith("No run is recorded yet.\n")


def test_what_is_recorded_is_on_the_page() -> None:
    networks = np.array([[97.0, 97.5], [98.0, 96.0]])
    entries = [entry(seed, "dream+", tuple(networks[seed]), seed) for seed in range(2)]
    entries += [entry(10, "idc", (95.0, 93.0), 0), entry(11, "dream+", (90.0,), 0, width=16)]
    text = results.page(entries)
    assert "## MNIST, protocol E-IDC" in text
    assert f"| DREAM+ | **{networks.mean():.1f} ± {networks.std():.1f}** (2 x 2) † | 98.6" in text
    reached = np.mean([2 * (94 - 80) / (mean - 80) for mean in networks.mean(1)])
    assert f"| DREAM+ | 10 | 94.0 | {reached:.3g} outer iterations |" in text
    assert "abcdef012 " in text and "1 min 00 s" in text and "A processor" in text
    assert "| DREAM+ | 10 | 90.0 ± 0.0 (1 x 1) |" in text and "width 16" in text
    assert "CIFAR-10" not in text, "what nobody has run has no section"
