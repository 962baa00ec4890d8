"""A headless Chromium for the browser tests."""

import os
import shutil
import subprocess
from pathlib import Path

from data.install import apt
from data.install.commands import SetupError, plain_cause
from data.install.python_packages import VENV

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOING = "installing Chromium"
ABSENT = "the browser tests will be reported as not run"
PACKAGES = ("chromium", "libatomic1")
"""The second is what the node inside Playwright's driver needs and a minimal Debian lacks."""


def find_browser() -> Path | None:
    """Return the browser that the tests drive: ``DUNGTUYEN_CHROMIUM``, else the system's, else None."""
    named = os.environ.get("DUNGTUYEN_CHROMIUM")
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    return Path(found) if found else None


def find_obstacle() -> str | None:
    """Return why the browser tests cannot run here, or None when they can."""
    if find_browser() is None:
        return "no Chromium on this machine"
    drivers = sorted(VENV.glob("lib/python*/site-packages/playwright/driver/node"))
    if not drivers:
        return "Playwright is not installed"
    try:
        done = subprocess.run([drivers[0], "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"Playwright's driver cannot be run ({error.strerror})"
    return None if done.returncode == 0 else f"Playwright's driver does not run ({plain_cause(done.stderr)})"


def install() -> str:
    """Install Chromium by apt where this user may; return what was done, in words.

    A machine without it still runs every other test, so a failure is told and does not stop the set-up.
    """
    if find_obstacle() is None:
        return "ready"
    if not apt.can_install():
        return f"ABSENT ({find_obstacle()}, and this user may not install it): {ABSENT}"
    try:
        apt.update(doing=DOING)
        apt.install(PACKAGES, doing=DOING)
    except SetupError as error:
        return f"ABSENT ({error}): {ABSENT}"
    obstacle = find_obstacle()
    return f"ABSENT ({obstacle}): {ABSENT}" if obstacle else "installed"
