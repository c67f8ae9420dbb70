"""The promise of a seed, kept by the real programs: two runs give the same bits, and so does one that was stopped on the way."""

from __future__ import annotations

import time
from pathlib import Path

from engine import api
from engine.store.records import Run

OF_THE_MACHINE = ("speed", "utilisation", "memory", "share.")
TINY = {
    "dataset": "digits", "ipc": 1, "width": 8, "outer": 4, "inner": 12, "clusters": 16, "net_samples_per_step": 128, "device": "cpu",
    "interval": 4, "metrics_every": 4, "migration_every": 4, "snapshot_every": 4, "evaluate_every": 12, "eval_epochs": 5,
    "eval_repeats": 2, "full_epochs": 1, "reference_epochs": 1, "seed": 3,
}  # fmt: skip


def until(run_id: str, *states: str, step: int = 0) -> Run:
    """The run once it is in one of `states` or has done `step` inner loops."""
    for _ in range(1200):
        run = api.get_run(run_id)
        if run.state in states or (step and run.step >= step) or run.state == "failed":
            return run
        time.sleep(0.1)
    raise AssertionError(f"still {run.state} at step {run.step}")


Picks = dict[int, list[list[int]]]
Outcome = tuple[dict[int, bytes], list[tuple[int, str, float]], dict[str, tuple[float, ...]], Picks]


def outcome(run_id: str) -> Outcome:
    """Every snapshot's bytes, every point that the seed decides, every accuracy, every pick of real images."""
    rows, _ = api.metrics(run_id)
    points = sorted((r.step, r.name, r.value) for r in rows if not r.name.startswith(OF_THE_MACHINE))
    scores = {what: found[0].accuracies for what, found in api.get_run(run_id).results.items()}
    picks = {step: [api.picks_at(run_id, step, c).tolist() for c in range(10)] for step in api.picks(run_id)}
    return {step: api.snapshot(run_id, step).tobytes() for step in api.snapshots(run_id)}, points, scores, picks


def test_two_runs_and_a_stopped_one_agree_bit_for_bit(home: Path) -> None:
    first = api.launch(TINY)
    assert until(first.id, "finished").state == "finished"
    second, broken = api.launch(TINY), api.launch(TINY)
    for at in (5, 15):
        until(broken.id, step=at)
        api.stop(broken.id) if at == 5 else api.pause(broken.id)
        left = until(broken.id, "stopped", "paused")
        assert left.step < left.total, "it was left in the middle"
        api.resume(broken.id)
    assert until(second.id, "finished").state == until(broken.id, "finished").state == "finished"
    expected = outcome(first.id)
    assert outcome(second.id) == expected
    assert outcome(broken.id) == expected
    assert len(expected[1]) == len({(step, name) for step, name, _ in expected[1]}), "no point twice"
    assert {*expected[2]} == {"initial", "distilled", "random", "full"}
    assert [*expected[3]] == list(range(0, 48, 4))
