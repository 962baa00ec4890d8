"""SQL of administrative areas and their subdivided pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from gis.areas.geojson import BoundaryRow
from gis.areas.predecessors import Predecessor
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
            (col(Area.name) == statement.excluded.name)
            & (col(Area.parent_code).is_not_distinct_from(statement.excluded.parent_code))
            & (col(Area.predecessors) == statement.excluded.predecessors)
            & Area.geom.op("~=")(statement.excluded.geom)
            & (text("st_orderingequals(area.geom, excluded.geom)"))
        )
        area_id = session.scalar(
            statement.on_conflict_do_update(
                index_elements=["kind", "code", "valid_from"],
                set_={name: statement.excluded[name] for name in values},
                where=~same,
            ).returning(col(Area.id))
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
        select(*(col(column) for column in (Area.id, Area.kind, Area.code, Area.name, Area.parent_code)))
        .where(col(Area.kind) == kind, col(Area.valid_from) <= on)
        .where(col(Area.valid_to).is_(None) | (col(Area.valid_to) >= on))
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


_PLAIN = "regexp_replace(unaccented({}), '[^a-z0-9]', '', 'g')"
"""A name without diacritics, spaces and capitals, as old and new names are compared."""


def set_predecessors(
    session: Session, *, kind: str, found: Sequence[Predecessor], on: date
) -> tuple[int, int]:
    """Store old units with their successors, in place of what was stored, and return how many fitted and how many not.

    A successor is named by its code, or by its plain name together with its province's where both are known.
    """
    rows = session.execute(
        text(
            f"select area.id, area.code, {_PLAIN.format('area.name')} as name,"
            f" {_PLAIN.format('parent.name')} as province"
            " from area left join area as parent on parent.kind = 'province' and parent.code = area.parent_code"
            " and parent.valid_from <= :day and (parent.valid_to is null or parent.valid_to >= :day)"
            " where area.kind = :kind and area.valid_from <= :day"
            " and (area.valid_to is null or area.valid_to >= :day)"
        ),
        {"kind": kind, "day": on},
    ).all()
    by_code = {row.code: row.id for row in rows}
    by_name: dict[str, list[tuple[int, str | None]]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append((row.id, row.province))
    stored: dict[int, list[dict[str, Any]]] = {}
    for item in found:
        area_id = by_code.get(item.successor) or _named(by_name.get(item.successor, []), item.province)
        if area_id is not None:
            stored.setdefault(area_id, []).append(item.as_dict())
    for area_id, items in sorted(stored.items()):
        session.execute(update(Area).where(col(Area.id) == area_id).values(predecessors=items))
    fitted = sum(len(items) for items in stored.values())
    return fitted, len(found) - fitted


def _named(candidates: list[tuple[int, str | None]], province: str | None) -> int | None:
    """Return the one candidate of a name that lies in the province, or whose province is not known."""
    fitting = [number for number, own in candidates if own is None or province is None or own == province]
    return fitting[0] if len(fitting) == 1 else None


@dataclass(frozen=True)
class NamedArea:
    """An area found by a name or code, its own or an old one."""

    area: AreaRef
    former_name: str | None
    """The old unit's name as stored, when the area was found by it."""
    whole: bool
    """Whether all of the old unit lies in this area; false when it was divided."""


def find_areas_by_name(session: Session, *, name: str, on: date) -> list[NamedArea]:
    """Return the areas of a day that bear a name or code, or whose predecessors did; own names first.

    A comma parts the unit from its old district: ``Phường Bến Nghé, Quận 1``. Diacritics, capitals and spaces do not
    count, nor does the word for the kind of unit in front of the name.
    """
    unit, _, district = name.partition(",")
    rows = session.execute(
        text(
            f"""
            with asked as (
                select {_PLAIN.format(":unit")} as unit, {_PLAIN.format(":district")} as district, :code as code
            ),
            present as (
                select id, kind, code, name, parent_code, predecessors from area
                where valid_from <= :day and (valid_to is null or valid_to >= :day)
            ),
            known as (
                select present.*, null::text as former_name, true as whole, {_PLAIN.format("name")} as plain,
                       '' as plain_district, code as known_code, 0 as sort
                from present
                union all
                select present.*, old ->> 'name', coalesce((old ->> 'whole')::bool, true),
                       {_PLAIN.format("old ->> 'name'")}, {_PLAIN.format("coalesce(old ->> 'district', '')")},
                       old ->> 'code', 1
                from present, jsonb_array_elements(predecessors) as old
            )
            select known.* from known, asked
            where (known_code = asked.code
                   or (asked.unit <> ''
                       and plain ~ ('^(phuong|xa|thitran|dackhu|ap|khupho|thanhpho|tinh)?' || asked.unit || '$')))
              and (asked.district = '' or sort = 0 or plain_district = ''
                   or plain_district ~ ('^(quan|huyen|thixa|thanhpho)?' || asked.district || '$'))
            order by sort, array_position(array['province', 'commune', 'hamlet'], kind), not whole, known.code
            """
        ),
        {"unit": unit, "district": district, "code": name.strip(), "day": on},
    )
    return [
        NamedArea(AreaRef(row.id, row.kind, row.code, row.name, row.parent_code), row.former_name, row.whole)
        for row in rows
    ]


def list_areas_of_locations(
    session: Session, *, location_ids: Sequence[int], kind: str, on: date
) -> dict[int, list[str]]:
    """Return the codes of the areas of one level that contain each location; none is an empty list."""
    found: dict[int, list[str]] = {int(number): [] for number in location_ids}
    rows = session.execute(
        text(
            """
            select location.id, array_agg(distinct area.code order by area.code)
            from location
            join unnest(cast(:ids as bigint[])) as wanted (id) on wanted.id = location.id
            join area_piece as piece on st_intersects(piece.geom, location.point)
            join area on area.id = piece.area_id and area.kind = :kind
             and area.valid_from <= :day and (area.valid_to is null or area.valid_to >= :day)
            group by location.id
            """
        ),
        {"ids": list(found), "kind": kind, "day": on},
    )
    for number, area_codes in rows:
        found[number] = list(area_codes)
    return found
