"""`engine datasets`: list them, add a folder or archive of one's own, remove it again."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine import api
from engine.cli.commands import Answer
from engine.errors import BadRequest

USES = "'datasets', 'datasets add NAME PATH' or 'datasets remove NAME'"


def datasets(args: argparse.Namespace) -> Answer:
    """Without words the table, own ones last."""
    match args.words:
        case []:
            return _table()
        case ["add", name, path]:
            added = api.add_dataset(name, Path(path))
            return Answer(
                added.to_dict(), f"{added.name} is '{added.path}': --set dataset=folder --set data_dir='{added.path}'"
            )
        case ["remove", name]:
            api.remove_dataset(name)
            return Answer({"removed": name}, f"{name} is removed")
    raise BadRequest(f"'datasets {' '.join(args.words):.80}' means nothing; give {USES}.")


def _table() -> Answer:
    known, own = api.datasets(), api.own_datasets()
    lines = [f"{row['name']:<22} {row['title']}: {row['summary']}" for row in known]
    lines += [f"{one.name:<22} own images: dataset=folder data_dir={one.path}" for one in own]
    rows = [*known, *({"name": one.name, "dataset": "folder", "data_dir": one.path} for one in own)]
    return Answer(rows, "\n".join(lines))
