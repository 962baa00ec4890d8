"""Bare Debian machines: a minimal system in a chroot, in process and mount namespaces of its own."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from data.settings import ROOT

SUITE = "bookworm"
BARE_PACKAGES = "python3,make,git,ca-certificates"
"""What the README asks of a newcomer's machine, and certificates, without which git could not clone by https."""

CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
PASSED_ON = re.compile(
    r"(?i)^((https?|ftp|no|all)_proxy|PIP_\w+|UV_\w+|\w*(SSL|CA)_\w*|NODE_EXTRA_CA_CERTS)$"
)
SETUP = """
set -e
mount --make-rprivate /
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
[ "$2" = online ] || ip link set lo up
exec chroot "$1" su -s /bin/sh - "$3" -c "$4"
"""


@dataclass(frozen=True)
class Finished:
    """A command that ran on a bare machine."""

    code: int
    output: str
    seconds: float


@dataclass(frozen=True)
class BareMachine:
    """A minimal Debian with one account and the files of this checkout's last commit in its home."""

    root: Path
    account: str

    @property
    def checkout(self) -> Path:
        """The copy, as seen from outside the chroot."""
        home = "root" if self.account == "root" else f"home/{self.account}"
        return self.root / home / "dungtuyen"

    def run(self, command: str, *, online: bool = True) -> Finished:
        """Run a shell command in the checkout as the account; nothing it starts outlives it.

        Everything runs in namespaces of its own, so the machine's processes and mounts end with the command.
        Offline, there is no network but the loopback.
        """
        inside = f"/{self.checkout.relative_to(self.root)}"
        settings = " ".join(
            f"{name}='{value}'" for name, value in os.environ.items() if PASSED_ON.match(name)
        )
        line = f"export {settings} LC_ALL=C.UTF-8; cd {inside} && {command}"
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc"]
        if not online:
            namespaces.append("--net")
        mode = "online" if online else "offline"
        started = time.monotonic()
        done = subprocess.run(
            [*namespaces, "sh", "-c", SETUP, "sh", str(self.root), mode, self.account, line],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        return Finished(done.returncode, done.stdout, time.monotonic() - started)

    def used_mb(self) -> int:
        """Return the disk space that the whole machine takes, in MB."""
        shown = subprocess.run(["du", "-xsm", self.root], capture_output=True, text=True, check=True).stdout
        return int(shown.split()[0])


def _mirror_and_sources() -> tuple[str, str]:
    """Return the Debian mirror that this host uses, and its apt lines for a fresh system."""
    shown = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    pairs = sorted({tuple(line.split()) for line in shown.splitlines() if len(line.split()) == 2})
    ours = [(site, release) for site, release in pairs if release.startswith(SUITE) and "debian" in site]
    mirror = next((site for site, release in ours if release == SUITE), None)
    if mirror is None:
        pytest.skip(
            f"NO MIRROR: this host's package sources know no Debian {SUITE}, so no bare machine was made"
        )
    return mirror, "".join(f"deb {site} {release} main\n" for site, release in ours)


@pytest.fixture(scope="session")
def minimal_system() -> Path:
    """A minimal Debian as packed by debootstrap, made once and kept under ``var``."""
    for program in ("debootstrap", "unshare", "chroot"):
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            pytest.skip(f"NO {program.upper()}: no bare machine can be made here")
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: no bare machine can be made here")
    kept = ROOT / "var" / f"bare-{SUITE}"
    if kept.exists():
        return kept
    mirror, sources = _mirror_and_sources()
    staging = kept.with_suffix(".new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.parent.mkdir(exist_ok=True)
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={BARE_PACKAGES}", SUITE, staging, mirror],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr
    (staging / "etc/apt/sources.list").write_text(sources)
    staging.rename(kept)
    return kept


@pytest.fixture
def bare_machine(minimal_system: Path) -> Iterator[Callable[[str], BareMachine]]:
    """Return a function that makes a bare machine: for ``root``, ``sudoer``, or a ``user`` without any right."""
    made: list[Path] = []

    def make(account: str) -> BareMachine:
        folder = Path(tempfile.mkdtemp(prefix="dungtuyen-bare-", dir="/var/tmp"))
        made.append(folder)
        subprocess.run(["cp", "-a", f"{minimal_system}/.", folder], check=True)
        folder.chmod(0o755)
        for file in ("etc/resolv.conf", "etc/hosts", CERTIFICATES):
            if Path("/", file).exists():
                shutil.copyfile(f"/{file}", folder / file)
        for proxy in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            shutil.copy(proxy, folder / "etc/apt/apt.conf.d")
        machine = BareMachine(folder, account)
        _add_account(machine)
        _copy_checkout(machine)
        return machine

    yield make
    for folder in made:
        subprocess.run(["rm", "-rf", "--one-file-system", folder], check=False)


def _add_account(machine: BareMachine) -> None:
    if machine.account == "root":
        return
    chroot = ["chroot", str(machine.root)]
    subprocess.run([*chroot, "useradd", "--create-home", machine.account], check=True)
    if machine.account == "sudoer":
        done = subprocess.run(
            [*chroot, "sh", "-c", "apt-get -q update && apt-get -qy install --no-install-recommends sudo"],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        subprocess.run([*chroot, "sh", "-c", "rm -rf /var/lib/apt/lists/*"], check=True)
        (machine.root / "etc/sudoers.d/sudoer").write_text("sudoer ALL=(ALL) NOPASSWD: ALL\n")


def _copy_checkout(machine: BareMachine) -> None:
    """Copy what a clone holds: the files of the last commit, without what is being worked on."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    machine.checkout.mkdir()
    subprocess.run(["tar", "-x", "-C", machine.checkout], input=archive, check=True)
    home = machine.checkout.parent.stat()
    subprocess.run(["chown", "-R", f"{home.st_uid}:{home.st_gid}", machine.checkout], check=True)
