"""Read boundary files: GeoJSON in EPSG:4326, checked feature by feature before anything is stored."""

import gzip
import json
import zlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from gis.coordinates import looks_swapped
from gis.errors import AreaError
from gis.tables import AREA_KINDS

LON_LAT_NAMES = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "OGC:CRS84")


@dataclass(frozen=True)
class BoundaryRow:
    """One administrative unit as read, its geometry a valid MultiPolygon."""

    code: str
    name: str
    parent_code: str | None
    valid_from: date
    predecessors: list[dict[str, Any]]
    geometry: BaseGeometry


@dataclass(frozen=True)
class Refusal:
    """A feature that was not taken, and why."""

    where: str
    cause: str

    def __str__(self) -> str:
        return f"{self.where}: {self.cause}"


@dataclass
class BoundaryFile:
    """What a file holds: rows to load, features of other levels, and refused ones."""

    features_read: int = 0
    rows: list[BoundaryRow] = field(default_factory=list)
    other_kinds: int = 0
    refused: list[Refusal] = field(default_factory=list)


def read_boundaries(path: Path, *, kind: str, valid_from: date) -> BoundaryFile:
    """Read the units of one level from a GeoJSON file, plain or gzipped.

    Features name themselves by ``code`` and ``name`` (``fullName`` is preferred where present) and may carry
    ``kind``, ``parent_code``, ``valid_from`` and ``predecessors``.

    Raises:
        AreaError: the file as a whole cannot be used: missing, no GeoJSON, or in another coordinate system.
    """
    if kind not in AREA_KINDS:
        raise AreaError(f"the kind of area {kind!r} is unknown; known are {', '.join(AREA_KINDS)}")
    features = _features(path)
    found = BoundaryFile(features_read=len(features))
    seen: set[tuple[str, date]] = set()
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") or {} if isinstance(feature, dict) else {}
        where = f"{path.name}, feature {number} ({properties.get('name') or 'no name'})"
        if _kind_of(properties, kind) != kind:
            found.other_kinds += 1
            continue
        try:
            row = _row(feature, properties, valid_from=valid_from)
            if (row.code, row.valid_from) in seen:
                raise _FeatureError(f"the code {row.code} appears twice")
            seen.add((row.code, row.valid_from))
            found.rows.append(row)
        except _FeatureError as error:
            found.refused.append(Refusal(where, str(error)))
    _check_plane(path, found.rows)
    return found


class _FeatureError(Exception):
    """Why one feature cannot be taken."""


def _features(path: Path) -> list[Any]:
    """Return the features of a file after checking its form and declared coordinate system."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.name.endswith(".gz") else raw).decode("utf-8-sig")
        document = json.loads(text)
    except FileNotFoundError as error:
        raise AreaError(f"the boundary file {path} does not exist") from error
    except (OSError, UnicodeDecodeError, zlib.error, json.JSONDecodeError, EOFError) as error:
        raise AreaError(f"{path.name} is not a readable GeoJSON file: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise AreaError(f"{path.name} is no GeoJSON FeatureCollection")
    if not document["features"]:
        raise AreaError(f"{path.name} holds no features")
    crs = document.get("crs")
    if crs:
        name = ((crs.get("properties") or {}).get("name") if isinstance(crs, dict) else None) or str(crs)
        if name not in LON_LAT_NAMES:
            raise AreaError(
                f"{path.name} is in {name}; export it again in EPSG:4326 (longitude, latitude in degrees)"
            )
    return document["features"]


def _kind_of(properties: dict[str, Any], kind: str) -> str:
    """Return the level a feature belongs to: its own word if it is one of ours, else the one asked for."""
    if isinstance(properties.get("is_province"), bool):
        return "province" if properties["is_province"] else "commune"
    own = properties.get("kind")
    return own if own in AREA_KINDS else kind


def _row(feature: Any, properties: dict[str, Any], *, valid_from: date) -> BoundaryRow:
    """Return a checked unit."""
    code = str(properties.get("code") or "").strip()
    name = str(properties.get("fullName") or properties.get("name") or "").strip()
    if not code:
        raise _FeatureError("it has no property 'code'")
    if not name:
        raise _FeatureError("it has no property 'name'")
    starts = valid_from
    if properties.get("valid_from"):
        try:
            starts = date.fromisoformat(str(properties["valid_from"]))
        except ValueError:
            raise _FeatureError(f"valid_from {properties['valid_from']!r} is no date YYYY-MM-DD") from None
    predecessors = properties.get("predecessors") or []
    if not isinstance(predecessors, list):
        raise _FeatureError("predecessors is no list")
    parent = properties.get("parent_code")
    return BoundaryRow(
        code, name, str(parent) if parent else None, starts, predecessors, _geometry(feature.get("geometry"))
    )


def _geometry(geometry: Any) -> BaseGeometry:
    """Return a valid MultiPolygon, or say what is wrong with the geometry."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        raise _FeatureError(f"its geometry is {kind or 'missing'}; a Polygon or MultiPolygon is needed")
    try:
        found = shapely.force_2d(shape(geometry))
    except (ValueError, TypeError, IndexError, shapely.errors.ShapelyError) as error:
        raise _FeatureError(f"its coordinates cannot be read: {error}") from error
    if found.is_empty:
        raise _FeatureError("its geometry is empty")
    if not found.is_valid:
        raise _FeatureError(f"its boundary is not valid: {shapely.is_valid_reason(found)}")
    parts = [found] if found.geom_type == "Polygon" else list(found.geoms)
    return shapely.MultiPolygon(parts)


def _check_plane(path: Path, rows: list[BoundaryRow]) -> None:
    """Refuse a file whose coordinates are not degrees, or have latitude first."""
    for row in rows:
        west, south, east, north = row.geometry.bounds
        if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
            if looks_swapped((west + east) / 2, (south + north) / 2):
                raise AreaError(f"{path.name} has latitude before longitude at {row.name}; exchange the two")
            raise AreaError(
                f"{path.name} is not in degrees: {row.name} lies at {west:.0f}, {south:.0f}; "
                "export it again in EPSG:4326"
            )
        if looks_swapped((west + east) / 2, (south + north) / 2):
            raise AreaError(f"{path.name} has latitude before longitude at {row.name}; exchange the two")
