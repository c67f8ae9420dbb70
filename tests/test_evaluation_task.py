"""Evaluating a run on many networks: stopped and resumed, it gives the same bits as in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from engine.api import evaluation_protocol
from engine.config import build
from engine.errors import BadConfig, NotFound
from engine.evaluate import score, train
from engine.evaluate.task import Kept, evaluate_run, read_kept
from engine.events import Progress
from engine.protocols import protocol
from engine.runner.kinds import check
from tests.small import small_config, small_data

PARAMS: dict[str, Any] = {"networks": ["convnet", "resnet10"], "epochs": 4, "repeats": 2}


class Enough(Exception):
    pass


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """On small data that is not read from anywhere."""
    threads = torch.get_num_threads()
    monkeypatch.setattr("engine.evaluate.task.run_data", lambda *_: small_data())
    monkeypatch.setattr(score, "networks_at_once", lambda _: 1)
    yield
    torch.set_num_threads(threads)


def add_images(run_dir: Path, step: int) -> None:
    (run_dir / "snapshots").mkdir(parents=True, exist_ok=True)
    images = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(step))
    save_file({"images": images}, run_dir / "snapshots" / f"{step:07d}.safetensors")


def evaluated(run_dir: Path, out: Path, report: Any = lambda _: None, **other: Any) -> dict[str, Any]:
    out.mkdir(exist_ok=True)
    return evaluate_run(run_dir, small_config(), PARAMS | other, run_dir / "cache", out, report)


def stop_after(monkeypatch: pytest.MonkeyPatch, networks: int) -> None:
    """The training of the network after so many breaks off, as when its process dies."""
    begun, whole = [0], train._alone

    def breaking(*given: Any) -> Iterator[int]:
        begun[0] += 1
        if begun[0] > networks:
            raise Enough
        yield from whole(*given)

    monkeypatch.setattr(train, "_alone", breaking)


@pytest.mark.parametrize("done", [0, 1, 3])
def test_stopped_and_resumed_is_as_uninterrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int) -> None:
    add_images(tmp_path, 8)
    expected = evaluated(tmp_path, tmp_path / "one go")
    assert [len(one["accuracies"]) for one in expected["scores"]] == [2, 2]
    with monkeypatch.context() as broken:
        stop_after(broken, done)
        broken.setattr(
            "engine.side_by_side.REPORT_SECONDS", 0.0
        )  # looks at every moment, so that nothing done is missed
        with pytest.raises(Enough):
            evaluated(tmp_path, tmp_path / "resumed")
    _, kept = read_kept(tmp_path / "resumed" / "networks.json")
    assert len(kept) <= done
    assert evaluated(tmp_path, tmp_path / "resumed") == expected


def test_a_wish_to_stop_is_a_report_that_raises(tmp_path: Path) -> None:
    add_images(tmp_path, 8)

    def report(_: Progress) -> None:
        raise Enough

    with pytest.raises(Enough):
        evaluated(tmp_path, tmp_path / "out", report)
    assert read_kept(tmp_path / "out" / "networks.json")[0] == 8


def test_networks_that_are_done_are_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_images(tmp_path, 8)
    expected = evaluated(tmp_path, tmp_path / "out")
    monkeypatch.setattr(train, "_alone", lambda *_: pytest.fail("trained again"))
    assert evaluated(tmp_path, tmp_path / "out") == expected


def test_a_run_that_has_gone_on_is_evaluated_on_the_images_it_began_with(tmp_path: Path) -> None:
    add_images(tmp_path, 8)
    first = evaluated(tmp_path, tmp_path / "out")
    add_images(tmp_path, 12)
    assert evaluated(tmp_path, tmp_path / "out") == first
    assert evaluated(tmp_path, tmp_path / "anew")["step"] == 12
    (tmp_path / "snapshots" / "0000008.safetensors").unlink()
    assert evaluated(tmp_path, tmp_path / "out")["step"] == 12, "those are gone: all networks anew"


def test_what_is_kept_is_whole_and_exact(tmp_path: Path) -> None:
    path = tmp_path / "networks.json"
    kept, marks = Kept(path, 5), tuple(torch.rand(4, dtype=torch.float64).tolist())
    kept["convnet", 1] = marks
    assert read_kept(path) == (5, {("convnet", 1): marks}) and list(tmp_path.iterdir()) == [path]
    assert dict(Kept(path, 5)) == {("convnet", 1): marks}
    assert dict(Kept(path, 6)) == {}
    for damaged in ("", "[]", "{}", json.dumps({"step": 5, "networks": [{}]})):
        path.write_text(damaged)
        assert read_kept(path) == (None, {})


def test_without_images_there_is_nothing_to_evaluate(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no images yet"):
        evaluated(tmp_path, tmp_path / "out")


# ---- under which protocol


def test_images_are_scored_under_the_protocol_that_is_asked_for(tmp_path: Path) -> None:
    """METHODS A0.5, E-DC: batch 256, no augmentation, an epoch more than its number, tested at the end alone."""
    add_images(tmp_path, 8)
    (found,) = evaluated(tmp_path, tmp_path / "plain", networks=["convnet"], protocol="E-DC")["scores"]
    how = {"name": "E-DC", "epochs": 4, "batch": 256, "augment": "", "cutmix": 0.0, "extra": 1, "tests": [1]}
    assert how.items() <= found["protocol"].items() and len(found["accuracies"]) == 2


def test_a_task_from_before_protocols_could_be_chosen_has_the_runs_own(tmp_path: Path) -> None:
    add_images(tmp_path, 8)
    old = evaluated(tmp_path, tmp_path / "old")
    assert old == evaluated(tmp_path, tmp_path / "new", protocol=small_config().protocol)
    own = protocol(small_config(), PARAMS["epochs"])
    assert [one["protocol"] for one in old["scores"]] == [own.to_dict()] * 2


@pytest.mark.parametrize(
    ("dataset", "augment", "cutmix"),
    [
        ("mnist", "color_crop_scale_rotate", 0.0),
        ("svhn", "color_crop_scale_rotate", 0.5),
        ("cifar10", "color_crop_flip_scale_rotate", 0.5),
    ],
)
@pytest.mark.parametrize("recipe", ["dc", "dsa", "dm"])
def test_every_hosts_images_can_be_tested_like_dream_plus(
    dataset: str, augment: str, cutmix: float, recipe: str
) -> None:
    """METHODS A6.5, the column of evaluation."""
    config = build({"dataset": dataset, "recipe": recipe, "ipc": 10})
    asked = check("evaluate", {"protocol": "E-IDC"}, config)
    assert (asked["protocol"], asked["epochs"], asked["repeats"]) == ("E-IDC", 1000, config.eval_repeats)
    found = evaluation_protocol(config, "E-IDC")
    assert (found["name"], found["epochs"], found["augment"], found["cutmix"]) == ("E-IDC", 1000, augment, cutmix)
    own = evaluation_protocol(config, "E-DC")
    assert (own["epochs"], own["augment"]) == (config.eval_epochs, config.eval_augment), "its own is as it is set"


def test_what_is_not_given_is_the_protocols() -> None:
    config = build({"dataset": "cifar10", "recipe": "dream+", "eval_epochs": 700})
    assert check("evaluate", {}, config)["epochs"] == check("evaluate", {"protocol": "E-IDC"}, config)["epochs"] == 700
    plain = {"protocol": "E-DC"}
    assert check("evaluate", plain, config) == {
        "networks": ["convnet"],
        "protocol": "E-DC",
        "epochs": 300,
        "repeats": 3,
    }
    assert check("evaluate", plain | {"epochs": 5}, config)["epochs"] == 5


@pytest.mark.parametrize("wrong", ["E-XYZ", "", ["E-DC"], None, 3])
def test_another_protocol_is_refused_by_name(wrong: object) -> None:
    with pytest.raises(BadConfig) as refused:
        check("evaluate", {"protocol": wrong}, build({"dataset": "digits"}))
    assert list(refused.value.problems) == ["protocol"] and "E-IDC" in str(refused.value)
    if isinstance(wrong, str):
        with pytest.raises(BadConfig, match="E-IDC"):
            evaluation_protocol(build({"dataset": "digits"}), wrong)
