"""``dungtuyen demo up`` as a newcomer meets it: interrupted, started twice, the port taken, the disk full."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from data.cluster import Cluster
from data.settings import ROOT

DEMO = [sys.executable, "-m", "admissions.cli", "demo", "up", "--size", "xs"]


def start(var_dir: Path, *options: str) -> subprocess.Popen[str]:
    """Start the demo on a ``var`` of its own, in a process group of its own, as a terminal does."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [*DEMO, *options],
        cwd=ROOT,
        env={**environment, "DUNGTUYEN_VAR_DIR": str(var_dir), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(var_dir: Path) -> dict[str, object]:
    """Run the demo to its end and return its figures, all but the times."""
    process = start(var_dir, "--no-serve")
    out, complaint = process.communicate(timeout=300)
    assert process.returncode == 0, complaint
    figures = json.loads(out.splitlines()[-1])
    del figures["seconds"]
    return figures


def interrupt_at(var_dir: Path, step: str, sent: signal.Signals) -> str:
    """Run the demo until its progress names ``step``, send it a signal, and return the last line it said."""
    process = start(var_dir, "--no-serve")
    assert process.stderr is not None
    for line in process.stderr:
        if step in line:
            break
    else:
        pytest.fail(f"the demo ended without {step}")
    os.killpg(process.pid, sent)
    _, rest = process.communicate(timeout=60)
    if sent is signal.SIGINT:
        assert process.returncode == 130, rest
        assert "Traceback" not in rest
    return (rest.splitlines() or [""])[-1]


@pytest.mark.slow
def test_a_demo_interrupted_at_every_stage_ends_with_the_figures_of_one_that_was_not(open_dir: Path) -> None:
    troubled, calm = open_dir / "troubled/var", open_dir / "calm/var"
    stages = [
        "tables",
        "schools",
        "last season, lớp 1",
        "homes with travel times",
        "applications",
        "published offers",
    ]
    stages += ["this season, lớp 1", "this season, lớp 6", "messages"]
    try:
        for number, stage in enumerate(stages):
            sent = signal.SIGKILL if number % 2 else signal.SIGINT
            last_line = interrupt_at(troubled, stage, sent)
            if sent is signal.SIGINT:
                assert last_line == "dungtuyen: interrupted; run the same command again to go on"
        assert finish(troubled) == finish(calm)
        assert finish(troubled) == finish(calm), "a second run changed something"
    finally:
        Cluster(troubled).destroy()
        Cluster(calm).destroy()


def test_a_taken_port_is_told_before_any_work(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(tmp_path / "var", "--port", str(taken.getsockname()[1]))
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 2
    assert complaint.startswith("dungtuyen: port ") and complaint.count("\n") == 1
    assert not (tmp_path / "var").exists()


def test_a_second_demo_at_the_same_time_is_told_to_wait(open_dir: Path) -> None:
    first = start(open_dir / "var", "--no-serve")
    try:
        assert first.stderr is not None
        first.stderr.readline()
        second = start(open_dir / "var", "--no-serve")
        _, complaint = second.communicate(timeout=60)
        assert second.returncode == 2
        assert complaint == (
            f"dungtuyen: the demo is already running (process {first.pid}): "
            "wait until it ends, or stop it, then try again\n"
        )
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        Cluster(open_dir / "var").destroy()


def test_a_full_disk_is_told_in_one_line(small_disk: Path) -> None:
    process = start(small_disk / "var", "--no-serve")
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "no room left on the disk" in complaint.splitlines()[-1]
    assert "Traceback" not in complaint
