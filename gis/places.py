"""Finding places by name without diacritics: hamlets, communes, places of the map, streets.

A name is matched anywhere, so ``doi lau`` finds ``Ấp Doi Lầu``. Parts after a comma narrow by commune. An area stands
for where its people live: the village or hamlet that the map marks inside it, not its centre, which may be forest. A
street that crosses several communes is offered once in each, at its middle there.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select, text
from sqlmodel import Session, col

from gis.coordinates import Point
from gis.tables import Area

GENERIC = re.compile(r"^(duong|ap|xa|phuong|khu pho|thon|hem|pho|tt|thi tran)\s+", re.IGNORECASE)
SEGMENTS = 3000
"""Streets are looked up in at most this many pieces, so that one letter typed does not read a whole city."""

_SEARCH = """
with asked as (select unaccented(:query) as name, unaccented(:within) as within),
named as (
    select case area.kind when 'hamlet' then 0 else 1 end as sort, area.kind, area.name,
           coalesce(village.geom, st_pointonsurface(area.geom)) as point
    from asked, area
    left join lateral (
        select feature.geom from map_feature as feature
        where version_id = :version_id and layer = 'places' and st_covers(area.geom, feature.geom)
        order by not area.name ilike '%' || feature.name, feature.id limit 1
    ) as village on true
    where valid_to is null and area.kind in ('commune', 'hamlet')
      and unaccented(area.name) like '%' || asked.name || '%'
    union all
    select 2, 'place', feature.name, feature.geom
    from asked, map_feature as feature
    where version_id = :version_id and layer = 'places' and unaccented(feature.name) like '%' || asked.name || '%'
      and not exists (
          select from area
          where valid_to is null and area.name ilike '%' || feature.name and st_covers(area.geom, feature.geom)
      )
    union all
    select 3, 'street', name, point from (
        select feature.name, st_lineinterpolatepoint(feature.geom, 0.5) as point
        from map_feature as feature, asked
        where version_id = :version_id and layer = 'roads' and st_geometrytype(feature.geom) = 'ST_LineString'
          and unaccented(feature.name) like '%' || asked.name || '%'
        order by feature.id limit :segments
    ) as pieces
),
placed as (
    select named.*, commune.name as commune
    from named
    left join lateral (
        select area.name from area_piece join area on area.id = area_piece.area_id
        where area.kind = 'commune' and area.valid_to is null and st_covers(area_piece.geom, named.point)
        order by area.code limit 1
    ) as commune on true
),
grouped as (
    select sort, kind, name, commune,
           (array_agg(point order by st_distance(point, middle), st_x(point), st_y(point)))[1] as point
    from (
        select placed.*, st_centroid(st_collect(point) over (partition by sort, kind, name, commune)) as middle
        from placed
    ) as around
    group by sort, kind, name, commune
)
select kind, grouped.name, commune, st_x(point) as lon, st_y(point) as lat
from grouped, asked
where asked.within = '' or unaccented(coalesce(commune, '')) like '%' || asked.within || '%'
order by unaccented(grouped.name) <> asked.name, not unaccented(grouped.name) like '%' || asked.name, sort,
         length(grouped.name), grouped.name, commune
limit :limit
"""


class Place(NamedTuple):
    """A named place. ``label`` is its name with the commune, ``kind`` hamlet, commune, place or street."""

    label: str
    kind: str
    point: Point


def search_places(session: Session, *, version_id: int, query: str, limit: int) -> list[Place]:
    """Return the places whose name holds ``query``, the closest in name first; empty for fewer than two letters.

    When nothing has the name as typed, words such as ``ấp`` or ``đường`` in front of it are left out.
    """
    typed, _, within = (" ".join(part.split()) for part in query.partition(","))
    found = _search(session, version_id, typed, within, limit)
    if not found:
        bare = GENERIC.sub("", _unaccented(session, typed))
        if bare != typed:
            found = _search(session, version_id, bare, within, limit)
    return found


def list_area_names(session: Session, *, kind: str, codes: Sequence[str]) -> dict[str, str]:
    """Return the present names of areas by code; a code without an area is absent."""
    rows = session.execute(
        select(col(Area.code), col(Area.name)).where(
            col(Area.kind) == kind, col(Area.code).in_(list(codes)), col(Area.valid_to).is_(None)
        )
    )
    return dict(rows.all())


def _unaccented(session: Session, typed: str) -> str:
    return session.scalar(text("select unaccented(:typed)"), {"typed": typed}) or ""


def _search(session: Session, version_id: int, name: str, within: str, limit: int) -> list[Place]:
    name = _literal(name)
    if len(name) < 2:
        return []
    rows = session.execute(
        text(_SEARCH),
        {
            "version_id": version_id, "query": name, "within": _literal(_without_generic(within)),
            "segments": SEGMENTS, "limit": limit,
        },
    )  # fmt: skip
    return [Place(_label(row.kind, row.name, row.commune), row.kind, Point(row.lon, row.lat)) for row in rows]


def _literal(typed: str) -> str:
    """Return ``typed`` without the signs that LIKE reads as patterns."""
    return re.sub(r"[%_\\]", " ", typed).strip()


def _without_generic(typed: str) -> str:
    return re.sub(r"^(xã|xa|phường|phuong)\s+", "", typed, flags=re.IGNORECASE)


def _label(kind: str, name: str, commune: str | None) -> str:
    return name if kind == "commune" or commune is None else f"{name}, {commune}"
