"""SQL of administrative areas and their subdivided pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from gis.areas.geojson import BoundaryRow
from gis.coordinates import Point
from gis.tables import Area

PIECE_VERTICES = 64


@dataclass(frozen=True)
class AreaRef:
    """An administrative unit without its geometry."""

    id: int
    kind: str
    code: str
    name: str
    parent_code: str | None


def upsert_areas(session: Session, rows: Sequence[BoundaryRow], *, kind: str) -> int:
    """Store units, replacing what the same code had on the same first day, and return how many changed.

    A unit that already exists with an earlier first day ends the day before the new one begins.
    """
    changed = 0
    for row in rows:
        values = {
            "name": row.name,
            "parent_code": row.parent_code,
            "predecessors": row.predecessors,
            "geom": f"SRID=4326;{row.geometry.wkt}",
        }
        statement = insert(Area).values(kind=kind, code=row.code, valid_from=row.valid_from, **values)
        same = (
            (Area.name == statement.excluded.name)
            & (Area.parent_code.is_not_distinct_from(statement.excluded.parent_code))
            & (Area.predecessors == statement.excluded.predecessors)
            & Area.geom.op("~=")(statement.excluded.geom)
            & (text("st_orderingequals(area.geom, excluded.geom)"))
        )
        area_id = session.scalar(
            statement.on_conflict_do_update(
                index_elements=["kind", "code", "valid_from"],
                set_={name: statement.excluded[name] for name in values},
                where=~same,
            ).returning(Area.id)
        )
        if area_id is not None:
            changed += 1
            _end_earlier(session, kind=kind, code=row.code, valid_from=row.valid_from)
            _subdivide(session, area_id)
    return changed


def _end_earlier(session: Session, *, kind: str, code: str, valid_from: date) -> None:
    """End the open-ended unit of the same code that began before this one."""
    session.execute(
        text(
            "update area set valid_to = :last where kind = :kind and code = :code"
            " and valid_from < :first and (valid_to is null or valid_to >= :first)"
        ),
        {"last": valid_from - timedelta(days=1), "kind": kind, "code": code, "first": valid_from},
    )


def _subdivide(session: Session, area_id: int) -> None:
    """Cut an area into pieces of few vertices."""
    session.execute(text("delete from area_piece where area_id = :id"), {"id": area_id})
    session.execute(
        text(
            "insert into area_piece (area_id, geom)"
            f" select id, st_subdivide(geom, {PIECE_VERTICES}) from area where id = :id"
        ),
        {"id": area_id},
    )


def find_areas_at(session: Session, *, point: Point, on: date) -> list[AreaRef]:
    """Return the areas that contain a point on a day, from the largest level down, then by code.

    A point on a border belongs to the areas on both sides of it.
    """
    rows = session.execute(
        text(
            """
            select distinct area.id, area.kind, area.code, area.name, area.parent_code,
                   array_position(array['province', 'commune', 'hamlet'], area.kind) as level
            from area_piece as piece
            join area on area.id = piece.area_id
            where st_intersects(piece.geom, st_setsrid(st_makepoint(:lon, :lat), 4326))
              and area.valid_from <= :day and (area.valid_to is null or area.valid_to >= :day)
            order by level, area.code
            """
        ),
        {"lon": point.lon, "lat": point.lat, "day": on},
    )
    return [AreaRef(row.id, row.kind, row.code, row.name, row.parent_code) for row in rows]


def list_areas(session: Session, *, kind: str, on: date) -> list[AreaRef]:
    """Return the areas of a level that exist on a day, by code."""
    rows = session.execute(
        select(Area.id, Area.kind, Area.code, Area.name, Area.parent_code)
        .where(Area.kind == kind, Area.valid_from <= on)
        .where(Area.valid_to.is_(None) | (Area.valid_to >= on))
        .order_by(Area.code)
    )
    return [AreaRef(*row) for row in rows]


def find_shapes(session: Session, *, kind: str, codes: Sequence[str], on: date) -> dict[str, BaseGeometry]:
    """Return the polygons of areas by code, those that exist on a day."""
    rows = session.execute(
        text(
            "select code, st_asbinary(geom) from area where kind = :kind and code = any(:codes)"
            " and valid_from <= :day and (valid_to is null or valid_to >= :day) order by code"
        ),
        {"kind": kind, "codes": list(codes), "day": on},
    )
    return {code: shapely.from_wkb(bytes(shape)) for code, shape in rows}
