"""Vector tiles of our own base map. A tile of a network version never changes, so it may be kept for ever."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from gis import service as gis
from web.dependencies import SessionDep
from web.errors import not_found
from web.headers import FOREVER
from web.roles import public

router = APIRouter(dependencies=[Depends(public)])

DEEPEST_ZOOM = 15
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@router.get("/ban-do/{version_id:int}/{z:int}/{x:int}/{y:int}.mvt")
def tile(session: SessionDep, version_id: int, z: int, x: int, y: int) -> Response:
    """Return one tile: roads, ferries, water, green, places and boundaries of a network version."""
    if z > DEEPEST_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise not_found()
    content = gis.tile(session, version_id=version_id, z=z, x=x, y=y)
    return Response(content, media_type=MEDIA_TYPE, headers={"Cache-Control": FOREVER})
