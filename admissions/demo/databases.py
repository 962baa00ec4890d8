"""Databases of the demo: its own on the private cluster, the city's beside it."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from data.db import database_url
from data.settings import ROOT, Settings

CITY = "city"


def city_url(settings: Settings) -> str:
    """Return the URL of the city's database, on the server that holds the demo's."""
    url = make_url(database_url(settings))
    return url.set(database=f"{url.database}_{CITY}").render_as_string(hide_password=False)


def recreate(url: str) -> None:
    """Drop the database at ``url``, whatever is in it, and make it anew."""
    name = make_url(url).database
    server = create_engine(
        make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with server.connect() as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
        connection.execute(text(f'create database "{name}"'))


def make_if_absent(url: str) -> None:
    """Make the database at ``url`` unless it is there."""
    name = make_url(url).database
    server = create_engine(
        make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with server.connect() as connection:
        if connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": name}) is None:
            connection.execute(text(f'create database "{name}"'))


def migrate(engine: Engine) -> None:
    """Bring the database to this version's tables."""
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    with engine.begin() as connection:
        connection.execute(text("set lock_timeout = '5s'"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
