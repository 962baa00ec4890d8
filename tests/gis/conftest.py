"""Small hand-drawn maps: streets in metres about one point, written as real OpenStreetMap files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from gis.coordinates import Point
from gis.network.build import build_network
from gis.network.network import Network

CENTRE = Point(106.7, 10.77)
DEGREE_NORTH_M = 110_605.0
DEGREE_EAST_M = 109_372.0


def place(x_m: float, y_m: float) -> Point:
    """Return the point so many metres east and north of the centre (to about a millimetre per kilometre)."""
    return Point(round(CENTRE.lon + x_m / DEGREE_EAST_M, 7), round(CENTRE.lat + y_m / DEGREE_NORTH_M, 7))


@dataclass
class Drawing:
    """A map under construction. Nodes and ways are numbered from 1 in the order in which they are drawn."""

    nodes: list[tuple[int, Point, dict[str, str]]] = field(default_factory=list)
    ways: list[tuple[int, list[int], dict[str, str]]] = field(default_factory=list)
    relations: list[tuple[int, list[int], dict[str, str]]] = field(default_factory=list)

    def node(self, x_m: float, y_m: float, **tags: str) -> int:
        """Draw a node and return its number."""
        self.nodes.append((len(self.nodes) + 1, place(x_m, y_m), tags))
        return len(self.nodes)

    def way(self, nodes: Sequence[int], tags: dict[str, str] | None = None, **more: str) -> int:
        """Draw a way through nodes and return its number."""
        self.ways.append((len(self.ways) + 1, list(nodes), {**(tags or {}), **more}))
        return len(self.ways)

    def street(self, *places_m: tuple[float, float], **tags: str) -> list[int]:
        """Draw a residential street through places and return its nodes."""
        nodes = [self.node(x, y) for x, y in places_m]
        self.way(nodes, {"highway": "residential", **tags})
        return nodes

    def grid(
        self,
        columns: int,
        rows: int,
        *,
        step_m: float = 100,
        west_m: float = 0,
        south_m: float = 0,
        **tags: str,
    ) -> list[list[int]]:
        """Draw crossing streets and return the crossings, ``[column][row]``."""
        crossings = [
            [self.node(west_m + i * step_m, south_m + j * step_m) for j in range(rows)]
            for i in range(columns)
        ]
        for column in crossings:
            self.way(column, {"highway": "residential", **tags})
        for j in range(rows):
            self.way([column[j] for column in crossings], {"highway": "residential", **tags})
        return crossings

    def multipolygon(self, ways: Sequence[int], **tags: str) -> None:
        """Draw a multipolygon of outer ways."""
        self.relations.append((len(self.relations) + 1, list(ways), {"type": "multipolygon", **tags}))

    def save(self, path: Path) -> Path:
        """Write the map as OpenStreetMap XML."""
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
        for number, point, tags in self.nodes:
            position = f'lat="{point.lat:.7f}" lon="{point.lon:.7f}"'
            lines.append(f'<node id="{number}" version="1" {position}>{_tags(tags)}</node>')
        for number, nodes, tags in self.ways:
            refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
            lines.append(f'<way id="{number}" version="1">{refs}{_tags(tags)}</way>')
        for number, ways, tags in self.relations:
            members = "".join(f'<member type="way" ref="{way}" role="outer"/>' for way in ways)
            lines.append(f'<relation id="{number}" version="1">{members}{_tags(tags)}</relation>')
        path.write_text("\n".join([*lines, "</osm>", ""]), encoding="utf-8")
        return path


def _tags(tags: dict[str, str]) -> str:
    """Return tags as XML elements."""
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


@pytest.fixture
def drawing() -> Drawing:
    """An empty map."""
    return Drawing()


@pytest.fixture
def built(tmp_path: Path) -> Callable[[Drawing], Network]:
    """A function that builds the network of a map."""
    return lambda drawing: build_network(drawing.save(tmp_path / "drawn.osm"))


@pytest.fixture
def at() -> Callable[[float, float], Point]:
    """A function from metres east and north of the centre to a point."""
    return place


@pytest.fixture
def two_banks() -> Drawing:
    """Two street grids on both banks of a canal, joined by one bridge 1 km upstream.

    West bank: x 0 to 400; canal along x 500, from y -500 to 1500; east bank: x 600 to 1000; bridge at y 1000.
    """
    drawing = Drawing()
    west = drawing.grid(5, 5, west_m=0, south_m=0)
    east = drawing.grid(5, 5, west_m=600, south_m=0)
    canal = [drawing.node(500, -500), drawing.node(500, 1500)]
    drawing.way(canal, waterway="canal", name="Kênh Đào")
    west_end, east_end = drawing.node(400, 1000), drawing.node(600, 1000)
    drawing.way([west[4][4], west_end], highway="residential", name="Đường Bờ Tây")
    drawing.way([west_end, east_end], highway="residential", bridge="yes", name="Cầu Kênh Đào")
    drawing.way([east_end, east[0][4]], highway="residential", name="Đường Bờ Đông")
    return drawing
