"""The OSRM peer: a venv of its own, OSRM's files of the same extract, and its pairs per core-second."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from gis.coordinates import FloatArray

OSRM = "osrm-bindings==26.10.0"
PYTHONS = ("python3.12", "python3.13", "python3.14")


class NoPeer(Exception):
    """OSRM cannot be had here; the message says why."""


def osrm_pairs_per_core_second(
    extract: Path, homes: FloatArray, schools: FloatArray, folder: Path
) -> dict[str, float]:
    """Return OSRM's speed per batch size, with contraction hierarchies and its own car profile.

    Args:
        folder: keeps the venv and the contracted files for the next run.

    Raises:
        NoPeer: no Python 3.12, no package, or OSRM fails on the extract.
    """
    folder.mkdir(parents=True, exist_ok=True)
    python = _venv(folder / "venv")
    city = _contracted(python, extract, folder)
    np.save(folder / "homes.npy", homes)
    np.save(folder / "schools.npy", schools)
    peer = Path(__file__).with_name("travel_osrm_peer.py")
    said = _run([python, peer, city, folder / "homes.npy", folder / "schools.npy"])
    return json.loads(said.splitlines()[-1])


def _run(command: list[object]) -> str:
    """Run a command and return its output, or say in one line that it failed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise NoPeer(f"{Path(str(command[0])).name} failed: {reason[:200]}")
    return done.stdout


def _venv(folder: Path) -> Path:
    """Return the Python of a venv with OSRM, made when absent."""
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    newer = _newer_python()
    shutil.rmtree(folder, ignore_errors=True)
    _run([newer, "-m", "venv", folder])
    _run([python, "-m", "pip", "install", "--quiet", "--only-binary=:all:", OSRM, "numpy"])
    (folder / "ready").touch()
    return python


def _newer_python() -> str:
    """Return a Python that OSRM's package has wheels for, from the path or among pyenv's."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    kept = sorted(versions.glob("3.1[2-9]*/bin/python3")) if versions.is_dir() else []
    for name in (*PYTHONS, *map(str, kept)):
        if shutil.which(name) and not subprocess.run([name, "--version"], capture_output=True).returncode:
            return name
    raise NoPeer(f"none of {', '.join(PYTHONS)} is installed")


def _contracted(python: Path, extract: Path, folder: Path) -> Path:
    """Return OSRM's files of an extract, made when absent."""
    city = folder / f"{extract.name.split('.')[0]}.osrm"
    if (folder / f"{city.name}.ready").exists():
        return city
    shutil.copy(extract, folder / f"{city.stem}.osm.pbf")
    package = Path(_run([python, "-c", "import osrm; print(osrm.__path__[0])"]).strip())
    threads = str(os.cpu_count() or 1)
    profile = package / "share" / "profiles" / "car.lua"
    _run([package / "bin" / "osrm-extract", "-t", threads, "-p", profile, folder / f"{city.stem}.osm.pbf"])
    _run([package / "bin" / "osrm-contract", "-t", threads, city])
    (folder / f"{city.name}.ready").touch()
    return city
