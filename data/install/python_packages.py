"""The environment ``.venv`` with exactly the packages of the committed lock."""

import hashlib
import json
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from data.install.commands import ROOT, SetupError, run
from data.install.sources import fetch_environment, read_sources
from data.install.uv import get_uv

VENV = ROOT / ".venv"
STAMP = VENV / "dungtuyen-stamp.json"
DOING = "installing the Python packages"


def install(var_dir: Path, *, groups: Sequence[str]) -> str:
    """Make ``.venv`` hold the locked packages of the project and of ``groups``; return what was done, in words.

    Raises:
        SetupError: no network, no room, or no uv.
    """
    wanted = _wanted_stamp(groups)
    present = _read_stamp()
    if present == wanted and (VENV / "bin/dungtuyen").exists():
        return "ready"
    sources = read_sources()
    environment = fetch_environment(sources, var_dir / "cache")
    uv = get_uv(var_dir, sources)
    if VENV.exists() and present.get("root", str(ROOT)) != str(ROOT):
        shutil.rmtree(VENV)  # The checkout was moved or copied: every script in it names the old place.
    STAMP.unlink(missing_ok=True)
    sync = _sync_by_lock if sources.is_public else _sync_by_index
    try:
        output = sync(uv, groups, environment)
    except SetupError:
        if not VENV.exists() or present:
            raise
        shutil.rmtree(VENV)  # An interrupted first run may have left half of a package.
        output = sync(uv, groups, environment)
    STAMP.write_text(json.dumps(wanted, indent=1))
    counts = re.findall(r"(?:Installed|Checked|Audited) (\d+) packages?", output)
    return f"{counts[0]} packages" if counts else "up to date"


def _sync_by_lock(uv: Path, groups: Sequence[str], environment: dict[str, str]) -> str:
    """Install from the addresses that the lock names."""
    chosen = [option for group in groups for option in ("--group", group)]
    return run(
        [uv, "sync", "--frozen", "--python", _system_python(), *chosen], doing=DOING, environment=environment
    )


def _sync_by_index(uv: Path, groups: Sequence[str], environment: dict[str, str]) -> str:
    """Install the locked versions, checked by the locked hashes, from the index that this machine names."""
    chosen = [option for group in groups for option in ("--group", group)]
    export = [uv, "export", "--frozen", "--no-emit-project", "--quiet", "-o", VENV / "locked.txt", *chosen]
    if not (VENV / "bin/python").exists():
        run([uv, "venv", "--clear", "--python", _system_python(), VENV], doing=DOING, environment=environment)
    run(export, doing=DOING, environment=environment)
    pip = [uv, "pip", "install", "--python", VENV / "bin/python"]
    locked = [*pip, "--require-hashes", "-r", VENV / "locked.txt"]
    output = run(locked, doing=DOING, environment=environment)
    run([*pip, "--no-deps", "-e", ROOT], doing=DOING, environment=environment)
    return output


def _system_python() -> str:
    """Return the Python that ``.venv`` is made from: never one inside a virtual environment, which may go."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _wanted_stamp(groups: Sequence[str]) -> dict[str, str]:
    """Return what ``.venv`` follows from: the lock, the parts of pyproject that uv reads, the Python, the place."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tool = project.get("tool", {})
    read_by_uv = [project["project"], project["dependency-groups"], project["build-system"]]
    read_by_uv += [tool.get("uv"), tool.get("hatch")]
    digest = hashlib.sha256((ROOT / "uv.lock").read_bytes())
    digest.update(json.dumps(read_by_uv, sort_keys=True).encode())
    version = ".".join(map(str, sys.version_info[:3]))
    return {"root": str(ROOT), "python": version, "groups": " ".join(groups), "lock": digest.hexdigest()}


def _read_stamp() -> dict[str, str]:
    """Return the stamp of the last complete installation, or nothing."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and os.access(VENV / "bin/python", os.X_OK) else {}
