"""The migrations: one line of them, numbered, and clean up, down and up again on a real database."""

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from admissions.cli_db import alembic_config
from data.settings import ROOT

VERSIONS = ROOT / "data/migrations/versions"
OBJECTS = """
    select c.relkind::text || ' ' || c.oid::regclass::text from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'
    union select 'function ' || p.oid::regprocedure::text from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'
    union select 'type ' || t.oid::regtype::text from pg_type t
    join pg_namespace n on n.oid = t.typnamespace where n.nspname = 'public'
    union select 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace
    union select 'trigger ' || tgrelid::regclass::text || ' ' || tgname from pg_trigger where not tgisinternal
    union select 'collation ' || collname from pg_collation where collnamespace = 'public'::regnamespace
    order by 1
"""


def objects(url: str) -> set[str]:
    """Return everything that the database defines, by kind and name."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {row[0] for row in connection.execute(text(OBJECTS))}
    engine.dispose()
    return found


def test_there_is_one_newest_migration() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_each_file_is_named_after_its_number_and_numbers_have_no_gap() -> None:
    names = sorted(path.name for path in VERSIONS.glob("[0-9]*.py"))
    numbers = [name.split("_", 1)[0] for name in names]
    assert numbers == [f"{number:04d}" for number in range(1, len(names) + 1)]
    for name, number in zip(names, numbers, strict=True):
        source = (VERSIONS / name).read_text()
        assert re.search(rf'^revision(: str)? = "{number}"$', source, re.MULTILINE), name
        expected = "None" if number == "0001" else f'"{int(number) - 1:04d}"'
        assert re.search(rf"^down_revision(: .*)? = {expected}$", source, re.MULTILINE), name


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("[0-9]*.py")), ids=lambda path: path.name)
def test_each_migration_says_why_it_exists(path: Path) -> None:
    assert len(path.read_text().split('"""')[1].strip()) > 20


def test_up_down_and_up_again_is_clean_and_the_tables_match_the_code(scratch_database_url: str) -> None:
    config = alembic_config(scratch_database_url)
    command.upgrade(config, "head")
    whole = objects(scratch_database_url)
    command.check(config)
    command.downgrade(config, "base")
    left = {name for name in objects(scratch_database_url) if re.match(r"[rivSmp] ", name)}
    assert left <= {
        "r alembic_version",
        "i alembic_version_pkc",
        "r spatial_ref_sys",
        "i spatial_ref_sys_pkey",
    } | {f"v {view}" for view in ("geometry_columns", "geography_columns")}
    command.upgrade(config, "head")
    assert objects(scratch_database_url) == whole


def test_every_single_step_back_can_be_gone_forward_again(scratch_database_url: str) -> None:
    config = alembic_config(scratch_database_url)
    command.upgrade(config, "head")
    for _ in range(len(list(VERSIONS.glob("[0-9]*.py")))):
        command.downgrade(config, "-1")
        command.upgrade(config, "+1")
        command.downgrade(config, "-1")
