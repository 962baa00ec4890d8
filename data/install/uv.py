"""The one tool that everything else is fetched with: uv, found on this machine or fetched as the lock names it.

The lock holds the address and the SHA-256 of uv's wheels, so neither venv nor pip (both absent from Debian's
bare python3) is needed, and no address is written in the program.
"""

import hashlib
import html
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from data.install.commands import ROOT, SetupError, write_log
from data.install.sources import PackageSources

OLDEST_UV = (0, 8)
FETCH_TIMEOUT_S = 60


@dataclass(frozen=True)
class Wheel:
    """One file of a locked package."""

    url: str
    sha256: str

    @property
    def filename(self) -> str:
        """The file's name, the same on every index."""
        return self.url.rsplit("/", 1)[-1]


def get_uv(var_dir: Path, sources: PackageSources) -> Path:
    """Return uv's program: this machine's when recent enough, else the locked one, fetched once into ``var``.

    Raises:
        SetupError: it cannot be fetched; the line says what would help.
    """
    installed = shutil.which("uv")
    if installed and _version(installed) >= OLDEST_UV:
        return Path(installed)
    version, wheel = locked_wheel(ROOT / "uv.lock")
    program = var_dir / "tools" / f"uv-{version}"
    if not program.exists():
        _unpack(_fetch(wheel, sources), program)
    return program


def _version(program: str) -> tuple[int, ...]:
    try:
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return (0,)
    return tuple(int(number) for number in re.findall(r"\d+", shown)[:2]) or (0,)


def locked_wheel(lock: Path) -> tuple[str, Wheel]:
    """Return version and wheel of uv in the lock for this machine's system and processor.

    Raises:
        SetupError: uv publishes no wheel for this machine.
    """
    package = next(entry for entry in tomllib.loads(lock.read_text())["package"] if entry["name"] == "uv")
    tag = _platform_pattern(sys.platform, platform.machine(), platform.libc_ver()[0])
    for entry in package["wheels"]:
        if re.search(tag, entry["url"]):
            return package["version"], Wheel(entry["url"], entry["hash"].removeprefix("sha256:"))
    raise SetupError(
        f"there is no ready-made uv for {sys.platform} {platform.machine()}: install uv yourself and try again"
    )


def _platform_pattern(system: str, machine: str, libc: str) -> str:
    """Return the pattern that the right wheel's name matches."""
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(machine.lower(), machine)
    if system == "darwin":
        return rf"-macosx_\d+_\d+_{'arm64' if machine == 'aarch64' else machine}\.whl$"
    if libc == "glibc":
        return rf"-manylinux_2_(17|28)_{machine}[.\w]*\.whl$"
    return rf"musllinux_1_\d_{machine}\.whl$"


def _fetch(wheel: Wheel, sources: PackageSources) -> bytes:
    """Return the wheel's bytes from the first place that has exactly these."""
    causes = []
    for place in _places(wheel, sources):
        try:
            content = _read(place, sources)
        except (OSError, ValueError) as error:
            causes.append(str(getattr(error, "reason", error)))
            write_log(f"{place}: {error}")
            continue
        if hashlib.sha256(content).hexdigest() == wheel.sha256:
            return content
        causes.append("its bytes are not those of the lock")
    raise SetupError(
        f"uv could not be fetched ({causes[-1] if causes else 'no place to fetch it from'}): check the network or the "
        "package index of this machine, or install uv yourself, and run the same command again"
    )


def _places(wheel: Wheel, sources: PackageSources) -> list[str]:
    """Return addresses to try: local folders, the machine's own index, the address in the lock."""
    places = [str(Path(folder, wheel.filename)) for folder in sources.find_links if Path(folder).is_dir()]
    places = [place for place in places if Path(place).exists()]
    if sources.no_index:
        return places
    if sources.index_url:
        page_url = f"{sources.index_url}/uv/"
        try:
            page = _read(page_url, sources).decode(errors="replace")
        except (OSError, ValueError) as error:
            write_log(f"{page_url}: {error}")
        else:
            found = re.search(rf'href="([^"]*{re.escape(wheel.filename)}[^"]*)"', page)
            if found:
                places.append(urljoin(page_url, html.unescape(found[1])))
    return [*places, wheel.url]


def _read(place: str, sources: PackageSources) -> bytes:
    """Return the bytes at a path or address.

    A bare system may have no certificates at all. The bytes are then fetched unverified, which is safe here
    and only here: their SHA-256 is compared with the committed lock before they are used.
    """
    if "://" not in place:
        return Path(place).read_bytes()
    request = urllib.request.Request(
        place, headers={"Accept": "text/html, */*", "User-Agent": "dungtuyen-setup"}
    )
    verifying = ssl.create_default_context(cafile=str(sources.certificates) if sources.certificates else None)
    try:
        with urllib.request.urlopen(request, timeout=FETCH_TIMEOUT_S, context=verifying) as reply:
            return reply.read()
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ssl.SSLCertVerificationError):
            raise
    unverified = ssl._create_unverified_context()
    with urllib.request.urlopen(request, timeout=FETCH_TIMEOUT_S, context=unverified) as reply:
        return reply.read()


def _unpack(wheel: bytes, program: Path) -> None:
    """Write uv's program out of its wheel; it gets its name only when complete."""
    program.parent.mkdir(parents=True, exist_ok=True)
    staging = program.with_suffix(".new")
    archive_file = program.with_suffix(".whl")
    archive_file.write_bytes(wheel)
    with zipfile.ZipFile(archive_file) as archive:
        inside = next(name for name in archive.namelist() if name.endswith(".data/scripts/uv"))
        staging.write_bytes(archive.read(inside))
    archive_file.unlink()
    staging.chmod(0o755)
    os.replace(staging, program)
