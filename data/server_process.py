"""One PostgreSQL server process on one data directory: create, start, ask, stop. Standard library only.

Called under ``data.cluster``'s lock. Its programs run as the server's own user, which is never root.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from data.install.commands import NO_ROOM_SIGNS, plain_cause
from data.postgres import ClusterError, PostgresServer

PORT = 5432
"""Only the socket's file name: nothing listens on the network, and the folder is this cluster's own."""

START_TIMEOUT_S = 60
SILENCE_TIMEOUT_S = 5
START_ATTEMPTS = 8
CONFIGURATION = """
# Written once by data/server_process.py.
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


def no_room(folder: Path) -> str:
    """Return the line for a full disk."""
    return f"no room left on the disk that holds {folder}: free about 300 MB and run the same command again"


class ServerProcess:
    """The programs of one installed server, run on one data directory.

    Args:
        owner: user and group that the server runs as, or None for this process's own.
        superuser: the database role that owns everything; also the name of the database.
    """

    def __init__(
        self,
        server: PostgresServer,
        *,
        base_dir: Path,
        socket_dir: Path,
        owner: tuple[int, int] | None,
        superuser: str,
        report: Callable[[str], None],
    ) -> None:
        self.server = server
        self.base_dir = base_dir
        self.data_dir = base_dir / "data"
        self.log_file = base_dir / "log"
        self.socket_dir = socket_dir
        self.owner = owner
        self.superuser = superuser
        self._report = report

    def create(self) -> None:
        """Create the data directory. It gets its name only when complete, so an interrupt leaves none."""
        self._report(f"creating a private database in {self.base_dir}")
        staging = self.base_dir / "data.new"
        shutil.rmtree(staging, ignore_errors=True)
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        options = [
            "-U",
            self.superuser,
            "-A",
            "trust",
            "-E",
            "UTF8",
            f"--locale={locale}",
            "--data-checksums",
        ]
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
        return self.find_running_version() == ".".join(map(str, self.server.version))

    def find_running_version(self) -> str | None:
        """Return the running server's version, or None when it does not run or does not answer.

        A live process is not enough: the socket is asked too, and a server that is starting up is waited for.
        """
        started = time.monotonic()
        while self._find_pid() is not None:
            ready = self._run("pg_isready", *self._where("postgres")).returncode
            if ready == 0:
                number = int(self.query("postgres", "show server_version_num"))
                return f"{number // 10000}.{number % 10000}"
            is_starting_up = ready == 1
            if time.monotonic() - started > (START_TIMEOUT_S if is_starting_up else SILENCE_TIMEOUT_S):
                return None
            time.sleep(0.1)
        return None

    def start(self) -> None:
        """Start the server, after stopping one that does not answer or is of an older version.

        After a killed postmaster its orphaned connections hold the shared memory for as long as their
        statements compute, so they are ended and a refused start is tried again.
        """
        if self._find_pid() is not None:
            self._report("restarting the private database")
            self._run("pg_ctl", "-D", self.data_dir, "-m", "fast", "-w", "stop")
        self._remove_misleading_locks()
        complaint = ""
        for attempt in range(START_ATTEMPTS):
            log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
            done = self._run(
                *("pg_ctl", "-D", self.data_dir, "-l", self.log_file, "-w", "-t", str(START_TIMEOUT_S)),
                *("-o", f"-k '{self.socket_dir}' -p {PORT}", "start"),
            )
            if done.returncode == 0:
                return
            complaint = self._log_since(log_start) or done.stderr
            if any(sign in complaint for sign in NO_ROOM_SIGNS):
                break
            if "shared memory" in complaint:
                self._end_orphans()
            time.sleep(0.25 * (attempt + 1))
        raise self._failure("the private database did not start", complaint)

    def stop(self) -> bool:
        """Stop the server; return whether it was running."""
        if self._find_pid() is None:
            return False
        done = self._run("pg_ctl", "-D", self.data_dir, "-m", "fast", "-w", "stop")
        if done.returncode != 0 and self._find_pid() is not None:
            raise self._failure("the private database did not stop", done.stderr)
        return True

    def query(self, database: str, sql: str) -> str:
        """Return what one SQL statement answers, as psql prints it bare."""
        done = self._run("psql", *self._where(database), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql)
        if done.returncode != 0:
            raise self._failure("the private database refused a command", done.stderr)
        return done.stdout.strip()

    def _find_pid(self) -> int | None:
        """Return the postmaster's process id, or None when none is alive.

        The number in the pid file is not believed alone: after a crash it may name a process that ended, a
        zombie, or by now somebody else's process, which must never be sent a signal.
        """
        try:
            pid = int((self.data_dir / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None
        if Path("/proc/self").exists():
            return pid if self._works_here(Path(f"/proc/{pid}")) else None
        is_running = self._run("pg_ctl", "-D", self.data_dir, "status").returncode == 0
        return pid if is_running else None

    def _works_here(self, process: Path) -> bool:
        """Whether the process with this folder in /proc is a live PostgreSQL process of this data directory."""
        try:
            in_data_dir = (process / "cwd").readlink() == self.data_dir.resolve()
            return in_data_dir and (process / "comm").read_text().strip() == "postgres"
        except OSError:
            return False

    def _end_orphans(self) -> None:
        """End the connections that a killed server of this data directory left computing.

        Systems without /proc wait for them instead.
        """
        for process in Path("/proc").glob("[0-9]*"):
            if self._works_here(process):
                os.kill(int(process.name), signal.SIGQUIT)

    def _remove_misleading_locks(self) -> None:
        """Remove lock files of a killed server whose number now belongs to a zombie or to somebody else's process.

        PostgreSQL would refuse to start beside them for ever. Orphans are ended first, because the pid file
        also names the shared memory that they may still use.
        """
        if not Path("/proc/self").exists() or self._find_pid() is not None:
            return
        self._end_orphans()
        deadline = time.monotonic() + SILENCE_TIMEOUT_S
        while any(map(self._works_here, Path("/proc").glob("[0-9]*"))) and time.monotonic() < deadline:
            time.sleep(0.05)
        socket_file = self.socket_dir / f".s.PGSQL.{PORT}"
        for lock in (self.data_dir / "postmaster.pid", socket_file.with_name(f"{socket_file.name}.lock")):
            number = lock.read_text().split("\n", 1)[0] if lock.exists() else ""
            if number.isdigit() and Path("/proc", number).exists():
                lock.unlink()

    def _where(self, database: str) -> list[str | Path]:
        return ["-h", self.socket_dir, "-p", str(PORT), "-U", self.superuser, "-d", database]

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
            errors="replace",
            check=False,
            **identity,
        )

    def _log_since(self, position: int) -> str:
        if not self.log_file.exists():
            return ""
        with open(self.log_file, errors="replace") as log:
            log.seek(position)
            return log.read()

    def _failure(self, what: str, complaint: str) -> ClusterError:
        if any(sign in complaint for sign in NO_ROOM_SIGNS):
            return ClusterError(no_room(self.base_dir))
        return ClusterError(f"{what}: {plain_cause(complaint)} (more in {self.log_file})")
