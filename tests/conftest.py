"""Fixtures for every suite: a real PostGIS database per worker, a rolled-back session, the shared data folder."""

import hashlib
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from data.clock import system_clock
from data.cluster import Cluster
from data.db import sqlalchemy_url
from data.install.browser import find_browser, find_obstacle
from data.settings import ROOT, get_settings
from data.vault import make_key_file, open_vault

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from admissions.demo.season import Played, Stage
    from data.demo.files import RegionFiles


@dataclass(frozen=True)
class PlayedSeason:
    """What the ``season`` fixture gives: the stage it was played on, its files, and what it left behind."""

    stage: "Stage"
    files: "RegionFiles"
    played: "Played"
    now: datetime
    template: str
    """The database from which copies are made."""


TEMPLATE_PREFIX = "test_template_"
LOCK = "7001"


def migrate(url: str, target: str = "head") -> None:
    """Bring the database at ``url`` up or down to migration ``target``."""
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    (command.downgrade if target == "base" else command.upgrade)(config, target)


def _schema_digest() -> str:
    """Return a short hash of everything from which the migrated schema follows."""
    digest = hashlib.sha256(f"{version('procrastinate')} {version('alembic')}".encode())
    patterns = ("data/migrations/**/*.py", "data/migrations/**/*.sql", "data/reference/**/*.*")
    for source in sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}):
        if "__pycache__" in source.parts:
            continue
        digest.update(str(source.relative_to(ROOT)).encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture(scope="session")
def admin_engine() -> Iterator[Engine]:
    """An autocommit connection to the test server: ``DATABASE_URL``'s, else the private cluster's."""
    base = get_settings().database_url or Cluster(get_settings().var_dir).up()
    engine = create_engine(sqlalchemy_url(base), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@contextmanager
def _locked(engine: Engine) -> Iterator[Callable[[str], list[str]]]:
    """Yield a function that runs one SQL statement, while no other test run makes or drops databases."""
    with engine.connect() as connection:

        def run(sql: str) -> list[str]:
            result = connection.execute(text(sql))
            return [str(row[0]) for row in result] if result.returns_rows else []

        run(f"select pg_advisory_lock({LOCK})")
        try:
            yield run
        finally:
            run(f"select pg_advisory_unlock({LOCK})")


def _url(engine: Engine, name: str) -> str:
    return engine.url.set(database=name).render_as_string(hide_password=False)


def _ensure_template(engine: Engine, run: Callable[[str], list[str]]) -> str:
    """Return the name of the migrated, empty database for the present migrations; make it when absent.

    It gets its name only when complete, and templates of earlier migrations are dropped.
    """
    name = TEMPLATE_PREFIX + _schema_digest()
    present = run(f"select datname from pg_database where datname like '{TEMPLATE_PREFIX}%' order by 1")
    if name in present:
        return name
    for old in present:
        run(f'drop database if exists "{old}" with (force)')
    building = f"{TEMPLATE_PREFIX}building"
    run(f'create database "{building}"')
    migrate(_url(engine, building))
    run(f'alter database "{building}" rename to "{name}"')
    return name


def _drop_abandoned(run: Callable[[str], list[str]]) -> None:
    """Drop the databases of test processes that were killed before they could."""
    for name in run("select datname from pg_database where datname like 'test_pid_%' order by 1"):
        pid = int(name.split("_")[2])
        if not Path("/proc").is_dir() or Path(f"/proc/{pid}").exists():
            continue
        run(f'drop database if exists "{name}" with (force)')


@pytest.fixture(scope="session")
def database_url(admin_engine: Engine) -> Iterator[str]:
    """The SQLAlchemy URL of this worker's own migrated database, cloned in 0.1 s from a template."""
    name = f"test_pid_{os.getpid()}"
    with _locked(admin_engine) as run:
        template = _ensure_template(admin_engine, run)
        _drop_abandoned(run)
        run(f'drop database if exists "{name}" with (force)')
        run(f'create database "{name}" template "{template}"')
    yield _url(admin_engine, name)
    with _locked(admin_engine) as run:
        run(f'drop database if exists "{name}" with (force)')


@pytest.fixture
def scratch_database_url(admin_engine: Engine) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database, not migrated, that lives for one test."""
    name = f"test_pid_{os.getpid()}_scratch"
    with _locked(admin_engine) as run:
        run(f'drop database if exists "{name}" with (force)')
        run(f'create database "{name}"')
    yield _url(admin_engine, name)
    with _locked(admin_engine) as run:
        run(f'drop database if exists "{name}" with (force)')


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
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data beside the checkout; a test that needs it says so loudly when it is absent."""
    folder = Path(os.environ.get("DUNGTUYEN_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"REAL DATA ABSENT: {folder} is not there, so this test did not run")
    return folder


@cache
def browser_obstacle() -> str | None:
    """Return why no browser test can run here, asked once per process."""
    return find_obstacle()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Report a browser test as not run, loudly, where there is no browser; it never passes silently."""
    if item.get_closest_marker("browser") and (obstacle := browser_obstacle()):
        pytest.skip(f"BROWSER ABSENT: {obstacle}, so this test did not run")


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Headless Chromium through Playwright. Tests that use it carry the marker ``browser``.

    It never calls home and draws WebGL in software, so that maps are the same on every machine.
    """
    from playwright.sync_api import sync_playwright

    quiet = ["--disable-quic", "--disable-background-networking", "--no-first-run"]
    drawing = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", *quiet, *drawing]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def season(admin_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedSeason]:
    """A whole played season of the small region in a database of its own. Do not change it: see ``world``.

    Played once per test run; the workers clone it.
    """
    run_id = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
    shared = tmp_path_factory.getbasetemp()
    folder = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "season"
    template, name = f"test_season_{run_id}", f"test_pid_{os.getpid()}_season"
    with _locked(admin_engine) as run:
        if not (folder / "played.pickle").exists():
            empty = _ensure_template(admin_engine, run)
            run(f'drop database if exists "{template}" with (force)')
            run(f'create database "{template}" template "{empty}"')
            _play(create_engine(_url(admin_engine, template), poolclass=NullPool), folder)
        run(f'drop database if exists "{name}" with (force)')
        run(f'create database "{name}" template "{template}"')
    files, played, now = pickle.loads((folder / "played.pickle").read_bytes())
    engine = create_engine(_url(admin_engine, name))
    yield PlayedSeason(_stage(engine, folder), files, played, now, template)
    engine.dispose()
    with _locked(admin_engine) as run:
        run(f'drop database if exists "{name}" with (force)')
        if not run("select 1 from pg_database where datname like 'test_pid_%_season'"):
            run(f'drop database if exists "{template}" with (force)')
            (folder / "played.pickle").unlink(missing_ok=True)


def _stage(engine: Engine, folder: Path) -> "Stage":
    from admissions.demo.season import Stage

    settings = get_settings().model_copy(
        update={"var_dir": folder, "key_file": folder / "keys.json", "environment": "demo"}
    )
    return Stage(engine, settings, open_vault(folder / "keys.json"), 7)


def _play(engine: Engine, folder: Path) -> None:
    from admissions.demo.calendar import school_year_at
    from admissions.demo.season import play_region_season
    from data.demo.region import write_region

    folder.mkdir(exist_ok=True)
    make_key_file(folder / "keys.json")
    now = system_clock()
    files = write_region(folder / "region", seed=7, size="s", school_year=school_year_at(now))
    played = play_region_season(_stage(engine, folder), files, now=now, by_page=False)
    (folder / "played.pickle").write_bytes(pickle.dumps((files, played, now)))


@pytest.fixture(scope="module")
def own_season(admin_engine: Engine, season: PlayedSeason) -> Iterator[PlayedSeason]:
    """A copy of the played season that the tests of one module may change for good, through a real server."""
    name = f"test_pid_{os.getpid()}_own"
    with _locked(admin_engine) as run:
        run(f'drop database if exists "{name}" with (force)')
        run(f'create database "{name}" template "{season.template}"')
    engine = create_engine(_url(admin_engine, name))
    yield replace(season, stage=replace(season.stage, engine=engine))
    engine.dispose()
    with _locked(admin_engine) as run:
        run(f'drop database if exists "{name}" with (force)')


@pytest.fixture
def world(season: PlayedSeason) -> Iterator[Session]:
    """A session on the played season whose outer transaction is rolled back: change what you like."""
    with season.stage.engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()
        # Attempts are counted in transactions of their own, which no rollback reaches.
        connection.execute(text("truncate attempt_counter"))
        connection.commit()
