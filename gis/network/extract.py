"""Read the streets, ferries and water of an OpenStreetMap extract into flat arrays."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium

from gis.coordinates import E7, IntArray, geodesic_mm
from gis.errors import ExtractError
from gis.network.access import ROAD_TAGS, Passage, barrier_bits, ferry_passage, road_passage
from gis.network.ferries import FerryRule
from gis.network.speeds import SpeedTable

BRIDGE, TUNNEL, FERRY = 1, 2, 4
"""Bits of a way's flags."""

SHORE, WATERCOURSE = 1, 0
"""Kinds of water line: the edge of a water area, or the middle of a river or canal."""

WATERCOURSES = frozenset({"river", "canal", "stream", "tidal_channel"})
WATER_AREAS = {
    "natural": frozenset({"water"}),
    "waterway": frozenset({"riverbank", "dock"}),
    "landuse": frozenset({"reservoir", "basin"}),
}

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how many are done, and how many there are (none when not known)."""


@dataclass
class Lines:
    """Many polylines in flat arrays; line i owns the points ``first[i]`` to ``first[i + 1]``."""

    first: IntArray
    node: IntArray
    """OpenStreetMap node numbers."""
    lon_e7: npt.NDArray[np.int32]
    lat_e7: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.first) - 1


class LineCollector:
    """Grows polylines point by point in compact arrays, so that a province fits in memory."""

    def __init__(self) -> None:
        """Start empty."""
        self._first = array("q", [0])
        self._node, self._lon, self._lat = array("q"), array("i"), array("i")

    def add(self, nodes: osmium.osm.WayNodeList) -> Iterator[tuple[int, int]]:
        """Add a way's parts and yield each part's bounds in the flat arrays.

        A node whose place is not in the extract ends a part, so that no road leaps over the gap; a node repeated
        in a row counts once; a part of fewer than two nodes is no road.
        """
        begin = len(self._node)
        for node in nodes:
            if not node.location.valid():
                yield from self._close(begin)
                begin = len(self._node)
            elif len(self._node) == begin or self._node[-1] != node.ref:
                self._node.append(node.ref)
                self._lon.append(node.x)
                self._lat.append(node.y)
        yield from self._close(begin)

    def _close(self, begin: int) -> Iterator[tuple[int, int]]:
        """Keep the points since ``begin`` as one line, or drop a lone one."""
        end = len(self._node)
        if end - begin < 2:
            del self._node[begin:], self._lon[begin:], self._lat[begin:]
            return
        self._first.append(end)
        yield begin, end

    def drop_last(self) -> None:
        """Take back the line added last."""
        self._first.pop()
        begin = self._first[-1]
        del self._node[begin:], self._lon[begin:], self._lat[begin:]

    def length_mm(self, begin: int, end: int) -> int:
        """Return the geodesic length of the points between two bounds."""
        lon = np.array(self._lon[begin:end], dtype=np.float64) / E7
        lat = np.array(self._lat[begin:end], dtype=np.float64) / E7
        return int(geodesic_mm(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())

    def lines(self) -> Lines:
        """Return what was collected."""
        return Lines(
            first=np.array(self._first, dtype=np.int64),
            node=np.array(self._node, dtype=np.int64),
            lon_e7=np.array(self._lon, dtype=np.int32),
            lat_e7=np.array(self._lat, dtype=np.int32),
        )


@dataclass
class Streets:
    """Usable ways of an extract: their lines and, per line, what each profile may do there."""

    lines: Lines
    way: IntArray
    road_class: list[str]
    name: list[str]
    flags: npt.NDArray[np.uint8]
    metres_per_hour: npt.NDArray[np.int32]
    """Shape (4, lines)."""
    directions: npt.NDArray[np.uint8]
    """Shape (4, lines)."""
    line_ms: npt.NDArray[np.int64]
    """Shape (4, lines); milliseconds of a ferry's whole line, zero on roads."""
    barriers: dict[int, int] = field(default_factory=dict)
    """Nodes that stop some profiles, with a bit per profile."""


@dataclass
class _Rows:
    """Attributes of the ways in the order in which their lines were collected."""

    way: array = field(default_factory=lambda: array("q"))
    road_class: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    flags: array = field(default_factory=lambda: array("B"))
    passages: list[Passage] = field(default_factory=list)

    def append(self, way: int, tags: dict[str, str], passage: Passage, *, road_class: str) -> None:
        """Add one line's attributes."""
        flags = FERRY if passage.ferry else 0
        if tags.get("bridge", "no") != "no":
            flags |= BRIDGE
        if tags.get("tunnel", "no") not in ("no", "building_passage"):
            flags |= TUNNEL
        self.way.append(way)
        self.road_class.append(road_class)
        self.name.append(tags.get("name") or tags.get("ref") or "")
        self.flags.append(flags)
        self.passages.append(passage)


def check_extract(path: Path) -> None:
    """Refuse a path that cannot be an extract, before anything is read from it.

    Raises:
        ExtractError: missing, empty, or not named ``.osm.pbf`` or ``.osm``.
    """
    if not path.is_file():
        raise ExtractError(f"the extract {path} does not exist")
    if not path.name.endswith((".osm.pbf", ".osm", ".pbf")):
        raise ExtractError(f"{path.name} is not named .osm.pbf or .osm, so it is not taken for an extract")
    if path.stat().st_size == 0:
        raise ExtractError(f"the extract {path.name} is empty")


