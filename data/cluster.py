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
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from data.install.commands import plain_cause
from data.postgres import ClusterError, PostgresServer, find_servers, install_server

__all__ = ["Cluster", "ClusterError", "ClusterStatus"]

DATABASE = "admissions"
PORT = 5432
"""Only the socket's file name: nothing listens on the network, and the folder is this cluster's own."""

SOCKET_DIR_MAX_BYTES = 90
"""A unix socket's address holds 107 bytes, of which the file name takes 16."""

START_TIMEOUT_S = 60
CONFIGURATION = """
# Written once by data/cluster.py.
listen_addresses = ''
max_connections = 200
shared_buffers = 256MB
maintenance_work_mem = 256MB
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
"""


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
                server = self._get_server()
                run = _Runner(self, server)
                if not run.data_dir.exists():
                    run.create()
                if not run.is_sound():
                    run.start()
                run.ensure_database()
                return self._url(run.base_dir)

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
                return _Runner(self, self._get_server(install=False)).stop()

    def status(self) -> ClusterStatus:
        """Return whether the cluster exists and answers. Installs and starts nothing."""
        with self._plain_errors():
            base_dir = self.find_base_dir()
            if base_dir is None:
                return ClusterStatus("absent", self.var_dir / "pg/data", None, None)
            run = _Runner(self, self._get_server(install=False))
            version = run.running_version()
            state: Literal["stopped", "running"] = "running" if version else "stopped"
            return ClusterStatus(state, run.data_dir, self._url(base_dir), version)

    def destroy(self) -> None:
        """Stop the server and remove its data. Packages unpacked under ``var/pgroot`` stay: they are no data."""
        with self._plain_errors():
            base_dir = self.find_base_dir()
            if base_dir is not None:
                with self._lock():
                    _Runner(self, self._get_server(install=False)).stop()
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

    def choose_base_dir(self, is_writable: Callable[[Path], bool]) -> Path:
        """Return the folder for a new cluster, created and given to the server's user by ``is_writable``.

        A checkout under a home with mode 0700 cannot be entered by the unprivileged user that must own a
        root-made cluster; the data then lies in a folder of its own under /var/tmp, named after the checkout.
        """
        inside = self.var_dir / "pg"
        return inside if is_writable(inside) else self._outside

    def _url(self, base_dir: Path) -> str:
        host = quote(str(self.socket_dir(base_dir)), safe="/")
        return f"postgresql://{DATABASE}@/{DATABASE}?host={host}&port={PORT}"

    def _get_server(self, *, install: bool = True) -> PostgresServer:
        """Return the server that fits the existing data directory, or the best one; install where none is."""
        base_dir = self.find_base_dir()
        version_file = base_dir / "data/PG_VERSION" if base_dir else None
        major = int(version_file.read_text()) if version_file and version_file.exists() else None
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

    def report(self, line: str) -> None:
        """Tell whoever waits what is being done."""
        self._report(line)

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
                raise ClusterError(_no_room(self.var_dir)) from error
            raise ClusterError(f"{error.filename or self.var_dir}: {error.strerror or error}") from error


def _no_room(folder: Path) -> str:
    return (
        f"no room left on the disk that holds {folder}: free at least 300 MB and run the same command again"
    )


