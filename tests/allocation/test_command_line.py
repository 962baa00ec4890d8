"""The commands on instance files: exit codes, one plain line per fault, all or nothing on disk."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from admissions import cli_allocation
from tests.allocation.strategies import document

TOWN = document(
    "deferred_acceptance",
    {"A": {"capacity": 1, "priority": [["x", "y"]]}, "B": {"capacity": 1}},
    {"x": {"preferences": ["A", "B"]}, "y": {"preferences": ["A"]}, "Ẩn": {"preferences": ["B"]}},
    lottery={"seed": "0a"},
)


def run(*arguments: object) -> Result:
    app = typer.Typer()
    cli_allocation.register(app)
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def instance_path(tmp_path: Path) -> Path:
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(TOWN), encoding="utf-8")
    return path


@pytest.fixture
def result_path(instance_path: Path) -> Path:
    path = instance_path.with_name("result.json")
    assert run("allocate", instance_path, "--output", path).exit_code == 0
    return path


def test_allocate_writes_the_same_bytes_each_time(instance_path: Path, result_path: Path) -> None:
    again = result_path.with_name("again.json")
    assert run("allocate", instance_path, "--output", again).exit_code == 0
    assert again.read_bytes() == result_path.read_bytes()
    assert result_path.read_bytes().endswith(b"}\n")
    assert sorted(path.name for path in result_path.parent.iterdir()) == [
        "again.json",
        "instance.json",
        "result.json",
    ]


def test_a_refused_instance_names_the_path_and_writes_nothing(instance_path: Path) -> None:
    body = json.loads(instance_path.read_text())
    body["schools"]["A"]["capacity"] = -1
    instance_path.write_text(json.dumps(body))
    output = instance_path.with_name("result.json")
    outcome = run("allocate", instance_path, "--output", output)
    assert outcome.exit_code == 2
    assert outcome.stderr.count("\n") == 1
    assert "$.schools.A.capacity: the number of seats must not be negative" in outcome.stderr
    assert not output.exists()


def test_an_earlier_result_survives_a_refused_run(instance_path: Path, result_path: Path) -> None:
    before = result_path.read_bytes()
    instance_path.write_text("{}")
    assert run("allocate", instance_path, "--output", result_path).exit_code == 2
    assert result_path.read_bytes() == before


def test_missing_files_and_folders_are_told_in_one_line(instance_path: Path, tmp_path: Path) -> None:
    for arguments in (
        ("allocate", tmp_path / "none.json", "--output", tmp_path / "out.json"),
        ("allocate", instance_path, "--output", tmp_path / "no" / "out.json"),
        ("verify", instance_path, tmp_path / "none.json"),
        ("explain", instance_path, tmp_path / "none.json", "x"),
        ("simulate", tmp_path / "none.json", "--runs", "3"),
    ):
        outcome = run(*arguments)
        assert outcome.exit_code == 2
        assert outcome.stderr.count("\n") == 1


def test_verify_tells_true_from_false_and_from_unreadable(instance_path: Path, result_path: Path) -> None:
    assert run("verify", instance_path, result_path).exit_code == 0
    body = json.loads(result_path.read_text())
    body["checks"]["blocking_pairs"] = 3
    result_path.write_text(json.dumps(body))
    outcome = run("verify", instance_path, result_path)
    assert outcome.exit_code == 1
    assert outcome.stdout == "checks.blocking_pairs: is 3, should be 0\n"
    result_path.write_text("{")
    assert run("verify", instance_path, result_path).exit_code == 2


def test_explain_gives_a_reason_per_school_as_text_and_as_json(
    instance_path: Path, result_path: Path
) -> None:
    text = run("explain", instance_path, result_path, "x").stdout
    assert text.startswith("A (wish 1): ")
    body = json.loads(run("explain", instance_path, result_path, "x", "--json").stdout)
    assert [reason["school"] for reason in body["reasons"]] == ["A", "B"]
    assert body["school"] == json.loads(result_path.read_text())["assignment"]["x"]
    assert run("explain", instance_path, result_path, "Ẩn").exit_code == 0
    assert run("explain", instance_path, result_path, "nobody").exit_code == 2


def test_explain_refuses_a_result_of_another_instance(instance_path: Path, result_path: Path) -> None:
    body = json.loads(instance_path.read_text())
    body["schools"]["A"]["capacity"] = 2
    instance_path.write_text(json.dumps(body))
    outcome = run("explain", instance_path, result_path, "x")
    assert outcome.exit_code == 2
    assert "another instance" in outcome.stderr


def test_simulate_prints_chances_as_table_and_as_json(instance_path: Path) -> None:
    table = run("simulate", instance_path, "--runs", "50").stdout
    assert table.splitlines()[0].split("\t") == ["student", "school", "chance", "low", "high"]
    body = json.loads(run("simulate", instance_path, "--runs", "50", "--json").stdout)
    chances = body["students"]["x"]["schools"]
    assert chances["A"]["runs"] + body["students"]["y"]["schools"]["A"]["runs"] == 50
    assert run("simulate", instance_path, "--runs", "0").exit_code == 2
