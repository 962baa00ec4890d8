"""Finding a PostgreSQL server with PostGIS on this machine, and installing one where there is none.

Nothing here starts a server: ``data/cluster.py`` does. Standard library only.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from data.install import apt
from data.install.commands import SetupError, run

OLDEST_MAJOR = 15
SERVER_PATTERNS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/local/pgsql/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
    "usr/bin",
)
"""Where Debian, PGDG on Red Hat, source builds, Homebrew, Postgres.app and others put the server's programs."""

INSTALLING = "installing PostgreSQL with PostGIS"
OWN_SERVER = "or name a PostGIS database of your own in DATABASE_URL"


class ClusterError(Exception):
    """The private database cannot be had; the message is one line that says why and what to do."""


@dataclass(frozen=True)
class PostgresServer:
    """The programs of one installed PostgreSQL that has PostGIS.

    ``environment`` is what its programs need beyond the usual (library paths of an unpacked tree).
    """

    bin_dir: Path
    version: tuple[int, int]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def major(self) -> int:
        """The major version, which decides whether a data directory fits."""
        return self.version[0]


def _output(command: Sequence[str | Path], environment: Mapping[str, str]) -> str:
    """Return what ``command`` prints, or nothing when it cannot run."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()


def _unpacked_environment(root: Path) -> dict[str, str]:
    """Return the library and projection paths of packages unpacked under ``root``.

    BLAS and LAPACK lie one folder deeper than the other libraries, reached on an installed system through
    links that the packages' own scripts make.
    """
    libraries = sorted(root.glob("usr/lib/*-linux-gnu*")) + sorted(root.glob("lib/*-linux-gnu*"))
    deeper = {found.parent for top in libraries for found in top.glob("*/lib*.so.*")}
    paths = [str(path) for path in (*libraries, *sorted(deeper))]
    projections = str(root / "usr/share/proj")
    return {"LD_LIBRARY_PATH": ":".join(paths), "PROJ_DATA": projections, "PROJ_LIB": projections}


def _bin_dirs(var_dir: Path, system_root: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield folders that may hold a server's programs: the system's first, the unpacked ones last."""
    for pattern in SERVER_PATTERNS:
        for folder in sorted(system_root.glob(pattern), key=_number_in, reverse=True):
            yield folder, {}
    if system_root == Path("/") and (pg_config := shutil.which("pg_config")):
        yield Path(_output([pg_config, "--bindir"], {}) or "/nowhere"), {}
    root = var_dir / "pgroot"
    for folder in sorted(root.glob("usr/lib/postgresql/*/bin"), key=_number_in, reverse=True):
        yield folder, _unpacked_environment(root)


def _number_in(path: Path) -> int:
    """Return the version number in a path, so that 9 sorts before 15."""
    numbers = re.findall(r"\d+", str(path))
    return int(numbers[-1]) if numbers else 0


def _has_postgis(bin_dir: Path, environment: Mapping[str, str]) -> bool:
    """Whether the server in ``bin_dir`` can ``create extension postgis``."""
    share_dirs = [
        Path(str(bin_dir).replace("/lib/postgresql", "/share/postgresql").removesuffix("/bin")),
        bin_dir.parent / "share",
        bin_dir.parent / "share/postgresql",
        bin_dir.parent / "share/pgsql",
    ]
    if any((folder / "extension/postgis.control").exists() for folder in share_dirs):
        return True
    reported = _output([bin_dir / "pg_config", "--sharedir"], environment)
    return bool(reported) and Path(reported, "extension/postgis.control").exists()


def find_servers(var_dir: Path, *, system_root: Path = Path("/")) -> list[PostgresServer]:
    """Return the usable servers of this machine, the preferred one first; ``system_root`` is for tests."""
    servers = []
    for bin_dir, environment in _bin_dirs(var_dir, system_root):
        if not (bin_dir / "initdb").exists() or not (bin_dir / "postgres").exists():
            continue
        version = re.search(r"(\d+)\.(\d+)", _output([bin_dir / "postgres", "--version"], environment))
        if version and int(version[1]) >= OLDEST_MAJOR and _has_postgis(bin_dir, environment):
            servers.append(PostgresServer(bin_dir, (int(version[1]), int(version[2])), environment))
    return servers


