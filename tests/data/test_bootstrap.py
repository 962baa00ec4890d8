"""Set-up of a fresh checkout, with stand-ins for uv, node and npm so that no network is needed.

The real tools on real bare systems are tried by ``make test-install``.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from data import bootstrap
from data.settings import ROOT

UV = """#!/bin/sh
[ "$1" = --version ] && { echo "uv 9.9.9"; exit 0; }
echo "uv $*" >> "$CALLS"
[ -f "$MISHAPS/uv" ] && . "$MISHAPS/uv"
mkdir -p .venv/bin
ln -sf /bin/sh .venv/bin/python
touch .venv/bin/dungtuyen
echo "Installed 7 packages in 1ms"
"""
NODE = """#!/bin/sh
echo v20.1.0
"""
NPM = """#!/bin/sh
echo "npm $*" >> "$CALLS"
[ -f "$MISHAPS/npm" ] && . "$MISHAPS/npm"
case "$1" in
ci) mkdir -p node_modules; echo "added 3 packages in 1s" ;;
run) mkdir -p static/css static/vendor; touch static/css/family.css ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A fresh checkout, and stand-ins on ``PATH`` that note how they were called."""

    folder: Path
    tools: Path

    @property
    def calls(self) -> list[str]:
        """Return and forget what was called so far, without options."""
        log = self.tools / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [" ".join(line.split()[:2]) for line in lines]

    def mishap(self, tool: str, script: str) -> None:
        """Let a stand-in do this first; an empty script makes it whole again."""
        (self.tools / "mishaps" / tool).write_text(script)

    def command(self) -> list[str]:
        """Return the command that sets the checkout up, without a database."""
        return [sys.executable, "data/bootstrap.py", "--no-database"]

    def environment(self) -> dict[str, str]:
        """Return an environment in which only the stand-ins are found."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
        tools = {"CALLS": str(self.tools / "calls"), "MISHAPS": str(self.tools / "mishaps")}
        return {**kept, **tools, "HOME": str(self.tools), "PATH": f"{self.tools}:/usr/bin:/bin"}

    def set_up(self) -> subprocess.CompletedProcess[str]:
        """Run the set-up to its end."""
        return subprocess.run(
            self.command(), cwd=self.folder, env=self.environment(), capture_output=True, text=True
        )

    def start(self) -> subprocess.Popen[str]:
        """Start the set-up in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            self.command(),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A copy of what set-up reads, in which nothing is installed yet."""
    folder, tools = tmp_path / "checkout", tmp_path / "tools"
    ignored = shutil.ignore_patterns("__pycache__", "demo", "migrations", "reference")
    shutil.copytree(ROOT / "data", folder / "data", ignore=ignored)
    for name in ("pyproject.toml", "uv.lock", "web/package.json", "web/package-lock.json", "web/build.mjs"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "web/styles", folder / "web/styles")
    (tools / "mishaps").mkdir(parents=True)
    for name, script in {"uv": UV, "node": NODE, "npm": NPM}.items():
        (tools / name).write_text(script)
        (tools / name).chmod(0o755)
    return Checkout(folder, tools)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line with which set-up was refused."""
    lines = [line for line in done.stderr.splitlines() if line]
    assert done.returncode == 2, done
    assert len(lines) == 1, done.stderr
    return lines[0]


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something has happened, for half a minute at most."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def test_each_step_is_told_with_its_count_and_time(checkout: Checkout) -> None:
    done = checkout.set_up()
    assert done.returncode == 0, done.stderr
    packages, assets = done.stdout.splitlines()
    assert packages.startswith("python packages    7 packages, ") and packages.endswith(" s")
    assert assets.startswith("page assets        3 packages, 1 files built, ") and assets.endswith(" s")
    assert checkout.calls == ["uv sync", "npm ci", "npm run"]


def test_a_second_run_calls_nothing(checkout: Checkout) -> None:
    checkout.set_up()
    assert checkout.calls
    assert checkout.set_up().stdout.count("ready") == 2
    assert checkout.calls == []


@pytest.mark.parametrize(
    ("changed", "called"),
    [
        ("uv.lock", ["uv sync"]),
        ("web/styles/extra.scss", ["npm run"]),
        ("web/build.mjs", ["npm run"]),
        ("web/package-lock.json", ["npm ci", "npm run"]),
    ],
)
def test_only_what_changed_is_done_again(checkout: Checkout, changed: str, called: list[str]) -> None:
    checkout.set_up()
    assert checkout.calls
    with open(checkout.folder / changed, "a") as file:
        file.write("\n")
    assert checkout.set_up().returncode == 0
    assert checkout.calls == called


def test_settings_of_the_style_checker_do_not_make_the_packages_be_looked_at_again(
    checkout: Checkout,
) -> None:
    checkout.set_up()
    project = checkout.folder / "pyproject.toml"
    project.write_text(project.read_text().replace("line-length = 110", "line-length = 111"))
    assert checkout.calls
    checkout.set_up()
    assert checkout.calls == []


def test_a_moved_checkout_gets_new_packages_because_scripts_name_their_place(checkout: Checkout) -> None:
    checkout.set_up()
    (checkout.folder / ".venv/old").touch()
    assert checkout.calls
    moved = Checkout(checkout.folder.rename(checkout.folder.with_name("moved")), checkout.tools)
    assert moved.set_up().returncode == 0
    assert moved.calls == ["uv sync"]
    assert not (moved.folder / ".venv/old").exists()


def test_built_assets_that_were_deleted_are_built_again(checkout: Checkout) -> None:
    checkout.set_up()
    shutil.rmtree(checkout.folder / "web/static/vendor")
    assert checkout.calls
    checkout.set_up()
    assert checkout.calls == ["npm run"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "error: Request failed after 3 retries\\n  Caused by: dns error: name unknown",
            "nothing could be fetched",
        ),
        ("error: failed to write: No space left on device (os error 28)", "no room left on the disk"),
        ("error: the lock is of a later kind", "the lock is of a later kind (more in var/setup.log)"),
    ],
)
def test_a_failed_step_is_told_in_one_line_and_the_next_run_carries_on(
    checkout: Checkout, said: str, told: str
) -> None:
    checkout.mishap("uv", f"printf '{said}'; exit 2")
    assert told in refusal(checkout.set_up())
    checkout.mishap("uv", "")
    assert checkout.set_up().returncode == 0


def test_a_failed_second_step_keeps_the_first(checkout: Checkout) -> None:
    checkout.mishap("npm", "echo 'npm error code ENOTFOUND'; exit 1")
    assert "building the page assets failed: nothing could be fetched" in refusal(checkout.set_up())
    checkout.mishap("npm", "")
    assert checkout.calls == ["uv sync", "npm ci"]
    assert checkout.set_up().returncode == 0
    assert checkout.calls == ["npm ci", "npm run"]


@pytest.mark.parametrize("tool", ["uv", "npm"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_at_any_step_leaves_a_state_from_which_the_next_run_goes_on(
    checkout: Checkout, tool: str, sent: signal.Signals
) -> None:
    checkout.mishap(tool, f"touch {checkout.tools}/reached; sleep 30; exit 1")
    process = checkout.start()
    wait_until((checkout.tools / "reached").exists)
    os.killpg(process.pid, sent)
    _, complaint = process.communicate(timeout=20)
    if sent is not signal.SIGKILL:
        assert process.returncode == 130
        assert complaint.strip() == "interrupted; run the same command again to go on from here"
    checkout.mishap(tool, "")
    assert checkout.set_up().returncode == 0
    assert checkout.set_up().stdout.count("ready") == 2


def test_a_half_installed_environment_that_cannot_be_mended_is_made_anew(checkout: Checkout) -> None:
    half = checkout.folder / ".venv/half"
    half.mkdir(parents=True)
    checkout.mishap("uv", f"[ -d {half} ] && {{ echo 'error: invalid RECORD'; exit 2; }}")
    assert checkout.set_up().returncode == 0
    assert not half.exists()


def test_a_second_run_at_the_same_time_is_told_to_wait(checkout: Checkout) -> None:
    checkout.mishap("uv", f"touch {checkout.tools}/reached; sleep 30; exit 1")
    first = checkout.start()
    wait_until((checkout.tools / "reached").exists)
    try:
        line = refusal(checkout.set_up())
        assert line.startswith(f"setting up this checkout is already running (process {first.pid}): wait")
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()


def test_a_full_disk_is_told_in_one_line(checkout: Checkout, small_disk: Path) -> None:
    moved = Checkout(small_disk / "checkout", checkout.tools)
    shutil.copytree(checkout.folder, moved.folder)
    with open(small_disk / "filler", "wb") as filler, pytest.raises(OSError, match="No space left"):
        while True:
            filler.write(bytes(1 << 16))
            filler.flush()
    assert "no room left on the disk" in refusal(moved.set_up())
    (small_disk / "filler").unlink()
    assert moved.set_up().returncode == 0


def test_an_unknown_option_is_told(checkout: Checkout) -> None:
    done = subprocess.run(
        [*checkout.command(), "--everything"], cwd=checkout.folder, capture_output=True, text=True
    )
    assert refusal(done) == "unknown option --everything; known are --browser and --no-database"


def test_an_old_python_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit) as left:
        bootstrap.main([])
    assert left.value.code == 2
    assert capsys.readouterr().err == (
        "Python 3.11 or newer is needed, this is 3.9.2: install python3.11 and try again\n"
    )


def test_the_first_lines_of_set_up_can_be_read_by_an_old_python() -> None:
    """A newer syntax would end in a SyntaxError before the one line could be printed."""
    import ast

    ast.parse((ROOT / "data/bootstrap.py").read_text(), feature_version=(3, 8))
