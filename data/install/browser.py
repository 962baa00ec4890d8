"""A headless Chromium for the browser tests."""

import os
import shutil
from pathlib import Path

from data.install import apt
from data.install.commands import SetupError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOING = "installing Chromium"


def find_browser() -> Path | None:
    """Return the browser that the tests drive: ``DUNGTUYEN_CHROMIUM``, else the system's, else None."""
    named = os.environ.get("DUNGTUYEN_CHROMIUM")
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    return Path(found) if found else None


def install() -> str:
    """Install Chromium by apt where this user may; return what was done, in words.

    A machine without it still runs every other test, so a failure is told and does not stop the set-up.
    """
    if find_browser() is not None:
        return "ready"
    if not apt.can_install():
        return "ABSENT, and this user may not install it: the browser tests will be reported as not run"
    try:
        apt.update(doing=DOING)
        apt.install(["chromium"], doing=DOING)
    except SetupError as error:
        return f"ABSENT ({error}): the browser tests will be reported as not run"
    return "installed" if find_browser() else "ABSENT: the browser tests will be reported as not run"
