"""Tables of everything spatial: network versions, locations, travel times, areas, and what the maps draw.

All geometry is stored in EPSG:4326 (longitude, latitude). Times are whole seconds, lengths whole metres,
except where a name says ``_mm``.
"""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

PROFILES = ("walk", "motorbike", "car", "boat")
"""Ways of travelling; ``boat`` is walking plus passenger boat lines."""

AREA_KINDS = ("province", "commune", "hamlet")
"""Administrative levels of the two-tier administration, plus the hamlet (ấp, khu phố)."""

LOCATION_METHODS = ("imported", "pin", "officer", "geocoded", "generated", "gate")
"""How a point was found: from an office's file, a parent's pin, an officer's pin, an address look-up,
generated for a demonstration, or a school's gate."""

SNAP_QUALITIES = ("ok", "far", "refused")
"""How well a point meets the network: within 300 m, 300 to 500 m, or not at all."""

MAP_LAYERS = ("roads", "ferries", "water", "green", "places")
"""Layers that a network version brings from its extract; boundaries come from ``area``."""


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return a named check that ``column`` holds one of ``values``."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=f"{column}_known")


class NetworkVersion(SQLModel, table=True):
    """One immutable road network, named by the hash of all that went into it.

    Two imports of the same extract with the same speed table and ferries file are the same version.
    """

    __tablename__ = "network_version"

    id: int | None = Field(default=None, primary_key=True, sa_column_args=(Identity(),))
    name: str = Field(sa_type=Text)
    content_sha256: str = Field(sa_type=Text, unique=True)
    """SHA-256 of the archive that is searched, and with it of every time and length."""
    source_sha256: str = Field(sa_type=Text, unique=True)
    """SHA-256 over the extract, the speed table, the ferries file, the edit list and the builder's edition."""
    base_version_id: int | None = Field(default=None, foreign_key="network_version.id")
    """The version that this one amends, when it was made from an edit list."""
    edits: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    """The edit list as applied, so that an auditor sees what differs from the base version."""
    report: dict[str, Any] = Field(sa_type=JSONB)
    """Counts of the build: nodes, edges, water, components kept and left out per profile."""
    built_at: datetime = Field(sa_type=DateTime(timezone=True))
    bbox: Any = Field(sa_type=Geometry("POLYGON", srid=4326, spatial_index=False))


class NetworkArchive(SQLModel, table=True):
    """The arrays of a network version as one file, apart from its row so that reading the row stays cheap."""

    __tablename__ = "network_archive"

    version_id: int = Field(primary_key=True, foreign_key="network_version.id", ondelete="CASCADE")
    payload: bytes = Field(sa_type=LargeBinary)


class MapFeature(SQLModel, table=True):
    """One thing that the base map draws: a road, a ferry line, a water or green area, a place name."""

    __tablename__ = "map_feature"
    __table_args__ = (_one_of("layer", MAP_LAYERS), Index(None, "version_id", "layer"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),))
    version_id: int = Field(foreign_key="network_version.id", ondelete="CASCADE")
    layer: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    """The OpenStreetMap class: ``primary``, ``canal``, ``park``, ``village``."""
    name: str | None = Field(default=None, sa_type=Text)
    min_zoom: int = Field(sa_type=SmallInteger)
    """The zoom from which it is drawn."""
    osm_id: int | None = Field(default=None, sa_type=BigInteger)
    detail: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    """What a style may want besides: one-way, bridge, tunnel."""
    geom: Any = Field(sa_type=Geometry("GEOMETRY", srid=4326))


class Location(SQLModel, table=True):
    """A point where somebody lives or a school has its gate, with how it was found and how sure it is."""

    __tablename__ = "location"
    __table_args__ = (
        _one_of("method", LOCATION_METHODS),
        CheckConstraint("precision_m >= 0", name="precision_not_negative"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),))
    point: Any = Field(sa_type=Geometry("POINT", srid=4326))
    method: str = Field(sa_type=Text)
    precision_m: int
    note: str | None = Field(default=None, sa_type=Text)


class LocationSnap(SQLModel, table=True):
    """Where a location meets a network version: on an edge, at a position, after a straight walk."""

    __tablename__ = "location_snap"
    __table_args__ = (
        _one_of("profile", PROFILES),
        _one_of("quality", SNAP_QUALITIES),
        CheckConstraint("(quality = 'refused') = (edge is null)", name="refused_has_no_edge"),
    )

    location_id: int = Field(
        primary_key=True, sa_type=BigInteger, foreign_key="location.id", ondelete="CASCADE"
    )
    version_id: int = Field(primary_key=True, foreign_key="network_version.id", ondelete="CASCADE")
    profile: str = Field(primary_key=True, sa_type=Text)
    quality: str = Field(sa_type=Text)
    edge: int | None = None
    """Index of the edge in the version's archive; none when refused."""
    position_mm: int | None = Field(default=None, sa_type=BigInteger)
    """Millimetres from the edge's first node along its shape."""
    offset_mm: int | None = Field(default=None, sa_type=BigInteger)
    """Geodesic millimetres from the location to that position."""
    crosses_water: bool = False
    """Whether nearer roads were passed over because they lie across water."""


class TravelTime(SQLModel, table=True):
    """The fastest way from a home to a school site on one network version. No row: no way.

    Origin, destination and version are deliberately no foreign keys: rows come by the million through COPY, and
    checking each costs more than computing it. They are written and removed in bulk by ``gis`` only.
    """

    __tablename__ = "travel_time"
    __table_args__ = (
        _one_of("profile", PROFILES),
        CheckConstraint("time_s >= 0 and length_m >= 0", name="not_negative"),
        Index(None, "version_id", "profile", "destination_id"),
    )

    version_id: int = Field(primary_key=True)
    profile: str = Field(primary_key=True, sa_type=Text)
    origin_id: int = Field(primary_key=True, sa_type=BigInteger)
    destination_id: int = Field(primary_key=True, sa_type=BigInteger)
    time_s: int
    length_m: int


class Area(SQLModel, table=True):
    """An administrative unit with the days on which it existed; ``valid_to`` is its last day, none while it lasts."""

    __tablename__ = "area"
    __table_args__ = (
        _one_of("kind", AREA_KINDS),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="validity_in_order"),
        UniqueConstraint("kind", "code", "valid_from"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),))
    kind: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    parent_code: str | None = Field(default=None, sa_type=Text)
    valid_from: date
    valid_to: date | None = None
    predecessors: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    """Units that went into this one: objects with ``code``, ``name``, ``kind`` and ``whole`` (false when divided)."""
    geom: Any = Field(sa_type=Geometry("MULTIPOLYGON", srid=4326))


class AreaPiece(SQLModel, table=True):
    """A part of an area of at most 64 vertices, so that finding the area of a point reads little."""

    __tablename__ = "area_piece"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),))
    area_id: int = Field(sa_type=BigInteger, foreign_key="area.id", ondelete="CASCADE", index=True)
    geom: Any = Field(sa_type=Geometry("POLYGON", srid=4326))