def install_server(var_dir: Path, *, report: Callable[[str], None], major: int | None = None) -> None:
    """Install PostgreSQL with PostGIS: by apt as root or through sudo, else unpacked under ``var_dir``.

    Args:
        major: the major version that an existing data directory needs; else the newest packaged with PostGIS.

    Raises:
        ClusterError: not a Debian-like system, no network, no room, or no such package.
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise ClusterError(
            f"no PostgreSQL {OLDEST_MAJOR} or newer with PostGIS found, and this system has no apt-get: install it "
            f"(macOS: brew install postgis; Fedora: dnf install postgresql-server postgis), {OWN_SERVER}"
        )
    try:
        if apt.can_install():
            report("installing PostgreSQL and PostGIS by apt")
            apt.update(doing=INSTALLING)
            apt.install(_packages(_packaged_major([], major)), doing=INSTALLING)
        else:
            report("no root here: fetching the packages of PostgreSQL and PostGIS into var/")
            _unpack_packages(var_dir, major)
    except SetupError as error:
        raise ClusterError(f"{error}; {OWN_SERVER}") from error


def _packages(major: int) -> list[str]:
    return [f"postgresql-{major}", f"postgresql-client-{major}", f"postgresql-{major}-postgis-3"]


def _packaged_major(options: Sequence[str], wanted: int | None) -> int:
    """Return the major version to install: the wanted one, else one already there, else the newest."""
    names = apt.packaged("postgresql-", options)
    matches = (re.fullmatch(r"postgresql-(\d+)-postgis-3", name) for name in names)
    majors = sorted(int(match[1]) for match in matches if match and int(match[1]) >= OLDEST_MAJOR)
    if wanted is not None:
        majors = [major for major in majors if major == wanted]
    if not majors:
        what = f"PostgreSQL {wanted}" if wanted else f"PostgreSQL {OLDEST_MAJOR} or newer"
        raise ClusterError(
            f"apt knows no package of {what} with PostGIS: check the package sources, {OWN_SERVER}"
        )
    installed = [major for major in majors if Path(f"/usr/lib/postgresql/{major}/bin/postgres").exists()]
    return (installed or majors)[-1]


def _unpack_packages(var_dir: Path, major: int | None) -> None:
    """Download the packages that this system lacks and unpack them under ``var/pgroot``; needs no root.

    apt works on private lists beside the real package status, so its solver says what is missing. The tree
    appears under its final name only when complete, so an interrupt leaves nothing half done.
    """
    staging = var_dir / "pgroot.new"
    shutil.rmtree(staging, ignore_errors=True)
    for folder in ("apt/lists/partial", "apt/cache/archives/partial", "debs", "root"):
        (staging / folder).mkdir(parents=True)
    options = ["-o", f"Dir::State={staging}/apt", "-o", f"Dir::Cache={staging}/apt/cache"]
    options += ["-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "Debug::NoLocking=1"]
    apt.run_apt(["apt-get", *options, "-q", "update"], doing=INSTALLING)
    wanted = _packages(_packaged_major(options, major))
    simulate = ["apt-get", *options, "install", "--simulate", "--no-install-recommends", *wanted]
    plan = apt.run_apt(simulate, doing=INSTALLING)
    missing = {line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")}
    download = ["apt-get", *options, "download", "-q", *sorted(missing | set(wanted))]
    apt.run_apt(download, doing=INSTALLING, cwd=staging / "debs")
    for package in sorted((staging / "debs").glob("*.deb")):
        run(["dpkg-deb", "-x", package, staging / "root"], doing=INSTALLING, environment=os.environ)
        package.unlink()
    _link_controls(staging / "root")
    shutil.rmtree(var_dir / "pgroot", ignore_errors=True)
    (staging / "root").rename(var_dir / "pgroot")
    shutil.rmtree(staging)


def _link_controls(root: Path) -> None:
    """Name each ``NAME-3.control`` also ``NAME.control``, as the packages' own scripts would have done."""
    for control in sorted(root.glob("usr/share/postgresql/*/extension/*-3.control")):
        link = control.with_name(control.name.replace("-3.control", ".control"))
        if not link.exists():
            link.symlink_to(control.name)
