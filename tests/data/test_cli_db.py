"""``dungtuyen db`` as typed: what it does, and the one plain line when it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.cluster import Cluster
from data.settings import ROOT


def dungtuyen(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, with these settings on top of the test run's."""
    command = [sys.executable, "-m", "admissions.cli", *arguments]
    settings = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(command, cwd=ROOT, env={**settings, **environment}, capture_output=True, text=True)


def refused(*arguments: str, **environment: str) -> str:
    """Return the one line with which the command is refused."""
    done = dungtuyen(*arguments, **environment)
    lines = done.stderr.splitlines()
    assert done.returncode == 2, done.stderr
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_an_empty_database_is_migrated_once_and_then_left_alone(scratch_database_url: str) -> None:
    first = dungtuyen("db", "migrate", DATABASE_URL=scratch_database_url)
    assert first.stdout.startswith("migrated from none to "), first.stderr
    newest = first.stdout.split()[-1]
    second = dungtuyen("db", "migrate", DATABASE_URL=scratch_database_url)
    assert second.stdout == f"migrated from {newest} to {newest}\n"
    status = dungtuyen("db", "status", DATABASE_URL=scratch_database_url)
    assert f"migration: {newest}, newest is {newest}" in status.stdout
    back = dungtuyen("db", "migrate", "--to", "0001", DATABASE_URL=scratch_database_url)
    assert back.stdout == f"migrated from {newest} to 0001\n", back.stderr


def test_the_private_database_is_started_shown_and_stopped(open_dir: Path) -> None:
    var = {"DUNGTUYEN_VAR_DIR": str(open_dir / "var")}
    try:
        assert "private, absent" in dungtuyen("db", "status", **var).stdout
        assert dungtuyen("db", "up", **var).stdout.startswith("postgresql://")
        assert "private, running" in dungtuyen("db", "status", **var).stdout
        assert dungtuyen("db", "psql", "--", "-Atc", "select 6 * 7", **var).stdout == "42\n"
        assert dungtuyen("db", "down", **var).stdout == "stopped\n"
        assert "private, stopped" in dungtuyen("db", "status", **var).stdout
    finally:
        Cluster(open_dir / "var").destroy()


def test_no_database_is_told_with_what_to_do(tmp_path: Path) -> None:
    line = refused("db", "migrate", DUNGTUYEN_VAR_DIR=str(tmp_path / "var"))
    assert "there is no database yet: run `make demo` or `dungtuyen db up`, or set DATABASE_URL" in line


def test_production_refuses_the_private_database(tmp_path: Path) -> None:
    line = refused("db", "migrate", DUNGTUYEN_ENVIRONMENT="production", DUNGTUYEN_VAR_DIR=str(tmp_path))
    assert "production needs DATABASE_URL" in line


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://someone:geheim@127.0.0.1:1/admissions", "the database cannot be reached"),
        ("postgresql://someone:geheim@nowhere.invalid/admissions", "the database cannot be reached"),
        ("postgresql:///admissions?host=/gone&port=5432", "the database cannot be reached"),
        ("mysql://someone:geheim@127.0.0.1/admissions", "DATABASE_URL is not the address of a PostgreSQL database"),
        ("not an address", "DATABASE_URL is not the address of a PostgreSQL database"),
        ("postgresql://someone:geheim@127.0.0.1:port/admissions", "DATABASE_URL is not the address"),
    ],
)
@pytest.mark.parametrize("command", ["status", "migrate"])
def test_an_address_that_leads_nowhere_is_told_without_its_password(command: str, url: str, said: str) -> None:
    line = refused("db", command, DATABASE_URL=url)
    assert said in line
    assert "geheim" not in line


def test_a_database_that_does_not_exist_is_named(scratch_database_url: str) -> None:
    name = scratch_database_url.split("?")[0].rsplit("/", 1)[-1]
    line = refused("db", "migrate", DATABASE_URL=scratch_database_url.replace(name, "never_made"))
    assert 'database "never_made" does not exist' in line


def test_a_database_of_a_newer_version_is_left_alone(scratch_database_url: str) -> None:
    assert dungtuyen("db", "migrate", "--to", "0001", DATABASE_URL=scratch_database_url).returncode == 0
    plain = scratch_database_url.replace("postgresql+psycopg://", "postgresql://")
    dungtuyen("db", "psql", "--", "-c", "update alembic_version set version_num = '9999'", DATABASE_URL=plain)
    line = refused("db", "migrate", DATABASE_URL=scratch_database_url)
    assert "the database's migrations do not fit this version of the program" in line


def test_a_setting_that_cannot_be_read_is_named() -> None:
    line = refused("db", "status", DUNGTUYEN_SMTP_PORT="many")
    assert "DUNGTUYEN_SMTP_PORT cannot be read" in line


def test_an_unknown_command_shows_how_commands_are_written() -> None:
    done = dungtuyen("db", "sideways")
    assert done.returncode == 2
    assert "Usage:" in done.stderr and "Traceback" not in done.stderr
