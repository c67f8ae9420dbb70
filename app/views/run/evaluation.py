"""The tab Evaluate of a run's page: other networks on its newest images, and DD-Ranking. Asked of the engine, never computed
here; what was asked for is found again whenever the page is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from app.parts import guard, scores, sheet, under_way, words
from engine import api
from engine.api import Run, Task
from engine.config import NETWORKS, SETTINGS
from engine.events import Score

EVALUATE, RANKING = "evaluate", "ranking"
TICK = 1.0  # seconds


class Measure(NamedTuple):
    """One of DD-Ranking's scores: its name in a result, its title, and what it means."""

    name: str
    title: str
    meaning: str


MEASURES = (
    Measure(
        "lrs",
        "Label-robust score (LRS)",
        "What the images gain over random real ones, set against what the full data still gains over them. From 0 to 1, larger is "
        "better; 0.27 when both are equal.",
    ),
    Measure(
        "ars",
        "Augmentation-robust score (ARS)",
        "What the images gain over random real ones, half with DSA's augmentation and half without. From 0 to 1, larger is better; "
        "0.27 when nothing is gained.",
    ),
)


def panel(run: Run) -> None:
    """What to measure, what is being measured, and what was found."""
    with guard.told():
        if not api.snapshots(run.id):
            st.caption("There are no images to evaluate yet; they come with the run's first inner loops.")
            return
        tasks = api.tasks_of(run.id)
        params = _controls(run)
        st.caption("Networks trained from scratch on the newest images and tested on the real test set, as the run's protocol says. "
                   "The work goes on when this page is closed.")  # fmt: skip
        _under_way(run, tasks, EVALUATE)
        _found(tasks)
        st.markdown("**DD-Ranking**")
        st.caption("Two scores, with the repeats and epochs chosen above: networks trained on the images and on random real ones, with "
                   "augmentation and without, each with the learning rate that suits it.")  # fmt: skip
        _ask_button("Rank", run, RANKING, {name: params[name] for name in ("epochs", "repeats")})
        _under_way(run, tasks, RANKING)
        _ranked(tasks)


def _controls(run: Run) -> dict[str, Any]:
    """The parameters of an "evaluate" task, and the button that asks for it."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="evaluate-controls"):
        networks = st.multiselect("Networks", NETWORKS, run.config.eval_networks, help=SETTINGS["eval_networks"].help,
                                  key=f"evaluate-networks-{run.id}", width=360)  # fmt: skip
        repeats = _number("Repeats", "eval_repeats", run)
        epochs = _number("Epochs", "eval_epochs", run)
        params = {"networks": networks, "repeats": repeats, "epochs": epochs}
        _ask_button("Evaluate", run, EVALUATE, params)
    return params


def _number(title: str, name: str, run: Run) -> int:
    setting = SETTINGS[name]
    assert setting.low is not None and setting.high is not None
    return int(st.number_input(title, int(setting.low), int(setting.high), getattr(run.config, name), help=setting.help,
                               key=f"{name}-{run.id}", width=130))  # fmt: skip


def _ask_button(label: str, run: Run, kind: str, params: Mapping[str, Any]) -> None:
    action = (api.request, kind, run.id, dict(params))
    st.button(label, on_click=guard.attempt, args=action, key=f"{kind}-go", disabled=params.get("networks") == [])


def _under_way(run: Run, tasks: Sequence[Task], kind: str) -> None:
    """The tasks that are not finished, with their buttons; ticks while one of them is live."""
    shown = under_way.unfinished(tasks, kind)
    live = any(task.is_live for task in shown)
    states = {task.id: task.state for task in shown}
    st.fragment(_lines, run_every=TICK if live else None, key=f"{kind}-under-way")(run.id, kind, states)


def _lines(run_id: str, kind: str, states: Mapping[str, str]) -> None:
    with guard.told():
        shown = under_way.unfinished(api.tasks_of(run_id), kind)
        if {task.id: task.state for task in shown} != states:
            st.rerun()  # the clock stops, or there is a result
        guard.show_fault()
        for task in shown:
            under_way.line(task)


def _found(tasks: Sequence[Task]) -> None:
    """The scores of all finished evaluations, newest first."""
    done = [task.result for task in tasks if task.kind == EVALUATE and task.state == "finished"]
    rows = [_row(Score.from_dict(value), result["step"]) for result in done for value in result["scores"]]
    if rows:
        st.html(sheet.table(("Network", "Last epoch", "Best of tests", "Step", "Protocol"), rows))
        st.caption(f"Mean ± standard deviation over n networks. {scores.BEST}")


def _row(score: Score, step: int) -> tuple[str, ...]:
    words_of_protocol = scores.protocol_in_words(score.protocol)
    return score.network, words.accuracy(score), scores.best(score), f"{step:,}", words_of_protocol


def _ranked(tasks: Sequence[Task]) -> None:
    """The newest pair of scores, and the accuracies behind it."""
    done = [task.result for task in tasks if task.kind == RANKING and task.state == "finished"]
    if not done:
        return
    for column, measure in zip(st.columns(len(MEASURES), gap="large"), MEASURES, strict=True):
        with column:
            st.metric(measure.title, f"{done[0][measure.name]:.3f}", border=True)
            st.caption(measure.meaning)
    rows = [_set_row(name, Score.from_dict(value)) for name, value in done[0]["scores"].items()]
    rows.append(("full training set", words.accuracy(Score.from_dict(done[0]["full"])), words.DASH))
    st.html(sheet.table((f"Trained on (step {done[0]['step']:,})", "Last epoch", "Learning rate chosen"), rows))


def _set_row(name: str, score: Score) -> tuple[str, ...]:
    kind, _, augmented = name.partition("_")
    title = f"{'synthetic' if kind == 'synthetic' else 'random real'} images, {'with' if augmented == 'aug' else 'without'} augmentation"
    return title, words.accuracy(score), f"{score.protocol['lr']:g}"
