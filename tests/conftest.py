"""Fixtures for every suite: a real PostGIS database per worker, a rolled-back session, the shared data folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlmodel import Session

from data.cluster import Cluster
from data.db import sqlalchemy_url
from data.settings import ROOT, get_settings


def _clone(admin: Engine, name: str, template: str) -> None:
    """Replace database ``name`` by a copy of ``template`` (0.1 s with the default WAL_LOG strategy)."""
    with admin.connect() as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
        connection.execute(text(f'create database "{name}" template "{template}"'))


@pytest.fixture(scope="session")
def admin_engine() -> Iterator[Engine]:
    """An autocommit connection to the test server: ``DATABASE_URL``'s, else the private cluster's."""
    base = get_settings().database_url or Cluster(get_settings().var_dir).up()
    engine = create_engine(sqlalchemy_url(base), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template_database(admin_engine: Engine, tmp_path_factory, worker_id: str) -> str:
    """The name of a migrated, empty database from which every test database is cloned."""
    name = f"test_template_{os.getpid()}" if worker_id == "master" else f"test_template_{os.getppid()}"
    marker = tmp_path_factory.getbasetemp().parent / f"{name}.done"
    with admin_engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(7001)"))
        try:
            if not marker.exists():
                connection.execute(text(f'drop database if exists "{name}" with (force)'))
                connection.execute(text(f'create database "{name}"'))
                url = admin_engine.url.set(database=name).render_as_string(hide_password=False)
                config = Config(toml_file=str(ROOT / "pyproject.toml"))
                config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
                command.upgrade(config, "head")
                marker.touch()
        finally:
            connection.execute(text("select pg_advisory_unlock(7001)"))
    return name


@pytest.fixture(scope="session")
def database_url(admin_engine: Engine, template_database: str, worker_id: str) -> Iterator[str]:
    """The SQLAlchemy URL of this worker's own migrated database."""
    name = f"{template_database}_{worker_id}"
    with admin_engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(7001)"))
        try:
            _clone(admin_engine, name, template_database)
        finally:
            connection.execute(text("select pg_advisory_unlock(7001)"))
    yield admin_engine.url.set(database=name).render_as_string(hide_password=False)
    with admin_engine.connect() as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
        if worker_id == "master":
            connection.execute(text(f'drop database if exists "{template_database}" with (force)'))


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on this worker's database."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose outer transaction is rolled back, so that nothing a test writes is seen by the next."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data beside the checkout; a test that needs it says so loudly when it is absent."""
    folder = Path(os.environ.get("DUNGTUYEN_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"REAL DATA ABSENT: {folder} is not there, so this test did not run")
    return folder
