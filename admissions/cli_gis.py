"""``dungtuyen network`` and ``travel-table``: road networks and travel times, on files and in the database."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import typer

SHOWN_SENTENCES = 20
"""Flagged or refused rows told one by one; more are counted."""


def register(app: typer.Typer) -> None:
    """Mount the ``network`` commands and ``travel-table``."""
    commands = typer.Typer(help="Road networks: build, export, import, amend, measure.", no_args_is_help=True)
    commands.command("build")(build)
    commands.command("export")(export)
    commands.command("amend")(amend_folder)
    commands.command("import")(import_into_database)
    commands.command("amend-version")(amend_in_database)
    commands.command("versions")(versions)
    commands.command("fetch")(fetch)
    commands.command("stats")(stats)
    app.add_typer(commands, name="network")
    areas = typer.Typer(help="Administrative areas: boundaries, old units, look-up.", no_args_is_help=True)
    areas.command("import")(import_boundaries)
    areas.command("predecessors")(import_old_units)
    areas.command("find")(find_area)
    app.add_typer(areas, name="areas")
    app.command("travel-table")(travel_table)


def build(
    extract: Path = typer.Argument(help="OpenStreetMap extract, .osm.pbf or .osm."),
    output: Path = typer.Option(help="Folder to write the network into."),
    ferries: Path | None = typer.Option(None, help="Ferries file: way,profiles,duration_min,wait_min."),
    speeds: Path | None = typer.Option(None, help="Speed table, by default gis/network/speeds.toml."),
) -> None:
    """Read an extract into a network folder that loads in well under a second."""
    from gis.network.build import build_network
    from gis.network.network import check_output

    check_output(output)
    with _Progress() as progress:
        network = build_network(extract, ferries=ferries, speeds=speeds, progress=progress)
    network.save(output)
    _tell_network(network.header["report"])


def export(
    network: Path = typer.Argument(help="Network folder."),
    profile: str = typer.Option(help="walk, motorbike, car or boat."),
    edges: Path = typer.Option(help="CSV to write arcs to: source,target,length_m,time_s."),
    nodes: Path = typer.Option(help="CSV to write nodes to: node,lon,lat."),
) -> None:
    """Write exactly the graph that is searched, so that anybody can check a travel time."""
    from gis.network.export import export_graph
    from gis.network.network import read_network

    arcs, count = export_graph(read_network(network), profile, edges=edges, nodes=nodes)
    typer.echo(f"{arcs} arcs, {count} nodes", err=True)


def amend_folder(
    network: Path = typer.Argument(help="Network folder to start from; it stays as it is."),
    edits: Path = typer.Argument(help="Edit list: close, speed, ferry, add (see gis/network/edits.py)."),
    output: Path = typer.Option(help="Folder to write the amended network into."),
) -> None:
    """Write what a network becomes when a road is cut, a ferry stops or a bridge opens."""
    from gis.network.amend import amend
    from gis.network.edits import read_edits
    from gis.network.network import check_output, read_network
    from gis.network.speeds import SpeedTable

    check_output(output)
    base = read_network(network)
    amended = amend(base, read_edits(edits, SpeedTable(**base.header["speeds"])))
    amended.save(output)
    _tell_network(amended.header["report"])


def amend_in_database(
    base: int = typer.Argument(help="Number of the network version to start from; it stays as it is."),
    edits: Path = typer.Argument(help="Edit list: close, speed, ferry, add (see gis/network/edits.py)."),
    name: str = typer.Option("", help="Name to show; by default the edit list's."),
) -> None:
    """Store what a network version becomes after an edit list, as a version of its own."""
    from data.clock import system_clock
    from data.db import transaction
    from gis import service

    with transaction() as session:
        version = service.amend_network(
            session, base_version_id=base, edits=edits, name=name or edits.stem, now=system_clock()
        )
        report, number = version.report, version.id
    _tell_network(report)
    typer.echo(f"network version {number}")


def versions() -> None:
    """List the network versions in the database, the newest first."""
    from data.db import transaction
    from gis.repository import list_versions

    with transaction() as session:
        for version in list_versions(session):
            amends = f", amends {version.base_version_id}" if version.base_version_id else ""
            typer.echo(f"{version.id}  {version.name}  {version.content_sha256[:12]}{amends}")


def travel_table(
    network: Path = typer.Argument(help="Network folder."),
    origins: Path = typer.Argument(help="CSV of homes: id,lon,lat."),
    destinations: Path = typer.Argument(help="CSV of school gates: id,lon,lat."),
    profile: str = typer.Option(help="walk, motorbike, car or boat."),
    output: Path = typer.Option(help="Table to write, .csv or .parquet."),
    max_minutes: float | None = typer.Option(None, help="Leave out longer ways; inclusive."),
    nearest: int | None = typer.Option(None, help="Keep the nearest destinations per origin."),
    snap: str = typer.Option("edge", help="edge: to the nearest road; node: to the nearest exported node."),
    skip_bad: bool = typer.Option(False, "--skip-bad", help="Leave refused rows out and list them."),
) -> None:
    """Write the fastest way from every home to every school: seconds and metres."""
    from gis.network.network import profile_index, read_network
    from gis.travel_table import TableError, TableOptions, write_travel_table

    profile_index(profile)
    if snap not in ("edge", "node"):
        raise TableError(f"--snap is {snap!r}; edge or node is needed")
    options = TableOptions(
        profile=profile,
        max_minutes=max_minutes,
        nearest=nearest,
        snap="edge" if snap == "edge" else "node",
        skip_bad=skip_bad,
    )
    with _Progress() as progress:
        report = write_travel_table(
            read_network(network),
            origins=origins,
            destinations=destinations,
            output=output,
            options=options,
            progress=progress,
        )
    _tell_sentences("left out", report.left_out)
    _tell_sentences("far from a road", report.flagged)
    beyond = f", {report.beyond_limit} beyond the limit" if max_minutes is not None else ""
    typer.echo(
        f"{report.origins} origins, {report.destinations} destinations: {report.written} rows written, "
        f"{report.unreachable} pairs unreachable{beyond}, {len(report.left_out)} rows left out, "
        f"{len(report.flagged)} flagged",
        err=True,
    )


def import_into_database(
    extract: Path = typer.Argument(help="OpenStreetMap extract, .osm.pbf or .osm."),
    name: str = typer.Option("", help="Name to show; by default the file's."),
    ferries: Path | None = typer.Option(None, help="Ferries file: way,profiles,duration_min,wait_min."),
    speeds: Path | None = typer.Option(None, help="Speed table, by default gis/network/speeds.toml."),
) -> None:
    """Import an extract into the database as an immutable network version with its base map."""
    from data.clock import system_clock
    from data.db import transaction
    from gis import service

    with _Progress() as progress, transaction() as session:
        version = service.import_network(
            session,
            extract=extract,
            name=name or extract.name,
            now=system_clock(),
            ferries=ferries,
            speeds=speeds,
            progress=progress,
        )
        report, number = version.report, version.id
    _tell_network(report)
    typer.echo(f"network version {number}")


def fetch(
    place: str = typer.Argument(help="Name of a place, such as 'Cần Giờ, Thành phố Hồ Chí Minh'."),
    output: Path = typer.Option(help="Extract to write, .osm."),
) -> None:
    """Fetch a place's streets and ferries from OpenStreetMap (needs a connection)."""
    from gis.network.place import fetch_place

    nodes, arcs = fetch_place(place, output)
    typer.echo(
        f"{nodes} nodes, {arcs} arcs written to {output}; © OpenStreetMap contributors, ODbL", err=True
    )


