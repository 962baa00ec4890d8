"""SQL of network versions, archives, map features, locations and travel times.

Bulk writes go through COPY: six million travel times take seconds, not minutes.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from sqlalchemy import select, text
from sqlmodel import Session, col

from gis.coordinates import FloatArray, IntArray, Point
from gis.errors import UnknownVersion
from gis.map_features import Feature
from gis.network.network import Network
from gis.snapping import REFUSED, Snaps
from gis.tables import NetworkArchive, NetworkVersion

COPY_BEGIN = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_END = b"\xff\xff"
ANALYZED_FROM_ROWS = 50_000
"""A bulk write of this size refreshes the planner's statistics at once; the background job would come too late."""


def find_version_by_source(session: Session, source_sha256: str) -> NetworkVersion | None:
    """Return the version built from exactly these inputs, if there is one."""
    return session.scalars(
        select(NetworkVersion).where(col(NetworkVersion.source_sha256) == source_sha256)
    ).first()


def find_version_by_content(session: Session, content_sha256: str) -> NetworkVersion | None:
    """Return the version with exactly this network, if there is one."""
    return session.scalars(
        select(NetworkVersion).where(col(NetworkVersion.content_sha256) == content_sha256)
    ).first()


def get_version(session: Session, version_id: int) -> NetworkVersion:
    """Return a network version.

    Raises:
        UnknownVersion: there is none with this number.
    """
    version = session.get(NetworkVersion, version_id)
    if version is None:
        raise UnknownVersion(f"there is no network version {version_id}; import an extract first")
    return version


def get_content_sha256(session: Session, version_id: int) -> str:
    """Return the hash of a version's network.

    Raises:
        UnknownVersion: there is none with this number.
    """
    found = session.scalar(
        select(col(NetworkVersion.content_sha256)).where(col(NetworkVersion.id) == version_id)
    )
    if found is None:
        raise UnknownVersion(f"there is no network version {version_id}; import an extract first")
    return found


def list_versions(session: Session) -> Sequence[NetworkVersion]:
    """Return all network versions, the newest first."""
    return session.scalars(select(NetworkVersion).order_by(col(NetworkVersion.id).desc())).all()


def insert_version(
    session: Session,
    network: Network,
    *,
    name: str,
    source_sha256: str,
    now: datetime,
    base_version_id: int | None = None,
    edits: list[dict[str, Any]] | None = None,
) -> NetworkVersion:
    """Store a network as a new version with its archive."""
    west, south, east, north = network.bbox
    corners = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    version = NetworkVersion(
        name=name,
        content_sha256=network.content_sha256,
        source_sha256=source_sha256,
        base_version_id=base_version_id,
        edits=edits,
        report=network.header["report"],
        built_at=now,
        bbox=f"SRID=4326;POLYGON(({corners}))",
    )
    session.add(version)
    session.flush()
    session.add(NetworkArchive(version_id=cast(int, version.id), payload=network.to_bytes()))
    session.flush()
    return version


def get_archive(session: Session, version_id: int) -> bytes:
    """Return the archive of a version.

    Raises:
        UnknownVersion: there is none with this number.
    """
    payload = session.scalar(
        select(col(NetworkArchive.payload)).where(col(NetworkArchive.version_id) == version_id)
    )
    if payload is None:
        raise UnknownVersion(f"there is no network version {version_id}; import an extract first")
    return payload


def copy_features(session: Session, version_id: int, features: Iterable[Feature]) -> int:
    """Store the map features of a version and return how many there are."""
    statement = "copy map_feature (version_id, layer, kind, name, min_zoom, osm_id, detail, geom) from stdin"
    count = 0
    with _cursor(session) as cursor, cursor.copy(statement) as copy:
        for feature in features:
            detail = json.dumps(feature.detail, ensure_ascii=False) if feature.detail else None
            copy.write_row(
                (
                    version_id,
                    feature.layer,
                    feature.kind,
                    feature.name,
                    feature.min_zoom,
                    feature.osm_id,
                    detail,
                    _with_srid(feature.wkb_hex),
                )
            )
            count += 1
    return count


