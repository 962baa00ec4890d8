"""One process at a time, and one program per port."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from data.lock import AlreadyRunning, exclusive
from data.ports import PortRefused, check_port_is_free
from data.settings import ROOT

HOLDER = """
import sys, time
from pathlib import Path
from data.lock import exclusive
with exclusive(Path(sys.argv[1]), work="building the demo"):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path) -> subprocess.Popen[str]:
    """Return a process that holds the lock at ``path``."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "var/demo.lock"
    holder = hold(path)
    try:
        with pytest.raises(AlreadyRunning) as refused, exclusive(path, work="building the demo"):
            pytest.fail("two processes held the lock")
        assert str(refused.value) == (
            f"building the demo is already running (process {holder.pid}): "
            "wait until it ends, or stop it, then try again"
        )
    finally:
        holder.kill()
        holder.wait()


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    holder = hold(tmp_path / "demo.lock")
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with exclusive(tmp_path / "demo.lock", work="building the demo"):
        assert (tmp_path / "demo.lock").read_text() == str(os.getpid())


def test_the_lock_is_free_again_after_a_block_that_failed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path / "demo.lock", work="building the demo"):
        raise ZeroDivisionError
    with exclusive(tmp_path / "demo.lock", work="building the demo"):
        pass


def test_a_taken_port_is_told_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortRefused, match=f"port {port} of 127.0.0.1 is taken.*--port"):
            check_port_is_free("127.0.0.1", port)
    check_port_is_free("127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 65_536, 1_000_000])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(PortRefused, match="is no port"):
        check_port_is_free("127.0.0.1", port)
