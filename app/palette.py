"""What each colour, dash and mark means. One meaning each, on every page and in every figure.

Figures are drawn with the light inks; the browser swaps them for the dark ones by `swap()`, so that a figure never has to
know which of the two a person looks at.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Badge = Literal["blue", "gray", "green", "orange", "red"]


class Ink(NamedTuple):
    """One meaning's colour on a light and on a dark page, as #rrggbb."""

    light: str
    dark: str


class Mark(NamedTuple):
    """How a thing is drawn; never by colour alone."""

    ink: Ink
    dash: str
    symbol: str


class State(NamedTuple):
    """How a run's state is shown: always a word and an icon beside the colour. `badge` is Streamlit's name of the colour."""

    word: str
    icon: str
    ink: Ink
    badge: Badge


_ORANGE = Ink("#C2410C", "#FB923C")
_AMBER = Ink("#B45309", "#FBBF24")
_BLUE = Ink("#1D4ED8", "#60A5FA")
_GREY = Ink("#6B7280", "#9CA3AF")
_SLATE = Ink("#475569", "#94A3B8")
_GREEN = Ink("#15803D", "#4ADE80")
_RED = Ink("#B91C1C", "#F87171")
_HAZE = Ink("#94A3B8", "#64748B")

PUBLISHED = Mark(Ink("#111827", "#E5E7EB"), "dash", "line-ew")
RANDOM = Mark(_GREY, "dash", "x")
REAL = Mark(_HAZE, "dot", "circle")
INITIAL = Mark(_SLATE, "dashdot", "circle-open")
REPRESENTATIVE = Mark(_ORANGE, "solid", "circle")

RECIPES: dict[str, Mark] = {
    "dream+": REPRESENTATIVE,
    "dream": Mark(_AMBER, "solid", "triangle-up"),
    "idc": Mark(_BLUE, "solid", "square"),
}

_RUNNING: tuple[Ink, Badge] = (_BLUE, "blue")
_HELD: tuple[Ink, Badge] = (_AMBER, "orange")
_BROKEN: tuple[Ink, Badge] = (_RED, "red")
STATES: dict[str, State] = {
    "queued": State("queued", "schedule", _SLATE, "gray"),
    "starting": State("starting", "hourglass_top", *_RUNNING),
    "running": State("running", "play_circle", *_RUNNING),
    "stopping": State("stopping", "hourglass_bottom", *_HELD),
    "stopped": State("stopped", "stop_circle", *_HELD),
    "paused": State("paused", "pause_circle", *_HELD),
    "finished": State("finished", "check_circle", _GREEN, "green"),
    "failed": State("failed", "error", *_BROKEN),
    "lost": State("lost", "link_off", *_BROKEN),
}

SHARES: dict[str, Ink] = {  # parts of the time; lightness tells them apart, the legend names them
    "share.match": _SLATE,
    "share.network": Ink("#94A3B8", "#64748B"),
    "share.cluster": Ink("#CBD5E1", "#475569"),
    "share.rest": Ink("#E2E8F0", "#334155"),
}

RULE = Ink("#E2E5EA", "#2A303B")  # grid lines
TEXT = Ink("#4B5563", "#9CA3AF")  # axis titles and numbers


def recipe(name: str) -> Mark:
    """The mark of a recipe; a neutral one for a recipe the table does not know."""
    return RECIPES.get(name, Mark(_SLATE, "solid", "diamond"))


def synthetic(name: str) -> Mark:
    """Synthetic images look like their recipe, as an outlined star."""
    return recipe(name)._replace(symbol="star-open")


def soft(ink: Ink, alpha: float) -> Ink:
    """The same meaning, see-through: bands and dense points."""
    return Ink(*(_rgba(colour, alpha) for colour in ink))


def swap() -> dict[str, str]:
    """Light colour -> dark colour, for every ink a figure can be drawn with."""
    inks = {mark.ink for mark in (*RECIPES.values(), PUBLISHED, RANDOM, REAL, INITIAL)}
    inks |= {state.ink for state in STATES.values()} | set(SHARES.values()) | {RULE, TEXT}
    inks |= {soft(ink, alpha) for ink in tuple(inks) for alpha in ALPHAS}
    return {ink.light: ink.dark for ink in sorted(inks)}


BAND, DOTS = ALPHAS = (0.16, 0.35)


def _rgba(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
