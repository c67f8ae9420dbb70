"""The page Compare: what its address names, in curves, settings, images, targets and sweeps."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.views.compare import sweep_panel
from app.views.compare.units import MOST, MOST_RUNS
from engine import api
from engine.store import database
from engine.store.tables import MetricRow
from engine.store.workspace import Workspace
from tests.pages.screen import Add, Open, button, links, pieces, said

GROUPS = "Groups of seeds"


def figure(at: AppTest) -> dict[str, Any]:
    """The first figure on the page."""
    found: dict[str, Any] = json.loads(pieces(at, "live_chart")[0]["figure"])
    return found


def names(at: AppTest) -> list[str]:
    """Of the curves."""
    return [trace["name"] for trace in figure(at)["data"] if trace.get("hoverinfo") != "skip"]


def tables(at: AppTest) -> list[str]:
    return [element.value for element in at.html if '<div class="sheet"' in element.value]


def warnings(at: AppTest) -> list[str]:
    return [re.sub(r"\\(\W)", r"\1", element.value) for element in at.warning]


@pytest.fixture
def three(add: Add) -> list[str]:
    """Two seeds of DREAM+, one IDC."""
    given = ({"seed": 0}, {"seed": 1}, {"recipe": "idc"})
    return [add("finished", step=40, given=one, name=f"run {n}") for n, one in enumerate(given)]


def write_accuracy(here: Workspace, run_id: str, values: dict[int, float]) -> None:
    """In place of what it has: later rows count."""
    with database.write(here) as session:
        session.add_all(
            MetricRow(run_id=run_id, step=s, name="accuracy", value=v, seconds=float(s)) for s, v in values.items()
        )


# ---- what is compared


def test_without_runs_it_says_how_to_get_some(visit: Open) -> None:
    at = visit("compare")
    assert "There is nothing to compare yet" in [e.value for e in at.subheader] and "New run" in links(at)
    assert not at.multiselect and not at.exception


def test_without_a_choice_there_are_the_lists(visit: Open, three: list[str]) -> None:
    at = visit("compare")
    assert "Choose two runs or more" in [e.value for e in at.subheader] and not at.tabs
    assert set(at.multiselect(key="compare-runs").options) == {"run 0", "run 1", "run 2"}
    (group,) = at.multiselect(key="compare-groups").options
    assert group.startswith("DREAM+ · Digits · ipc 1 · n 2 · "), "a run by itself is no group"
    at = button(at, "Compare the newest runs").click().run()
    assert sorted(names(at)) == ["run 0", "run 1", "run 2"] and not at.exception


def test_the_address_names_runs(visit: Open, three: list[str]) -> None:
    at = visit("compare", ids=",".join(three[::2]))
    assert names(at) == ["run 0", "run 2"] and not at.exception
    assert at.multiselect(key="compare-runs").value == three[::2]


def test_the_address_names_groups(visit: Open, three: list[str]) -> None:
    group = api.group_of(api.get_run(three[0]).config)
    at = visit("compare", groups=group)
    assert names(at) == ["DREAM+ (n 2)"] and not at.exception
    at = visit("compare", groups=group, ids=three[2])
    assert sorted(names(at)) == ["DREAM+ (n 2)", "IDC"]


def test_what_there_is_not_is_named_and_left_out(visit: Open, three: list[str]) -> None:
    hostile = "<b>x</b>`**" + "z" * 100
    at = visit("compare", ids=f"{three[0]},{hostile},00000000,,{three[0]}", groups="nothing")
    assert names(at) == ["run 0"] and not at.exception
    assert warnings(at)[0] == f"There are no runs “{hostile[:40]}”, “00000000” here; they are left out."
    assert warnings(at)[1] == "There is no group “nothing” here; it is left out."
    assert "Choose two runs or more" in [e.value for e in visit("compare", ids="gone").subheader]


def test_a_deleted_run_is_one_that_there_is_not(visit: Open, three: list[str]) -> None:
    api.delete(three[1])
    at = visit("compare", ids=",".join(three))
    assert names(at) == ["run 0", "run 2"] and len(at.warning) == 1


def test_choosing_changes_the_address(visit: Open, three: list[str]) -> None:
    at = visit("compare", ids=three[0], part="Curves")
    at = at.multiselect(key="compare-runs").set_value([three[2], three[0]]).run()
    assert at.query_params["ids"] in (f"{three[2]},{three[0]}", [f"{three[2]},{three[0]}"])
    assert pieces(at, "live_chart")[0]["label"].startswith("Accuracy of run 2, run 0.")
    at = at.multiselect(key="compare-runs").set_value([]).run()
    assert "ids" not in at.query_params and not at.exception


def test_runs_of_one_name_are_told_apart(visit: Open, add: Add) -> None:
    ids = [add("finished", step=40, given={"seed": seed}, name="twin") for seed in (3, 3, 4)]
    assert names(visit("compare", ids=",".join(ids))) == [
        f"twin · seed 3 · {ids[0]}",
        f"twin · seed 3 · {ids[1]}",
        "twin · seed 4",
    ]


# ---- curves


def test_seeds_join_into_a_mean_with_a_band(visit: Open, three: list[str], here: Workspace) -> None:
    values = np.random.default_rng(2).uniform(60, 90, (2, 2))
    for run_id, mine in zip(three, values, strict=False):
        write_accuracy(here, run_id, {0: mine[0], 40: mine[1]} | dict.fromkeys((10, 20, 30), float("nan")))
    at = visit("compare", ids=",".join(three[:2]), by=GROUPS, smooth="None")
    band, line = figure(at)["data"]
    assert line["name"] == "DREAM+ (n 2)"
    np.testing.assert_allclose(line["y"], values.mean(0))
    np.testing.assert_allclose(band["y"], [*(values.mean(0) + values.std(0)), *(values.mean(0) - values.std(0))[::-1]])
    assert "one standard deviation over its n runs" in said(at)


def test_curve_axis_and_scale_are_in_the_address(visit: Open, three: list[str]) -> None:
    at = visit("compare", ids=",".join(three), curve="Gradient loss", axis="Outer iterations", log="true")
    drawn = figure(at)
    assert drawn["layout"]["yaxis"]["title"]["text"] == "Gradient loss" and drawn["layout"]["yaxis"]["type"] == "log"
    assert drawn["layout"]["xaxis"]["title"]["text"] == "Outer iterations" and max(drawn["data"][0]["x"]) == 2.0
    at = visit("compare", ids=",".join(three), curve="no such", axis="<script>", smooth="?")
    assert figure(at)["layout"]["yaxis"]["title"]["text"] == "Accuracy [%]" and not at.exception


def test_every_recorded_curve_can_be_chosen_accuracy_first(visit: Open, three: list[str]) -> None:
    options = visit("compare", ids=three[0]).selectbox(key="curve").options
    assert options[0] == "Accuracy" and "Accuracy, spread" not in options and len(options) == 12


def test_a_dozen_is_drawn_and_the_rest_said(visit: Open, add: Add) -> None:
    ids = [add("finished", step=10, name=f"r{n}") for n in range(MOST + 2)]
    at = visit("compare", ids=",".join(ids))
    assert len(names(at)) == MOST and f"Only the first {MOST} of {MOST + 2} are drawn" in said(at)


def test_a_figure_takes_no_more_runs_than_a_server_keeps(visit: Open, add: Add) -> None:
    ids = [
        add("finished", step=10, given={"seed": n, "clusters": c}) for c in (4, 8) for n in range(MOST_RUNS // 2 + 1)
    ]
    at = visit("compare", ids=",".join(ids), by=GROUPS)
    assert len(names(at)) == 1 and "Only the first of 2 is drawn" in said(at) and not at.exception


def test_before_the_first_values(visit: Open, add: Add) -> None:
    at = visit("compare", ids=add("running"))
    assert "The first values are on their way." in said(at) and not at.exception
    at = visit("compare", ids=add("failed"))
    assert "None of these runs has recorded a curve." in said(at) and not at.exception


# ---- settings


def test_only_what_differs_is_listed(visit: Open, three: list[str]) -> None:
    at = visit("compare", ids=",".join(three), part="Settings")
    differing, same = tables(at)
    cells = re.findall(r"<tr>(.*?)</tr>", differing)
    told = {
        re.findall(r"<td>(.*?)</td>", row)[0]: re.findall(r"<td>(.*?)</td>", row)[1:] for row in cells if "<td>" in row
    }
    assert told["recipe"] == ["dream+", "dream+", "<mark>idc</mark>"] and told["seed"] == ["0", "<mark>1</mark>", "0"]
    assert "ipc [images]" not in told and "ipc [images]" in same
    configs = [api.get_run(run_id).config.to_dict() for run_id in three]
    assert {name.split(" [")[0] for name in told} == {n for n in configs[0] if len({str(c[n]) for c in configs}) > 1}
    assert "recipe\tdream+\tdream+\tidc" in at.code[0].value, "as text to copy"


def test_many_runs_are_rows(visit: Open, add: Add) -> None:
    ids = [add("finished", step=10, given={"seed": seed}, name=f"r{seed}") for seed in range(5)]
    table = tables(visit("compare", ids=",".join(ids), part="Settings"))[0]
    assert "<th>Run</th><th>seed</th>" in table and "<td>r4</td>" in table


def test_alone_or_alike(visit: Open, add: Add) -> None:
    one, other = add("finished", step=10), add("finished", step=10)
    assert "nothing to differ from" in said(visit("compare", ids=one, part="Settings"))
    assert "All settings are the same." in said(visit("compare", ids=f"{one},{other}", part="Settings"))


# ---- images


def images(at: AppTest) -> list[str]:
    return re.findall(r'alt="([^"]*)"', next(e.value for e in at.html if '<div class="gallery"' in e.value))


def test_one_class_of_all_runs_at_the_nearest_kept_step(visit: Open, three: list[str], add: Add) -> None:
    short = add("stopped", step=20, name="short")
    at = visit("compare", ids=f"{three[0]},{short}", part="Images", **{"class": "four"})
    assert images(at) == ["run 0, class four, step 40", "short, class four, step 20"] and not at.exception
    assert "step 20, the nearest kept" in said(at)
    at = visit("compare", ids=f"{three[0]},{short}", part="Images", step="10")
    assert images(at) == ["run 0, class nought, step 10", "short, class nought, step 10"]
    assert pieces(at, "steps")[0]["ranges"] == [[0, 10, 5]]


def test_without_images(visit: Open, add: Add) -> None:
    at = visit("compare", ids=f"{add('queued')},{add('queued')}", part="Images")
    assert "None of these runs has images yet." in said(at) and not at.exception


# ---- target


def test_the_target_says_who_is_there_when(visit: Open, three: list[str], here: Workspace) -> None:
    for run_id, last in zip(three, (90.0, 80.0, 60.0), strict=True):
        write_accuracy(here, run_id, {step: 50 + (last - 50) * step / 40 for step in range(0, 41, 10)})
    at = visit("compare", ids=",".join(three), part="Target")
    assert at.number_input(key="compare-target").value == 60.0, "what all of them reach"
    table = tables(at)[0]
    assert "<td>run 0</td><td>10</td><td>0.5</td><td>10.0 s</td><td>4 ×</td><td>4 ×</td><td>90.0 %</td>" in table
    assert "<tr class=marked><td>run 2</td><td>40</td>" in table, "the host is what others are compared with"
    at = at.number_input(key="compare-target").set_value(70.0).run()
    assert "<td>run 0</td><td>20</td>" in tables(at)[0] and "<td>run 2</td><td>never</td>" in tables(at)[0]
    assert at.query_params["target"] in ("70", ["70"])
    assert "<td>run 0</td><td>20</td>" in tables(visit("compare", ids=",".join(three), part="Target", target="70"))[0]


@pytest.mark.parametrize("target", ["nan", "inf", "-3", "1e9", "x"])
def test_a_target_that_is_none_is_not_taken(visit: Open, three: list[str], target: str) -> None:
    at = visit("compare", ids=three[0], part="Target", target=target)
    taken = at.number_input(key="compare-target").value
    assert taken is not None and 0 <= taken <= 100 and not at.exception


# ---- sweep


def test_one_run_that_never_gets_there_is_no_plural(visit: Open, add: Add, here: Workspace) -> None:
    ids = [add("finished", step=40, given={"ipc": n + 1}) for n in range(3)] + [add("queued", name="waits")]
    write_accuracy(here, ids[0], dict.fromkeys(range(0, 41, 10), 1.0))
    at = visit("compare", ids=",".join(ids), part="Sweep", up="Inner loops to 20 %", target="20")
    assert "1 run never gets there and has no mark." in said(at) and not at.exception
    assert "Left out, without an accuracy so far: 1 of 4 runs." in said(at)


def test_a_sweep_shows_what_was_varied_against_what_came_of_it(visit: Open, add: Add) -> None:
    given = [{"clusters": clusters, "metrics_every": 10 + clusters} for clusters in (4, 8, 16)]
    ids = [add("finished", step=40, given=one, name=f"c{n}") for n, one in enumerate(given)]
    at = visit("compare", ids=",".join(ids), part="Sweep")
    (lines,) = figure(at)["data"]
    assert [d["label"] for d in lines["dimensions"]][:2] == ["clusters [clusters]", "Accuracy [%]"] and not at.exception
    assert len(pieces(at, "live_chart")) == 2
    table = at.dataframe[0].value
    assert list(table["clusters [clusters]"]) == [4, 8, 16] and list(table["metrics_every [inner loops]"]) == [
        14,
        18,
        26,
    ]
    assert list(table["page"]) == [f"run?id={run_id}" for run_id in ids] and list(table["Accuracy [%]"]) == [96.0] * 3


def test_the_runs_of_marks_can_be_opened(visit: Open, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [{"clusters": 2**n} for n in range(12)]
    ids = [add("finished", step=40, given=one, name=f"c{n}") for n, one in enumerate(given)]
    asked = {"ids": ",".join(ids), "part": "Sweep", "across": "clusters [clusters]"}
    assert "Click a mark" in said(visit("compare", **asked))
    marked = [3, 1]
    monkeypatch.setattr(sweep_panel, "live_chart", lambda *_, select=False, **__: marked if select else [])
    at = visit("compare", **asked)
    found = [
        (label, getattr(link, "query_string", "")) for label, link in zip(links(at), at.get("page_link"), strict=True)
    ]
    assert [one for one in found if "id=" in one[1]] == [(f"c{n}", f"id={ids[n]}") for n in (1, 3)] and not at.exception
    assert "Click a mark" not in said(at)
    marked = [0]
    at = visit("compare", **(asked | {"across": "Work time [s]"}))
    assert len([label for label in links(at) if label.startswith("c")]) == sweep_panel.MOST_MARKED, (
        "all are at one spot"
    )
    assert f"and {12 - sweep_panel.MOST_MARKED} more" in said(at)


def test_two_runs_have_no_parallel_coordinates(visit: Open, three: list[str]) -> None:
    at = visit("compare", ids=",".join(three[:2]), part="Sweep")
    assert "from 3 runs on" in said(at) and len(pieces(at, "live_chart")) == 1 and not at.exception
    assert "at least two runs" in said(visit("compare", ids=three[0], part="Sweep"))


def test_read_only_shows_all_of_it(visit: Open, three: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    for part in ("Curves", "Settings", "Images", "Target", "Sweep"):
        at = visit("compare", ids=",".join(three), part=part)
        assert not at.exception and not at.error