def copy_features_of(
    session: Session, *, from_version_id: int, to_version_id: int, without_ways: Sequence[int]
) -> None:
    """Give a version the map features of another, but for some roads and ferries."""
    session.execute(
        text(
            """
            insert into map_feature (version_id, layer, kind, name, min_zoom, osm_id, detail, geom)
            select :to_version_id, layer, kind, name, min_zoom, osm_id, detail, geom from map_feature
            where version_id = :from_version_id
              and not (layer in ('roads', 'ferries') and osm_id = any(cast(:ways as bigint[])))
            order by id
            """
        ),
        {"from_version_id": from_version_id, "to_version_id": to_version_id, "ways": list(without_ways)},
    )


def _with_srid(wkb_hex: str) -> str:
    """Return little-endian WKB in hexadecimal with EPSG:4326 written into it, as PostGIS reads it."""
    kind = int.from_bytes(bytes.fromhex(wkb_hex[2:10]), "little") | 0x20000000
    return wkb_hex[:2] + kind.to_bytes(4, "little").hex() + "e6100000" + wkb_hex[10:]


def insert_locations(
    session: Session, points: Sequence[Point], *, method: str, precision_m: int
) -> list[int]:
    """Store points and return their numbers in the same order."""
    statement = text(
        """
        insert into location (point, method, precision_m)
        select st_setsrid(st_makepoint(lon, lat), 4326), :method, :precision_m
        from unnest(cast(:lons as float8[]), cast(:lats as float8[])) with ordinality as given (lon, lat, nth)
        order by nth
        returning id
        """
    )
    rows = session.execute(
        statement,
        {
            "method": method,
            "precision_m": precision_m,
            "lons": [point.lon for point in points],
            "lats": [point.lat for point in points],
        },
    )
    return sorted(row.id for row in rows)


def list_points(session: Session, location_ids: Sequence[int]) -> FloatArray:
    """Return the points of locations, in the given order, shape (n, 2).

    Raises:
        UnknownVersion: one of the locations does not exist.
    """
    rows = session.execute(
        text(
            "select id, st_x(point), st_y(point) from location"
            " join unnest(cast(:ids as bigint[])) as wanted (id) using (id)"
        ),
        {"ids": list(dict.fromkeys(int(number) for number in location_ids))},
    ).all()
    places = {row[0]: (row[1], row[2]) for row in rows}
    missing = [number for number in location_ids if number not in places]
    if missing:
        raise UnknownVersion(f"there is no location {missing[0]}")
    return np.array([places[number] for number in location_ids], dtype=np.float64).reshape(-1, 2)


def replace_snaps(
    session: Session, *, version_id: int, profile: str, location_ids: Sequence[int], snaps: Snaps
) -> None:
    """Store where locations meet a version, in place of what was stored for them before."""
    session.execute(
        text(
            "delete from location_snap using unnest(cast(:ids as bigint[])) as cleared (id)"
            " where version_id = :version_id and profile = :profile and location_id = cleared.id"
        ),
        {"version_id": version_id, "profile": profile, "ids": [int(number) for number in location_ids]},
    )
    statement = (
        "copy location_snap (location_id, version_id, profile, quality, edge, position_mm, offset_mm,"
        " crosses_water) from stdin"
    )
    with _cursor(session) as cursor, cursor.copy(statement) as copy:
        for index, location_id in enumerate(location_ids):
            met = snaps.edge[index] != REFUSED
            copy.write_row(
                (
                    location_id,
                    version_id,
                    profile,
                    snaps.quality(index),
                    int(snaps.edge[index]) if met else None,
                    int(snaps.position_mm[index]) if met else None,
                    int(snaps.offset_mm[index]) if met else None,
                    bool(snaps.crosses_water[index]),
                )
            )


