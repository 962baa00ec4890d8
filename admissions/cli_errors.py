"""Errors as one plain line for whoever types a command: what happened and what to do, never a traceback.

Only causes outside the program are told this way. An error that no line here foresees is a mistake of ours
and keeps its traceback.
"""

import errno
import re
import shutil
import sys

NEARLY_FULL_BYTES = 32_000_000


def find_plain_line(error: BaseException) -> str | None:
    """Return the one line for ``error``, or None when nothing but the program itself can be to blame."""
    if isinstance(error, OSError):
        return _file_line(error)
    if _is_a(error, "sqlalchemy.exc", "DBAPIError"):
        return _database_line(error.orig or error)
    if _is_a(error, "psycopg", "Error"):
        return _database_line(error)
    if _is_a(error, "alembic.util.exc", "CommandError"):
        return f"the database's migrations do not fit this version of the program: {_first_line(error)}"
    if _is_a(error, "pydantic_core", "ValidationError"):
        return _settings_line(error)
    if any(_is_a(error, module, name) for module, name in PLAIN_ERRORS):
        return _first_line(error)
    return None


PLAIN_ERRORS = (
    ("data.postgres", "ClusterError"),
    ("data.lock", "AlreadyRunning"),
    ("data.ports", "PortRefused"),
    ("data.vault", "VaultError"),
    ("data.demo.city", "UnreadableSchools"),
    ("data.demo.city_streets", "UnreadableExtract"),
    ("gis.errors", "GisError"),
    ("allocation.errors", "InstanceError"),
    ("admissions.errors", "AdmissionsError"),
)
"""Errors whose own message already is the plain line. Named as text, so that a command loads only what it uses."""


def _is_a(error: BaseException, module: str, name: str) -> bool:
    """Whether ``error`` is of this class, asked without importing a module that nobody has needed so far."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(error, getattr(loaded, name, ()))


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _file_line(error: OSError) -> str | None:
    """Return the line for a file that is not there, not ours, or does not fit on the disk."""
    where = error.filename or "the disk"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"no room left on the disk ({where}): free some space and run the same command again"
        case errno.ENOENT:
            return f"{where} does not exist: check the name"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"{where} may not be read or written by this user: check its owner and mode"
        case errno.EISDIR | errno.ENOTDIR:
            return f"{where}: {error.strerror}: check the name"
        case errno.EADDRINUSE:
            return "the port is taken by another program: stop it, or choose another with --port"
    return None


def _database_line(cause: BaseException) -> str | None:
    """Return the line for a database that cannot be reached, is full, or has not been migrated.

    Anything else the database refuses is a wrong statement of ours and gets no line.
    """
    state = getattr(cause, "sqlstate", None) or ""
    text = str(cause).strip()
    said = _first_telling_line(text)
    if state == "53100" or (_is_lost(state, text) and _is_disk_full()):
        return f"no room left on the database's disk ({said}): free some and run the same command again"
    if state.startswith("53"):
        return f"the database is out of memory or connections ({said}): free some and try again"
    if state in ("42P01", "42703"):
        return (
            f"the database lacks what this version needs ({_first_line(cause)}): run `dungtuyen db migrate`"
        )
    if state == "3D000" or re.search(r'database ".*" does not exist', text):
        return f"the database named in DATABASE_URL does not exist ({said}): create it first"
    if state.startswith("28") or "authentication failed" in text or "no password supplied" in text:
        return f"the database refused the user or password of DATABASE_URL ({said})"
    if _is_lost(state, text):
        return (
            f"the database cannot be reached ({said}): start it with `dungtuyen db up`, "
            "or check DATABASE_URL"
        )
    return None


def _is_lost(state: str, text: str) -> bool:
    """Whether the database does not answer, or no longer."""
    if state in ("57P01", "57P02", "57P03") or state.startswith("08"):
        return True
    signs = ("connection failed", "connection refused", "could not connect", "No such file or directory")
    signs += (
        "could not translate host",
        "failed to resolve host",
        "closed the connection",
        "connection timeout",
    )
    signs += (
        "invalid connection option",
        'missing "="',
        "invalid port",
        "invalid integer value",
        "invalid URI",
    )
    return any(sign.lower() in text.lower() for sign in signs)


def _is_disk_full() -> bool:
    """Whether the private database lost its connections for want of room: a full disk makes it crash."""
    from data.settings import get_settings

    settings = get_settings()
    if settings.database_url or not settings.var_dir.exists():
        return False
    return shutil.disk_usage(settings.var_dir).free < NEARLY_FULL_BYTES


def _first_telling_line(text: str) -> str:
    """Return the first line of what the driver says, at most 200 characters; the driver never repeats a password."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("Multiple")]
    return (lines or ["no reason given"])[0][:200]


def _settings_line(error: BaseException) -> str | None:
    """Return the line for a setting that cannot be read, named as in the environment."""
    if getattr(error, "title", "") != "Settings":
        return None
    first = error.errors()[0]  # type: ignore[attr-defined]
    name = str(first["loc"][0]).upper() if first["loc"] else "a setting"
    prefix = "" if name.startswith(("DATABASE_URL", "DUNGTUYEN_")) else "DUNGTUYEN_"
    return f"{prefix}{name} cannot be read ({first['msg']}): see docs/operations.md"
