"""``dungtuyen db`` as typed: what it does, and the one plain line when it cannot."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from admissions.cli import main
from data.cluster import Cluster
from data.settings import ROOT, get_settings


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def dungtuyen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command line in this process, with these settings on top of the test run's."""

    def run(*arguments: str, **environment: str) -> Ran:
        with monkeypatch.context() as patched:
            patched.delenv("DATABASE_URL", raising=False)
            for name, value in environment.items():
                patched.setenv(name, value)
            patched.setattr(sys, "argv", ["dungtuyen", *arguments])
            get_settings.cache_clear()
            try:
                with pytest.raises(SystemExit) as left:
                    main()
            finally:
                get_settings.cache_clear()
        return Ran(int(left.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def refused(dungtuyen: Callable[..., Ran]) -> Callable[..., str]:
    """Run a command that must be refused, and return the one line with which it is."""

    def run(*arguments: str, **environment: str) -> str:
        ran = dungtuyen(*arguments, **environment)
        lines = ran.err.splitlines()
        assert ran.code == 2, ran
        assert len(lines) == 1, ran
        return lines[0]

    return run


def psql(sql: str, **environment: str) -> str:
    """Return what ``dungtuyen db psql`` prints; it replaces its process, so it gets one of its own."""
    command = [sys.executable, "-m", "admissions.cli", "db", "psql", "--", "-Atc", sql]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_empty_database_is_migrated_once_and_then_left_alone(
    dungtuyen: Callable[..., Ran], scratch_database_url: str
) -> None:
    first = dungtuyen("db", "migrate", DATABASE_URL=scratch_database_url)
    assert first.out.startswith("migrated from none to "), first.err
    newest = first.out.split()[-1]
    second = dungtuyen("db", "migrate", DATABASE_URL=scratch_database_url)
    assert second.out == f"migrated from {newest} to {newest}\n"
    status = dungtuyen("db", "status", DATABASE_URL=scratch_database_url)
    assert f"migration: {newest}, newest is {newest}" in status.out
    back = dungtuyen("db", "migrate", "--to", "0001", DATABASE_URL=scratch_database_url)
    assert back.out == f"migrated from {newest} to 0001\n", back.err


def test_the_private_database_is_started_shown_and_stopped(
    dungtuyen: Callable[..., Ran], open_dir: Path
) -> None:
    var = {"DUNGTUYEN_VAR_DIR": str(open_dir / "var")}
    try:
        assert "private, absent" in dungtuyen("db", "status", **var).out
        assert dungtuyen("db", "up", **var).out.startswith("postgresql://")
        assert "private, running" in dungtuyen("db", "status", **var).out
        assert psql("select 6 * 7", **var) == "42\n"
        assert dungtuyen("db", "down", **var).out == "stopped\n"
        assert "private, stopped" in dungtuyen("db", "status", **var).out
    finally:
        Cluster(open_dir / "var").destroy()


def test_no_database_is_told_with_what_to_do(refused: Callable[..., str], tmp_path: Path) -> None:
    line = refused("db", "migrate", DUNGTUYEN_VAR_DIR=str(tmp_path / "var"))
    assert "there is no database yet: run `make demo` or `dungtuyen db up`, or set DATABASE_URL" in line


def test_production_refuses_the_private_database(refused: Callable[..., str], tmp_path: Path) -> None:
    line = refused("db", "migrate", DUNGTUYEN_ENVIRONMENT="production", DUNGTUYEN_VAR_DIR=str(tmp_path))
    assert "production needs DATABASE_URL" in line


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://someone:geheim@127.0.0.1:1/admissions", "the database cannot be reached"),
        ("postgresql://someone:geheim@nowhere.invalid/admissions", "the database cannot be reached"),
        ("postgresql:///admissions?host=/gone&port=5432", "the database cannot be reached"),
        (
            "mysql://someone:geheim@127.0.0.1/admissions",
            "DATABASE_URL is not the address of a PostgreSQL database",
        ),
        ("not an address", "DATABASE_URL is not the address of a PostgreSQL database"),
        ("postgresql://someone:geheim@127.0.0.1:port/admissions", "DATABASE_URL is not the address"),
    ],
)
@pytest.mark.parametrize("command", ["status", "migrate"])
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    refused: Callable[..., str], command: str, url: str, said: str
) -> None:
    line = refused("db", command, DATABASE_URL=url)
    assert said in line
    assert "geheim" not in line


def test_a_database_that_does_not_exist_is_named(
    refused: Callable[..., str], scratch_database_url: str
) -> None:
    name = scratch_database_url.split("?")[0].rsplit("/", 1)[-1]
    line = refused("db", "migrate", DATABASE_URL=scratch_database_url.replace(name, "never_made"))
    assert 'database "never_made" does not exist' in line


def test_a_database_of_a_newer_version_is_left_alone(
    dungtuyen: Callable[..., Ran], refused: Callable[..., str], scratch_database_url: str
) -> None:
    assert dungtuyen("db", "migrate", "--to", "0001", DATABASE_URL=scratch_database_url).code == 0
    psql("update alembic_version set version_num = '9999'", DATABASE_URL=scratch_database_url)
    line = refused("db", "migrate", DATABASE_URL=scratch_database_url)
    assert "the database's migrations do not fit this version of the program" in line


def test_a_setting_that_cannot_be_read_is_named(refused: Callable[..., str]) -> None:
    line = refused("db", "status", DUNGTUYEN_SMTP_PORT="many")
    assert "DUNGTUYEN_SMTP_PORT cannot be read" in line


def test_an_unknown_command_shows_how_commands_are_written(dungtuyen: Callable[..., Ran]) -> None:
    done = dungtuyen("db", "sideways")
    assert done.code == 2
    assert "Usage:" in done.err and "Traceback" not in done.err
