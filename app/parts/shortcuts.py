"""The keys that do something, as `?` lists them."""

from __future__ import annotations

from typing import NamedTuple

ANYWHERE, RUN, RUNS, PRESENT = "Anywhere", "A run", "Runs", "Present"


class Shortcut(NamedTuple):
    """`keys` as a person presses them, one after the other; `page`: the address that they lead to, "" = they do something
    where they are."""

    where: str
    keys: str
    what: str
    page: str = ""


SHORTCUTS = (
    Shortcut(ANYWHERE, "?", "show these keys"),
    Shortcut(ANYWHERE, "g r", "go to Runs", "runs"),
    Shortcut(ANYWHERE, "g n", "go to New run", "launch"),
    Shortcut(ANYWHERE, "g c", "go to Compare", "compare"),
    Shortcut(ANYWHERE, "g s", "go to Sampling", "sampling"),
    Shortcut(ANYWHERE, "g e", "go to Evaluate", "evaluate"),
    Shortcut(ANYWHERE, "g u", "go to Studies", "studies"),
    Shortcut(ANYWHERE, "g l", "go to Results", "results"),
    Shortcut(ANYWHERE, "g d", "go to Datasets", "datasets"),
    Shortcut(ANYWHERE, "g m", "go to Engine", "engine"),
    Shortcut(RUN, "← →", "one step back, one step on"),
    Shortcut(RUN, "Home End", "the first step, the newest step"),
    Shortcut(RUN, "Space", "play the steps, or pause"),
    Shortcut(RUNS, "c", "compare what is selected"),
    Shortcut(PRESENT, "← → Space", "turn the pages"),
    Shortcut(PRESENT, "f", "full screen"),
    Shortcut(PRESENT, "a", "let the images grow, or hold them"),
    Shortcut(PRESENT, "Esc", "back to the run"),
)
