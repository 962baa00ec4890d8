"""Join streets at their crossings, time every segment, and keep the parts that one can reach and leave."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.coordinates import E7, IntArray, geodesic_mm
from gis.errors import ExtractError
from gis.network.components import keep_components
from gis.network.extract import Lines, Progress, Streets, check_extract, read_streets, read_water
from gis.network.ferries import read_ferries
from gis.network.network import EDITION, Network
from gis.network.speeds import DEFAULT_SPEEDS, read_speeds


@dataclass(frozen=True)
class TimedStreets:
    """Streets with the integers of every segment; segment k joins points k and k + 1 of the same line."""

    streets: Streets
    segment_mm: npt.NDArray[np.int32]
    segment_ms: npt.NDArray[np.int32]


def build_network(
    extract: Path,
    *,
    ferries: Path | None = None,
    speeds: Path | None = None,
    progress: Progress | None = None,
) -> Network:
    """Build the network of an extract.

    Raises:
        ExtractError, SpeedTableError: one of the files cannot be used, said in one sentence.
    """
    check_extract(extract)
    table = read_speeds(speeds)
    streets = read_streets(extract, speeds=table, ferries=read_ferries(ferries), progress=progress)
    if progress:
        progress("roads read", len(streets.lines), len(streets.lines))
    water, kinds = read_water(extract)
    if progress:
        progress("water lines read", len(kinds), len(kinds))
    return assemble(
        time_streets(streets),
        water=water,
        water_kind=kinds,
        straight_m_per_h=table.straight_m_per_h,
        speeds=table.as_dict(),
    )


def source_sha256(extract: Path, *, ferries: Path | None = None, speeds: Path | None = None) -> str:
    """Return the hash of everything a network is built from, so that a second import is recognised unbuilt."""
    check_extract(extract)
    digest = hashlib.sha256(f"edition {EDITION}\n".encode())
    for path in (extract, speeds or DEFAULT_SPEEDS, ferries):
        part = hashlib.sha256(path.read_bytes() if path else b"").hexdigest()
        digest.update(f"{part}\n".encode())
    return digest.hexdigest()


def time_streets(streets: Streets) -> TimedStreets:
    """Measure and time every segment: roads by speed, ferries by sharing out the time of the whole line."""
    lines = streets.lines
    lon, lat = lines.lon_e7 / E7, lines.lat_e7 / E7
    mm = np.zeros(len(lines.node), dtype=np.int64)
    mm[:-1] = np.maximum(1, geodesic_mm(lon[:-1], lat[:-1], lon[1:], lat[1:]))
    mm[lines.first[1:] - 1] = 0
    line_of_point = np.repeat(np.arange(len(lines)), np.diff(lines.first))
    ms = np.zeros((4, len(mm)), dtype=np.int32)
    for profile in range(4):
        speed = streets.metres_per_hour[profile][line_of_point].astype(np.int64)
        walkable = (speed > 0) & (mm > 0)
        ms[profile, walkable] = np.maximum(
            1, (2 * mm[walkable] * 3600 + speed[walkable]) // (2 * speed[walkable])
        )
    for profile, line in zip(*np.nonzero(streets.line_ms), strict=True):
        begin, end = lines.first[line], lines.first[line + 1]
        ms[profile, begin : end - 1] = _share(int(streets.line_ms[profile, line]), mm[begin : end - 1])
    return TimedStreets(streets, mm.astype(np.int32), ms)


def _share(total_ms: int, lengths_mm: IntArray) -> IntArray:
    """Share a time over segments in proportion to their lengths; the parts add up, each at least 1."""
    marks = np.concatenate(([0], np.cumsum(lengths_mm)))
    shared = [int(total_ms) * int(mark) // int(marks[-1]) for mark in marks]
    return np.maximum(1, np.diff(np.array(shared, dtype=np.int64)))


def assemble(
    timed: TimedStreets,
    *,
    water: Lines,
    water_kind: npt.NDArray[np.uint8],
    straight_m_per_h: int,
    speeds: dict[str, Any],
) -> Network:
    """Cut streets into edges at junctions and keep the strongly connected components of every profile.

    Raises:
        ExtractError: no profile keeps any component.
    """
    streets, lines = timed.streets, timed.streets.lines
    _, node_of_point = np.unique(lines.node, return_inverse=True)
    is_junction = np.bincount(node_of_point) > 1
    is_junction[node_of_point[lines.first[:-1]]] = True
    is_junction[node_of_point[lines.first[1:] - 1]] = True
    is_junction[node_of_point[_around(lines, streets.barriers)]] = True

    cuts = np.flatnonzero(is_junction[node_of_point])
    line_of_point = np.repeat(np.arange(len(lines)), np.diff(lines.first))
    same_line = line_of_point[cuts[:-1]] == line_of_point[cuts[1:]]
    begin, end = cuts[:-1][same_line], cuts[1:][same_line]
    line = line_of_point[begin]
    points, first = _spans(begin, end)
    junctions, ends = np.unique(np.concatenate((lines.node[begin], lines.node[end])), return_inverse=True)
    edge_from, edge_to = ends[: len(begin)].astype(np.int32), ends[len(begin) :].astype(np.int32)

    segment_mm = timed.segment_mm[points]
    segment_ms = timed.segment_ms[:, points]
    segment_mm[first[1:] - 1] = 0
    segment_ms[:, first[1:] - 1] = 0
    directions = streets.directions[:, line]
    for profile in range(len(directions)):
        stopping = [node for node, bits in streets.barriers.items() if bits >> profile & 1]
        stopped = np.isin(lines.node[begin], stopping) | np.isin(lines.node[end], stopping)
        directions[profile, stopped] = 0
    component, kept_report = keep_components(
        edge_from, edge_to, directions, np.diff(first) - 2, junction_count=len(junctions)
    )
    if component.max() < 0:
        raise ExtractError(
            "the extract's roads form no connected piece of 20 nodes or more, so nothing could be reached"
        )
    classes, class_index = np.unique(np.array(streets.road_class), return_inverse=True)
    names, name_index = np.unique(np.array(streets.name), return_inverse=True)
    report: dict[str, Any] = {
        "nodes": len(is_junction),
        "junctions": len(junctions),
        "edges": len(begin),
        "road_km": int(segment_mm.sum(dtype=np.int64) // 1_000_000),
        "ferry_lines": int((streets.line_ms.max(axis=0) > 0).sum()),
        "water_lines": len(water_kind),
        "profiles": kept_report,
    }
    return Network(
        junction_node=junctions,
        edge_from=edge_from,
        edge_to=edge_to,
        edge_way=streets.way[line],
        edge_class=class_index[line].astype(np.uint8),
        edge_name=name_index[line].astype(np.int32),
        edge_flags=streets.flags[line],
        edge_first=first,
        shape_node=lines.node[points],
        shape_lon_e7=lines.lon_e7[points],
        shape_lat_e7=lines.lat_e7[points],
        segment_mm=segment_mm,
        segment_ms=segment_ms,
        directions=directions,
        component=component,
        water_first=water.first,
        water_lon_e7=water.lon_e7,
        water_lat_e7=water.lat_e7,
        water_kind=water_kind,
        header={
            "edition": EDITION,
            "classes": [str(name) for name in classes],
            "names": [str(name) for name in names],
            "straight_m_per_h": straight_m_per_h,
            "speeds": speeds,
            "report": report,
        },
    )


def _around(lines: Lines, barriers: dict[int, int]) -> IntArray:
    """Return the points of barriers and their neighbours, so that only the segments at a barrier are cut off."""
    at = np.flatnonzero(np.isin(lines.node, sorted(barriers)))
    line_of_point = np.repeat(np.arange(len(lines)), np.diff(lines.first))
    beside = np.concatenate((at - 1, at + 1))
    own_line = np.concatenate((line_of_point[at], line_of_point[at]))
    inside = (beside >= 0) & (beside < len(lines.node))
    beside, own_line = beside[inside], own_line[inside]
    return np.concatenate((at, beside[line_of_point[beside] == own_line]))


def _spans(begin: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """Return the point indices of all spans ``begin..end`` inclusive, one after another, and where each starts."""
    lengths = end - begin + 1
    first = np.concatenate(([0], np.cumsum(lengths)))
    within = np.arange(first[-1]) - np.repeat(first[:-1], lengths)
    return np.repeat(begin, lengths) + within, first
