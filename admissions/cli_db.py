"""``dungtuyen db``: the private database under ``var/``, and the migrations of whichever database is configured."""

import os
import shutil

import typer


def register(app: typer.Typer) -> None:
    """Mount the ``db`` commands."""
    commands = typer.Typer(help="The database: start, stop, look, migrate.", no_args_is_help=True)
    commands.command("up")(up)
    commands.command("down")(down)
    commands.command("status")(status)
    commands.command("migrate")(migrate)
    commands.command("psql", context_settings={"ignore_unknown_options": True})(psql)
    app.add_typer(commands, name="db")


def up() -> None:
    """Install where needed, create and start the private database; print its address."""
    from data.cluster import Cluster
    from data.settings import get_settings

    settings = get_settings()
    if settings.database_url:
        typer.echo("DATABASE_URL names a database of your own; nothing to start")
        return
    typer.echo(Cluster(settings.var_dir, report=_report).up())


def down() -> None:
    """Stop the private database; its data stay."""
    from data.cluster import Cluster
    from data.settings import get_settings

    was_running = Cluster(get_settings().var_dir).down()
    typer.echo("stopped" if was_running else "was not running")


def status() -> None:
    """Say which database is used, whether it answers, and which migration it is at."""
    from sqlalchemy import create_engine, text

    from data.cluster import Cluster
    from data.db import sqlalchemy_url
    from data.settings import get_settings

    settings = get_settings()
    if settings.database_url:
        url = sqlalchemy_url(settings.database_url)
        typer.echo("database:  your own, from DATABASE_URL")
    else:
        cluster = Cluster(settings.var_dir).status()
        typer.echo(f"database:  private, {cluster.state}, in {cluster.data_dir}")
        if cluster.state != "running":
            raise typer.Exit(code=0 if cluster.state == "stopped" else 2)
        url = sqlalchemy_url(cluster.url or "")
    with create_engine(url).connect() as connection:
        server = connection.execute(text("show server_version")).scalar_one()
        typer.echo(f"server:    PostgreSQL {server.split()[0]}")
        typer.echo(f"migration: {find_revision(connection) or 'none'}, newest is {newest_revision()}")


def find_revision(connection) -> str | None:
    """Return the migration at which the connected database is, or None when it has none."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the newest migration of this version of the program."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def alembic_config(url: str | None = None):
    """Return Alembic's configuration of this installation, for ``url`` or the configured database."""
    from alembic.config import Config

    from data.settings import ROOT

    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "data/migrations"))
    if url:
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(
    to: str = typer.Option(
        "head", help="Migration to end at: head, or a four-digit number, or base for none."
    ),
) -> None:
    """Bring the configured database to a migration, normally the newest. Done already: does nothing."""
    from alembic import command
    from sqlalchemy import create_engine

    from data.db import database_url

    url = database_url()
    with create_engine(url).connect() as connection:
        before = find_revision(connection) or "none"
    config = alembic_config(url)
    is_back = to != "head" and before != "none" and (to == "base" or to < before)
    (command.downgrade if is_back else command.upgrade)(config, to)
    with create_engine(url).connect() as connection:
        typer.echo(f"migrated from {before} to {find_revision(connection) or 'none'}")


def psql(arguments: list[str] = typer.Argument(None, help="Handed to psql as they are, after --.")) -> None:
    """Open psql on the configured database."""
    from data.db import database_url
    from data.postgres import ClusterError, find_servers
    from data.settings import get_settings

    settings = get_settings()
    url = database_url(settings)
    servers = find_servers(settings.var_dir)
    program = shutil.which("psql") or (str(servers[0].bin_dir / "psql") if servers else None)
    if program is None:
        raise ClusterError("psql is not installed: install postgresql-client")
    environment = {**os.environ, **(servers[0].environment if servers else {})}
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    os.execve(program, [program, plain, *(arguments or [])], environment)


def _report(line: str) -> None:
    typer.echo(line, err=True)
