"""Vector tiles of the base map, made by PostGIS: roads, ferries, water, green, places, boundaries.

Names are Vietnamese. Hoàng Sa and Trường Sa come from our own reference data and are in every tile that shows
their place, whatever extract is loaded.
"""

import json
from functools import cache

from sqlalchemy import text
from sqlmodel import Session

from data.settings import ROOT
from gis.errors import UnknownVersion

ARCHIPELAGOS_FILE = ROOT / "data" / "reference" / "archipelagos.geojson"
ARCHIPELAGO_ZOOM = {"archipelago": 0, "island": 7}
MAX_ZOOM = 20

_BOUNDS = """
    select st_tileenvelope(:z, :x, :y) as tile,
           st_transform(st_tileenvelope(:z, :x, :y, margin => 0.0625), 4326) as wide
"""

_LAYERS = {
    "water": """
        select kind as class, name, feature.geom, id as sort
        from map_feature as feature, bounds
        where version_id = :version_id and layer = 'water' and min_zoom <= :z and feature.geom && bounds.wide
    """,
    "green": """
        select kind as class, name, feature.geom, id as sort
        from map_feature as feature, bounds
        where version_id = :version_id and layer = 'green' and min_zoom <= :z and feature.geom && bounds.wide
    """,
    "roads": """
        select kind as class, name, detail ->> 'oneway' as oneway,
               coalesce(detail ->> 'bridge', 'no') <> 'no' as bridge,
               coalesce(detail ->> 'tunnel', 'no') <> 'no' as tunnel,
               st_linemerge(st_collect(feature.geom order by id)) as geom, min(id) as sort
        from map_feature as feature, bounds
        where version_id = :version_id and layer = 'roads' and min_zoom <= :z and feature.geom && bounds.wide
        group by 1, 2, 3, 4, 5
    """,
    "ferries": """
        select kind as class, name, feature.geom, id as sort
        from map_feature as feature, bounds
        where version_id = :version_id and layer = 'ferries' and min_zoom <= :z and feature.geom && bounds.wide
    """,
    "boundaries": """
        select kind as class, null::text as name, st_boundary(area.geom) as geom, id as sort
        from area, bounds
        where valid_to is null and area.geom && bounds.wide
          and :z >= case kind when 'province' then 0 when 'commune' then 9 else 13 end
    """,
    "places": """
        select kind as class, name, feature.geom, id as sort
        from map_feature as feature, bounds
        where version_id = :version_id and layer = 'places' and min_zoom <= :z and feature.geom && bounds.wide
        union all
        select kind, name, st_pointonsurface(area.geom), id
        from area, bounds
        where valid_to is null and area.geom && bounds.wide
          and :z >= case kind when 'province' then 5 when 'commune' then 10 else 14 end
        union all
        select island.kind, island.name, st_setsrid(st_makepoint(island.lon, island.lat), 4326), -nth
        from unnest(cast(:kinds as text[]), cast(:names as text[]), cast(:lons as float8[]), cast(:lats as float8[]),
                    cast(:zooms as int[])) with ordinality as island (kind, name, lon, lat, min_zoom, nth)
        where island.min_zoom <= :z
    """,
}
"""Per layer a query with the columns of the tile, ``geom`` in EPSG:4326, and ``sort`` for a stable order."""


_COLUMNS = {"roads": "class, name, oneway, bridge, tunnel"}


def _layer_sql(name: str, query: str) -> str:
    """Return the expression that makes one layer's bytes, lines and surfaces generalised to the zoom."""
    columns = _COLUMNS.get(name, "class, name")
    shape = "st_transform(st_simplify(found.geom, :tolerance, true), 3857)"
    return f"""(
        with bounds as ({_BOUNDS}), found as ({query}),
        cut as (
            select {columns}, st_asmvtgeom({shape}, bounds.tile, 4096, 64, true) as geom
            from found, bounds order by sort
        )
        select coalesce(st_asmvt(cut, '{name}', 4096, 'geom'), ''::bytea) from cut where geom is not null
    )"""


@cache
def _islands() -> dict[str, list]:
    """Return the labels of our own reference data as columns."""
    features = json.loads(ARCHIPELAGOS_FILE.read_text(encoding="utf-8"))["features"]
    return {
        "kinds": [feature["properties"]["kind"] for feature in features],
        "names": [feature["properties"]["name"] for feature in features],
        "lons": [feature["geometry"]["coordinates"][0] for feature in features],
        "lats": [feature["geometry"]["coordinates"][1] for feature in features],
        "zooms": [ARCHIPELAGO_ZOOM[feature["properties"]["kind"]] for feature in features],
    }


def make_tile(session: Session, *, version_id: int, z: int, x: int, y: int) -> bytes:
    """Return the vector tile of a version; the same database gives the same bytes.

    Raises:
        UnknownVersion: there is no such tile address.
    """
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise UnknownVersion(f"there is no tile {z}/{x}/{y}")
    tolerance = 360 / 2**z / 4096 * 4 if z < 15 else 0
    parameters = {"version_id": version_id, "z": z, "x": x, "y": y, "tolerance": tolerance, **_islands()}
    return bytes(session.scalar(text(_tile_sql()), parameters) or b"")


@cache
def _tile_sql() -> str:
    """Return the one statement that makes all layers."""
    return "select " + " || ".join(_layer_sql(name, query) for name, query in _LAYERS.items())
