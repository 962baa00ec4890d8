"""The house itself: imports go one way, packages are ours, every module says what it is, nothing private is tracked."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from data.settings import ROOT

PACKAGES = ("admissions", "allocation", "data", "gis", "web")
DISTRIBUTION = "dungtuyen"
TOP_LEVEL = {
    *PACKAGES,
    *("tests", "docs", ".ci", ".gitignore"),
    *("Makefile", "README.md", "pyproject.toml", "uv.lock", "compose.yaml"),
}
TEXT_ENDINGS = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".mjs",
    ".js",
    ".html",
    ".jinja",
    ".scss",
    ".css",
}
TEXT_ENDINGS |= {".sql", ".txt", ".csv", ".svg", ".po", ".pot", ".sh", "", ".geojson", ".xml"}


def tracked_files() -> list[Path]:
    """Return the files that a clone holds; where there is no repository, those of the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [
            ROOT / name for name in sorted(filter(None, listed.stdout.split("\0"))) if (ROOT / name).exists()
        ]
    parts = [ROOT / name for name in sorted(TOP_LEVEL)]
    inside = [path for part in parts if part.is_dir() for path in sorted(part.rglob("*"))]
    built = {"node_modules", "__pycache__", "vendor", "css"}
    return [
        path for path in (*parts, *inside) if path.is_file() and not built & set(path.relative_to(ROOT).parts)
    ]


def tracked_texts(*, but: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and text of every tracked text file, leaving out the lock files, which tools write."""
    for path in tracked_files():
        name = str(path.relative_to(ROOT))
        if path.suffix in TEXT_ENDINGS and path.name not in ("uv.lock", "package-lock.json") and name != but:
            yield name, path.read_text(encoding="utf-8")


def modules() -> list[Path]:
    """Return every tracked Python file."""
    return [path for path in tracked_files() if path.suffix == ".py"]


def test_imports_go_one_way() -> None:
    """import-linter's contracts in pyproject.toml: layers, a pure allocation, no SQL in web."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    kept = re.search(r"Contracts: (\d+) kept, 0 broken", done.stdout)
    assert kept is not None and int(kept[1]) >= 3, done.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_ours_and_not_another_distributions(name: str) -> None:
    """Top-level names this short are taken by others too (web.py ships ``web``), and would win silently."""
    imported = import_module(name)
    assert imported.__file__ is not None, f"{name} is a namespace, so it has no __init__.py"
    assert Path(imported.__file__).resolve().is_relative_to(ROOT)
    assert set(packages_distributions().get(name, [])) <= {DISTRIBUTION}


@pytest.mark.parametrize("name", PACKAGES)
def test_every_folder_of_python_is_a_package(name: str) -> None:
    folders = {path.parent for path in modules() if path.is_relative_to(ROOT / name)}
    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").exists()) == []


def test_nothing_else_stands_at_the_top_level() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked_files()} <= TOP_LEVEL


def test_a_module_says_what_it_is() -> None:
    docstrings = {path: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in modules()}
    assert [
        str(path.relative_to(ROOT)) for path, said in docstrings.items() if len((said or "").split()) < 3
    ] == []


BANNED_WORDS = {"utils", "helpers", "common", "manager", "misc"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {part for path in modules() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert named & BANNED_WORDS == set()


def test_nothing_is_left_for_later() -> None:
    marks = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK"]))
    assert [name for name, text in tracked_texts() if marks.search(text)] == []


def test_no_place_of_one_machine_is_written_down() -> None:
    """Homes, work folders and package mirrors differ between machines; nothing tracked may name one."""
    places = re.compile(
        "|".join(
            [
                r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/",
                r"files\.pythonhosted" + r"\.org",
                r"registry\.npmjs" + r"\.org",
                r"deb\.debian" + r"\.org",
            ]
        )
    )
    found = [f"{name}: {match[0]}" for name, text in tracked_texts() for match in places.finditer(text)]
    assert found == []


def test_the_lock_of_the_page_assets_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "web/package-lock.json").read_text()


def test_no_file_is_too_big_to_read() -> None:
    """Data sets stay outside the repository; what is tracked is code, text and small reference lists."""
    sizes_kb = {str(path.relative_to(ROOT)): path.stat().st_size // 1024 for path in tracked_files()}
    assert {name: size for name, size in sizes_kb.items() if size > 1024} == {}
