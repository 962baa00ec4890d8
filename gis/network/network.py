"""A road network in memory: flat arrays that are searched, stored as one archive and loaded in milliseconds.

Every OpenStreetMap node of a usable road is a node of the graph. A run of nodes between two junctions is kept
together as one *edge* with its *shape*; its *segments* join neighbouring nodes and carry the integers that every
answer is summed from: millimetres, and milliseconds per profile, each at least one.
"""

import hashlib
import io
import json
import os
import shutil
import zipfile
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.coordinates import E7, FloatArray, IntArray
from gis.errors import ExtractError, UnknownVersion
from gis.tables import PROFILES

ARCHIVE_NAME = "network.npz"
REPORT_NAME = "report.json"
EDITION = 1
"""Edition of the archive's layout; an archive of another edition is refused, not guessed at."""


def profile_index(profile: str) -> int:
    """Return the row of a profile in the arrays.

    Raises:
        UnknownVersion: no such profile.
    """
    if profile not in PROFILES:
        raise UnknownVersion(f"the profile {profile!r} is unknown; known are {', '.join(PROFILES)}")
    return PROFILES.index(profile)


@dataclass(frozen=True, eq=False)
class Network:
    """One road network. Edges run from ``edge_from`` to ``edge_to``, both indices of junctions.

    Arrays that begin with ``shape_`` and ``segment_`` are as long as all shapes together: edge e owns the points
    ``edge_first[e]`` to ``edge_first[e + 1]``, both junctions included; segment k joins points k and k + 1, and
    the segment at an edge's last point is unused and zero.
    """

    junction_node: IntArray
    edge_from: npt.NDArray[np.int32]
    edge_to: npt.NDArray[np.int32]
    edge_way: IntArray
    edge_class: npt.NDArray[np.uint8]
    edge_name: npt.NDArray[np.int32]
    edge_flags: npt.NDArray[np.uint8]
    edge_first: IntArray
    shape_node: IntArray
    shape_lon_e7: npt.NDArray[np.int32]
    shape_lat_e7: npt.NDArray[np.int32]
    segment_mm: npt.NDArray[np.int32]
    segment_ms: npt.NDArray[np.int32]
    """Shape (4, points), by profile; zero where the profile may not pass."""
    directions: npt.NDArray[np.uint8]
    """Shape (4, edges): bits FORWARD and BACKWARD that the profile may take."""
    component: npt.NDArray[np.int32]
    """Shape (4, junctions): number of the kept strongly connected component, the largest 0; -1 when in none."""
    water_first: IntArray
    water_lon_e7: npt.NDArray[np.int32]
    water_lat_e7: npt.NDArray[np.int32]
    water_kind: npt.NDArray[np.uint8]
    header: dict[str, Any]
    """Plain values: edition, classes, names, straight_m_per_h, the speed table as read, report."""

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.edge_from)

    @property
    def junction_count(self) -> int:
        """Number of junctions."""
        return len(self.junction_node)

    @property
    def has_water(self) -> bool:
        """Whether the extract brought any water; without it no snap can be refused for crossing it."""
        return len(self.water_kind) > 0

    @property
    def straight_m_per_h(self) -> int:
        """Walking speed of the straight piece between a point and its road."""
        return int(self.header["straight_m_per_h"])

    @cached_property
    def shape_lon(self) -> FloatArray:
        """Longitudes of the shapes in degrees."""
        return self.shape_lon_e7 / E7

    @cached_property
    def shape_lat(self) -> FloatArray:
        """Latitudes of the shapes in degrees."""
        return self.shape_lat_e7 / E7

    @cached_property
    def bbox(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all roads, in degrees."""
        return (
            float(self.shape_lon.min()),
            float(self.shape_lat.min()),
            float(self.shape_lon.max()),
            float(self.shape_lat.max()),
        )

    @cached_property
    def edge_offsets_mm(self) -> IntArray:
        """Millimetres before each point with all edges laid end to end; ascending, for finding a position."""
        return np.concatenate(([0], np.cumsum(self.segment_mm, dtype=np.int64)))[:-1]

    @cached_property
    def run_mm(self) -> IntArray:
        """Millimetres from an edge's first point to each of its points."""
        return run_totals(self.segment_mm, self.edge_first)

    @cached_property
    def run_ms(self) -> IntArray:
        """Milliseconds from an edge's first point to each of its points; shape (4, points)."""
        return np.stack([run_totals(row, self.edge_first) for row in self.segment_ms])

    @cached_property
    def edge_mm(self) -> IntArray:
        """Length of each edge."""
        return self.run_mm[self.edge_first[1:] - 1]

    @cached_property
    def edge_ms(self) -> IntArray:
        """Time of each edge by profile, shape (4, edges); meaningful where ``directions`` is not zero."""
        return self.run_ms[:, self.edge_first[1:] - 1]

    @cached_property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Shape (4, edges): whether a profile may use the edge inside one kept component."""
        ends = self.component[:, self.edge_from]
        return (self.directions > 0) & (ends >= 0) & (ends == self.component[:, self.edge_to])

    def edge_name_of(self, edge: int) -> str:
        """Return the road's name, empty when it has none."""
        return str(self.header["names"][self.edge_name[edge]])

    def edge_class_of(self, edge: int) -> str:
        """Return the road's class: an OpenStreetMap highway value, ``alley`` or ``ferry``."""
        return str(self.header["classes"][self.edge_class[edge]])

    @cached_property
    def content_sha256(self) -> str:
        """Hash of every array and of the header, independent of how the archive is packed."""
        digest = hashlib.sha256()
        digest.update(json.dumps(self.header, sort_keys=True, ensure_ascii=False).encode())
        for name in ARRAY_NAMES:
            values = np.ascontiguousarray(getattr(self, name))
            digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
            digest.update(values.data)
        return digest.hexdigest()

    def to_bytes(self) -> bytes:
        """Return the archive."""
        buffer = io.BytesIO()
        header = np.frombuffer(json.dumps(self.header, ensure_ascii=False).encode(), dtype=np.uint8)
        np.savez(buffer, header=header, **{name: getattr(self, name) for name in ARRAY_NAMES})
        return buffer.getvalue()

    def save(self, directory: Path) -> None:
        """Write the archive and a readable report as a directory, whole or not at all.

        Raises:
            ExtractError: something that is no network is in the way.
        """
        check_output(directory)
        unfinished = directory.with_name(f".{directory.name}.{os.getpid()}.part")
        replaced = directory.with_name(f".{directory.name}.{os.getpid()}.old")
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir(parents=True)
            report = json.dumps(self.header["report"], ensure_ascii=False, indent=2, sort_keys=True) + "\n"
            (unfinished / REPORT_NAME).write_text(report, encoding="utf-8")
            (unfinished / ARCHIVE_NAME).write_bytes(self.to_bytes())
            if directory.exists():
                os.replace(directory, replaced)
            os.replace(unfinished, directory)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.rmtree(replaced, ignore_errors=True)


def check_output(directory: Path) -> None:
    """Refuse a place for a network where something else is.

    Raises:
        ExtractError: it is a file, or a folder that holds other things than a network.
    """
    if directory.is_file() or (
        directory.is_dir()
        and any(item.name not in (ARCHIVE_NAME, REPORT_NAME) for item in directory.iterdir())
    ):
        raise ExtractError(f"{directory} is there and is no network folder; choose another name")


ARRAY_NAMES = tuple(item.name for item in fields(Network) if item.name != "header")


def run_totals(values: npt.NDArray[np.integer[Any]], first: IntArray) -> IntArray:
    """Return running totals of segment values that start at zero on every edge's first point."""
    before = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))[:-1]
    lengths = np.diff(first)
    return before - np.repeat(before[first[:-1]], lengths)


def network_from_bytes(payload: bytes, *, source: str) -> Network:
    """Read an archive.

    Args:
        source: names the archive in messages.

    Raises:
        ExtractError: damaged, no archive of ours, or of another edition.
    """
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in ARRAY_NAMES}
            header = json.loads(archive["header"].tobytes())
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise ExtractError(f"{source} is damaged or is no network; build it again") from error
    if header.get("edition") != EDITION:
        raise ExtractError(f"{source} was built by another release; build it again from its extract")
    return Network(header=header, **arrays)


def read_network(directory: Path) -> Network:
    """Read a network directory as ``save`` wrote it.

    Raises:
        ExtractError: there is none, or it is damaged.
    """
    path = directory / ARCHIVE_NAME
    if not path.is_file():
        raise ExtractError(f"{directory} holds no network; make one with: dungtuyen network build")
    return network_from_bytes(path.read_bytes(), source=str(directory))
