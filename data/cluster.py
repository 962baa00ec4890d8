"""The private PostgreSQL cluster with PostGIS under ``var/pg``: for development, tests and the demo.

It listens on a socket in its own folder only, so it never meets another server's port. It trusts whoever
can reach that folder (mode 0700), which is right for made-up data and wrong for anything else: production
names its database in ``DATABASE_URL``. Standard library only; may be run before anything is installed.
"""

import errno
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from data.postgres import ClusterError, PostgresServer, find_servers, install_server
from data.server_process import PORT, ServerProcess, no_room

__all__ = ["Cluster", "ClusterError", "ClusterStatus"]

DATABASE = "admissions"
SOCKET_DIR_MAX_BYTES = 90
"""A unix socket's address holds 107 bytes, of which the file name takes 16."""


@dataclass(frozen=True)
class ClusterStatus:
    """What ``dungtuyen db status`` says of the private cluster."""

    state: Literal["absent", "stopped", "running"]
    data_dir: Path
    url: str | None
    server_version: str | None


class Cluster:
    """One private cluster, found by the ``var`` folder of its checkout.

    Args:
        var_dir: the checkout's ``var``; made when absent.
        report: told one line about each slow step (installing, creating, restarting).
    """

    def __init__(self, var_dir: Path, *, report: Callable[[str], None] = lambda line: None) -> None:
        self.var_dir = var_dir.resolve()
        self._report = report
        digest = hashlib.sha256(os.fsencode(self.var_dir)).hexdigest()[:12]
        self._outside = Path("/var/tmp", f"dungtuyen-{digest}")
        self._short_socket_dir = Path("/tmp", f"dungtuyen-{digest}")

    def up(self) -> str:
        """Make sure that the cluster runs and has its database; return the database's libpq URL.

        Finds or installs the server, creates the data directory, starts it, restarts it when its packages
        were upgraded meanwhile. Done already: about 0.1 s. Safe to call from two processes at once.

        Raises:
            ClusterError: it cannot be had; one line says why and what to do.
        """
        with self._plain_errors():
            self.var_dir.mkdir(parents=True, exist_ok=True)
            with self._lock():
                process = self._process(self._get_server(), self._prepare_base_dir)
                if not process.data_dir.exists():
                    process.create()
                if not process.is_sound():
                    _hand_over(process.socket_dir, process.owner)
                    process.start()
                if (
                    process.query("postgres", f"select 1 from pg_database where datname = '{DATABASE}'")
                    != "1"
                ):
                    process.query("postgres", f"create database {DATABASE}")
                return self._url(process.base_dir)

    def url(self) -> str:
        """Return the libpq URL of the database, whether or not the server runs just now.

        Raises:
            ClusterError: no cluster has been made yet.
        """
        with self._plain_errors():
            base_dir = self.find_base_dir()
        if base_dir is None:
            raise ClusterError(
                "there is no database yet: run `make demo` or `dungtuyen db up`, or set DATABASE_URL"
            )
        return self._url(base_dir)

    def down(self) -> bool:
        """Stop the server; return whether it was running."""
        with self._plain_errors():
            if self.find_base_dir() is None:
                return False
            with self._lock():
                return self._process(self._get_server(install=False)).stop()

    def status(self) -> ClusterStatus:
        """Return whether the cluster exists and answers. Installs and starts nothing."""
        with self._plain_errors():
            base_dir = self.find_base_dir()
            if base_dir is None:
                return ClusterStatus("absent", self.var_dir / "pg/data", None, None)
            version = self._process(self._get_server(install=False)).find_running_version()
            state: Literal["stopped", "running"] = "running" if version else "stopped"
            return ClusterStatus(state, base_dir / "data", self._url(base_dir), version)

    def destroy(self) -> None:
        """Stop the server and remove its data. Packages unpacked under ``var/pgroot`` stay: they are no data."""
        with self._plain_errors():
            self.down()
            for folder in (self.var_dir / "pg", self._outside, self._short_socket_dir):
                if folder.exists():
                    shutil.rmtree(folder)

    def find_base_dir(self) -> Path | None:
        """Return the folder that holds an existing cluster: ``var/pg``, or the one outside a closed home."""
        for folder in (self.var_dir / "pg", self._outside):
            if (folder / "data").exists():
                return folder
        return None

    def socket_dir(self, base_dir: Path) -> Path:
        """Return where the socket lies: beside the data, or under a short name when that path is too long."""
        beside = base_dir / "s"
        return beside if len(os.fsencode(beside)) <= SOCKET_DIR_MAX_BYTES else self._short_socket_dir

    def _prepare_base_dir(self, owner: tuple[int, int] | None) -> Path:
        """Return the folder for a cluster, made and given to the server's user.

        A checkout under a home with mode 0700 cannot be entered by the unprivileged user that must own a
        root-made cluster; the data then lie in a folder of their own under /var/tmp, named after the checkout.
        """
        existing = self.find_base_dir()
        for folder in (existing,) if existing else (self.var_dir / "pg", self._outside):
            if _hand_over(folder, owner):
                return folder
        raise ClusterError(
            f"{existing or self._outside} cannot be written by the database's user: remove it, try again"
        )

    def _process(
        self, server: PostgresServer, prepare: Callable[[tuple[int, int] | None], Path] | None = None
    ) -> ServerProcess:
        """Return the server's process on the existing data directory, or on one that ``prepare`` makes room for."""
        existing = self.find_base_dir()
        owner = _server_owner(existing)
        base_dir = prepare(owner) if prepare else existing or self.var_dir / "pg"
        return ServerProcess(
            server,
            base_dir=base_dir,
            socket_dir=self.socket_dir(base_dir),
            owner=owner,
            superuser=DATABASE,
            report=self._report,
        )

    def _url(self, base_dir: Path) -> str:
        host = quote(str(self.socket_dir(base_dir)), safe="/")
        return f"postgresql://{DATABASE}@/{DATABASE}?host={host}&port={PORT}"

    def _get_server(self, *, install: bool = True) -> PostgresServer:
        """Return the server that fits the existing data directory, or the best one; install where none is."""
        base_dir = self.find_base_dir()
        major = int((base_dir / "data/PG_VERSION").read_text()) if base_dir else None
        for attempt in range(2):
            for server in find_servers(self.var_dir):
                if major in (None, server.major):
                    return server
            if attempt == 0 and install:
                install_server(self.var_dir, report=self._report, major=major)
        wanted = f"PostgreSQL {major}" if major else "PostgreSQL"
        raise ClusterError(
            f"{wanted} with PostGIS, which the private database needs, is not installed: install it, "
            "or start over with `make demo FRESH=1`"
        )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one process at a time install, create, start or stop; others wait for it."""
        with open(self.var_dir / "pg.lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._report("waiting for another process that is preparing the database")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Turn what the file system refuses into one line that says what to do."""
        try:
            yield
        except PermissionError as error:
            raise ClusterError(
                f"{error.filename or self.var_dir} belongs to another user: run as that user, or remove "
                f"{self.var_dir} as that user and start again"
            ) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ClusterError(no_room(self.var_dir)) from error
            raise ClusterError(f"{error.filename or self.var_dir}: {error.strerror or error}") from error


