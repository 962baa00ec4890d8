"""Rivers, sea and islets as polygons on the drawing plane."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from data.demo.landscape import Landscape, LonLat, River
from data.demo.plane import Spot, chains, ribbon, smooth, spot_at

RIVER_STEP_M = 120.0
SEA_CORNERS = 2
"""The first points of the sea lie beyond the frame and stay corners; the rest is coast and is drawn smooth."""


@dataclass(frozen=True)
class WaterBody:
    """One named polygon of water, possibly with islands as holes."""

    name: str
    kind: str
    polygon: shapely.Polygon


def river_polygon(river: River) -> shapely.Polygon:
    """Return the outline of a river, its width drawn evenly between the control points."""
    controls = [spot_at(*point) for point in river.line]
    line = smooth(controls, step_m=RIVER_STEP_M)
    walked = chains(line)
    control_chains = [walked[line.index(control)] for control in controls]
    widths = np.interp(walked, control_chains, river.widths_m)
    polygon = shapely.Polygon(ribbon(line, [float(width) for width in widths]))
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


def closed_ring(points: Sequence[LonLat], *, step_m: float) -> list[Spot]:
    """Return a smooth ring through the points, closed, for coasts and islets."""
    ring = [spot_at(*point) for point in points]
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    return smooth(ring, step_m=step_m)


def water_bodies(landscape: Landscape) -> list[WaterBody]:
    """Return every river in the landscape's order and then the sea, with its islets cut out."""
    bodies = []
    for river in landscape.rivers:
        shape = river_polygon(river)
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon":
                bodies.append(WaterBody(river.name, "river", part))
    if landscape.sea:
        islets = [closed_ring(islet, step_m=60.0) for islet in landscape.islets]
        corners = [spot_at(*point) for point in landscape.sea[:SEA_CORNERS]]
        coast = corners + smooth([spot_at(*point) for point in landscape.sea[SEA_CORNERS:]], step_m=160.0)
        bodies.append(WaterBody("Vịnh Gành Rái", "sea", shapely.Polygon(coast, islets)))
    return bodies


def water_cover(bodies: Sequence[WaterBody]) -> shapely.Geometry:
    """Return all water as one geometry, prepared for many questions."""
    cover = shapely.union_all([body.polygon for body in bodies])
    shapely.prepare(cover)
    return cover
