"""Short-lived sessions on the workspace's database: SQLite by default, PostgreSQL when asked.

SQLite runs in WAL mode: readers never wait for the writer, and writers wait for each other up to `BUSY_SECONDS`. Write
transactions begin with BEGIN IMMEDIATE, because one that reads first and writes later is refused at once, without waiting,
when another writer came between.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import filelock
from sqlalchemy import URL, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from engine.errors import BadRequest, Damaged, DistilleryError, NoSpace, RunFailed
from engine.store import migrate
from engine.store.tables import SCHEMA, Base, MetaRow
from engine.store.workspace import DATABASE_URL, Workspace

BUSY_SECONDS = 30
PRAGMAS = (f"busy_timeout={BUSY_SECONDS * 1000}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")

_engines: dict[tuple[str, int], Engine] = {}
_guard = threading.Lock()


class WorkspaceGone(RunFailed):
    """The folder was deleted while a background process still worked for it."""


@contextmanager
def read(workspace: Workspace) -> Iterator[Session]:
    """A session for reading; what it hands out stays usable after it closes. Raises Damaged, RunFailed."""
    with _translated(workspace), Session(_engine(workspace), expire_on_commit=False) as session:
        yield session


@contextmanager
def write(workspace: Workspace) -> Iterator[Session]:
    """A session that commits at the end, or rolls back on any error. Raises NoSpace, Damaged, RunFailed."""
    engine = _engine(workspace)
    with _translated(workspace), Session(engine, expire_on_commit=False) as session:
        if engine.dialect.name == "sqlite":
            session.execute(text("BEGIN IMMEDIATE"))
        yield session
        session.commit()


def dispose(workspace: Workspace) -> None:
    """Closes this process's connections to the workspace's database."""
    with _guard:
        for key in [k for k in _engines if k[0] == workspace.database_url]:
            _engines.pop(key).dispose()


def _engine(workspace: Workspace) -> Engine:
    """The one engine of this process for this database; a new one when the file was replaced."""
    url, embedded = workspace.database_url, not os.environ.get(DATABASE_URL)
    with _guard:
        inode = _inode(workspace)
        if (url, inode) in _engines and (inode or not embedded):
            return _engines[url, inode]
        if workspace.existing and workspace.gone:
            raise WorkspaceGone(f"The workspace '{workspace.root}' is gone.")
        for old in [key for key in _engines if key[0] == url]:
            _engines.pop(old).dispose()
        with _translated(workspace):
            workspace.make()
            engine = _embedded(workspace) if embedded else _server(url)
            try:
                _prepare(engine, workspace)
            except BaseException:
                engine.dispose()
                raise
        _engines[url, _inode(workspace)] = engine
        return engine


def _inode(workspace: Workspace) -> int:
    """Tells one database file from another under the same name; 0 when there is none."""
    try:
        return workspace.database_file.stat().st_ino
    except OSError:
        return 0


def _server(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "postgresql":
            raise ArgumentError
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError):
        raise BadRequest(
            f"{DATABASE_URL} is not the URL of a PostgreSQL database; give postgresql://user@host/name, or unset it for SQLite."
        ) from None
    except ModuleNotFoundError as error:
        raise BadRequest(
            f"{DATABASE_URL} needs the Python package '{error.name}', which is not installed; "
            "run 'pip install psycopg[binary]', or unset it for SQLite."
        ) from None


def _embedded(workspace: Workspace) -> Engine:
    # isolation_level None: the driver starts no transaction by itself, `write` does.
    how = {"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False}
    engine = create_engine(URL.create("sqlite", database=str(workspace.database_file)), connect_args=how)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _prepare(engine: Engine, workspace: Workspace) -> None:
    """Creates the tables in an empty database, brings those of an older version up to date, refuses those of a newer one."""
    with filelock.FileLock(workspace.root / "database.lock", timeout=BUSY_SECONDS):
        if not inspect(engine).has_table(MetaRow.__tablename__):
            Base.metadata.create_all(engine)
            with Session(engine) as session:
                session.merge(MetaRow(name="schema", value=str(SCHEMA)))
                session.commit()
            return
        found = migrate.version(engine)
        if found in migrate.STEPS:
            migrate.migrate(engine, found)
        elif found != SCHEMA:
            raise _unreadable(workspace, found)


def _unreadable(workspace: Workspace, found: int) -> BadRequest:
    return BadRequest(
        f"The database of workspace '{workspace.root}' has schema version {found}, this Distillery reads up to version {SCHEMA}; "
        "use the Distillery that made it, or set DISTILLERY_HOME to another folder."
    )


@contextmanager
def _translated(workspace: Workspace) -> Iterator[None]:
    """Database and disk errors as sentences."""
    try:
        yield
    except DistilleryError:
        raise
    except filelock.Timeout:
        raise RunFailed(
            f"The database of workspace '{workspace.root}' stays locked by another process; end it, then try again."
        ) from None
    except DBAPIError as error:
        raise _sentence(str(error.orig), workspace) from error
    except SQLAlchemyError as error:
        raise RunFailed(
            f"The database of workspace '{workspace.root}' did not answer as expected ({error})."
        ) from error
    except (PermissionError, FileExistsError, NotADirectoryError):
        raise BadRequest(
            f"The workspace '{workspace.root}' cannot be written; set DISTILLERY_HOME to a folder you may write in."
        ) from None


def _sentence(cause: str, workspace: Workspace) -> DistilleryError:
    where = f"workspace '{workspace.root}'"
    if "disk is full" in cause or "No space left" in cause:
        return NoSpace(f"The disk of {where} is full; free some space, then resume the run.")
    if "not a database" in cause or "malformed" in cause:
        return Damaged(
            f"The database of {where} is damaged ({cause}); move '{workspace.database_file.name}' away, or set DISTILLERY_HOME to another folder."
        )
    if "locked" in cause:
        return RunFailed(f"The database of {where} was busy for {BUSY_SECONDS} seconds; try again.")
    if "readonly" in cause or "unable to open" in cause:
        return BadRequest(
            f"The database of {where} cannot be opened for writing ({cause}); check the folder's permissions and its disk."
        )
    return RunFailed(f"The database of {where} refused a request ({cause.splitlines()[0]}).")