class _Runner:
    """A cluster's programs run as the right user; one object per call, under the lock."""

    def __init__(self, cluster: Cluster, server: PostgresServer) -> None:
        self.cluster = cluster
        self.server = server
        self.owner = _server_user(cluster.find_base_dir())
        self.base_dir = cluster.find_base_dir() or cluster.choose_base_dir(self._give_to_owner)
        if cluster.find_base_dir() is None and not self._give_to_owner(self.base_dir):
            raise ClusterError(
                f"{self.base_dir} cannot be written by the database's user: remove it and try again"
            )
        self.data_dir = self.base_dir / "data"
        self.socket_dir = cluster.socket_dir(self.base_dir)
        self.log_file = self.base_dir / "log"

    def create(self) -> None:
        """Create the data directory. It gets its name only when complete, so an interrupt leaves none."""
        self.cluster.report(f"creating a private database in {self.base_dir}")
        staging = self.base_dir / "data.new"
        shutil.rmtree(staging, ignore_errors=True)
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        options = ["-U", DATABASE, "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--data-checksums"]
        done = self._run("initdb", "-D", staging, *options)
        if done.returncode != 0:
            raise self._failure("the private database could not be created", done.stderr)
        with open(staging / "postgresql.conf", "a") as configuration:
            configuration.write(CONFIGURATION)
        staging.rename(self.data_dir)

    def is_sound(self) -> bool:
        """Whether the server answers and is of the version whose libraries it would now load.

        After an upgrade of the packages an old postmaster's new connections load new libraries and fail with
        undefined symbols, so such a server must be restarted.
        """
        version = self.running_version()
        return version == ".".join(map(str, self.server.version))

    def running_version(self) -> str | None:
        """Return the running server's version, or None when it does not run or does not answer.

        ``pg_ctl status`` alone is not enough: just after ``kill -9`` it still says yes. So the socket is asked.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._run("pg_ctl", "-D", self.data_dir, "status").returncode == 0:
            ready = self._run("pg_isready", *self._where("postgres")).returncode
            if ready == 0:
                number = int(self._query("postgres", "show server_version_num") or 0)
                return f"{number // 10000}.{number % 10000}" if number else "0.0"
            starting_up = ready == 1
            if not starting_up or time.monotonic() > deadline:
                return None
            time.sleep(0.2)
        return None

    def start(self) -> None:
        """Start the server, after stopping one that no longer answers or is of an older version.

        After a killed postmaster its orphaned connections hold the shared memory for as long as their
        statements compute, so they are ended and a refused start is tried again.
        """
        self._prepare_socket_dir()
        if self._run("pg_ctl", "-D", self.data_dir, "status").returncode == 0:
            self.cluster.report("restarting the private database")
            self._run("pg_ctl", "-D", self.data_dir, "-m", "fast", "-w", "stop")
        complaint = ""
        for attempt in range(8):
            log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
            done = self._run(
                *("pg_ctl", "-D", self.data_dir, "-l", self.log_file, "-w", "-t", str(START_TIMEOUT_S)),
                *("-o", f"-k '{self.socket_dir}' -p {PORT}", "start"),
            )
            if done.returncode == 0:
                return
            complaint = self._log_since(log_start) or done.stderr
            if "No space left" in complaint:
                break
            if "shared memory" in complaint:
                self._end_orphans()
            time.sleep(0.25 * (attempt + 1))
        raise self._failure("the private database did not start", complaint)

    def _end_orphans(self) -> None:
        """End the connections that a killed server of this data directory left computing.

        They are known by their name and by working in the data directory, which no other program's process
        does. Systems without /proc wait for them instead.
        """
        for process in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = (process / "cwd").readlink() == self.data_dir.resolve()
                if is_ours and (process / "comm").read_text().strip() == "postgres":
                    os.kill(int(process.name), signal.SIGQUIT)
            except OSError:
                continue  # It ended meanwhile, or belongs to somebody else.

    def stop(self) -> bool:
        """Stop the server; return whether it was running."""
        if self._run("pg_ctl", "-D", self.data_dir, "status").returncode != 0:
            return False
        done = self._run("pg_ctl", "-D", self.data_dir, "-m", "fast", "-w", "stop")
        if done.returncode != 0 and self._run("pg_ctl", "-D", self.data_dir, "status").returncode == 0:
            raise self._failure("the private database did not stop", done.stderr)
        return True

    def ensure_database(self) -> None:
        """Create the database unless it is there."""
        if self._query("postgres", f"select 1 from pg_database where datname = '{DATABASE}'") != "1":
            self._query("postgres", f"create database {DATABASE}")

    def _where(self, database: str) -> list[str | Path]:
        return ["-h", self.socket_dir, "-p", str(PORT), "-U", DATABASE, "-d", database]

    def _query(self, database: str, sql: str) -> str:
        done = self._run("psql", *self._where(database), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql)
        if done.returncode != 0:
            raise self._failure("the private database refused a command", done.stderr)
        return done.stdout.strip()

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs as the server's user, in an environment without PG* settings."""
        environment = {
            "PATH": f"{self.server.bin_dir}:/usr/bin:/bin",
            "HOME": str(self.base_dir),
            "LC_ALL": "C",
        }
        identity = {}
        if self.owner is not None:
            identity = {"user": self.owner[0], "group": self.owner[1], "extra_groups": []}
        return subprocess.run(
            [str(self.server.bin_dir / program), *map(str, arguments)],
            env={**environment, **self.server.environment},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **identity,
        )

    def _give_to_owner(self, folder: Path) -> bool:
        """Make ``folder``, mode 0700, the server user's; return whether that user can write there."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = {os.geteuid(), self.owner[0] if self.owner else os.geteuid()}
        if folder.is_symlink() or folder.stat().st_uid not in known:
            raise ClusterError(f"{folder} belongs to somebody else: remove it and try again")
        folder.chmod(0o700)
        if self.owner is None:
            return os.access(folder, os.W_OK)
        os.chown(folder, *self.owner)
        return self._run_test_writable(folder)

    def _run_test_writable(self, folder: Path) -> bool:
        user, group = self.owner or (os.geteuid(), os.getegid())
        probe = ["/usr/bin/test", "-w", str(folder), "-a", "-x", str(folder)]
        return subprocess.run(probe, user=user, group=group, extra_groups=[], cwd="/").returncode == 0

    def _prepare_socket_dir(self) -> None:
        if not self._give_to_owner(self.socket_dir):
            raise ClusterError(
                f"{self.socket_dir} cannot be written by the database's user: remove it and try again"
            )

    def _log_since(self, position: int) -> str:
        if not self.log_file.exists():
            return ""
        with open(self.log_file, errors="replace") as log:
            log.seek(position)
            return log.read()

    def _failure(self, what: str, complaint: str) -> ClusterError:
        if "No space left" in complaint or "Disk quota" in complaint:
            return ClusterError(_no_room(self.base_dir))
        return ClusterError(f"{what}: {plain_cause(complaint)} (more in {self.log_file})")


def _server_user(base_dir: Path | None) -> tuple[int, int] | None:
    """Return user and group for the server, or None for our own: it must not run as root.

    An existing data directory keeps its owner: user ``postgres`` may have come with packages installed after
    a first cluster was made for ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    if base_dir is not None:
        owner = (base_dir / "data").stat()
        if owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise ClusterError("no unprivileged user to run the database as: add one named postgres and try again")
