"""A setting or a command that docs/operations.md does not name fails here, and so does one it invents."""

import re
from collections.abc import Iterator

import pytest
import typer
from typer.main import get_command

from admissions.cli import app
from data.settings import ROOT, Settings

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def variable(field: str) -> str:
    """Return the environment variable that sets a field."""
    return "DATABASE_URL" if field == "database_url" else f"DUNGTUYEN_{field.upper()}"


def commands(prefix: str, command) -> Iterator[str]:
    """Yield every command below ``command`` as typed."""
    children = getattr(command, "commands", {})
    if not children:
        yield prefix
    for name, child in sorted(children.items()):
        yield from commands(f"{prefix} {name}", child)


ALL_COMMANDS = sorted(commands("dungtuyen", get_command(app)))
TARGETS = sorted(set(re.findall(r"^([a-z][\w-]*):", MAKEFILE, re.MULTILINE)) - {"help"})


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_a_setting_is_documented(field: str) -> None:
    assert f"`{variable(field)}`" in OPERATIONS, "add its row to the table of settings in docs/operations.md"


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_a_command_is_documented(command: str) -> None:
    assert f"`{command}" in OPERATIONS, "add its row to the table of commands in docs/operations.md"


@pytest.mark.parametrize("target", TARGETS)
def test_a_make_target_is_documented(target: str) -> None:
    assert f"`make {target}" in OPERATIONS, "add its row to the first table of docs/operations.md"


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {variable(field) for field in Settings.model_fields} | {"DUNGTUYEN_DATABASE_URL"}
    read_elsewhere = {"DUNGTUYEN_CHROMIUM", "DUNGTUYEN_SHARED_DATA"}
    assert set(re.findall(r"DUNGTUYEN_\w+", OPERATIONS)) <= known | read_elsewhere


def test_no_command_is_documented_that_does_not_exist() -> None:
    named = re.findall(r"`(dungtuyen [a-z][\w -]*?)(?: -| \[|`| <|\.\.)", OPERATIONS)
    assert [name for name in named if not any(known.startswith(name) for known in ALL_COMMANDS)] == []


def test_every_command_says_in_its_help_what_it_does() -> None:
    assert isinstance(app, typer.Typer)

    def silent(prefix: str, command) -> Iterator[str]:
        if not (command.help or "").strip():
            yield prefix
        for name, child in getattr(command, "commands", {}).items():
            yield from silent(f"{prefix} {name}", child)

    assert list(silent("dungtuyen", get_command(app))) == []
