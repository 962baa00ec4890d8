"""Engine, session and the one MetaData on which every table of the product stands.

Tables live with their owners (``gis/tables.py``, ``admissions/*/tables.py``). The naming convention gives
every constraint a stable name, so that services can map a violated constraint to a domain error.
Transactions end at the edge only: web dependency, job, command. Nothing else commits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module

from sqlalchemy import Engine, MetaData, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, SQLModel

from data.settings import Settings, get_settings

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING_CONVENTION

TABLE_MODULES = (
    "gis.tables",
    "admissions.audit.tables",
    "admissions.limits.tables",
    "admissions.officers.tables",
    "admissions.schools.tables",
    "admissions.students.tables",
    "admissions.rounds.tables",
    "admissions.applications.tables",
    "admissions.allocation_runs.tables",
    "admissions.offers.tables",
    "admissions.notifications.tables",
)
"""Modules that define tables, in the order in which their foreign keys point; as text, for ``data`` imports nobody."""


def all_tables() -> MetaData:
    """Import every table module and return the metadata that then holds all tables."""
    for name in TABLE_MODULES:
        import_module(name)
    return SQLModel.metadata


def database_url(settings: Settings | None = None) -> str:
    """Return the SQLAlchemy URL of the configured database, or of the private cluster when none is configured.

    Raises:
        data.cluster.ClusterError: production without ``DATABASE_URL``, or no cluster has been made yet.
    """
    from data.cluster import Cluster, ClusterError

    settings = settings or get_settings()
    if settings.database_url:
        url = settings.database_url
    elif settings.environment == "production":
        raise ClusterError("production needs DATABASE_URL; the private database under var/ is for demo and tests")
    else:
        url = Cluster(settings.var_dir).url()
    return sqlalchemy_url(url)


def sqlalchemy_url(url: str) -> str:
    """Return ``url`` with the psycopg 3 driver named, as SQLAlchemy wants it.

    Raises:
        data.postgres.ClusterError: it is no address of a PostgreSQL database. The message does not repeat it,
            because it may hold a password.
    """
    from data.postgres import ClusterError

    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            url = "postgresql+psycopg://" + url.removeprefix(prefix)
    try:
        is_ours = make_url(url).drivername == "postgresql+psycopg"
    except (ArgumentError, ValueError):
        is_ours = False
    if not is_ours:
        raise ClusterError(
            "DATABASE_URL is not the address of a PostgreSQL database: write postgresql://user:password@host/name"
        )
    return url


@cache
def get_engine(url: str | None = None) -> Engine:
    """Return the engine of this process for ``url`` (default: the configured database). Connects lazily."""
    return create_engine(url or database_url(), pool_size=10, max_overflow=5, pool_pre_ping=True, hide_parameters=True)


@contextmanager
def transaction(engine: Engine | None = None) -> Iterator[Session]:
    """Yield a session; commit when the block ends, roll back when it raises. For jobs and commands."""
    with Session(engine or get_engine(), expire_on_commit=False) as session, session.begin():
        yield session
