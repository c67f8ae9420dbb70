"""How the tables of an older version become those of this one: one function per step, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine, select, text, update

from engine.store.tables import SCHEMA, Base, MetaRow


def version(engine: Engine) -> int:
    """The schema version that the database says it has; 0 when it says none that is a number."""
    with engine.connect() as connection:
        found = connection.scalar(select(MetaRow.value).where(MetaRow.name == "schema")) or ""
    return int(found) if found.isdecimal() else 0


def migrate(engine: Engine, found: int) -> None:
    """From version `found` to this one: wholly or not at all."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("BEGIN IMMEDIATE"))
        for number in range(found, SCHEMA):
            STEPS[number](connection)
        connection.execute(update(MetaRow).where(MetaRow.name == "schema").values(value=str(SCHEMA)))
        connection.execute(text("COMMIT")) if engine.dialect.name == "sqlite" else connection.commit()


def _labels_and_free_tasks(connection: Connection) -> None:
    """1 -> 2: runs carry tags, a note and a pin; a task need not be about a run."""
    for column in (
        "tags JSON NOT NULL DEFAULT '[]'",
        "note TEXT NOT NULL DEFAULT ''",
        "pinned BOOLEAN NOT NULL DEFAULT FALSE",
    ):
        connection.execute(text(f"ALTER TABLE runs ADD COLUMN {column}"))
    if connection.dialect.name != "sqlite":
        connection.execute(text("ALTER TABLE tasks ALTER COLUMN run_id DROP NOT NULL"))
        return
    tasks = Base.metadata.tables["tasks"]  # SQLite cannot loosen a column: the table is made anew
    names = ", ".join(column.name for column in tasks.columns)
    connection.execute(text("ALTER TABLE tasks RENAME TO tasks_1"))
    for index in tasks.indexes:
        connection.execute(text(f"DROP INDEX IF EXISTS {index.name}"))
    tasks.create(connection)
    connection.execute(text(f"INSERT INTO tasks ({names}) SELECT {names} FROM tasks_1"))  # noqa: S608  # names from our own table
    connection.execute(text("DROP TABLE tasks_1"))


STEPS: dict[int, Callable[[Connection], None]] = {1: _labels_and_free_tasks}
"""Version -> what makes it the next one."""
