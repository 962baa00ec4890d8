"""The single file that outsiders run: the same answer as ours, on standard-library Python alone."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from hypothesis import assume, given

from allocation import InstanceError, canonical_json, instance_from_dict, solve
from allocation.verification import standalone
from tests.allocation.strategies import Document, choice_documents, travel_documents

FILE = Path(standalone.__file__)


def faults_of(body: Document) -> list[str]:
    try:
        result = solve(instance_from_dict(body))
    except InstanceError:
        assume(False)
    instance_text, result_text = canonical_json(body), result.to_bytes()
    return standalone.Check(
        json.loads(instance_text, parse_float=Decimal), json.loads(result_text, parse_float=Decimal)
    ).run()


@given(choice_documents(plain=False, guarantees=True, place_everyone=True, max_students=7))
def test_outsiders_agree_with_every_result_of_deferred_acceptance(body: Document) -> None:
    assert faults_of(body) == []


@given(travel_documents(guarantees=True))
def test_outsiders_agree_with_every_result_of_least_travel(body: Document) -> None:
    assert faults_of(body) == []


def test_it_runs_alone_and_imports_nothing_but_the_standard_library(tmp_path: Path) -> None:
    body = {
        "format": "dungtuyen-instance/1",
        "mechanism": "deferred_acceptance",
        "schools": {"A": {"capacity": 1, "scores": {"x": 26.25, "y": 26.5}}},
        "students": {"x": {"preferences": ["A"]}, "y": {"preferences": ["A"]}},
    }
    instance, result = tmp_path / "instance.json", tmp_path / "result.json"
    instance.write_text(json.dumps(body))
    result.write_bytes(solve(instance_from_dict(body)).to_bytes())

    def run(*arguments: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", FILE, *arguments], capture_output=True, text=True, check=False
        )

    assert run(instance, result).returncode == 0
    result.write_text(result.read_text().replace('"x":null', '"x":"A"').replace('"y":"A"', '"y":null'))
    wrong = run(instance, result)
    assert wrong.returncode == 1
    assert "seats" in wrong.stdout
    assert run(instance).returncode == 2
    assert run(instance, tmp_path / "none.json").returncode == 2
