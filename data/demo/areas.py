"""Boundaries of communes and hamlets: the frame cut along rivers, and each commune shared out among its villages."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from data.demo.landscape import Landscape
from data.demo.plane import smooth, spot_at
from data.demo.roads import RoadLine

PROVINCE = "79"


@dataclass(frozen=True)
class AreaShape:
    """One commune or hamlet with its polygon on the plane."""

    code: str
    name: str
    kind: str
    parent_code: str
    valid_from: str
    polygon: shapely.Geometry


def commune_shapes(landscape: Landscape) -> list[AreaShape]:
    """Return the communes in the landscape's order.

    The frame is cut along the boundary lines; the piece that holds a commune's inner point is the commune, and
    a piece that holds none belongs to somebody outside the region.
    """
    west, south, east, north = landscape.frame
    low, high = spot_at(west, south), spot_at(east, north)
    frame = shapely.box(low.x, low.y, high.x, high.y)
    cuts = [
        shapely.LineString(smooth([spot_at(*point) for point in line], step_m=120.0))
        for line in landscape.boundaries
    ]
    pieces = shapely.get_parts(shapely.polygonize([shapely.union_all([frame.exterior, *cuts])]))
    areas = []
    for commune in landscape.communes:
        inside = shapely.Point(spot_at(*commune.inside))
        piece = next(piece for piece in pieces if piece.contains(inside))
        clipped = shapely.intersection(piece, frame)
        areas.append(
            AreaShape(commune.code, f"Xã {commune.name}", "commune", PROVINCE, commune.valid_from, clipped)
        )
    return areas


def hamlet_shapes(
    landscape: Landscape, lines: Mapping[str, RoadLine], communes: list[AreaShape]
) -> list[AreaShape]:
    """Return the hamlets commune by commune; each takes what is nearest to its own stretch of road."""
    areas = []
    for commune in communes:
        villages = [village for village in landscape.villages if village.commune == commune.code]
        sites: list[tuple[float, float]] = []
        owners: list[int] = []
        for number, village in enumerate(villages):
            line = lines[village.road]
            centre = line.chain_of(*village.centre)
            start, end = (
                max(0.0, centre - village.length_m / 2),
                min(line.length_m, centre + village.length_m / 2),
            )
            for chain in np.linspace(start, end, 9):
                spot = line.at(float(chain))[0]
                sites.append((spot.x, spot.y))
                owners.append(number)
        cells = _voronoi(sites, commune.polygon)
        for number, village in enumerate(villages):
            own = [cells[k] for k, owner in enumerate(owners) if owner == number]
            shape = shapely.intersection(shapely.union_all(own), commune.polygon)
            areas.append(
                AreaShape(
                    village.code, f"Ấp {village.name}", "hamlet", commune.code, commune.valid_from, shape
                )
            )
    return areas


def _voronoi(sites: list[tuple[float, float]], around: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the Voronoi cell of each site, in the order of the sites."""
    cells = list(shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(sites), extend_to=around)))
    tree = shapely.STRtree(cells)
    points = shapely.points(sites)
    nearest = tree.nearest(points)
    return [cells[int(number)] for number in nearest]
