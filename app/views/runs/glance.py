"""What a row shows of a run's data: a picture of its images and a small curve. Remembered for every session together, and read
anew only where a run has something new to show: a list that ticks asks for nothing that stands still."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import streamlit as st

from app.parts import pictures
from engine import api
from engine.api import Run, Spark
from engine.errors import DistilleryError

IMAGES = 4  # in the picture of a run, 2 x 2
PARTS = 24  # of a run's way; its curve is read anew in each
REMEMBERED = 4096  # runs; 2 kB each


class Glance(NamedTuple):
    """`picture`: a data URL, "" before there are images. `spark`: None before there are points."""

    picture: str = ""
    spark: Spark | None = None


class Memory:
    """Run -> what was last read of it, and for which stage of the run that is still true."""

    def __init__(self) -> None:
        self.kept: OrderedDict[str, tuple[tuple[object, ...], Glance]] = OrderedDict()
        self.lock = threading.Lock()

    def of(self, runs: Iterable[Run]) -> dict[str, Glance]:
        """The glance of each; one query for the curves of all that have changed. Raises RunFailed, Damaged."""
        wanted = {run.id: (run, stage(run)) for run in runs}
        with self.lock:
            known = {i: self.kept[i][1] for i, (_, now) in wanted.items() if i in self.kept and self.kept[i][0] == now}
        missing = [i for i in wanted if i not in known]
        sparks = api.sparks(missing) if missing else {}
        fresh = {run_id: Glance(_newest_picture(run_id), sparks.get(run_id)) for run_id in missing}
        with self.lock:
            self.kept.update({run_id: (wanted[run_id][1], glance) for run_id, glance in fresh.items()})
            while len(self.kept) > REMEMBERED:
                self.kept.popitem(last=False)
        return known | fresh


def stage(run: Run) -> tuple[object, ...]:
    """Changes whenever a run may have a new picture or a curve that looks different."""
    return str(api.workspace()), run.state, run.phase, int(PARTS * run.progress), run.step // run.config.snapshot_every


@st.cache_resource(show_spinner=False)
def memory() -> Memory:
    """The one of this server."""
    return Memory()


def _newest_picture(run_id: str) -> str:
    try:
        have = api.snapshots(run_id)
        return _picture(run_id, have[-1]) if have else ""
    except DistilleryError:
        return ""  # the run's page says what is wrong with its files


def _picture(run_id: str, step: int) -> str:
    """Four images spread over the classes. Raises NotFound, Damaged."""
    images = api.snapshot(run_id, step)
    which = np.unique(np.linspace(0, len(images) - 1, IMAGES).round().astype(int))
    return pictures.data_url(pictures.sheet(images[which], 2, gap=0))
