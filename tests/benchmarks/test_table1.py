"""The script of Tables I and II asks for what METHODS wants reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import paper, table1_accuracy
from engine.config import RunConfig, build
from engine.results import methods
from tests.benchmarks.test_paper import given

CORESETS = {"random", "herding", "k-center", "forgetting"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[RunConfig]:
    """What it asks for on MNIST with ten images per class."""
    found: list[RunConfig] = []

    def run_all(wanted: list[paper.Settings], _: Path) -> int:
        found.extend(build(dict(one)) for one in wanted)
        return 0

    monkeypatch.setattr(paper, "run_all", run_all)
    table1_accuracy.work("table1", given(tmp_path, dataset=["mnist"], ipc=[10]))
    return found


def exam(config: RunConfig) -> tuple[object, ...]:
    return config.protocol, config.eval_epochs, config.eval_augment, config.eval_cutmix


def test_chosen_real_images_are_tested_under_both_protocols(asked: list[RunConfig]) -> None:
    """METHODS, Part B and A0.5: without augmentation, 300 epochs of E-DC; and with that of the distilled sets."""
    (dream,) = [config for config in asked if config.recipe == "dream+"]
    for recipe in CORESETS:
        assert {exam(config) for config in asked if config.recipe == recipe} == {exam(dream), ("E-DC", 300, "", 0.0)}


def test_distilled_images_are_tested_as_their_papers_do(asked: list[RunConfig]) -> None:
    rest = [config.recipe for config in asked if config.recipe not in CORESETS]
    assert rest == ["dc", "dsa", "dm", "idc", "dream", "dream+"]


def test_two_protocols_are_two_experiments(asked: list[RunConfig]) -> None:
    assert len({(config.recipe, methods.identity(config)) for config in asked}) == len(asked) == 14
