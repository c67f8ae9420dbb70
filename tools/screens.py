"""Every page, with what it takes to see it whole: its address, and what must be on it before anybody looks."""

from __future__ import annotations

from typing import NamedTuple

SIZES = {"wide": 1440, "narrow": 420}  # CSS pixels
SCHEMES = ("light", "dark")
TALLEST = 4000  # CSS pixels of a page that a picture shows


class Screen(NamedTuple):
    """One page in one state. `address` may name {run}, {other} (ids of runs) and {study}; `ready` is a selector of what the page is about, `bare` of
    what it shows in an empty workspace. "" = there is nothing to see there."""

    address: str
    ready: str
    bare: str = ""


SCREENS: dict[str, Screen] = {
    "runs": Screen("/", ".row"),
    "groups": Screen("/?grouped=true", ".row"),
    "welcome": Screen("", "", ".welcome img"),
    "launch": Screen("/launch", ".st-key-summary", ".st-key-summary"),
    "sweep": Screen("/launch?dataset=digits&recipe=dream%2B&recipe=idc&seed=0&seed=1&seed=2", ".st-key-summary"),
    "run": Screen("/run?id={run}", ".gallery figure"),
    "compare": Screen("/compare?ids={run},{other}", ".live-chart.ready", ".stHeading h2"),
    "sampling": Screen("/sampling?id={run}", ".live-chart.ready", ".stHeading h2"),
    "evaluate": Screen("/evaluate", ".score-matrix table", ".stHeading h2"),
    "studies": Screen("/studies", ".st-key-study-digits-mmd button:visible", ".st-key-study-digits-mmd button:visible"),
    "study": Screen("/studies?id={study}", ".live-chart.ready"),
    "results": Screen("/results", "table", ".stHeading h2"),
    "datasets": Screen("/datasets", ".stHeading h2", ".stHeading h2"),
    "engine": Screen("/engine", ".stHeading h2", ".stHeading h2"),
    "present": Screen("/present?id={run}", ".story"),
}
