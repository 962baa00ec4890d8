"""Which server is chosen, from made-up installations whose programs only say their version."""

from pathlib import Path

import pytest

from data.postgres import _link_controls, find_servers


def install(root: Path, bin_dir: str, version: str, *, share_dir: str | None) -> Path:
    """Put a server that says ``version`` under ``root``, with PostGIS when ``share_dir`` is given."""
    folder = root / bin_dir
    folder.mkdir(parents=True)
    for program in ("initdb", "postgres"):
        (folder / program).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version} (made up)'\n")
        (folder / program).chmod(0o755)
    if share_dir:
        (root / share_dir / "extension").mkdir(parents=True)
        (root / share_dir / "extension/postgis.control").touch()
    return folder


def debian(root: Path, major: int, minor: int, *, postgis: bool = True) -> Path:
    """Install a server where Debian puts it."""
    share_dir = f"usr/share/postgresql/{major}" if postgis else None
    return install(root, f"usr/lib/postgresql/{major}/bin", f"{major}.{minor}", share_dir=share_dir)


def chosen(root: Path) -> list[tuple[int, int]]:
    """Return the versions found, the preferred one first."""
    return [server.version for server in find_servers(root / "var", system_root=root)]


def test_the_newest_server_comes_first_by_number_not_by_letter(tmp_path: Path) -> None:
    for major in (15, 18, 100):
        debian(tmp_path, major, 3)
    assert chosen(tmp_path) == [(100, 3), (18, 3), (15, 3)]


def test_a_server_without_postgis_does_not_count(tmp_path: Path) -> None:
    debian(tmp_path, 17, 2, postgis=False)
    debian(tmp_path, 15, 4)
    assert chosen(tmp_path) == [(15, 4)]


def test_a_server_older_than_15_does_not_count(tmp_path: Path) -> None:
    debian(tmp_path, 14, 9)
    assert chosen(tmp_path) == []


def test_a_server_that_cannot_run_does_not_count(tmp_path: Path) -> None:
    folder = debian(tmp_path, 16, 1)
    (folder / "postgres").write_text("#!/gone/sh\n")
    assert chosen(tmp_path) == []


@pytest.mark.parametrize(
    ("bin_dir", "share_dir"),
    [
        ("usr/pgsql-17/bin", "usr/pgsql-17/share"),
        ("usr/local/pgsql/bin", "usr/local/pgsql/share/postgresql"),
        ("opt/homebrew/opt/postgresql@17/bin", "opt/homebrew/opt/postgresql@17/share/postgresql"),
        (
            "Applications/Postgres.app/Contents/Versions/17/bin",
            "Applications/Postgres.app/Contents/Versions/17/share",
        ),
    ],
)
def test_servers_are_found_where_other_systems_put_them(tmp_path: Path, bin_dir: str, share_dir: str) -> None:
    install(tmp_path, bin_dir, "17.2", share_dir=share_dir)
    assert chosen(tmp_path) == [(17, 2)]


def test_an_unpacked_server_comes_last_and_brings_its_library_paths(tmp_path: Path) -> None:
    debian(tmp_path, 15, 4)
    root = tmp_path / "var/pgroot"
    debian(root, 17, 2)
    for library in ("libgeos.so.3", "lapack/liblapack.so.3"):
        file = root / "usr/lib/x86_64-linux-gnu" / library
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    system, unpacked = find_servers(tmp_path / "var", system_root=tmp_path)
    assert (system.version, unpacked.version) == ((15, 4), (17, 2))
    assert system.environment == {}
    libraries = unpacked.environment["LD_LIBRARY_PATH"].split(":")
    assert libraries == [
        str(root / "usr/lib/x86_64-linux-gnu"),
        str(root / "usr/lib/x86_64-linux-gnu/lapack"),
    ]
    assert unpacked.environment["PROJ_DATA"] == str(root / "usr/share/proj")


def test_unpacked_control_files_get_the_names_that_the_server_looks_for(tmp_path: Path) -> None:
    folder = tmp_path / "usr/share/postgresql/15/extension"
    folder.mkdir(parents=True)
    (folder / "postgis-3.control").write_text("default_version = '3.3.2'")
    for _ in range(2):
        _link_controls(tmp_path)
    assert (folder / "postgis.control").read_text() == "default_version = '3.3.2'"
