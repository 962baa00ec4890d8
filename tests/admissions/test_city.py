"""The whole job on the real streets of a city, from the command line; needs the real extract beside the checkout."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import make_url, text

from data.settings import ROOT

KEYS = {
    "students", "applications", "placed", "unplaced", "in_nearest", "median_travel_min", "p95_travel_min",
    "blocking_pairs", "messages_sent", "seconds",
}  # fmt: skip


@pytest.fixture
def command(scratch_database_url: str, admin_engine, tmp_path):
    """A function that runs ``dungtuyen demo load`` with arguments, on databases of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = [
            sys.executable,
            "-c",
            "from admissions.cli import main; main()",
            "demo",
            "load",
            *arguments,
        ]
        environment = {**os.environ, "DATABASE_URL": scratch_database_url, "DUNGTUYEN_VAR_DIR": str(tmp_path)}
        return subprocess.run(
            program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200
        )

    yield run
    with admin_engine.connect() as connection:
        city = f"{make_url(scratch_database_url).database}_city"
        connection.execute(text(f'drop database if exists "{city}" with (force)'))


@pytest.mark.slow
def test_a_real_city_runs_to_published_results_with_a_seat_for_everyone(command, shared_data, capsys) -> None:
    done = command(
        "--extract", str(shared_data / "hcmc-2018.osm.pbf"),
        "--schools", str(shared_data / "hcmc-2018-schools.geojson"),
        "--students", "20000", "--seed", "7",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    with capsys.disabled():
        print(f"\nreal city: {figures}")
    assert set(figures) == KEYS
    assert (figures["students"], figures["unplaced"], figures["blocking_pairs"]) == (20_000, 0, 0)
    assert figures["placed"] == figures["applications"] >= 19_900
    assert "schools left out, level unknown" in done.stderr


@pytest.mark.parametrize(
    ("extract", "schools"),
    [("nowhere.osm.pbf", "README.md"), ("README.md", "README.md"), ("Makefile", "nowhere")],
)
def test_a_missing_or_broken_city_file_ends_in_one_line(command, extract: str, schools: str) -> None:
    done = command("--extract", extract, "--schools", schools, "--students", "20")
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("dungtuyen:")]
    assert extract in line or schools in line
    assert "Traceback" not in done.stderr
