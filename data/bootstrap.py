"""Makes a fresh checkout ready: Python packages, page assets, the private database, a browser for the tests.

    python3 data/bootstrap.py [--browser] [--no-database]

Runs under the system's python3 before anything is installed, with root, with sudo, or with neither. Every step
leaves a stamp when complete, so a second run takes well under a second and needs no network, and a run that was
interrupted goes on where it stopped. Exit codes: 0 ready, 2 failed with one plain line, 130 interrupted.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")


def require_python() -> None:
    """Go on under a Python that is new enough, or end with one line. Written for old Pythons to read."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for name in NEWER_PYTHONS:
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, *sys.argv])
    present = ".".join(str(number) for number in sys.version_info[:3])
    print(
        f"Python 3.11 or newer is needed, this is {present}: install python3.11 and try again",
        file=sys.stderr,
    )
    sys.exit(2)


def run_step(label: str, step) -> None:
    """Run one step; print its name, what it did and the time it took on one line."""
    started = time.monotonic()
    print(label.ljust(18), end=" ", flush=True)
    result = step()
    print(f"{result}, {time.monotonic() - started:.1f} s", flush=True)


def prepare(*, with_browser: bool, with_database: bool) -> None:
    """Run every step that this checkout needs."""
    from data.install import browser, page_assets, python_packages

    var_dir = Path(os.environ.get("DUNGTUYEN_VAR_DIR", ROOT / "var"))
    with_system_node = page_assets.has_system_node()
    groups = ["dev"] if with_system_node else ["dev", "node"]
    run_step("python packages", lambda: python_packages.install(var_dir, groups=groups))
    run_step("page assets", lambda: page_assets.install(var_dir, with_system_node=with_system_node))
    if with_database:
        run_step("database", lambda: start_database(var_dir))
    if with_browser:
        run_step("browser for tests", browser.install)


def start_database(var_dir: Path) -> str:
    """Start the private database, or leave alone a database of the installation's own; return what was done."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DUNGTUYEN_DATABASE_URL"):
        return "your own, from DATABASE_URL"
    from data.cluster import Cluster

    cluster = Cluster(var_dir, report=lambda line: print(f"({line})", end=" ", flush=True))
    cluster.up()
    return f"PostgreSQL {cluster.status().server_version} runs"


def main(arguments: list) -> int:
    """Prepare the checkout; return the exit code."""
    require_python()
    sys.path[0] = str(ROOT)  # The folder of this script holds modules of ours that are no top-level names.
    from data.install.commands import SetupError
    from data.lock import AlreadyRunning, exclusive
    from data.postgres import ClusterError

    unknown = set(arguments) - {"--browser", "--no-database"}
    if unknown:
        print(f"unknown option {min(unknown)}; known are --browser and --no-database", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with exclusive(ROOT / "var/setup.lock", work="setting up this checkout"):
            prepare(with_browser="--browser" in arguments, with_database="--no-database" not in arguments)
    except (SetupError, ClusterError, AlreadyRunning) as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted; run the same command again to go on from here", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"\n{plain_file_error(error)}", file=sys.stderr)
        return 2
    return 0


def plain_file_error(error: OSError) -> str:
    """Return one line for what the file system refuses."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "no room left on the disk: free about 3 GB and run the same command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{error.filename} may not be written by this user: run as its owner, or remove it, and try again"
        )
    return f"{error.filename or 'set-up'}: {error.strerror or error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
