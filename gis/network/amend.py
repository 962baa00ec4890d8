"""Make a new network from another and an edit list. The old one stays as it is: versions are never changed."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from gis.coordinates import E7, IntArray, geodesic_mm
from gis.errors import SpeedTableError
from gis.network.access import BOTH, FORWARD
from gis.network.build import TimedStreets, assemble
from gis.network.edits import Edit
from gis.network.extract import BRIDGE, FERRY, Lines, Streets
from gis.network.network import Network
from gis.network.speeds import ROAD_PROFILES
from gis.snapping import EdgeSnapper
from gis.tables import PROFILES

JOINED_WITHIN_MM = 30_000
"""A new road's end this near to a road is joined to it."""


@dataclass
class _Line:
    """One line with everything it carries, while edits are applied. Arrays are per point; the last segment is 0."""

    way: int
    road_class: str
    name: str
    flags: int
    directions: np.ndarray
    node: IntArray
    lon_e7: np.ndarray
    lat_e7: np.ndarray
    mm: np.ndarray
    ms: np.ndarray


def amend(network: Network, edits: list[Edit]) -> Network:
    """Return the network after the edits.

    Raises:
        SpeedTableError: an edit names a way that is not there, or a new road's end meets no road.
    """
    lines = _lines_of(network)
    by_way: dict[int, list[_Line]] = {}
    for line in lines:
        by_way.setdefault(line.way, []).append(line)
    for edit in edits:
        if edit.way is not None:
            if edit.way not in by_way:
                raise SpeedTableError(f"{edit.action}: the network has no way {edit.way}")
            _change(by_way[edit.way], edit)
    way = min(-1, int(network.edge_way.min()) - 1)
    for edit in edits:
        if edit.action == "add":
            lines.append(_join(network, lines, edit, way=way))
            way -= 1
    return assemble(
        _timed(lines),
        water=Lines(
            network.water_first,
            np.zeros(len(network.water_lon_e7), dtype=np.int64),
            network.water_lon_e7,
            network.water_lat_e7,
        ),
        water_kind=network.water_kind,
        straight_m_per_h=network.straight_m_per_h,
        speeds=network.header["speeds"],
    )


