"""Extensions, the Vietnamese sort order, search without diacritics, and the job queue's own tables."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EXTENSIONS = ("postgis", "pgcrypto", "unaccent", "pg_trgm")


def upgrade() -> None:
    """Make what the later tables use.

    ``unaccent`` is only STABLE because its dictionary may change; ``unaccented`` pins the dictionary by its
    schema-qualified name and is declared IMMUTABLE, so that trigram indexes can be built on it.
    """
    for name in EXTENSIONS:
        op.execute(f"create extension if not exists {name}")
    op.execute("create collation if not exists vietnamese (provider = icu, locale = 'vi-VN')")
    op.execute(
        "create function unaccented(value text) returns text language sql immutable strict parallel safe "
        "return lower(public.unaccent('public.unaccent'::regdictionary, value))"
    )
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))


def downgrade() -> None:
    """Remove the job queue, the function and the collation. Extensions stay: others may use them."""
    op.execute(
        """
        do $$
        declare item record;
        begin
            for item in select oid::regprocedure as name from pg_proc where proname like 'procrastinate\\_%' loop
                execute 'drop function if exists ' || item.name || ' cascade';
            end loop;
            for item in select tablename from pg_tables where tablename like 'procrastinate\\_%' loop
                execute 'drop table if exists ' || quote_ident(item.tablename) || ' cascade';
            end loop;
            for item in select t.oid::regtype as name from pg_type t join pg_namespace n on n.oid = t.typnamespace
                        where t.typname like 'procrastinate\\_%' and t.typtype in ('e', 'c')
                        and n.nspname = 'public' loop
                execute 'drop type if exists ' || item.name || ' cascade';
            end loop;
        end $$
        """
    )
    op.execute("drop function unaccented(text)")
    op.execute("drop collation vietnamese")
