"""The batches a run was really matched against, step by step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from app import palette
from app.charts.embedding import Batch, Positions
from app.components import steps
from app.parts import words
from app.views.sampling import batches
from app.views.sampling.reading import Study
from app.views.sampling.samplers import SAMPLERS
from engine import api
from engine.api import Run
from engine.errors import Damaged

LOOK = "sampling-look"  # the fragment that follows the step control


class Own(NamedTuple):
    """The picks of `step` and, unless it is the first, of the kept step before: positions in 0..n-1."""

    step: int
    now: Positions
    earlier: int | None
    before: Positions


def control(run: Run, label: int, members: Positions) -> Own | None:
    """The step control and what was picked there; None, with a sentence, where nothing was kept. Raises NotFound, Damaged."""
    kept = api.picks(run.id)
    if not kept:
        st.caption(_nothing(run))
        return None
    step = steps.control(run.id, kept, run.total, (LOOK,))
    number = kept.index(step)
    earlier = kept[number - 1] if number else None
    before = _places(run, earlier, label, members) if earlier is not None else np.empty(0, np.int64)
    return Own(step, _places(run, step, label, members), earlier, before)


def marked(own: Own, run: Run) -> list[Batch]:
    """What is picked at the step, and what no longer is."""
    mark = palette.SAMPLERS[run.config.sampler]
    found = [Batch(f"picked at step {own.step}", own.now, mark)]
    if own.earlier is not None:
        left = np.setdiff1d(own.before, own.now)
        found.append(Batch(f"picked at step {own.earlier}, no more", left, mark._replace(symbol="circle"), faint=True))
    return found


def show(own: Own, run: Run, study: Study) -> None:
    """The images of the step, and how many of them are new."""
    name = SAMPLERS[run.config.sampler].title.lower()
    st.markdown(f"**The run's own picks at step {own.step:,}** · {words.many(len(own.now), 'image')}, {name}")
    if own.earlier is not None:
        same = len(np.intersect1d(own.now, own.before))
        st.markdown(f"{same:,} of them {'was' if same == 1 else 'were'} picked at step {own.earlier:,} too. The run picks anew as its network learns, so that different images teach it.")  # fmt: skip
    batches.grid(study.images[own.now])
    st.caption("Play the steps: few images stay for long, yet each batch covers the whole cloud.")


def _places(run: Run, step: int, label: int, members: Positions) -> Positions:
    """Places in the class of what the run picked at a step. Raises NotFound, Damaged."""
    picks = api.picks_at(run.id, step, label)
    places = np.searchsorted(members, picks)
    if len(picks) and not np.array_equal(members[np.minimum(places, len(members) - 1)], picks):
        raise Damaged(
            f"The picks of step {step} are not of this class: the data have changed since the run. Launch it anew."
        )
    return places


def _nothing(run: Run) -> str:
    if run.config.sampler == "random":
        return "This run draws a random batch for every loop; there are no picks to follow. Choose a run with a recipe such as DREAM+."
    if run.config.increments > 1:
        return "A class-incremental run keeps no picks: its data change from step to step."
    return "This run has kept no picks: it has not begun to match, or was made by an older version."
