"""The private cluster: every trap that once cost a failed start, on real servers of the test's own."""

import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

import data.cluster
from data.cluster import Cluster, ClusterError
from data.postgres import PostgresServer, find_servers
from data.settings import ROOT


def postmaster_pid(cluster: Cluster) -> int:
    """Return the process id that the running server wrote down."""
    base_dir = cluster.find_base_dir()
    assert base_dir is not None
    return int((base_dir / "data/postmaster.pid").read_text().splitlines()[0])


def remember(url: str, word: str) -> None:
    """Write one durable row."""
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists remembered (word text)")
        connection.execute("insert into remembered values (%s)", [word])


def remembered(url: str) -> list[str]:
    """Return the rows that ``remember`` wrote."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("select word from remembered order by word")]


def test_a_started_cluster_answers_and_keeps_its_data_through_a_stop(cluster: Cluster) -> None:
    url = cluster.up()
    remember(url, "before")
    assert cluster.status().state == "running"
    assert cluster.up() == url
    assert cluster.down() is True
    assert cluster.down() is False
    assert cluster.status().state == "stopped"
    assert cluster.url() == url
    assert cluster.up() == url
    assert remembered(url) == ["before"]


def test_without_a_cluster_the_url_is_refused_with_what_to_do(cluster: Cluster) -> None:
    assert cluster.status().state == "absent"
    assert cluster.down() is False
    with pytest.raises(ClusterError, match="no database yet: run `make demo`"):
        cluster.url()


def test_a_destroyed_cluster_leaves_nothing(cluster: Cluster) -> None:
    cluster.up()
    cluster.destroy()
    assert cluster.status().state == "absent"
    assert not (cluster.var_dir / "pg").exists()


def test_the_server_has_postgis_and_listens_on_its_socket_only(cluster: Cluster) -> None:
    with psycopg.connect(cluster.up()) as connection:
        connection.execute("create extension postgis")
        assert connection.execute("select st_distance('point(0 0)', 'point(3 4)')").fetchone() == (5.0,)
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.execute("show data_checksums").fetchone() == ("on",)


def test_settings_for_other_servers_in_the_environment_do_no_harm(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGHOST": "elsewhere.invalid",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGDATA": "/gone",
    }.items():
        monkeypatch.setenv(name, value)
    with psycopg.connect(cluster.up()) as connection:
        assert connection.execute("select current_user").fetchone() == ("admissions",)


def test_the_server_never_runs_as_root(cluster: Cluster, as_root: None) -> None:
    cluster.up()
    assert Path(f"/proc/{postmaster_pid(cluster)}").stat().st_uid != 0
    base_dir = cluster.find_base_dir()
    assert base_dir is not None
    assert base_dir.stat().st_mode & 0o777 == 0o700


def test_an_existing_data_directory_keeps_its_owner(cluster: Cluster, as_root: None) -> None:
    cluster.up()
    cluster.down()
    nobody = pwd.getpwnam("nobody")
    subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", cluster.var_dir / "pg"], check=True)
    cluster.up()
    assert Path(f"/proc/{postmaster_pid(cluster)}").stat().st_uid == nobody.pw_uid


def test_upgraded_packages_make_a_running_server_restart(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.up()
    first = postmaster_pid(cluster)
    cluster.up()
    assert postmaster_pid(cluster) == first

    def upgraded(var_dir: Path) -> list[PostgresServer]:
        server = find_servers(var_dir)[0]
        newer = (server.version[0], server.version[1] + 1)
        return [PostgresServer(server.bin_dir, newer, server.environment)]

    monkeypatch.setattr(data.cluster, "find_servers", upgraded)
    cluster.up()
    assert postmaster_pid(cluster) != first


def test_after_a_killed_server_the_next_start_finds_every_committed_row(cluster: Cluster) -> None:
    url = cluster.up()
    remember(url, "committed")
    os.kill(postmaster_pid(cluster), signal.SIGKILL)
    assert cluster.up() == url
    assert remembered(url) == ["committed"]


def test_connections_orphaned_by_a_kill_only_delay_the_next_start(cluster: Cluster) -> None:
    url = cluster.up()

    def occupy() -> None:
        with pytest.raises(psycopg.OperationalError), psycopg.connect(url) as connection:
            connection.execute("select count(*) from generate_series(1, 100000000)")

    orphans = [threading.Thread(target=occupy) for _ in range(3)]
    for orphan in orphans:
        orphan.start()
    time.sleep(0.5)
    os.kill(postmaster_pid(cluster), signal.SIGKILL)
    assert cluster.up() == url
    for orphan in orphans:
        orphan.join()


def test_a_process_that_got_the_killed_servers_number_is_left_alone(cluster: Cluster) -> None:
    url = cluster.up()
    remember(url, "committed")
    base_dir = cluster.find_base_dir()
    assert base_dir is not None
    pid_file = base_dir / "data/postmaster.pid"
    killed = postmaster_pid(cluster)
    os.kill(killed, signal.SIGKILL)
    owner = base_dir.stat()
    identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "60"], **identity)
    try:
        for lock in (pid_file, base_dir / "s/.s.PGSQL.5432.lock"):
            lock.write_text(lock.read_text().replace(str(killed), str(stranger.pid), 1))
        assert cluster.status().state == "stopped"
        assert cluster.up() == url
        assert remembered(url) == ["committed"]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_path_too_long_for_a_socket_gets_a_short_one(open_dir: Path) -> None:
    cluster = Cluster(open_dir / ("tuyển-sinh-" * 9) / "var")
    try:
        url = cluster.up()
        remember(url, "reached")
        assert remembered(url) == ["reached"]
        assert len(os.fsencode(cluster.socket_dir(cluster.var_dir / "pg"))) < 60
    finally:
        cluster.destroy()


def test_a_checkout_in_a_closed_home_keeps_its_data_outside(tmp_path: Path, as_root: None) -> None:
    tmp_path.chmod(0o700)
    cluster = Cluster(tmp_path / "var")
    try:
        url = cluster.up()
        remember(url, "kept")
        base_dir = cluster.find_base_dir()
        assert base_dir is not None and not base_dir.is_relative_to(tmp_path)
        assert Cluster(tmp_path / "var").url() == url
    finally:
        cluster.destroy()
    assert not base_dir.exists()


def test_a_folder_that_somebody_else_made_first_is_not_trusted(open_dir: Path, as_root: None) -> None:
    cluster = Cluster(open_dir / ("x" * 100) / "var")
    planted = cluster.socket_dir(cluster.var_dir / "pg")
    planted.mkdir()
    os.chown(planted, 54321, 54321)
    try:
        with pytest.raises(ClusterError, match="belongs to somebody else"):
            cluster.up()
    finally:
        cluster.destroy()


STARTER = """
import sys
from pathlib import Path
from data.cluster import Cluster
print(Cluster(Path(sys.argv[1])).up())
"""


def starter(cluster: Cluster) -> subprocess.Popen[str]:
    """Return a process that is bringing ``cluster`` up."""
    command = [sys.executable, "-c", STARTER, str(cluster.var_dir)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_two_starters_at_once_share_one_server(cluster: Cluster) -> None:
    starters = [starter(cluster) for _ in range(3)]
    urls = {process.communicate(timeout=60)[0].strip() for process in starters}
    assert [process.returncode for process in starters] == [0, 0, 0]
    assert urls == {cluster.url()}
    remember(cluster.url(), "one")


def test_a_creation_that_was_killed_is_done_again(cluster: Cluster) -> None:
    process = starter(cluster)
    half_made = cluster.var_dir / "pg/data.new/PG_VERSION"
    deadline = time.monotonic() + 30
    while not half_made.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert half_made.exists()
    with pytest.raises(ClusterError, match="no database yet"):
        cluster.url()
    remember(cluster.up(), "whole")


def test_a_full_disk_is_told_in_one_line_and_the_next_run_carries_on(small_disk: Path) -> None:
    cluster = Cluster(small_disk / "var")
    with pytest.raises(ClusterError, match="no room left on the disk") as refused:
        cluster.up()
    assert "\n" not in str(refused.value)
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    try:
        remember(cluster.up(), "room")
        assert remembered(cluster.url()) == ["room"]
    finally:
        cluster.destroy()


def test_data_of_a_version_that_is_gone_are_not_touched(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.up()
    cluster.down()
    monkeypatch.setattr(data.cluster, "find_servers", lambda var_dir: [])
    with pytest.raises(ClusterError, match=r"PostgreSQL \d+ with PostGIS.*is not installed"):
        cluster.status()
    assert (cluster.var_dir / "pg/data/PG_VERSION").exists()


def test_a_var_that_is_a_file_is_told_in_one_line(open_dir: Path) -> None:
    (open_dir / "var").write_text("not a folder")
    with pytest.raises(ClusterError, match="File exists"):
        Cluster(open_dir / "var").up()