def amended_sha256(network: Network, edits: list[Edit]) -> str:
    """Return the hash of a network together with an edit list, so that a second amending is recognised undone."""
    listed = json.dumps([edit.as_dict() for edit in edits], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{network.content_sha256}\n{listed}\n".encode()).hexdigest()


def _lines_of(network: Network) -> list[_Line]:
    """Return every edge as a line of its own."""
    classes, names = network.header["classes"], network.header["names"]
    lines = []
    for edge in range(network.edge_count):
        span = slice(int(network.edge_first[edge]), int(network.edge_first[edge + 1]))
        lines.append(
            _Line(
                way=int(network.edge_way[edge]),
                road_class=classes[network.edge_class[edge]],
                name=names[network.edge_name[edge]],
                flags=int(network.edge_flags[edge]),
                directions=network.directions[:, edge].copy(),
                node=network.shape_node[span],
                lon_e7=network.shape_lon_e7[span],
                lat_e7=network.shape_lat_e7[span],
                mm=network.segment_mm[span],
                ms=network.segment_ms[:, span],
            )
        )
    return lines


def _change(lines: list[_Line], edit: Edit) -> None:
    """Close, slow down or time the lines of one way."""
    if edit.action == "close":
        for line in lines:
            for profile in edit.profiles:
                line.directions[PROFILES.index(profile)] = 0
    elif edit.action == "speed":
        speeds = dict(edit.metres_per_hour)
        speeds |= {"boat": speeds["walk"]} if "walk" in speeds else {}
        for line in lines:
            line.ms = line.ms.copy()
            for profile, speed in speeds.items():
                row = PROFILES.index(profile)
                open_segments = line.ms[row] > 0
                line.ms[row, open_segments] = _times(line.mm[open_segments], speed)
    else:
        _retime_ferry(lines, edit)


def _retime_ferry(lines: list[_Line], edit: Edit) -> None:
    """Share a ferry's new crossing and wait over all segments of its way, for everybody who may board."""
    if not all(line.flags & FERRY for line in lines):
        raise SpeedTableError(f"ferry: way {edit.way} is a road, not a ferry")
    total = (edit.duration_ms or 0) + (edit.wait_ms or 0)
    whole = sum(int(line.mm.sum()) for line in lines)
    done_mm, done_ms = 0, 0
    for line in lines:
        line.ms = line.ms.copy()
        for k in range(len(line.mm) - 1):
            done_mm += int(line.mm[k])
            part, done_ms = total * done_mm // whole - done_ms, total * done_mm // whole
            line.ms[line.directions > 0, k] = max(1, part)


def _times(mm: np.ndarray, metres_per_hour: int) -> np.ndarray:
    """Return the milliseconds of lengths at a speed, rounded half up, each at least 1."""
    return np.maximum(1, (2 * mm.astype(np.int64) * 3600 + metres_per_hour) // (2 * metres_per_hour))


def _join(network: Network, lines: list[_Line], edit: Edit, *, way: int) -> _Line:
    """Return a new road whose two ends are joined to the nearest roads, which get a node there."""
    profile = next(name for name in ("motorbike", "car", "walk") if name in dict(edit.metres_per_hour))
    ends = np.array([edit.points[0], edit.points[-1]], dtype=np.float64)
    snaps = EdgeSnapper(network, profile).snap(ends)
    points = [(round(lon * E7), round(lat * E7)) for lon, lat in edit.points]
    nodes = [way * 1_000_000 - number for number in range(len(points))]
    for end in (0, 1):
        if snaps.edge[end] < 0 or snaps.offset_mm[end] > JOINED_WITHIN_MM:
            lon, lat = ends[end]
            raise SpeedTableError(
                f"add {edit.name or edit.road_class}: its end at {lon:.5f}, {lat:.5f} is more than "
                f"{JOINED_WITHIN_MM // 1000} m from every road; draw it up to a road"
            )
        line = lines[int(snaps.edge[end])]
        at = -1 if end else 0
        nodes[at], points[at] = _node_at(line, int(snaps.position_mm[end]), nodes[at])
    lon_e7, lat_e7 = (np.array([point[axis] for point in points], dtype=np.int32) for axis in (0, 1))
    mm = np.zeros(len(points), dtype=np.int32)
    lon, lat = lon_e7 / E7, lat_e7 / E7
    mm[:-1] = np.maximum(1, geodesic_mm(lon[:-1], lat[:-1], lon[1:], lat[1:]))
    speeds = dict(edit.metres_per_hour)
    speeds |= {"boat": speeds["walk"]} if "walk" in speeds else {}
    ms = np.zeros((len(PROFILES), len(points)), dtype=np.int32)
    directions = np.zeros(len(PROFILES), dtype=np.uint8)
    for rider, speed in speeds.items():
        row = PROFILES.index(rider)
        ms[row, :-1] = _times(mm[:-1], speed)
        bound = edit.oneway and rider in ROAD_PROFILES and rider != "walk"
        directions[row] = FORWARD if bound else BOTH
    flags = BRIDGE if edit.bridge else 0
    node = np.array(nodes, dtype=np.int64)
    return _Line(way, edit.road_class, edit.name, flags, directions, node, lon_e7, lat_e7, mm, ms)


def _node_at(line: _Line, position_mm: int, new_node: int) -> tuple[int, tuple[int, int]]:
    """Return the node of a line at a position and its place, put in when there is none yet."""
    run = np.concatenate(([0], np.cumsum(line.mm[:-1], dtype=np.int64)))
    at = int(np.searchsorted(run, position_mm))
    if at < len(run) and run[at] == position_mm:
        return int(line.node[at]), (int(line.lon_e7[at]), int(line.lat_e7[at]))
    k = at - 1
    before, whole = position_mm - int(run[k]), int(line.mm[k])
    share = before / whole
    lon_e7, lat_e7 = (
        round(int(axis[k]) * (1 - share) + int(axis[k + 1]) * share) for axis in (line.lon_e7, line.lat_e7)
    )
    line.node = np.insert(line.node, at, new_node)
    line.lon_e7, line.lat_e7 = np.insert(line.lon_e7, at, lon_e7), np.insert(line.lat_e7, at, lat_e7)
    line.mm = np.insert(line.mm, at, whole - before)
    line.mm[k] = before
    first = np.maximum(1, (2 * line.ms[:, k].astype(np.int64) * before + whole) // (2 * whole))
    first = np.where(line.ms[:, k] > 0, first, 0)
    second = np.where(line.ms[:, k] > 0, np.maximum(1, line.ms[:, k] - first), 0)
    line.ms = np.insert(line.ms, at, second, axis=1)
    line.ms[:, k] = first
    return new_node, (lon_e7, lat_e7)


def _timed(lines: list[_Line]) -> TimedStreets:
    """Return lines as streets ready to be joined."""
    first = np.concatenate(([0], np.cumsum([len(line.node) for line in lines]))).astype(np.int64)
    flat = Lines(
        first,
        np.concatenate([line.node for line in lines]),
        np.concatenate([line.lon_e7 for line in lines]).astype(np.int32),
        np.concatenate([line.lat_e7 for line in lines]).astype(np.int32),
    )
    count = len(lines)
    ferry_ms = np.array([int(line.ms.max()) if line.flags & FERRY else 0 for line in lines], dtype=np.int64)
    streets = Streets(
        lines=flat,
        way=np.array([line.way for line in lines], dtype=np.int64),
        road_class=[line.road_class for line in lines],
        name=[line.name for line in lines],
        flags=np.array([line.flags for line in lines], dtype=np.uint8),
        metres_per_hour=np.zeros((len(PROFILES), count), dtype=np.int32),
        directions=np.stack([line.directions for line in lines], axis=1),
        line_ms=np.tile(ferry_ms, (len(PROFILES), 1)),
    )
    mm = np.concatenate([line.mm for line in lines]).astype(np.int32)
    ms = np.concatenate([line.ms for line in lines], axis=1).astype(np.int32)
    return TimedStreets(streets, mm, ms)
