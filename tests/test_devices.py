"""Where a run computes, on machines with and without a GPU."""

from __future__ import annotations

import pytest
import torch

from engine import devices
from engine.clock import Clock
from engine.errors import BadConfig


@pytest.mark.parametrize(
    ("count", "asked", "given"),
    [
        (0, "auto", "cpu"),
        (0, "cpu", "cpu"),
        (2, "auto", "cuda:0"),
        (2, "cuda", "cuda:0"),
        (2, "cuda:1", "cuda:1"),
        (2, "cpu", "cpu"),
    ],
)
def test_devices(count: int, asked: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    assert devices.resolve(asked) == torch.device(given)


@pytest.mark.parametrize(
    ("count", "asked", "words"), [(0, "cuda", "no GPU that PyTorch can use"), (1, "cuda:3", r"1 GPU\(s\)")]
)
def test_a_gpu_that_is_not_there_is_refused(
    count: int, asked: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    with pytest.raises(BadConfig, match=words):
        devices.resolve(asked)


def test_shares_of_a_lap_are_percent_of_its_time() -> None:
    clock = Clock(torch.device("cpu"))
    with clock.time("match"):
        torch.randn(300, 300) @ torch.randn(300, 300)
    values = clock.lap(5)
    shares = [v for k, v in values.items() if k.startswith("share.")]
    assert len(shares) == 5 and sum(shares) == pytest.approx(100) and values["share.match"] > 0
    assert values["speed"] > 0 and values["memory"] > 0
    assert clock.lap(5)["share.match"] == 0


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_a_small_run_on_the_gpu_gives_the_losses_of_the_cpu() -> None:
    from engine.distill import distill
    from engine.events import Metrics
    from engine.precision import use
    from tests.small import small_config, small_data

    use("float32")
    config = small_config(inner=2, outer=1, precision="float32", sampler="random", init="random")

    def losses(device: str) -> list[float]:
        events = distill(config, small_data(), torch.device(device))
        return [e.values["loss.gradient"] for e in events if isinstance(e, Metrics) and "loss.gradient" in e.values]

    assert losses("cuda") == pytest.approx(losses("cpu"), rel=1e-3)
