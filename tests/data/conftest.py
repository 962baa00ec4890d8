"""Places for clusters of a test's own, and small facts about the processes that serve them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.cluster import Cluster


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder that every user may enter, as a checkout usually is; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="dungtuyen-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(open_dir: Path) -> Iterator[Cluster]:
    """A private cluster of this test's own, not yet made; removed afterwards, however the test ends."""
    cluster = Cluster(open_dir / "var")
    yield cluster
    cluster.destroy()


@pytest.fixture
def as_root() -> None:
    """Skip, loudly, where the test run is not root and so cannot give files to another user."""
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: what root does for another user did not run")


@pytest.fixture
def small_disk(open_dir: Path, as_root: None) -> Iterator[Path]:
    """A disk of 24 MB that every user may enter: too small for a database."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", open_dir], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"NO SMALL DISK: mounting one is not allowed here ({mounted.stderr.strip()})")
    yield open_dir
    subprocess.run(["umount", "-l", open_dir], check=True)