def stats(network: Path = typer.Argument(help="Network folder.")) -> None:
    """Say what kind of street network this is: junctions, dead ends, lengths, circuity."""
    from dataclasses import asdict

    from gis.network.network import read_network
    from gis.network.statistics import measure_streets

    for name, value in asdict(measure_streets(read_network(network))).items():
        typer.echo(f"{name:<22} {value:>12,.2f}" if isinstance(value, float) else f"{name:<22} {value:>12,}")


def import_boundaries(
    file: Path = typer.Argument(help="GeoJSON in EPSG:4326 with code and name, plain or gzipped."),
    kind: str = typer.Option(help="province, commune or hamlet."),
    valid_from: str = typer.Option(help="First day of these boundaries, YYYY-MM-DD."),
    skip_bad: bool = typer.Option(
        False, "--skip-bad", help="Load the rest when features are bad, and list them."
    ),
) -> None:
    """Import boundaries of one level. May be run twice; a later first day ends the earlier boundary."""
    from data.db import transaction
    from gis import service

    with transaction() as session:
        report = service.import_areas(
            session, path=file, kind=kind, valid_from=_day(valid_from), skip_bad=skip_bad
        )
    _tell_sentences("refused", [str(refusal) for refusal in report.refused])
    typer.echo(
        f"{report.rows_read} features read, {report.kept} kept ({report.changed} new or changed), "
        f"{len(report.refused)} refused, {report.other_kinds} of other kinds"
    )


