"""A click that waits for the server is not undone by a timer, and everything else is folded as Streamlit does it."""

from __future__ import annotations

import pytest
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

from app import clicks

CLICK = RerunData(page_script_hash="runs", page_name="Runs", query_string="grouped=true")
TICK = RerunData(
    page_script_hash="run", page_name="Run", query_string="id=1", fragment_id="ticking", is_auto_rerun=True
)


@pytest.fixture(autouse=True)
def _kept() -> None:
    clicks.keep()
    clicks.keep()  # twice is once


def asked(*reruns: RerunData) -> RerunData:
    """What the script is run with after these, none of which was worked on in between."""
    requests = ScriptRequests()
    for rerun in reruns:
        assert requests.request_rerun(rerun)
    request = requests.on_scriptrunner_ready()
    assert request.type == ScriptRequestType.RERUN
    return request.rerun_data


@pytest.mark.parametrize("ticks", [1, 2, 3])
def test_a_click_survives_the_ticks_after_it(ticks: int) -> None:
    found = asked(CLICK, *(TICK for _ in range(ticks)))
    assert (found.page_script_hash, found.page_name, found.query_string) == ("runs", "Runs", "grouped=true")
    assert not found.fragment_id and not found.fragment_id_queue, "the whole page"


def test_a_click_after_a_tick_wins() -> None:
    found = asked(TICK, CLICK)
    assert (found.page_script_hash, found.query_string) == ("runs", "grouped=true") and not found.fragment_id_queue


def test_of_two_clicks_the_later_one_counts() -> None:
    assert asked(CLICK, TICK, RerunData(page_script_hash="launch")).page_script_hash == "launch"


def test_ticks_alone_are_left_as_they_are() -> None:
    found = asked(TICK, TICK)
    assert (found.page_script_hash, found.query_string, found.fragment_id_queue) == ("run", "id=1", ["ticking"])
