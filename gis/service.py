"""What ``gis`` offers to the rest of the product. Session first, everything else by keyword, nothing commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

import numpy as np
from sqlmodel import Session

from gis import repository
from gis.areas import repository as area_repository
from gis.areas.geojson import Refusal, read_boundaries
from gis.areas.predecessors import read_predecessors
from gis.areas.repository import AreaRef, NamedArea
from gis.coordinates import FloatArray, Point, check_point, geodesic_m
from gis.errors import AreaError, UnknownVersion
from gis.isochrones import Isochrone, isochrones
from gis.map_features import read_features, road_feature
from gis.network.amend import amend, amended_sha256
from gis.network.build import build_network, source_sha256
from gis.network.edits import Edit, read_edits
from gis.network.extract import Progress
from gis.network.network import Network, network_from_bytes, profile_index
from gis.network.speeds import SpeedTable
from gis.repository import TravelRow
from gis.snapping import Snaps
from gis.tables import LOCATION_METHODS, PROFILES, NetworkVersion
from gis.tiles import make_tile
from gis.travel import Destinations, Pairs, Route, Travel, Traveller, get_traveller
from gis.vn2000 import Placement, SourcePoint, place

__all__ = [
    "AreaRef",
    "ImportReport",
    "Isochrone",
    "NamedArea",
    "Placement",
    "Point",
    "Route",
    "SnapQuality",
    "SourcePoint",
    "Travel",
    "TravelReport",
    "amend_network",
    "candidate_destinations",
    "compute_travel_times",
    "create_locations",
    "find_areas_at",
    "find_areas_by_name",
    "geodesic_m",
    "get_points",
    "import_areas",
    "import_network",
    "import_predecessors",
    "list_areas_of_locations",
    "list_isochrones",
    "list_travel_times",
    "load_network",
    "place_points",
    "route",
    "snap_quality",
    "tile",
    "travel_times_from_point",
]


@dataclass(frozen=True)
class ImportReport:
    """What an import read, kept and refused; ``changed`` counts rows that were new or different."""

    rows_read: int
    kept: int
    changed: int
    refused: list[Refusal] = field(default_factory=list)
    other_kinds: int = 0


@dataclass(frozen=True)
class SnapQuality:
    """How a point meets the network: ``ok``, ``far`` (300 to 500 m) or ``refused``."""

    quality: str
    offset_m: int | None
    """Metres to the road it meets, or to the nearest road when refused; none when no road is in reach."""
    crosses_water: bool
    """Whether nearer roads lie across water and were passed over."""


@dataclass(frozen=True)
class TravelReport:
    """What a bulk computation wrote and what it could not reach."""

    pairs: int
    written: int
    unreachable: int
    refused_origin_ids: list[int]
    refused_destination_ids: list[int]
    far_origin_ids: list[int]


def import_network(
    session: Session,
    *,
    extract: Path,
    name: str,
    now: datetime,
    ferries: Path | None = None,
    speeds: Path | None = None,
    progress: Progress | None = None,
) -> NetworkVersion:
    """Import an extract as an immutable network version with its base map; a second import finds the first.

    Raises:
        ExtractError, SpeedTableError: a file cannot be used; nothing is stored then.
    """
    source = source_sha256(extract, ferries=ferries, speeds=speeds)
    known = repository.find_version_by_source(session, source)
    if known is not None:
        return known
    network = build_network(extract, ferries=ferries, speeds=speeds, progress=progress)
    same = repository.find_version_by_content(session, network.content_sha256)
    if same is not None:
        return same
    with session.begin_nested():
        version = repository.insert_version(session, network, name=name, source_sha256=source, now=now)
        repository.copy_features(session, cast(int, version.id), read_features(extract, progress))
    return version


def amend_network(
    session: Session, *, base_version_id: int, edits: Path, name: str, now: datetime
) -> NetworkVersion:
    """Store what a version becomes after an edit list, as a version of its own; the base stays as it is.

    Raises:
        SpeedTableError: the list cannot be read or names what is not there; nothing is stored then.
    """
    base = load_network(session, version_id=base_version_id)
    listed = read_edits(edits, SpeedTable(**base.header["speeds"]))
    source = amended_sha256(base, listed)
    known = repository.find_version_by_source(session, source)
    if known is not None:
        return known
    network = amend(base, listed)
    same = repository.find_version_by_content(session, network.content_sha256)
    if same is not None:
        return same
    with session.begin_nested():
        version = repository.insert_version(
            session,
            network,
            name=name,
            source_sha256=source,
            now=now,
            base_version_id=base_version_id,
            edits=[edit.as_dict() for edit in listed],
        )
        closed = [edit.way for edit in listed if edit.action == "close" and edit.profiles == PROFILES]
        repository.copy_features_of(
            session,
            from_version_id=base_version_id,
            to_version_id=cast(int, version.id),
            without_ways=[way for way in closed if way is not None],
        )
        repository.copy_features(session, cast(int, version.id), map(road_feature, _additions(listed)))
    return version


def _additions(edits: Sequence[Edit]) -> list[Edit]:
    """Return the new roads of an edit list."""
    return [edit for edit in edits if edit.action == "add"]


def load_network(session: Session, *, version_id: int) -> Network:
    """Return the network of a version, read once per process.

    Raises:
        UnknownVersion: there is no such version.
    """
    sha256 = repository.get_content_sha256(session, version_id)
    found = _loaded.get(sha256)
    if found is None:
        payload = repository.get_archive(session, version_id)
        found = network_from_bytes(payload, source=f"network version {version_id}")
        while len(_loaded) >= LOADED_NETWORKS:
            _loaded.pop(next(iter(_loaded)))
        _loaded[sha256] = found
    return found


LOADED_NETWORKS = 4
_loaded: dict[str, Network] = {}


def get_version(session: Session, *, version_id: int) -> NetworkVersion:
    """Return a network version's row.

    Raises:
        UnknownVersion: there is no such version.
    """
    return repository.get_version(session, version_id)


def find_latest_version(session: Session) -> NetworkVersion | None:
    """Return the network version imported last, if there is any."""
    versions = repository.list_versions(session)
    return versions[0] if versions else None


def import_areas(
    session: Session,
    *,
    path: Path,
    kind: str,
    valid_from: date,
    skip_bad: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import boundaries of one level; features of other levels in the file are counted and left.

    Raises:
        AreaError: the file cannot be used, or a feature is bad and ``skip_bad`` does not say to load the rest.
    """
    found = read_boundaries(path, kind=kind, valid_from=valid_from)
    if found.refused and not skip_bad:
        more = f" ({len(found.refused) - 1} more)" if len(found.refused) > 1 else ""
        raise AreaError(f"{found.refused[0]}{more}; nothing was loaded; mend it, or skip bad features")
    if not found.rows:
        raise AreaError(f"{path.name} holds no {kind}")
    with session.begin_nested():
        changed = area_repository.upsert_areas(session, found.rows, kind=kind)
    if progress:
        progress(f"{kind} boundaries", len(found.rows), len(found.rows))
    return ImportReport(found.features_read, len(found.rows), changed, found.refused, found.other_kinds)


