"""The demo: an invented region, or a real city's streets, from files to published results.

``demo up`` goes on where an interrupted one stopped, and starts in seconds when everything is there.
"""

from pathlib import Path
from typing import Annotated

import typer

SIZES = ("xs", "s", "m", "l")


def register(app: typer.Typer) -> None:
    """Add ``demo up``, ``demo load`` and ``demo serve``."""
    demo = typer.Typer(
        no_args_is_help=True, help="An illustrative region or city, from files to published results."
    )
    app.add_typer(demo, name="demo")

    @demo.command()
    def up(
        fresh: Annotated[
            bool, typer.Option("--fresh", help="Remove the demo's data and start over.")
        ] = False,
        serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the pages at the end.")] = True,
        size: Annotated[str, typer.Option(help="xs, s, m or l.")] = "s",
        seed: Annotated[int, typer.Option(help="The same seed gives the same results.")] = 7,
        port: Annotated[int, typer.Option(help="Port of the pages.")] = 8000,
    ) -> None:
        """Build the demo region, play its season, and serve the pages."""
        if size not in SIZES:
            raise typer.BadParameter(f"choose one of {', '.join(SIZES)}", param_hint="--size")
        from admissions.demo.play import play_region

        play_region(size=size, seed=seed, fresh=fresh, serve=serve, port=port)

    @demo.command()
    def load(
        extract: Annotated[Path, typer.Option(help="OpenStreetMap extract of a city (.osm.pbf or .osm).")],
        schools: Annotated[Path, typer.Option(help="Its schools as GeoJSON points with name and levels.")],
        students: Annotated[
            int, typer.Option(min=2, help="Children to generate, half lớp 1 and half lớp 6.")
        ] = 20_000,
        seed: Annotated[int, typer.Option(help="The same seed gives the same results.")] = 7,
        communes: Annotated[
            Path | None, typer.Option(help="Commune boundaries as GeoJSON, if at hand.")
        ] = None,
    ) -> None:
        """Play a season on a real city's streets, in a database of its own beside the demo's."""
        from admissions.demo.play import play_city

        play_city(extract=extract, schools=schools, students=students, seed=seed, communes=communes)

    @demo.command()
    def serve(
        city: Annotated[bool, typer.Option("--city", help="Serve the city that `demo load` loaded.")] = False,
        port: Annotated[int, typer.Option(help="Port of the pages.")] = 8000,
    ) -> None:
        """Serve a demo that was built before."""
        from admissions.demo.play import serve_demo

        serve_demo(city=city, port=port)
