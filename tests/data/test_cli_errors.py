"""Which causes are told in one plain line, and which keep their traceback because they are mistakes of ours."""

import errno
import os
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from admissions.cli_errors import find_plain_line
from data.settings import get_settings


def database_error(engine: Engine, sql: str) -> DBAPIError:
    """Return the error with which the database answers ``sql``."""
    with pytest.raises(DBAPIError) as refused, engine.connect() as connection:
        connection.execute(text(sql))
    return refused.value


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOENT, "/some/file does not exist: check the name"),
        (errno.EACCES, "/some/file may not be read or written by this user: check its owner and mode"),
        (
            errno.ENOSPC,
            "no room left on the disk (/some/file): free some space and run the same command again",
        ),
        (errno.EISDIR, "/some/file: Is a directory: check the name"),
    ],
)
def test_what_the_file_system_refuses_is_told_with_the_file(number: int, told: str) -> None:
    assert find_plain_line(OSError(number, os.strerror(number), "/some/file")) == told


def test_a_missing_table_asks_for_the_migrations(engine: Engine) -> None:
    line = find_plain_line(database_error(engine, "select * from table_of_next_year"))
    assert line is not None and line.endswith("run `dungtuyen db migrate`")


def test_a_wrong_statement_is_a_mistake_of_ours_and_keeps_its_traceback(engine: Engine) -> None:
    assert find_plain_line(database_error(engine, "selekt 1")) is None
    assert find_plain_line(database_error(engine, "select 1 / 0")) is None


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    for mistake in (KeyError("student"), TypeError("no"), AssertionError(), RuntimeError("cannot happen")):
        assert find_plain_line(mistake) is None


def test_a_full_disk_of_the_database_is_told_as_that(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server that crashed for want of room only leaves a lost connection behind."""
    monkeypatch.setenv("DUNGTUYEN_VAR_DIR", str(small_disk))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    get_settings.cache_clear()
    lost = psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly")
    try:
        line = find_plain_line(lost)
    finally:
        get_settings.cache_clear()
    assert line is not None and line.startswith("no room left on the database's disk")


def test_a_lost_connection_on_a_disk_with_room_asks_to_start_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUNGTUYEN_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    try:
        line = find_plain_line(psycopg.OperationalError("server closed the connection unexpectedly"))
    finally:
        get_settings.cache_clear()
    assert line is not None and "start it with `dungtuyen db up`" in line


def test_a_real_lost_connection_is_recognised(scratch_database_url: str) -> None:
    engine = create_engine(scratch_database_url)
    line = find_plain_line(database_error(engine, "select pg_terminate_backend(pg_backend_pid())"))
    engine.dispose()
    assert line is not None and line.startswith("the database cannot be reached")
