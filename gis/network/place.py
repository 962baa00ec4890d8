"""Streets of a named place, fetched with OSMnx when there is a connection, as an extract our builder reads.

OSMnx asks Nominatim for the place's outline and Overpass for its ways. Nothing else of the product needs a network.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import ExtractError

if TYPE_CHECKING:
    import networkx as nx

FILTERS = ['["highway"]', '["route"="ferry"]']
"""Every road whatever its access, and ferries, which OSMnx's own filters drop: our builder decides by profile."""
WAY_TAGS = [
    "access", "area", "bridge", "bus", "duration", "foot", "highway", "interval", "junction", "layer", "maxspeed",
    "motor_vehicle", "motorcar", "motorcycle", "name", "oneway", "oneway:motorcycle", "route", "service", "tunnel",
    "vehicle",
]  # fmt: skip


def fetch_place(place: str, output: Path) -> tuple[int, int]:
    """Write the streets and ferries of ``place`` to ``output`` (.osm) and return the numbers of nodes and arcs.

    Raises:
        ExtractError: no connection, no such place, no streets there, or the file cannot be written.
    """
    import osmnx
    from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError
    from requests.exceptions import RequestException

    # What save_graph_xml asks for: each way in its drawn direction, once.
    osmnx.settings.all_oneway = True
    osmnx.settings.useful_tags_way = WAY_TAGS
    osmnx.settings.use_cache = False
    try:
        graph = osmnx.graph_from_place(place, simplify=False, retain_all=True, custom_filter=FILTERS)
    except RequestException as wrong:
        raise ExtractError(
            f"the map server cannot be reached, so {place!r} was not fetched: try again later"
        ) from wrong
    except (InsufficientResponseError, ResponseStatusCodeError, TypeError, ValueError) as wrong:
        raise ExtractError(
            f"the map server found no streets for {place!r}: name the place more exactly"
        ) from wrong
    write_extract(graph, output)
    return graph.number_of_nodes(), graph.number_of_edges()


def write_extract(graph: "nx.MultiDiGraph", output: Path) -> None:
    """Write an unsimplified OSMnx graph as OpenStreetMap XML, whole or not at all.

    Raises:
        ExtractError: the name does not end in .osm.
    """
    import osmnx

    if output.suffix != ".osm":
        raise ExtractError(f"{output.name} must end in .osm")
    draft = output.with_name(f"{output.stem}.part.osm")
    try:
        osmnx.io.save_graph_xml(graph, draft)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
