"""A protocol in full, in a person's words: how the networks behind a score were trained and when they were tested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.parts import scores, sheet

Stored = Mapping[str, Any]
ONE = "one_"  # what a strategy of augmentation begins with that draws one of its operations per batch
OPERATIONS = {"color": "colour"}  # of augmentation, where a person writes them otherwise
SHARES = ((1 / 4, "¼"), (1 / 3, "⅓"), (1 / 2, "½"), (2 / 3, "⅔"), (3 / 4, "¾"), (5 / 6, "⅚"))


class Line(NamedTuple):
    """`says` needs all `keys` to be stored; an old score may lack some."""

    title: str
    keys: tuple[str, ...]
    says: Callable[[Stored], str]


def rows(protocol: Stored) -> list[tuple[str, str]]:
    """(what, how it is) line by line. What an old score does not tell is left out; what this version does not know is told as it is."""
    known = [(line.title, line.says(protocol)) for line in LINES if all(key in protocol for key in line.keys)]
    told = WITHIN.union(*(line.keys for line in LINES))
    return known + [
        (key.replace("_", " ").capitalize(), sheet.value(of)) for key, of in protocol.items() if key not in told
    ]


def together(protocols: Sequence[Stored]) -> list[tuple[str, str]]:
    """The same of several: where they differ, all that there is."""
    told: dict[str, dict[str, None]] = {}
    for protocol in protocols:
        for title, how in rows(protocol):
            told.setdefault(title, {})[how] = None
    return [(title, " or ".join(some)) for title, some in told.items()]


def in_words(protocol: Stored) -> str:
    """In one line, see `scores.protocol_in_words`."""
    augment = augmentation(str(protocol["augment"])) if protocol.get("augment") else ""
    return scores.protocol_in_words({**protocol, "augment": augment})


def augmentation(strategy: str) -> str:
    """'colour + crop + flip', 'one of colour, crop, flip per batch', 'none'."""
    names = [OPERATIONS.get(name, name) for name in strategy.removeprefix(ONE).split("_")]
    if strategy.startswith(ONE):
        return f"one of {', '.join(names)} per batch"
    return " + ".join(names) if strategy else "none"


def _name(protocol: Stored) -> str:
    version = protocol.get("version")
    return f"{protocol['name']}, version {version}" if version else str(protocol["name"])


def _epochs(protocol: Stored) -> str:
    extra = int(protocol.get("extra") or 0)
    return f"{protocol['epochs']:,}" + (f", and {extra} more" if extra else "")


def _rate(protocol: Stored) -> str:
    """With the shares of the epochs after which it falls."""
    start, drops = f"{protocol['lr']:g}", _shares(protocol.get("lr_drops") or ())
    if not drops or "lr_factor" not in protocol:
        return start
    late = f" and {protocol['late']} more" if protocol.get("late") else ""
    anew = "; the optimiser then starts anew" if protocol.get("anew") else ""
    return f"{start}, × {protocol['lr_factor']:g} after {' and again after '.join(drops)} of the epochs{late}{anew}"


def _tests(protocol: Stored) -> str:
    """The last test is always at the end."""
    before = _shares(share for share in protocol["tests"] if share < 1)
    return f"after {', '.join(before)} of the training and at its end; the end is the score" if before else "at the end"


def _shares(of: Iterable[float]) -> list[str]:
    """'⅔', or '40 %'."""
    return [next((sign for known, sign in SHARES if abs(known - one) < 1e-6), f"{100 * one:.3g} %") for one in of]


def _optimiser(protocol: Stored) -> str:
    return f"SGD, momentum {protocol['momentum']:g}, weight decay {protocol['weight_decay']:g}"


LINES = (
    Line("Protocol", ("name",), _name),
    Line("Epochs", ("epochs",), _epochs),
    Line("Batch", ("batch",), lambda p: f"{p['batch']:,} images"),
    Line("Learning rate", ("lr",), _rate),
    Line("Optimiser", ("momentum", "weight_decay"), _optimiser),
    Line("Augmentation", ("augment",), lambda p: augmentation(str(p["augment"] or ""))),
    Line("CutMix", ("cutmix",), lambda p: f"in {100 * p['cutmix']:g} % of the batches" if p["cutmix"] else "none"),
    Line("Tested", ("tests",), _tests),
)
WITHIN = frozenset({"version", "lr_factor", "lr_drops", "late", "extra", "anew"})
"""What is told within another's line."""
