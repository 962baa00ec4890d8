"""Write the graph that is searched as two CSV files, so that an outsider can check any travel time."""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np

from gis.network.access import BACKWARD, FORWARD
from gis.network.network import Network, profile_index


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to; rename it to ``path`` when the block ends, remove it when it raises."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def export_graph(network: Network, profile: str, *, edges: Path, nodes: Path) -> tuple[int, int]:
    """Write ``source,target,length_m,time_s`` and ``node,lon,lat``; return the numbers of arcs and nodes.

    Arcs join neighbouring OpenStreetMap nodes; parallel ones are all written. Lengths and times are the engine's
    own millimetres and milliseconds with three decimals.
    """
    row = profile_index(profile)
    with whole_file(edges) as edges_part, whole_file(nodes) as nodes_part:
        with edges_part.open("w", encoding="ascii", newline="") as file:
            arcs = _write_arcs(network, row, file)
        with nodes_part.open("w", encoding="ascii", newline="") as file:
            count = _write_nodes(network, row, file)
    return arcs, count


def _write_arcs(network: Network, row: int, file: TextIO) -> int:
    """Write one line per segment and legal direction, in the order of the network's edges."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("source", "target", "length_m", "time_s"))
    edge_of_point = np.repeat(np.arange(network.edge_count), np.diff(network.edge_first))
    bits = np.where(network.kept[row], network.directions[row], 0)[edge_of_point]
    bits[network.edge_first[1:] - 1] = 0
    segments = np.flatnonzero(bits)
    start, end = network.shape_node[segments].tolist(), network.shape_node[segments + 1].tolist()
    lengths = network.segment_mm[segments].tolist()
    times = network.segment_ms[row][segments].tolist()
    count = 0
    for bit, source, target, mm, ms in zip(bits[segments].tolist(), start, end, lengths, times, strict=True):
        values = (decimal(mm), decimal(ms))
        if bit & FORWARD:
            writer.writerow((source, target, *values))
            count += 1
        if bit & BACKWARD:
            writer.writerow((target, source, *values))
            count += 1
    return count


def _write_nodes(network: Network, row: int, file: TextIO) -> int:
    """Write every node of a kept edge once, by ascending number."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("node", "lon", "lat"))
    points = np.flatnonzero(np.repeat(network.kept[row], np.diff(network.edge_first)))
    numbers, first = np.unique(network.shape_node[points], return_index=True)
    lon, lat = network.shape_lon_e7[points[first]], network.shape_lat_e7[points[first]]
    for number, x, y in zip(numbers.tolist(), lon.tolist(), lat.tolist(), strict=True):
        writer.writerow((number, degrees(x), degrees(y)))
    return len(numbers)


def decimal(thousandths: int) -> str:
    """Return an integer of thousandths as a decimal number with three places."""
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


def degrees(e7: int) -> str:
    """Return an integer of 1e-7 degree as degrees with seven places."""
    sign = "-" if e7 < 0 else ""
    return f"{sign}{abs(e7) // 10_000_000}.{abs(e7) % 10_000_000:07d}"
