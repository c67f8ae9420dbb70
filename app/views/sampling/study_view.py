"""What a study of one class shows: its real images in the plane or in space, two batches of it, the run's own picks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from app import palette
from app.charts.embedding import METHODS, Batch, embedding
from app.components.live_chart import live_chart
from app.parts import guard, words
from app.views.sampling import batches, lasso, own_picks, reading, samplers
from app.views.sampling.own_picks import LOOK, Own
from app.views.sampling.reading import Study
from engine.api import Run, Task

HEIGHT = 560
COLOURS = {"batches": "Batches", "cluster": "Cluster", "norm": "Gradient norm", "picks": "The run's own picks"}
CAPTIONS = {
    "batches": "Look at how far each batch reaches into the cloud.",
    "cluster": "Clusters differ by colour and symbol; hover for the number, click an image to see its whole cluster. Clusters are of "
    "the features, so here they may overlap.",
    "norm": "The more orange an image, the harder it pulls at the network; the grey ones it knows already.",
    "picks": "Move the step: filled marks are the images the run is matched against there, outlines those it has just given up.",
}
PAPER = "Representative picks reach every part of it, random ones pile up where it is dense."


def show(run: Run, task: Task) -> None:
    """The answer of a finished "sampling" task. What a person does in here runs this part of the page alone."""
    st.fragment(_look, key=LOOK)(run, task)


def _look(run: Run, task: Task) -> None:
    with guard.told():
        study, asked = reading.read(str(task.folder), task.id), task.params
        names = {side: str(asked[side]) for side in ("left", "right")}
        pair = {side: samplers.batch(name, getattr(study, side)) for side, name in names.items()}
        left, right = st.columns([3, 2], gap="large")
        with left:
            colour, own = _controls(run, task, study)
            _plot(task, study, colour, own_picks.marked(own, run) if own else list(pair.values()))
        with right:
            if own:
                own_picks.show(own, run, study)
            else:
                batches.show(study, pair, names, task.result)


def _controls(run: Run, task: Task, study: Study) -> tuple[str, Own | None]:
    """Title, the choice of colours, and with the run's own picks the step control."""
    result, asked = task.result, task.params
    st.markdown(
        f"**All {result['count']:,} images of the class, by {METHODS[asked['method']]}**", help=_explain(result)
    )
    colour = st.segmented_control(
        "Colours show", list(COLOURS), format_func=COLOURS.__getitem__, default="batches", required=True, key="colour",
        bind="query-params",
    )  # fmt: skip
    own = own_picks.control(run, int(asked["label"]), study.members) if colour == "picks" else None
    return str(colour), own


def _plot(task: Task, study: Study, colour: str, marked: list[Batch]) -> None:
    asked, result, count = task.params, task.result, len(study.images)
    of = f"{task.run_id}-{asked['label']}-{asked['method']}-{asked['dims']}-{asked['seed']}-{result['step']}"
    key = lasso.chart_key(of)
    inside = lasso.chosen(key, count)
    title = f"Inside your lasso: {len(inside):,} images" if len(inside) > 1 else f"Image {inside[0]}" if inside else ""
    if colour == "cluster" and len(inside) == 1:
        number = int(study.cluster[inside[0]])
        members = np.flatnonzero(study.cluster == number)
        title, inside = f"Cluster {number}: {words.many(len(members), 'image')}", members.tolist()
        marked = [*marked, Batch(f"cluster {number}", members, palette.class_mark(number), faint=True)]
    figure = embedding(
        study.points, marked, asked["method"], study.cluster if colour == "cluster" else None,
        study.norms if colour == "norm" else None, inside,
    )  # fmt: skip
    live_chart(figure, key, "Embedding of one class", HEIGHT, reading.sprite(str(task.folder), task.id), select=True)
    st.caption(f"Each dot is a real image; hover to see it. {_hint(int(asked['dims']))} {CAPTIONS[colour]}" + _more(task, colour))  # fmt: skip
    if inside:
        lasso.show(title, inside, study)


def _hint(dims: int) -> str:
    if dims == 2:
        return "Draw around some to list them."
    return "Drag to turn, scroll to come closer, click one to keep it; a lasso can be drawn in two dimensions only."


def _more(task: Task, colour: str) -> str:
    """What else is to be said of this class."""
    if colour == "picks":
        return f" All steps are shown as {task.result['features']} sees them."
    both = colour == "batches" and (task.params["left"], task.params["right"]) == ("representative", "random")
    return f" {PAPER}" if both else ""


def _explain(result: Mapping[str, Any]) -> str:
    return (
        f"Features: {result['features']}. The embedding puts images with similar features close together; its axes have no unit. "
        "Clusters are k-means clusters of the features."
    )
