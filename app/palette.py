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

# One family of hues per host; with DREAM long dashes and a triangle, with DREAM+ solid and round. Coresets: dotted stone.
RECIPES: dict[str, Mark] = {
    "idc": Mark(_BLUE, "solid", "square"),
    "idc-feature": Mark(Ink("#4338CA", "#A5B4FC"), "solid", "square-cross"),
    "dream": Mark(Ink("#A16207", "#FACC15"), "longdash", "triangle-up"),
    "dream+": REPRESENTATIVE,
    "dc": Mark(Ink("#0F766E", "#2DD4BF"), "dashdot", "cross"),
    "dc-dream": Mark(Ink("#166534", "#86EFAC"), "longdash", "triangle-down"),
    "dc-dream+": Mark(Ink("#4D7C0F", "#BEF264"), "solid", "hexagon"),
    "dsa": Mark(Ink("#0E7490", "#22D3EE"), "dashdot", "diamond-wide"),
    "dsa-dream": Mark(Ink("#0369A1", "#38BDF8"), "longdash", "triangle-left"),
    "dsa-dream+": Mark(Ink("#0C4A6E", "#BAE6FD"), "solid", "octagon"),
    "dm": Mark(Ink("#7E22CE", "#C084FC"), "dashdot", "diamond-tall"),
    "dm-dream": Mark(Ink("#A21CAF", "#E879F9"), "longdash", "triangle-right"),
    "random": RANDOM,
    "herding": Mark(Ink("#57534E", "#A8A29E"), "dot", "bowtie"),
    "k-center": Mark(Ink("#44403C", "#D6D3D1"), "dot", "hourglass"),
    "forgetting": Mark(Ink("#78716C", "#8C857F"), "dot", "star-square"),
    "least-forgotten": Mark(Ink("#6B645F", "#BEB8B3"), "dot", "star-diamond"),
    "medoids": Mark(Ink("#713F12", "#E7CFA9"), "dot", "circle-cross"),
}

SAMPLERS: dict[str, Mark] = {
    "representative": REPRESENTATIVE,
    "random": RANDOM,
    "center": Mark(Ink("#6D28D9", "#A78BFA"), "dashdot", "circle-dot"),
    "boundary": Mark(Ink("#BE123C", "#FB7185"), "longdash", "diamond-cross"),
}

# What is compared and is neither a recipe nor a sampler: networks, shares, variants of one recipe.
OTHERS = (
    Mark(Ink("#6D28D9", "#A78BFA"), "solid", "square"),
    Mark(Ink("#BE123C", "#FB7185"), "dashdot", "diamond-tall"),
    Mark(Ink("#155E75", "#67E8F9"), "longdash", "cross"),
    Mark(Ink("#3F6212", "#A3E635"), "dot", "triangle-up"),
    Mark(_SLATE, "dash", "pentagon"),
)

# Ten hues of equal lightness (OKLCH 0.55 and 0.76) for the classes of a dataset, and a symbol each. Used only where classes are
# compared, always beside the class's name; the eleventh class starts over with the hues and has the next symbol.
_HUES = (
    ("#AC5346", "#EF9687"), ("#2877B3", "#74B8F3"), ("#4C8238", "#8EC27D"), ("#8E599F", "#CE9BDF"), ("#A06108", "#E1A362"),
    ("#00876C", "#59C8AC"), ("#A65176", "#E893B6"), ("#807300", "#BFB45C"), ("#6767B5", "#A6A8F5"), ("#008398", "#49C4D8"),
)  # fmt: skip
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down", "star", "hexagon", "pentagon")
CLASSES = tuple(Ink(light, dark) for light, dark in _HUES)

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
    "share.network": Ink("#8594AA", "#718096"),
    "share.warmup": Ink("#A9B6C6", "#5A6980"),
    "share.cluster": Ink("#CBD5E1", "#435065"),
    "share.rest": Ink("#E7ECF2", "#2F3B4E"),
}

SHADES = (  # of a cell in a table, from the lowest value to the highest; text stays readable on each
    Ink("#FFF9F3", "#16130F"),
    Ink("#FFF1E3", "#23190F"),
    Ink("#FFE7D0", "#33200F"),
    Ink("#FFDBB9", "#452810"),
    Ink("#FDCB9C", "#5A2F10"),
    Ink("#FDBA74", "#733A12"),
)

SCALE = ("#8091A7", "#EA580C")  # of lines by their value, from low to high: plain enough on a light and on a dark page

RULE = Ink("#E2E5EA", "#2A303B")  # grid lines
TEXT = Ink("#4B5563", "#9CA3AF")  # axis titles and numbers


def recipe(name: str) -> Mark:
    """The mark of a recipe; a neutral one for a recipe the table does not know."""
    return RECIPES.get(name, Mark(_SLATE, "solid", "diamond"))


def class_mark(label: int) -> Mark:
    """The mark of a class by its number: no two of the first hundred are alike."""
    return Mark(CLASSES[label % len(CLASSES)], "solid", _SYMBOLS[(label + label // len(CLASSES)) % len(_SYMBOLS)])


def synthetic(name: str) -> Mark:
    """Synthetic images look like their recipe, as an outlined star."""
    return recipe(name)._replace(symbol="star-open")


def soft(ink: Ink, alpha: float) -> Ink:
    """The same meaning, see-through: bands and dense points."""
    return Ink(*(_rgba(colour, alpha) for colour in ink))


def swap() -> dict[str, str]:
    """Light colour -> dark colour, for every ink a figure can be drawn with."""
    inks = {mark.ink for mark in (*RECIPES.values(), *SAMPLERS.values(), *OTHERS, PUBLISHED, RANDOM, REAL, INITIAL)}
    inks |= set(CLASSES) | {state.ink for state in STATES.values()} | set(SHARES.values()) | {RULE, TEXT}
    inks |= {soft(ink, alpha) for ink in tuple(inks) for alpha in ALPHAS} | set(SHADES)
    return {ink.light: ink.dark for ink in sorted(inks)}


BAND, DOTS, CLOUD = ALPHAS = (0.16, 0.35, 0.7)  # bands; points that lie over each other; points that stand alone


def _rgba(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