def _hand_over(folder: Path, owner: tuple[int, int] | None) -> bool:
    """Make ``folder``, mode 0700, the server user's; return whether that user can work there.

    Raises:
        ClusterError: a third user made it first, perhaps to read along.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    trusted = {os.geteuid(), owner[0] if owner else os.geteuid()}
    if folder.is_symlink() or folder.stat().st_uid not in trusted:
        raise ClusterError(f"{folder} belongs to somebody else: remove it and try again")
    folder.chmod(0o700)
    if owner is None:
        return os.access(folder, os.W_OK | os.X_OK)
    os.chown(folder, *owner)
    probe = ["test", "-w", str(folder), "-a", "-x", str(folder)]
    done = subprocess.run(probe, user=owner[0], group=owner[1], extra_groups=[], cwd="/", check=False)
    return done.returncode == 0


def _server_owner(base_dir: Path | None) -> tuple[int, int] | None:
    """Return user and group for the server, or None for our own: it must not run as root.

    An existing data directory keeps its owner: user ``postgres`` may have come with packages installed after
    a first cluster was made for ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    if base_dir is not None:
        made_by = (base_dir / "data").stat()
        if made_by.st_uid != 0:
            return made_by.st_uid, made_by.st_gid
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise ClusterError("no unprivileged user to run the database as: add one named postgres and try again")