def import_old_units(
    file: Path = typer.Argument(
        help="CSV code,old_name,old_district,old_code,whole; or the converter's JSON."
    ),
    on: str = typer.Option(help="A day on which the new communes exist, YYYY-MM-DD."),
) -> None:
    """Import which old communes went into today's, so that old names and codes find their place."""
    from data.db import transaction
    from gis import service

    with transaction() as session:
        report = service.import_predecessors(session, path=file, on=_day(on))
    typer.echo(
        f"{report.rows_read} old units read, {report.kept} kept, {report.other_kinds} of communes not loaded"
    )


def find_area(
    name: str = typer.Argument(help='Name or code, old or new: "Phường Bến Nghé, Quận 1".'),
    on: str = typer.Option(help="The day to answer for, YYYY-MM-DD."),
) -> None:
    """Find the areas that bear a name or code, or whose predecessors did."""
    from data.db import transaction
    from gis import service

    with transaction() as session:
        found = service.find_areas_by_name(session, name=name, on=_day(on))
    for item in found:
        part = "" if item.whole else ", a part of it"
        former = f"  (was {item.former_name}{part})" if item.former_name else ""
        typer.echo(f"{item.area.kind} {item.area.code}  {item.area.name}{former}")
    if not found:
        typer.echo("no such area", err=True)
        raise typer.Exit(code=2)


def _day(text: str) -> date:
    """Return a day typed as YYYY-MM-DD."""
    from gis.errors import AreaError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AreaError(f"{text!r} is no date; write it as YYYY-MM-DD") from None


def _tell_network(report: dict[str, Any]) -> None:
    """Say what a network holds, and what it leaves out."""
    typer.echo(
        f"{report['nodes']} nodes, {report['edges']} edges, {report['road_km']} km, "
        f"{report['ferry_lines']} ferry lines, {report['water_lines']} water lines",
        err=True,
    )
    if not report["water_lines"]:
        typer.echo(
            "this extract has no water: points are not kept from meeting a road across a canal", err=True
        )
    for profile, found in report["profiles"].items():
        kept = found["kept_nodes"]
        sizes = ", ".join(str(size) for size in kept[:8]) + (", ..." if len(kept) > 8 else "")
        typer.echo(
            f"{profile}: {len(kept)} components kept ({sizes} nodes), "
            f"{found['left_out_components']} of fewer than 20 nodes left out "
            f"({found['left_out_nodes']} nodes)",
            err=True,
        )


def _tell_sentences(what: str, sentences: list[str]) -> None:
    """List rows on stderr, the first ones in full."""
    for sentence in sentences[:SHOWN_SENTENCES]:
        typer.echo(f"{what}: {sentence}", err=True)
    if len(sentences) > SHOWN_SENTENCES:
        typer.echo(f"{what}: {len(sentences) - SHOWN_SENTENCES} more", err=True)


class _Progress:
    """A progress bar on a terminal; nothing where output goes to a file."""

    def __enter__(self) -> Callable[[str, int, int | None], None]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._bar.start()
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = self._bar.add_task(what, total=total)
            self._bar.update(tasks[what], completed=done, total=total)

        return show

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
