"""Which runs the list shows, in which order, and what a row says: against formulas of the tests' own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from app.components import run_list
from app.parts import words
from app.views.runs import glance, rows
from app.views.runs.choice import ORDERS, Group, Wanted, in_order, matches, shown
from engine import api
from engine.api import Run, Spark
from engine.config import build
from engine.events import Score
from engine.store import database, sparks
from engine.store.states import STATES
from engine.store.tables import MetricRow
from engine.store.workspace import Workspace
from tests.pages.screen import add_run

RNG = np.random.default_rng()


def made(**given: Any) -> Run:
    """A run that no database knows."""
    settings = {"dataset": "digits", "recipe": "dream+", "ipc": 1} | given.pop("config", {})
    accuracies = given.pop("accuracies", ())
    results = {"distilled": (Score("convnet", tuple(accuracies), {}),)} if accuracies else {}
    plain: dict[str, Any] = {"id": f"{RNG.integers(2**32):08x}", "name": "A run", "state": "finished", "preset": "", "phase": "", "phase_done": 0,
             "phase_total": 0, "step": 0, "total": 100, "created": 0.0, "started": None, "finished": None, "seconds": 0.0, "eta": None,
             "device": "", "error": "", "error_kind": ""}  # fmt: skip
    return Run(**(plain | given), config=build(settings, check=False), results=results)


def some(count: int) -> list[Run]:
    """Runs of random names, states, ages, accuracies, a few of them pinned."""
    return [
        made(
            name=f"run {RNG.integers(50)}",
            state=str(RNG.choice(STATES)),
            created=float(RNG.integers(1000)),
            seconds=float(RNG.integers(1000)),
            step=int(RNG.integers(100)),
            accuracies=RNG.uniform(0, 100, 3).tolist() if RNG.random() < 0.7 else (),
            pinned=bool(RNG.random() < 0.1),
            config={"seed": int(RNG.integers(3)), "ipc": int(RNG.integers(1, 4))},
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted("flow DIGITS"), True),
        (Wanted("flow mnist"), False),
        (Wanted("rate paper"), True),  # a tag, a word of the note
        (Wanted("abcdef01"), True),
        (Wanted("dream+ demo"), True),
        (Wanted(states=("lost",)), False),
        (Wanted("my", states=("failed", "lost")), True),
        (Wanted(datasets=("mnist", "digits"), recipes=("dream+",)), True),
        (Wanted(recipes=("idc",)), False),
        (Wanted(tags=("paper",)), True),
        (Wanted(tags=("paper", "other")), False),
    ],
    ids=str,
)
def test_what_matches(wanted: Wanted, fits: bool) -> None:
    run = made(
        id="abcdef01",
        name="My Flowers",
        state="failed",
        preset="digits-demo",
        tags=("paper",),
        note="Learning rate too high",
    )
    assert matches(run, wanted) is fits


@pytest.mark.parametrize("sort", ORDERS)
def test_every_order_keeps_all_runs_and_pinned_ones_first(sort: str) -> None:
    runs = some(60)
    values: dict[str, Callable[[Run], Any]] = {
        "newest": lambda run: -run.created,
        "oldest": lambda run: run.created,
        "name": lambda run: int(run.name.split()[1]),
        "accuracy": lambda run: -np.mean(run.accuracy.accuracies) if run.accuracy else 1.0,
        "progress": lambda run: -run.progress,
        "time": lambda run: -run.seconds,
    }
    found = shown(runs, Wanted(sort=sort))
    assert sorted(run.id for run in found) == sorted(run.id for run in runs)
    keys = [(not run.pinned, values[sort](run)) for run in found]
    assert keys == sorted(keys)


def test_an_unknown_order_is_the_usual_one() -> None:
    runs = some(20)
    assert shown(runs, Wanted(sort="<b>")) == shown(runs, Wanted())


def test_a_group_says_mean_deviation_and_number_over_its_runs() -> None:
    accuracies = RNG.uniform(20, 99, (4, 5))
    runs = [
        made(name=f"dream+ {seed}", accuracies=row.tolist(), config={"seed": seed})
        for seed, row in enumerate(accuracies)
    ]
    runs += [made(name="dream+ 9", state="running", step=37, config={"seed": 9})]
    means = accuracies.mean(1)
    row = rows.group_row(Group("12345678", runs, 7), {}, now=0.0, opened=False)
    assert row["accuracy"] == f"{means.mean():.1f} ± {means.std():.1f} % (n 4)"
    assert (row["name"], row["age"], row["word"]) == ("dream+", "5 seeds", "4 finished, 1 running")
    assert row["progress"] == [0.37, 1.0] and row["left"] == "37 to 100 % done"
    assert [one[0] for one in row["ids"]] == [run.id for run in runs] and row["size"] == 7


@pytest.mark.parametrize("sort", ORDERS)
def test_groups_come_in_the_same_orders(sort: str) -> None:
    runs = some(50)
    groups = in_order((Group(name, members, len(members)) for name, members in api.groups(runs).items()), sort)
    assert sorted(run.id for group in groups for run in group.runs) == sorted(run.id for run in runs)
    pins = [any(run.pinned for run in group.runs) for group in groups]
    assert pins == sorted(pins, reverse=True)
    if sort == "accuracy":
        means = [
            np.mean([run.accuracy.mean for run in g.runs if run.accuracy] or [-1.0])
            for g in groups
            if not any(r.pinned for r in g.runs)
        ]
        assert means == sorted(means, reverse=True)


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (("dream+ 0", "dream+ 1"), "dream+"),
        (("sweep 3 seed 0", "sweep 3 seed 12"), "sweep 3"),
        (("one · seed=4",), "one"),
        (("DREAM+ on Digits, ipc 10",) * 2, "DREAM+ on Digits, ipc 10"),
        (("left", "right"), "DREAM+ on Digits, ipc 1"),
    ],
    ids=str,
)
def test_a_groups_title_has_no_seed(names: tuple[str, ...], title: str) -> None:
    assert rows.common_title([made(name=name) for name in names]) == title


def test_a_spark_is_the_curve_in_its_box() -> None:
    values = RNG.uniform(10, 90, (2, 24))
    found = rows.spark([Spark("accuracy", tuple(line)) for line in values] + [Spark("loss.gradient", (1.0, 2.0))])
    assert found is not None and not found["loss"]
    wanted = 100 * (values.max() - values) / np.ptp(values)
    assert np.abs(np.array(found["lines"]) - wanted).max() <= 0.5
    start, end = values.mean(0)[[0, -1]]
    assert found["label"] == f"Accuracy from {start:.1f} % to {end:.1f} %"
    assert rows.spark([]) is None and rows.spark([Spark("accuracy", (5.0,))]) is not None


def curve(here: Workspace, run_id: str, name: str, values: list[float | None]) -> None:
    """Adds points, with those of another curve in between."""
    with database.write(here) as session:
        for step, value in enumerate(values):
            session.add(MetricRow(run_id=run_id, step=step, name=name, value=value, seconds=0.0))
            session.add(MetricRow(run_id=run_id, step=step, name="speed", value=-1.0, seconds=0.0))


def test_sparks_are_curves_of_few_points_for_many_runs_in_one_query(here: Workspace) -> None:
    short, long, scored, once, empty = (add_run(here, "finished") for _ in range(5))
    few, many = RNG.random(7).tolist(), RNG.random(400).tolist()
    curve(here, short, "accuracy", [few[0], None, *few[1:]])
    curve(here, long, "loss.gradient", many)
    curve(here, scored, "accuracy", many)
    curve(here, scored, "loss.gradient", few)
    curve(here, once, "accuracy", few[:1])
    curve(here, once, "loss.gradient", many)
    queries: list[str] = []
    with database.read(here) as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: queries.append(args[2]))
    found = api.sparks([short, long, empty, scored, once, "ffffffff"])
    assert len(queries) == 1
    assert set(found) == {short, long, scored, once}
    assert found[short] == Spark("accuracy", tuple(few))
    assert (found[scored].curve, found[long].curve, found[once].curve) == ("accuracy", "loss.gradient", "loss.gradient")
    for run_id in (long, scored, once):
        values = found[run_id].values
        assert len(values) == sparks.POINTS and (values[0], values[-1]) == (many[0], many[-1])
        places = [many.index(value) for value in values]
        assert places == sorted(places) and max(np.diff(places)) <= 2 * len(many) / sparks.POINTS
    assert api.sparks([]) == {}


def test_what_a_row_shows_is_read_again_only_for_a_run_that_moved(
    here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = api.get_run(add_run(here, "running", 20))
    asked: list[list[str]] = []

    def sparks_of(run_ids: list[str]) -> dict[str, Spark]:
        asked.append(run_ids)
        return {}

    monkeypatch.setattr(api, "sparks", sparks_of)
    memory = glance.Memory()
    first = memory.of([run])
    assert memory.of([run]) == first and first[run.id].picture.startswith("data:image/png")
    memory.of([replace(run, seconds=run.seconds + 1, eta=3.0)])
    assert asked == [[run.id]]
    memory.of([replace(run, step=run.step + 10)])
    assert asked == [[run.id]] * 2


def test_listed_runs_are_those_that_are_read_one_by_one(here: Workspace) -> None:
    ids = {
        add_run(here, "finished", 20, given={"seed": seed}, tags=["b"], note="n", pinned=seed == 1) for seed in range(3)
    }
    found = api.list_runs()
    assert {run.id for run in found} == ids and found == [api.get_run(run.id) for run in found]


@pytest.mark.parametrize("act", [None, "x", 7, {}, {"action": "stop"}, {"action": 1, "ids": ["a"]}, {"action": "stop", "ids": "abc"},
                                 {"action": "stop", "ids": [1, None]}], ids=repr)  # fmt: skip
def test_what_is_no_click_is_nothing(act: object) -> None:
    assert run_list.sent(act) is None


def test_a_click_is_about_a_limited_number_of_runs() -> None:
    act = run_list.sent({"action": "stop", "ids": ["x"] * (run_list.MOST + 5)})
    assert act is not None and len(act.ids) == run_list.MOST


@pytest.mark.parametrize(
    ("text", "number"), [("", 1), ("3", 3), ("0", 1), ("-2", 1), ("²", 1), ("9" * 40, 1), ("x", 1)]
)
def test_the_page_of_the_address(text: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_list, "st", SimpleNamespace(query_params={"page": text}))
    assert run_list.page_number() == number


def test_numbers_of_a_row_are_those_of_the_run() -> None:
    run = made(accuracies=(90.0, 92.0), seconds=75.0, created=1000.0, note="x" * 999)
    row = rows.row(run, glance.Glance(), now=1000.0 + 3 * words.HOUR)
    assert (row["accuracy"], row["left"], row["age"], row["progress"]) == (
        "91.0 ± 1.0 % (n 2)",
        "took 1:15",
        "3 h ago",
        [1.0, 1.0],
    )
    assert len(row["note"]) == rows.NOTE and not re.search("<", row["name"])
