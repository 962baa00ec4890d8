"""Reads a real extract for where families can live: along its streets and alleys, near dwellings, on dry land."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.demo.plane import FloatArray, Spot, spot_array
from data.demo.streets import Frontage

HOMES_PER_M = {
    "living_street": 1.2, "residential": 1.0, "service": 1.1, "unclassified": 0.7, "tertiary": 0.5, "road": 0.5,
    "secondary": 0.35, "primary": 0.2, "footway": 0.5, "pedestrian": 0.4, "trunk": 0.05,
}  # fmt: skip
"""How densely families live along a street of each class; service ways are mostly alleys."""
MOTORBIKE_CLASSES = frozenset(HOMES_PER_M) - {"footway", "pedestrian"} | {
    "primary_link", "secondary_link", "tertiary_link", "trunk_link",
}  # fmt: skip
WATERWAYS = frozenset({"river", "canal", "stream", "drain"})
CELL_M = 300.0
DWELLING_STREETS_M = 900.0
"""A cell of 300 m has dwellings where it has this many metres of small streets, or a house number."""
STREET_WORDS = (
    "Đường",
    "Hẻm",
    "Quốc lộ",
    "Tỉnh lộ",
    "Hương lộ",
    "Đại lộ",
    "Phố",
    "Ngõ",
    "Cầu",
    "Xa lộ",
    "Lô",
)


class UnreadableExtract(Exception):
    """The file is not an OpenStreetMap extract, or has no streets to live in."""


@dataclass
class CityMap:
    """What matters of a real extract: frontages on the connected network, roads, and water on the plane."""

    frontages: list[Frontage]
    roads: list[shapely.Geometry]
    water: shapely.Geometry
    waterways: list[shapely.Geometry]
    districts: list[tuple[str, shapely.Geometry]]


@dataclass(frozen=True)
class _Street:
    """A way of the extract on the plane."""

    osm_id: int
    highway: str
    name: str
    nodes: tuple[int, ...]
    line: FloatArray
    oneway: bool


def read_city(extract: Path) -> CityMap:
    """Read the extract in place.

    Raises:
        UnreadableExtract: the file cannot be read as an extract, or has no connected streets.
    """
    found = _Findings()
    try:
        for item in osmium.FileProcessor(str(extract)).with_areas():
            if item.is_node():
                found.take_node(item)
            elif item.is_area():
                found.take_area(item)
            elif item.is_way():
                found.take_way(item)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise UnreadableExtract(f"{extract.name} is not a readable OpenStreetMap extract: {error}") from error
    kept = _largest_network(found.streets, found.barriers)
    if not kept:
        raise UnreadableExtract(f"{extract.name} has no connected streets")
    wet = shapely.union_all(found.wet) if found.wet else shapely.Polygon()
    return CityMap(
        frontages=_frontages(kept, found.house_numbers),
        roads=[shapely.LineString(street.line) for street in kept],
        water=shapely.transform(wet, spot_array),
        waterways=[shapely.transform(line, spot_array) for line in found.waterways],
        districts=[
            (name, shapely.transform(shape, spot_array))
            for _, name, shape in sorted(found.districts, key=_first)
        ],
    )


class _Findings:
    """What one pass over an extract finds, in longitude and latitude but for the streets."""

    def __init__(self) -> None:
        self.streets: list[_Street] = []
        self.barriers: set[int] = set()
        self.house_numbers: list[tuple[float, float]] = []
        self.wet: list[shapely.Geometry] = []
        self.waterways: list[shapely.Geometry] = []
        self.districts: list[tuple[int, str, shapely.Geometry]] = []
        self._factory = osmium.geom.WKBFactory()

    def take_node(self, node: osmium.osm.Node) -> None:
        """Keep the place of a house number, and the nodes where something may stand across the street."""
        if "barrier" in node.tags:
            self.barriers.add(node.id)
        if "addr:housenumber" in node.tags:
            self.house_numbers.append((node.location.lon, node.location.lat))

    def take_area(self, area: osmium.osm.Area) -> None:
        """Keep water and districts; an area whose ways the extract cuts off has no rings and is passed over."""
        tags = area.tags
        is_water = tags.get("natural") == "water" or tags.get("waterway") == "riverbank"
        is_district = tags.get("boundary") == "administrative" and tags.get("admin_level") == "6"
        if not (is_water or is_district) or not area.num_rings()[0]:
            return
        shape = shapely.from_wkb(self._factory.create_multipolygon(area))
        if is_water:
            self.wet.append(shape)
        elif "name" in tags:
            self.districts.append((area.orig_id(), tags["name"], shape))

    def take_way(self, way: osmium.osm.Way) -> None:
        """Keep waterways above ground, and streets a motorbike may use."""
        places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if way.tags.get("waterway") in WATERWAYS and "tunnel" not in way.tags and len(places) > 1:
            self.waterways.append(shapely.LineString(places))
        street = _street(way)
        if street is not None:
            self.streets.append(street)


def _first(entry: tuple[int, str, shapely.Geometry]) -> int:
    """Return the id an entry is sorted by."""
    return entry[0]


def _street(way: osmium.osm.Way) -> _Street | None:
    """Return a way as a street if a motorbike may use it."""
    tags = way.tags
    highway = tags.get("highway")
    closed = {"no", "private"} & {tags.get("access"), tags.get("motorcycle"), tags.get("motor_vehicle")}
    if highway not in MOTORBIKE_CLASSES or closed or tags.get("area") == "yes":
        return None
    nodes = [node for node in way.nodes if node.location.valid()]
    if len(nodes) < 2:
        return None
    covered = "bridge" in tags or "tunnel" in tags
    return _Street(
        osm_id=way.id,
        highway="bridge" if covered else highway,
        name=tags.get("name", "").strip(),
        nodes=tuple(node.ref for node in nodes),
        line=spot_array(np.array([(node.lon, node.lat) for node in nodes])),
        oneway=tags.get("oneway") in {"yes", "1", "true", "-1"} or tags.get("junction") == "roundabout",
    )


def _largest_network(streets: Sequence[_Street], barriers: Collection[int]) -> list[_Street]:
    """Return the streets of the largest part in which every place reaches every other without passing a barrier.

    Gates and bollards do not always close a street, but homes behind them would be a question of their own.
    """
    number = {
        node: index
        for index, node in enumerate(sorted({node for street in streets for node in street.nodes}))
    }
    if not number:
        return []
    starts: list[int] = []
    ends: list[int] = []
    for street in streets:
        for start, end in pairwise(street.nodes):
            if start in barriers or end in barriers:
                continue
            starts.append(number[start])
            ends.append(number[end])
            if not street.oneway:
                starts.append(number[end])
                ends.append(number[start])
    graph = coo_array((np.ones(len(starts), dtype=np.int8), (starts, ends)), shape=(len(number), len(number)))
    _, part = connected_components(graph.tocsr(), directed=True, connection="strong")
    largest = int(np.bincount(part).argmax())
    return [street for street in streets if all(part[number[node]] == largest for node in street.nodes)]


def _frontages(streets: Sequence[_Street], numbered: Sequence[tuple[float, float]]) -> list[Frontage]:
    """Return every straight piece of street with the metres of homes it offers; none far from dwellings."""
    starts = np.concatenate([street.line[:-1] for street in streets])
    ends = np.concatenate([street.line[1:] for street in streets])
    owner = np.repeat(np.arange(len(streets)), [len(street.line) - 1 for street in streets])
    length = np.sqrt(((ends - starts) ** 2).sum(axis=1))
    density = np.array([HOMES_PER_M.get(street.highway, 0.0) for street in streets])[owner]
    small = np.array([street.highway in {"residential", "service", "living_street"} for street in streets])[
        owner
    ]
    houses = spot_array(np.array(numbered)) if numbered else np.empty((0, 2))
    weight = length * density * _lived_in((starts + ends) / 2, length * small, houses)
    walked = np.concatenate([np.cumsum(_lengths(street.line)) - _lengths(street.line) for street in streets])
    labels = _labels(streets)
    return [
        Frontage(
            Spot(*starts[piece]),
            Spot(*ends[piece]),
            labels[owner[piece]][0],
            0,
            float(weight[piece]),
            float(walked[piece]),
            labels[owner[piece]][1],
        )
        for piece in np.flatnonzero((weight > 0) & (length > 3.0))
    ]


def _lengths(line: FloatArray) -> FloatArray:
    """Return the length of each piece of a line."""
    return np.sqrt(((line[1:] - line[:-1]) ** 2).sum(axis=1))


def _lived_in(middles: FloatArray, small_m: FloatArray, houses: FloatArray) -> NDArray[np.float64]:
    """Return for each piece of street how lived-in its cell is: 0 without dwellings, 1 to 2 with."""
    everything = np.concatenate([middles, houses])
    low = everything.min(axis=0)
    columns = int((everything[:, 0].max() - low[0]) // CELL_M) + 1

    def cells(points: FloatArray) -> NDArray[np.int64]:
        steps = ((points - low) // CELL_M).astype(np.int64)
        return steps[:, 1] * columns + steps[:, 0]

    size = int(cells(everything).max()) + 1
    street_m = np.bincount(cells(middles), weights=small_m, minlength=size)
    doors = np.bincount(cells(houses), minlength=size)
    lived = (street_m >= DWELLING_STREETS_M) | (doors > 0)
    richness = 1.0 + np.minimum(1.0, street_m / 6_000.0)
    return (lived * richness)[cells(middles)]


def _labels(streets: Sequence[_Street]) -> list[tuple[str, int]]:
    """Return each street's name for addresses, and a number where it is a nameless alley off a named street."""
    named = [street for street in streets if street.name]
    if not named:
        return [("Đường chưa đặt tên", 0)] * len(streets)
    tree = shapely.STRtree([shapely.LineString(street.line) for street in named])
    labels = []
    for street in streets:
        if street.name:
            labels.append((_street_name(street.name), 0))
            continue
        nearest = named[int(tree.nearest(shapely.Point(street.line[len(street.line) // 2])))]
        labels.append((_street_name(nearest.name), street.osm_id % 300 + 1))
    return labels


def _street_name(name: str) -> str:
    """Return the name with the word for street in front where mappers left it out."""
    return name if name.startswith(STREET_WORDS) else f"Đường {name}"