def reading(path: Path, files: osmium.FileProcessor) -> Iterator:
    """Yield the objects of an extract; a broken file ends in one sentence instead of a traceback.

    Raises:
        ExtractError: the file is damaged or is no OpenStreetMap file.
    """
    try:
        yield from files
    except (RuntimeError, ValueError, OSError) as error:
        reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else "unreadable"
        raise ExtractError(f"{path.name} is not a readable OpenStreetMap extract: {reason}") from error


def opened(path: Path, entities: osmium.osm.osm_entity_bits = osmium.osm.ALL) -> osmium.FileProcessor:
    """Open an extract for the given kinds of objects."""
    check_extract(path)
    try:
        return osmium.FileProcessor(str(path), entities)
    except (RuntimeError, OSError) as error:
        raise ExtractError(f"{path.name} is not a readable OpenStreetMap extract: {error}") from error


def read_streets(
    path: Path, *, speeds: SpeedTable, ferries: dict[int, FerryRule], progress: Progress | None = None
) -> Streets:
    """Read every way that some profile may use.

    Raises:
        ExtractError: the file is broken, holds no usable road, or its nodes carry numbers below one.
    """
    collector, rows = LineCollector(), _Rows()
    known: dict[tuple[str | None, ...], Passage | None] = {}
    lost = 0
    ways = opened(path, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    ways = ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    ways = ways.with_filter(osmium.filter.KeyFilter("highway", "route"))
    for count, way in enumerate(reading(path, ways)):
        if progress and count % 5000 == 0:
            progress("roads read", count, None)
        tags = dict(way.tags)
        if tags.get("route") == "ferry":
            for begin, end in collector.add(way.nodes):
                passage = ferry_passage(
                    tags,
                    length_mm=collector.length_mm(begin, end),
                    speeds=speeds,
                    rule=ferries.get(way.id),
                )
                if passage is None:
                    collector.drop_last()
                else:
                    rows.append(way.id, tags, passage, road_class="ferry")
            continue
        if "highway" not in tags:
            continue
        key = tuple(tags.get(name) for name in ROAD_TAGS)
        if key not in known:
            known[key] = road_passage(tags, speeds)
        passage = known[key]
        if passage is not None:
            lost += not any(node.location.valid() for node in way.nodes) if not rows.way else 0
            for _ in collector.add(way.nodes):
                road_class = "alley" if tags.get("service") == "alley" else tags["highway"]
                rows.append(way.id, tags, passage, road_class=road_class)
    return _streets(path, collector.lines(), rows, _read_barriers(path), roads_without_nodes=lost)


def _read_barriers(path: Path) -> dict[int, int]:
    """Return the barriers that stop somebody, by node."""
    nodes = opened(path, osmium.osm.NODE).with_filter(osmium.filter.KeyFilter("barrier"))
    found = {node.id: barrier_bits(dict(node.tags)) for node in reading(path, nodes)}
    return {node: bits for node, bits in found.items() if bits}


def _streets(
    path: Path, lines: Lines, rows: _Rows, barriers: dict[int, int], *, roads_without_nodes: int
) -> Streets:
    """Turn the collected rows into arrays."""
    if not len(lines) and roads_without_nodes:
        raise ExtractError(
            f"{path.name} holds roads but not the places of their nodes; "
            "export it whole, with nodes numbered from 1 and standing before the ways"
        )
    if not len(lines):
        raise ExtractError(
            f"{path.name} holds no road that anybody may use; is it an extract with highways in it?"
        )
    passages = rows.passages
    return Streets(
        lines=lines,
        way=np.array(rows.way, dtype=np.int64),
        road_class=rows.road_class,
        name=rows.name,
        flags=np.array(rows.flags, dtype=np.uint8),
        metres_per_hour=np.array([p.metres_per_hour for p in passages], dtype=np.int32).T.copy(),
        directions=np.array([p.directions for p in passages], dtype=np.uint8).T.copy(),
        line_ms=np.array([p.line_ms for p in passages], dtype=np.int64).T.copy(),
        barriers=barriers,
    )


def is_water_area(tags: dict[str, str]) -> bool:
    """Whether a closed way or multipolygon with these tags is a surface of water one cannot walk over."""
    return any(tags.get(key) in values for key, values in WATER_AREAS.items())


def is_watercourse(tags: dict[str, str]) -> bool:
    """Whether a line with these tags is open water that needs a bridge; culverts and coverings do not."""
    open_air = tags.get("tunnel", "no") == "no" and tags.get("covered", "no") == "no"
    return open_air and tags.get("waterway") in WATERCOURSES


def read_water(path: Path) -> tuple[Lines, npt.NDArray[np.uint8]]:
    """Read the lines that cannot be walked across: watercourses, and the shores of water areas and of the sea.

    Shores are taken from ways and from members of multipolygons, whether or not the polygon is complete in the
    extract, because a river cut at the extract's border still is a river.

    Returns:
        The lines, and for each ``SHORE`` or ``WATERCOURSE``.
    """
    members: set[int] = set()
    for relation in reading(path, opened(path, osmium.osm.RELATION)):
        tags = dict(relation.tags)
        if tags.get("type") == "multipolygon" and is_water_area(tags):
            members.update(member.ref for member in relation.members if member.type == "w")
    collector, kinds = LineCollector(), array("B")
    ways = opened(path, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    for way in reading(path, ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))):
        tags = dict(way.tags) if len(way.tags) else {}
        if (
            way.id in members
            or tags.get("natural") == "coastline"
            or (way.is_closed() and is_water_area(tags))
        ):
            kind = SHORE
        elif is_watercourse(tags):
            kind = WATERCOURSE
        else:
            continue
        for _ in collector.add(way.nodes):
            kinds.append(kind)
    return collector.lines(), np.array(kinds, dtype=np.uint8)
