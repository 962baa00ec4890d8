"""Debian's and Ubuntu's package tool, with root, with sudo, or with neither."""

import functools
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from data.install.commands import SetupError, failure, write_log

LOCK_WAIT_S = 120


@functools.cache
def find_privilege() -> tuple[str, ...] | None:
    """Return what to put before a command that needs root: nothing, sudo, or None when there is no way."""
    if os.geteuid() == 0:
        return ()
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ("sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive")
    return None


def can_install() -> bool:
    """Whether this user may install packages here by apt."""
    return shutil.which("apt-get") is not None and find_privilege() is not None


def update(*, doing: str) -> None:
    """Fetch the lists of available packages; ask ``can_install`` first."""
    run_apt([*(find_privilege() or ()), "apt-get", "-q", "update"], doing=doing)


def install(packages: Sequence[str], *, doing: str) -> None:
    """Install packages without their recommendations; ask ``can_install`` first.

    Raises:
        SetupError: no network, no room, or no such package.
    """
    apt = [*(find_privilege() or ()), "apt-get", "-q", "-o", f"DPkg::Lock::Timeout={LOCK_WAIT_S}"]
    run_apt([*apt, "install", "-y", "--no-install-recommends", *packages], doing=doing)


def run_apt(command: Sequence[str], *, doing: str, cwd: Path | None = None) -> str:
    """Run apt and return its output; wait while another apt holds the package lists or the package database.

    Raises:
        SetupError: it failed for another reason.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        done = subprocess.run(
            command,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        write_log(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
        if done.returncode == 0:
            return done.stdout
        if "Could not get lock" not in done.stderr or time.monotonic() > deadline:
            raise failure(doing, done.stderr or done.stdout)
        time.sleep(2)


def packaged(pattern_prefix: str, options: Sequence[str] = ()) -> list[str]:
    """Return the names of known packages that start so."""
    command = ["apt-cache", *options, "pkgnames", pattern_prefix]
    try:
        return sorted(subprocess.run(command, capture_output=True, text=True, check=False).stdout.split())
    except OSError as error:
        raise SetupError(f"apt-cache cannot be run ({error.strerror})") from error
