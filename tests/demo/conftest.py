"""The demo region of size s, written once for all tests that only read it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import osmium
import pytest
import shapely
from pyproj import Geod
from python_calamine import CalamineWorkbook

from data.demo.files import RegionFiles
from data.demo.region import write_region

GEOD = Geod(ellps="WGS84")
SPEED_KMH = {
    "primary": 40,
    "secondary": 35,
    "tertiary": 30,
    "unclassified": 25,
    "residential": 20,
    "service": 15,
}


@dataclass(frozen=True)
class OsmWay:
    """A way of an extract: tags, node ids and coordinates."""

    tags: dict[str, str]
    nodes: list[int]
    line: shapely.LineString


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> RegionFiles:
    """The region of size s with seed 7, as `make demo` writes it."""
    return write_region(tmp_path_factory.mktemp("region"), seed=7, size="s", school_year=2027)


def read_ways(extract: Path) -> list[OsmWay]:
    """Return every way of an extract."""
    ways = []
    for way in osmium.FileProcessor(str(extract), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if way.is_way() and len(way.nodes) > 1:
            line = shapely.LineString([(node.lon, node.lat) for node in way.nodes])
            ways.append(OsmWay(dict(way.tags), [node.ref for node in way.nodes], line))
    return ways


@pytest.fixture(scope="session")
def ways(region: RegionFiles) -> list[OsmWay]:
    """Every way of the region's extract."""
    return read_ways(region.extract)


def motorbike_network(ways: list[OsmWay]) -> nx.DiGraph:
    """Return the network a motorbike may use, with ``time_s`` on its edges; vehicle ferries by their duration."""
    network = nx.DiGraph()
    for way in ways:
        highway = way.tags.get("highway")
        ferry = way.tags.get("route") == "ferry" and way.tags["motorcycle"] == "yes"
        if not ferry and (
            highway is None or (highway in {"footway", "path"} and way.tags.get("motorcycle") != "yes")
        ):
            continue
        lengths = [
            GEOD.inv(*start, *end)[2]
            for start, end in zip(way.line.coords[:-1], way.line.coords[1:], strict=True)
        ]
        if ferry:
            hours, minutes = way.tags["duration"].split(":")
            speed_ms = sum(lengths) / (int(hours) * 3600 + int(minutes) * 60)
        else:
            speed_ms = SPEED_KMH.get(str(highway), 10) / 3.6
        for start, end, length in zip(way.nodes[:-1], way.nodes[1:], lengths, strict=True):
            network.add_edge(start, end, time_s=length / speed_ms)
            if way.tags.get("oneway") != "yes":
                network.add_edge(end, start, time_s=length / speed_ms)
    return network


@pytest.fixture(scope="session")
def network(ways: list[OsmWay]) -> nx.DiGraph:
    """The motorbike network of the region."""
    return motorbike_network(ways)


def read_rows(path: Path, sheet: str) -> list[dict[str, Any]]:
    """Return the rows of a sheet as dictionaries by header."""
    header, *rows = (
        CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    )
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture(scope="session")
def student_rows(region: RegionFiles) -> list[dict[str, Any]]:
    """Every row of the students' spreadsheet."""
    return read_rows(region.students, "Học sinh")


@pytest.fixture(scope="session")
def site_rows(region: RegionFiles) -> list[dict[str, Any]]:
    """Every row of the sites' sheet."""
    return read_rows(region.schools, "Điểm trường")


@pytest.fixture(scope="session")
def seat_rows(region: RegionFiles) -> list[dict[str, Any]]:
    """Every row of the seats' sheet."""
    return read_rows(region.schools, "Chỉ tiêu")
