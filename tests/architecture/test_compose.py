"""compose.yaml, of which only the syntax and the names can be checked without a container engine."""

import re
import shutil
import subprocess

import pytest
import yaml
from typer.main import get_command

from admissions.cli import app
from data.settings import ROOT, Settings

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
KNOWN_VARIABLES = {"DATABASE_URL", "NUMBA_CACHE_DIR"} | {
    f"DUNGTUYEN_{field.upper()}" for field in Settings.model_fields
}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_depends_on_services_that_exist_and_uses_volumes_that_exist(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"database"}))
def test_a_service_of_ours_runs_a_command_and_sets_settings_that_exist(name: str) -> None:
    service = SERVICES[name]
    assert set(service["environment"]) <= KNOWN_VARIABLES
    assert service["environment"]["DUNGTUYEN_ENVIRONMENT"] == "production"
    command = get_command(app)
    for word in service["command"]:
        if word.startswith("-"):
            names = {
                option
                for parameter in command.params
                for option in (*parameter.opts, *parameter.secondary_opts)
            }
            assert word in names
        elif word in getattr(command, "commands", {}):
            command = command.commands[word]
    assert not getattr(command, "commands", {}), f"{service['command']} is not a whole command"


def test_nothing_is_reachable_from_outside_but_the_pages_on_the_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_no_password_stands_in_the_file() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"(?im)^\s*\w*password\w*:\s*(?!\$\{)\S+|://\w+:(?!\$\{)\S+@", text) == []


def test_a_container_engine_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    compose = ["docker", "compose"]
    if (
        shutil.which("docker") is None
        or subprocess.run([*compose, "version"], capture_output=True).returncode
    ):
        pytest.skip("NO CONTAINER ENGINE: the file's syntax alone has been checked")
    monkeypatch.setenv("POSTGRES_PASSWORD", "made-up")
    command = [*compose, "--file", "compose.yaml", "config", "--quiet", "--no-env-resolution"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
