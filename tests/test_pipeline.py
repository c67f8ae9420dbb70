"""The whole work of a run on real digits, small: order of events, caches, and leaving in the middle."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch

from engine import pipeline
from engine.config import build
from engine.errors import BadConfig, BadData
from engine.events import Done, Evaluated, Opened, Progress
from engine.reference import reference_network
from engine.run_data import run_data
from engine.streams import Permutations, Streams, derive_seed, generator
from tests.small import small_config, small_data

TINY = {
    "dataset": "digits", "ipc": 1, "width": 4, "outer": 1, "inner": 2, "clusters": 4, "net_samples_per_step": 64, "device": "cpu",
    "eval_epochs": 2, "eval_repeats": 1, "full_epochs": 1, "reference_epochs": 1, "migration_every": 1, "evaluate_every": 0,
}  # fmt: skip


def test_a_run_from_files_to_scores(tmp_path: Path) -> None:
    events = list(pipeline.work(build(TINY), tmp_path / "cache"))
    opened = next(e for e in events if isinstance(e, Opened))
    assert (opened.classes, opened.train, opened.test, opened.side) == (tuple("0123456789"), 1437, 360, 16)
    assert [e.what for e in events if isinstance(e, Evaluated)] == ["initial", "distilled", "random", "full"]
    assert isinstance(events[-1], Done)
    assert [len(list((tmp_path / "cache" / part).iterdir())) for part in ("baselines", "reference")] == [2, 1]


def test_bad_data_is_told_through_the_reading_thread(tmp_path: Path) -> None:
    with pytest.raises((BadData, BadConfig)):
        list(pipeline.work(build(TINY | {"dataset": "folder", "data_dir": str(tmp_path / "none")}), tmp_path))


def test_leaving_while_the_data_is_read_ends_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def endless(_config, _cache, report):  # type: ignore[no-untyped-def]
        try:
            while True:
                report(Progress("reading", 0, 0))
        finally:
            ended.set()

    monkeypatch.setattr(pipeline, "load", endless)
    events = pipeline.work(build(TINY), tmp_path)
    assert isinstance(next(events), Progress)
    events.close()  # type: ignore[attr-defined]
    assert ended.wait(10)


def test_the_reference_network_is_trained_once_and_a_damaged_copy_again(tmp_path: Path) -> None:
    config, data = small_config(), small_data()

    def weights() -> torch.Tensor:
        *_, network = reference_network(config, data, tmp_path)
        assert not isinstance(network, Progress)
        return torch.cat([p.detach().flatten() for p in network.parameters()])

    first = weights()
    (file,) = (tmp_path / "reference").iterdir()
    stamp = file.stat().st_mtime_ns
    assert torch.equal(weights(), first) and file.stat().st_mtime_ns == stamp
    file.write_bytes(b"damaged")
    assert torch.equal(weights(), first) and file.stat().st_size > 7


def test_streams_are_independent_and_can_be_taken_up() -> None:
    assert derive_seed(1, "a") != derive_seed(1, "b") != derive_seed(2, "a")
    streams = Streams(3)
    torch.rand(5, generator=streams["x"])
    state = {k: v.clone() for k, v in streams.state().items()}
    ahead = torch.rand(4, generator=streams["x"])
    fresh = Streams(3)
    torch.rand(9, generator=fresh["y"])
    fresh.load(state)
    assert torch.equal(torch.rand(4, generator=fresh["x"]), ahead)


@pytest.mark.parametrize(("count", "batch"), [(10, 3), (10, 10), (4, 9)])
def test_permutations_use_every_position_at_most_once_a_round(count: int, batch: int) -> None:
    stream = Permutations(count, batch, generator(0, "p"))
    per_round = count // min(batch, count)
    for _ in range(3):
        drawn = torch.cat([stream.next() for _ in range(per_round)])
        assert len(drawn.unique()) == len(drawn) == per_round * min(batch, count)
    twin = Permutations(count, batch, generator(1, "other"))
    twin.generator.set_state(stream.generator.get_state())
    twin.load(stream.state())
    assert all(torch.equal(stream.next(), twin.next()) for _ in range(7))


def test_a_pruned_run_and_work_about_it_see_the_same_images(tmp_path: Path) -> None:
    """Half of each class of the digits, chosen by chance; what is left is too little for so many clusters."""
    config = build(TINY | {"keep": 0.5, "prune": "random", "keep_per": "class", "outer": 0, "recipe": "random"})
    whole = run_data(build(TINY), tmp_path, lambda _: None)
    half = run_data(config, tmp_path, lambda _: None)
    kept = {image.numpy().tobytes() for image in half.train_images}
    assert abs(half.num_train - whole.num_train / 2) <= 5 and half.fingerprint != whole.fingerprint
    assert kept <= {image.numpy().tobytes() for image in whole.train_images}
    full = [e for e in pipeline.work(config, tmp_path / "cache") if isinstance(e, Evaluated) and e.what == "full"]
    assert len(full) == 1, "the full data is then what was kept"
    with pytest.raises(BadConfig, match="clusters"):
        run_data(build(TINY | {"keep": 0.1, "prune": "random", "clusters": 100}), tmp_path, lambda _: None)
