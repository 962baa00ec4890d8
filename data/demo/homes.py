"""Puts homes along streets and alleys: on dry land, in their own hamlet, on their own side of the canal."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.plane import FloatArray
from data.demo.streets import Frontage, house_number

MAX_DRAWS = 40
CLEAR_OF_WATER_M = 6.0


class NoRoomForHomes(Exception):
    """A hamlet has no dry frontage left; the landscape is at fault, not the user."""


@dataclass(frozen=True)
class Homes:
    """Where each child lives: plane points shape (n, 2), and the frontage each stands on with side and distance."""

    points: FloatArray
    frontage: NDArray[np.int64]
    left: NDArray[np.bool_]
    chain_m: FloatArray

    @classmethod
    def joined(cls, parts: Sequence["Homes"]) -> "Homes":
        """Return the homes of all parts, one after another."""
        return cls(
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.frontage for part in parts]),
            np.concatenate([part.left for part in parts]),
            np.concatenate([part.chain_m for part in parts]),
        )

    def at(self, numbers: Sequence[int] | NDArray[np.intp] | slice) -> "Homes":
        """Return the homes at these positions; a position may be asked for twice."""
        return Homes(self.points[numbers], self.frontage[numbers], self.left[numbers], self.chain_m[numbers])


class HomeGround:
    """The frontages of a region as arrays, with everything a home must keep clear of."""

    def __init__(
        self,
        frontages: Sequence[Frontage],
        *,
        roads: Sequence[shapely.Geometry],
        water: shapely.Geometry,
        canals: Sequence[shapely.Geometry],
        hamlets: Sequence[shapely.Geometry],
    ) -> None:
        self.frontages = frontages
        self.start = np.array([frontage.start for frontage in frontages])
        self.end = np.array([frontage.end for frontage in frontages])
        self.weight = np.array([frontage.weight for frontage in frontages])
        self.village = np.array([frontage.village for frontage in frontages])
        self.is_alley = np.array([frontage.alley_number > 0 for frontage in frontages])
        self.first_chain_m = np.array([frontage.chain_m for frontage in frontages])
        self.roads = np.array(roads, dtype=object)
        self.road_tree = shapely.STRtree(self.roads)
        self.water = np.array([*shapely.get_parts(water), *canals], dtype=object)
        self.water_tree = shapely.STRtree(self.water)
        self.hamlets = list(hamlets)
        for hamlet in self.hamlets:
            shapely.prepare(hamlet)

    def draw(self, village: int, count: int, rng: np.random.Generator) -> Homes:
        """Return ``count`` homes (at least one) in one village, drawn until each is acceptable.

        Raises:
            NoRoomForHomes: the village offers no acceptable place.
        """
        own = np.flatnonzero(self.village == village)
        if not own.size:
            raise NoRoomForHomes(f"village number {village} has no frontage")
        share = np.cumsum(self.weight[own])
        parts: list[Homes] = []
        missing = count
        for _ in range(MAX_DRAWS):
            draft = self._draft(own[np.searchsorted(share, rng.random(missing) * share[-1])], rng)
            parts.append(draft.at(np.flatnonzero(self.acceptable(draft.points, village))))
            missing -= len(parts[-1].points)
            if not missing:
                return Homes.joined(parts)
        raise NoRoomForHomes(f"village number {village} has no room for {missing} of {count} homes")

    def _draft(self, frontage: NDArray[np.int64], rng: np.random.Generator) -> Homes:
        """Return a home somewhere along each of the frontages, a few metres back from the street."""
        start, end = self.start[frontage], self.end[frontage]
        along = rng.uniform(0.06, 0.97, size=len(frontage))
        left = rng.random(len(frontage)) < 0.5
        alley = self.is_alley[frontage]
        back_m = np.where(alley, rng.uniform(3.5, 9.0, len(frontage)), rng.uniform(6.0, 17.0, len(frontage)))
        step = end - start
        length = np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2)
        normal = np.column_stack([-step[:, 1], step[:, 0]]) / length[:, None]
        points = start + step * along[:, None] + normal * (np.where(left, back_m, -back_m))[:, None]
        chain = np.where(alley, 0.0, self.first_chain_m[frontage]) + length * along
        return Homes(points, frontage, left, chain)

    def acceptable(self, points: FloatArray, village: int) -> NDArray[np.bool_]:
        """Tell for each point whether a home of this village may stand there.

        It lies in the hamlet, not in water, clear of canals, and the straight way to the nearest road crosses
        neither: the nearest road is on its own side.
        """
        spots = shapely.points(points)
        wet = self.water[np.sort(self.water_tree.query(shapely.box(*self.hamlets[village].bounds)))]
        nearest = self.roads[self.road_tree.nearest(spots)]
        good = shapely.contains(self.hamlets[village], spots)
        good &= ~_touched(shapely.buffer(spots, CLEAR_OF_WATER_M, quad_segs=1), wet)
        good &= ~_touched(shapely.shortest_line(spots, nearest), wet)
        return good


def _touched(shapes: NDArray[np.object_], bodies: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell for each of the small shapes whether it meets any of the bodies.

    The tree is built over the small shapes, because a query prepares what it is asked with: a river is prepared
    once instead of being walked around again for every home.
    """
    touched = np.zeros(len(shapes), dtype=bool)
    if len(shapes) and len(bodies):
        touched[shapely.STRtree(shapes).query(bodies, predicate="intersects")[1]] = True
    return touched


def address_line(frontage: Frontage, chain_m: float, *, left: bool) -> str:
    """Return house number and street: "45 đường Lý Nhơn" or "12/4 Hẻm 12 đường Lý Nhơn"."""
    number = house_number(chain_m, left=left)
    street = frontage.street[0].lower() + frontage.street[1:]
    if frontage.alley_number:
        return f"{frontage.alley_number}/{number} Hẻm {frontage.alley_number} {street}"
    return f"{number} {street}"
