"""Names that tell runs and groups apart, as short as that allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from app.parts import sheet, words
from engine.api import Run
from engine.config import MACHINE, RECORDING, SETTINGS, RunConfig

MOST_SAID = 3  # settings in a group's name
APART = ("dataset", "ipc")  # named where the groups differ in them, whatever the recipe
OWN = frozenset({"recipe", *APART}) | {n for n, s in SETTINGS.items() if s.section in (MACHINE, RECORDING)}


def runs(of: Sequence[Run]) -> dict[str, str]:
    """Id -> name; with the seed where names are alike, with the id where that does not help."""
    found = {run.id: run.name for run in of}
    for more in ({run.id: f"seed {run.config.seed}" for run in of}, {run.id: run.id for run in of}):
        counts = Counter(found.values())
        found = {run_id: f"{name} · {more[run_id]}" if counts[name] > 1 else name for run_id, name in found.items()}
    return found


def groups(of: Mapping[str, RunConfig]) -> dict[str, str]:
    """Group -> 'DREAM+', with whatever settings it differs in from another of that recipe; with its id where no word helps."""
    told = [name for name in APART if len({getattr(config, name) for config in of.values()}) > 1]
    alike: dict[tuple[str, ...], list[RunConfig]] = {}
    for config in of.values():
        alike.setdefault(_base(config), []).append(config)
    apart = {
        base: [name for name in SETTINGS if name not in OWN and _varies(some, name)] for base, some in alike.items()
    }
    found = {
        group: " · ".join([words.recipe(c), *(_said(c, name) for name in (*told, *apart[_base(c)][:MOST_SAID]))])
        for group, c in of.items()
    }
    counts = Counter(found.values())
    return {group: f"{name} · {group}" if counts[name] > 1 else name for group, name in found.items()}


def whole(group: str, some: Sequence[Run]) -> str:
    """A group by itself, for a list of all there are: what, on what, of how many runs."""
    config = some[0].config
    return f"{words.recipe(config)} · {config.spec.title} · ipc {config.ipc} · n {len(some)} · {group}"


def _base(config: RunConfig) -> tuple[str, ...]:
    return (config.recipe, *(str(getattr(config, name)) for name in APART))


def _varies(configs: Sequence[RunConfig], name: str) -> bool:
    return len({getattr(config, name) for config in configs}) > 1


def _said(config: RunConfig, name: str) -> str:
    if name == "dataset":
        return config.spec.title
    return f"{name} {sheet.value(getattr(config, name))}"