def find_areas_at(session: Session, *, point: Point, on: date) -> list[AreaRef]:
    """Return the province, commune and hamlet that contain a point on a day."""
    return area_repository.find_areas_at(session, point=point, on=on)


def find_areas_by_name(session: Session, *, name: str, on: date) -> list[NamedArea]:
    """Return the areas of a day that bear a name or code, or whose predecessors did, old districts included."""
    return area_repository.find_areas_by_name(session, name=name, on=on)


def list_areas_of_locations(
    session: Session, *, location_ids: Sequence[int], kind: str, on: date
) -> dict[int, list[str]]:
    """Return the codes of the areas of one level that contain each location, in bulk."""
    return area_repository.list_areas_of_locations(session, location_ids=location_ids, kind=kind, on=on)


def import_predecessors(session: Session, *, path: Path, on: date) -> ImportReport:
    """Import which old communes went into today's; those of communes that are not loaded are counted as other.

    Raises:
        AreaError: the file cannot be read, or none of it fits the communes that are loaded.
    """
    found = read_predecessors(path)
    fitted, other = area_repository.set_predecessors(session, kind="commune", found=found, on=on)
    if not fitted:
        raise AreaError(
            f"{path.name} fits none of the communes that are loaded; import their boundaries first"
        )
    return ImportReport(rows_read=len(found), kept=fitted, changed=fitted, other_kinds=other)