def replace_travel_times(
    session: Session,
    *,
    version_id: int,
    profile: str,
    cleared_origin_ids: Sequence[int],
    origin_ids: IntArray,
    destination_ids: IntArray,
    time_s: IntArray,
    length_m: IntArray,
) -> None:
    """Store travel times in bulk, in place of all rows of ``cleared_origin_ids`` on this version and profile."""
    session.execute(
        text(
            "delete from travel_time using unnest(cast(:ids as bigint[])) as cleared (id)"
            " where version_id = :version_id and profile = :profile and origin_id = cleared.id"
        ),
        {"version_id": version_id, "profile": profile, "ids": [int(number) for number in cleared_origin_ids]},
    )
    name = profile.encode()
    fields: list[tuple[str, Any, str]] = [
        ("version_id", version_id, ">i4"),
        ("profile", name, f"S{len(name)}"),
        ("origin_id", origin_ids, ">i8"),
        ("destination_id", destination_ids, ">i8"),
        ("time_s", time_s, ">i4"),
        ("length_m", length_m, ">i4"),
    ]
    rows = _binary_rows(fields, len(origin_ids))
    columns = ", ".join(name for name, _, _ in fields)
    with (
        _cursor(session) as cursor,
        cursor.copy(f"copy travel_time ({columns}) from stdin (format binary)") as copy,
    ):
        copy.write(COPY_BEGIN)
        for begin in range(0, len(rows), 200_000):
            copy.write(rows[begin : begin + 200_000].tobytes())
        copy.write(COPY_END)
    if len(rows) >= ANALYZED_FROM_ROWS:
        session.execute(text("analyze travel_time"))


def _binary_rows(fields: list[tuple[str, Any, str]], count: int) -> npt.NDArray[np.void]:
    """Return rows in PostgreSQL's binary COPY layout: a field count, then each value behind its byte length."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, _, kind in fields:
        layout += [(f"{name}_bytes", ">i4"), (name, kind)]
    rows = np.empty(count, dtype=np.dtype(layout))
    rows["fields"] = len(fields)
    for name, values, kind in fields:
        rows[f"{name}_bytes"] = np.dtype(kind).itemsize
        rows[name] = values
    return rows


def _cursor(session: Session) -> Any:
    """Return a driver cursor inside the session's own transaction, after its pending writes."""
    session.flush()
    connection = session.connection().connection.driver_connection
    return cast(Any, connection).cursor()


class TravelRow(NamedTuple):
    """One stored travel time."""

    origin_id: int
    destination_id: int
    time_s: int
    length_m: int


def list_travel_times(
    session: Session, *, version_id: int, profile: str, origin_ids: Sequence[int]
) -> list[TravelRow]:
    """Return stored travel times of origins, ordered by origin, then time, length and destination.

    Plain rows: a round reads them by the hundred thousand, and mapped objects would cost ten times as much.
    """
    rows = session.execute(
        text(
            "select origin_id, destination_id, time_s, length_m from travel_time "
            "where version_id = :version and profile = :profile and origin_id = any(:ids) "
            "order by origin_id, time_s, length_m, destination_id"
        ),
        {"version": version_id, "profile": profile, "ids": [int(number) for number in origin_ids]},
    )
    return [TravelRow(*row) for row in rows]


def nearest_destinations(
    session: Session, *, origin_ids: Sequence[int], destination_ids: Sequence[int], nearest: int
) -> list[tuple[int, int]]:
    """Return pairs of an origin and each of its nearest destinations as the crow flies, on the ellipsoid.

    Equal distances are ordered by the destination's number. Destinations get an index of their own, because the
    index on all locations would have to walk past every home between two schools. The index orders by the sphere,
    which is wrong by up to 0.6 percent, so a few more are taken and measured on the ellipsoid.
    """
    session.execute(text("drop table if exists pg_temp.candidate_destination"))
    session.execute(
        text(
            "create temporary table candidate_destination on commit drop as"
            " select id, point::geography as place from location"
            " join unnest(cast(:ids as bigint[])) as wanted (id) using (id)"
        ),
        {"ids": list(destination_ids)},
    )
    session.execute(text("create index on pg_temp.candidate_destination using gist (place)"))
    session.execute(text("analyze pg_temp.candidate_destination"))
    rows = session.execute(
        text(
            """
            select origin.id, near.id
            from location as origin
            cross join lateral (
                select id from (
                    select id, place from pg_temp.candidate_destination
                    order by place <-> origin.point::geography, id
                    limit :sphere_nearest
                ) as on_sphere
                order by st_distance(place, origin.point::geography), id
                limit :nearest
            ) as near
            where origin.id in (select unnest(cast(:ids as bigint[])))
            order by origin.id, near.id
            """
        ),
        {"ids": list(origin_ids), "nearest": nearest, "sphere_nearest": nearest + nearest // 4 + 5},
    )
    pairs = [(row[0], row[1]) for row in rows]
    session.execute(text("drop table pg_temp.candidate_destination"))
    return pairs
