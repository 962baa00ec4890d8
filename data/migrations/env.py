"""Alembic environment: table modules by name, GeoAlchemy2's helpers, short lock time-outs."""

import geoalchemy2.alembic_helpers as geo
from alembic import context
from sqlalchemy import create_engine, text

from data.db import all_tables, database_url, sqlalchemy_url


def include_object(obj, name, type_, reflected, compare_to):
    """Leave out what others own: PostGIS's own tables and procrastinate's."""
    table = name if type_ == "table" else getattr(getattr(obj, "table", None), "name", "") or ""
    if table.startswith("procrastinate_"):
        return False
    return geo.include_object(obj, name, type_, reflected, compare_to)


def run() -> None:
    """Run the migrations on the connection handed in, or on the configured database."""
    options = {
        "target_metadata": all_tables(),
        "include_object": include_object,
        "process_revision_directives": geo.writer,
        "render_item": geo.render_item,
        "compare_server_default": False,
    }
    connection = context.config.attributes.get("connection")
    if connection is not None:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    url = context.config.get_main_option("sqlalchemy.url")
    engine = create_engine(sqlalchemy_url(url) if url else database_url())
    with engine.connect() as connection:
        connection.execute(text("set lock_timeout = '5s'"))
        connection.commit()
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