def place_points(session: Session, *, rows: Sequence[SourcePoint], code: int, on: date) -> Placement:
    """Place points of a document given in any system of Việt Nam, checked against the communes they name.

    Args:
        code: EPSG code that the document states; 4326, 4756, or a VN-2000 zone.

    Raises:
        CoordinateError: the points share a mistake (axes, zone, datum shift), which the message names.
    """
    wanted = sorted({row.commune_code for row in rows if row.commune_code})
    communes = area_repository.find_shapes(session, kind="commune", codes=wanted, on=on)
    return place(rows, code, communes)


def create_locations(
    session: Session, *, points: Sequence[Point], method: str, precision_m: int
) -> list[int]:
    """Store points and return their numbers in the same order. A location never moves: a new pin is a new one.

    Raises:
        CoordinateError: a point is not finite, out of range, or has latitude first.
        UnknownVersion: the method is unknown.
    """
    if method not in LOCATION_METHODS:
        raise UnknownVersion(f"the method {method!r} is unknown; known are {', '.join(LOCATION_METHODS)}")
    for number, point in enumerate(points, start=1):
        check_point(point[0], point[1], what=f"point {number}")
    placed = [Point(float(lon), float(lat)) for lon, lat in points]
    return repository.insert_locations(session, placed, method=method, precision_m=precision_m)


def get_points(session: Session, *, location_ids: Sequence[int]) -> dict[int, Point]:
    """Return the points of locations by number.

    Raises:
        UnknownVersion: one of the locations does not exist.
    """
    points = repository.list_points(session, location_ids)
    return {
        int(number): Point(float(lon), float(lat))
        for number, (lon, lat) in zip(location_ids, points, strict=True)
    }


