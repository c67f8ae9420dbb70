"""Checkpoints of a run on disk: the newest two, so that a damaged one costs little."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from engine.store import artifacts
from engine.store.workspace import RunFolder

if TYPE_CHECKING:
    from engine.events import State

KEPT = 2


def save(run: RunFolder, step: int, state: State) -> None:
    """Writes the state after `step` inner loops and drops what is older than the one before. Raises NoSpace."""
    from safetensors.torch import save_file

    with artifacts.whole(run.checkpoints / f"{artifacts.stem(step)}.safetensors") as part:
        save_file({name: tensor.detach().contiguous() for name, tensor in state.items()}, part, {"step": str(step)})
    for old in artifacts.steps(run.checkpoints)[:-KEPT]:
        (run.checkpoints / f"{artifacts.stem(old)}.safetensors").unlink(missing_ok=True)


def newest(run: RunFolder) -> tuple[int, State] | None:
    """Step and state of the newest checkpoint that can be read; damaged ones are logged and put aside."""
    for step in reversed(artifacts.steps(run.checkpoints)):
        path = run.checkpoints / f"{artifacts.stem(step)}.safetensors"
        try:
            return step, _load(path)
        except (SafetensorError, OSError, ValueError) as error:
            artifacts.log(run, f"The checkpoint at step {step} is damaged ({error}); going back to the one before.")
            path.replace(path.with_suffix(".damaged"))
    return None


def _load(path: Path) -> State:
    from safetensors.torch import load_file  # torch: not before there is something to load

    return load_file(path)