def snap_quality(session: Session, *, version_id: int, profile: str, point: Point) -> SnapQuality:
    """Say how well a point meets the network, for a pin that somebody is about to confirm."""
    check_point(point[0], point[1], what="the point")
    traveller = _traveller(session, version_id, profile)
    snaps = traveller.snapper.snap(np.array([point], dtype=np.float64))
    quality = snaps.quality(0)
    mm = int(snaps.offset_mm[0] if quality != "refused" else snaps.nearest_mm[0])
    return SnapQuality(quality, (mm + 500) // 1000 if mm >= 0 else None, bool(snaps.crosses_water[0]))


def candidate_destinations(
    session: Session, *, origin_ids: Sequence[int], destination_ids: Sequence[int], nearest: int
) -> dict[int, list[int]]:
    """Return for each origin its nearest destinations as the crow flies: a prefilter only, never a distance."""
    candidates: dict[int, list[int]] = {int(number): [] for number in origin_ids}
    for origin, destination in repository.nearest_destinations(
        session, origin_ids=origin_ids, destination_ids=destination_ids, nearest=nearest
    ):
        candidates[origin].append(destination)
    return candidates


def compute_travel_times(
    session: Session,
    *,
    version_id: int,
    profile: str,
    candidates: Mapping[int, Sequence[int]],
    progress: Progress | None = None,
) -> TravelReport:
    """Compute and store the travel from each origin to its candidate destinations.

    Rows of these origins on this version and profile are replaced. Pairs without a way get no row and are counted.
    """
    origin_ids = sorted(candidates)
    destination_ids = sorted({number for found in candidates.values() for number in found})
    traveller = _traveller(session, version_id, profile)
    origins, origin_snaps = traveller.meet(repository.list_points(session, origin_ids))
    destinations, destination_snaps = traveller.meet(repository.list_points(session, destination_ids))
    if progress:
        progress("points on the network", len(origin_ids), len(origin_ids))
    for ids, snaps in ((origin_ids, origin_snaps), (destination_ids, destination_snaps)):
        repository.replace_snaps(
            session, version_id=version_id, profile=profile, location_ids=ids, snaps=snaps
        )
    pairs = _pairs(origin_ids, destination_ids, candidates)
    kept, seconds, metres = traveller.pair_costs(origins, destinations, pairs)
    repository.replace_travel_times(
        session,
        version_id=version_id,
        profile=profile,
        cleared_origin_ids=origin_ids,
        origin_ids=np.array(origin_ids, dtype=np.int64)[pairs.origin_index[kept]],
        destination_ids=np.array(destination_ids, dtype=np.int64)[pairs.destination_index[kept]],
        time_s=seconds,
        length_m=metres,
    )
    if progress:
        progress("travel times", len(kept), len(pairs.origin_index))
    return TravelReport(
        pairs=len(pairs.origin_index),
        written=len(kept),
        unreachable=len(pairs.origin_index) - len(kept),
        refused_origin_ids=_of_quality(origin_ids, origin_snaps, "refused"),
        refused_destination_ids=_of_quality(destination_ids, destination_snaps, "refused"),
        far_origin_ids=_of_quality(origin_ids, origin_snaps, "far"),
    )


def _pairs(
    origin_ids: Sequence[int], destination_ids: Sequence[int], candidates: Mapping[int, Sequence[int]]
) -> Pairs:
    """Return the candidate pairs as positions in the two lists."""
    counts = [len(candidates[number]) for number in origin_ids]
    wanted = np.array([to for number in origin_ids for to in candidates[number]], dtype=np.int64)
    return Pairs.of(
        np.repeat(np.arange(len(origin_ids)), counts),
        np.searchsorted(np.array(destination_ids, dtype=np.int64), wanted),
        len(destination_ids),
    )


def _of_quality(ids: Sequence[int], snaps: Snaps, quality: str) -> list[int]:
    """Return the locations whose snap has a quality."""
    return [number for index, number in enumerate(ids) if snaps.quality(index) == quality]


def travel_times_from_point(
    session: Session, *, version_id: int, profile: str, point: Point, destination_ids: Sequence[int]
) -> dict[int, Travel]:
    """Return the travel from any point to destinations that can be reached, from the same engine as the tables."""
    check_point(point[0], point[1], what="the point")
    traveller = _traveller(session, version_id, profile)
    points = repository.list_points(session, destination_ids)
    found = traveller.from_one(Point(*point), _destinations(traveller, points.tobytes()))
    return {
        int(number): travel
        for number, travel in zip(destination_ids, found, strict=True)
        if travel is not None
    }


@lru_cache(maxsize=32)
def _destinations(traveller: Traveller, packed_points: bytes) -> Destinations:
    """Return a prepared set of destinations, kept because finders ask for the same schools again."""
    points: FloatArray = np.frombuffer(packed_points, dtype=np.float64).reshape(-1, 2)
    return traveller.prepare(points)


def list_travel_times(
    session: Session, *, version_id: int, profile: str, origin_ids: Sequence[int]
) -> list[TravelRow]:
    """Return the stored travel times of origins, the fastest first within each origin."""
    return repository.list_travel_times(
        session, version_id=version_id, profile=profile, origin_ids=origin_ids
    )


def route(
    session: Session, *, version_id: int, profile: str, origin: Point | int, destination_id: int
) -> Route:
    """Return the path from a point or location to a destination with its legs.

    Raises:
        Unreachable: no way joins them.
    """
    if isinstance(origin, int):
        start = Point(*(float(part) for part in repository.list_points(session, [origin])[0]))
    else:
        start = check_point(origin[0], origin[1], what="the point")
    end = Point(*(float(part) for part in repository.list_points(session, [destination_id])[0]))
    return _traveller(session, version_id, profile).route(start, end)


def list_isochrones(
    session: Session,
    *,
    version_id: int,
    profile: str,
    destination_ids: Sequence[int],
    limits: Sequence[int],
    measure: Literal["minutes", "metres"] = "minutes",
) -> list[Isochrone]:
    """Return from where the fastest of some schools is reached within each limit, in minutes or metres of road."""
    traveller = _traveller(session, version_id, profile)
    return isochrones(
        traveller, repository.list_points(session, destination_ids), limits=limits, measure=measure
    )


def tile(session: Session, *, version_id: int, z: int, x: int, y: int) -> bytes:
    """Return a vector tile: layers roads, ferries, water, green, places, boundaries."""
    return make_tile(session, version_id=version_id, z=z, x=x, y=y)


def _traveller(session: Session, version_id: int, profile: str) -> Traveller:
    """Return the traveller of a stored version."""
    profile_index(profile)
    return get_traveller(load_network(session, version_id=version_id), profile)
