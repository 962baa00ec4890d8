"""From a position on an edge to the junctions at its ends: partial edges, in legal directions only."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.coordinates import FloatArray, IntArray
from gis.network.access import BACKWARD, FORWARD
from gis.network.network import Network, profile_index
from gis.search.graph import UNREACHABLE, pack
from gis.snapping import REFUSED, Snaps


@dataclass(frozen=True, eq=False)
class Meetings:
    """Points with what it costs to get from them to the graph and from the graph to them.

    Column 0 is the edge's first junction, column 1 its last. Costs are ``UNREACHABLE`` where the direction is not
    legal. The straight walk is apart in ``straight_cost``.
    """

    points: FloatArray
    edge: npt.NDArray[np.int32]
    along_cost: IntArray
    """Cost from the edge's first point to the position, whatever the direction."""
    directions: npt.NDArray[np.uint8]
    junction: npt.NDArray[np.int32]
    leave_cost: IntArray
    arrive_cost: IntArray
    straight_cost: IntArray

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def met(self) -> npt.NDArray[np.bool_]:
        """Whether each point meets the network at all."""
        return self.edge != REFUSED

    def subset(self, index: npt.NDArray[np.int64]) -> "Meetings":
        """Return some of the points."""
        return Meetings(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def straight_ms(offset_mm: IntArray, metres_per_hour: int) -> IntArray:
    """Return the milliseconds of walking a straight piece, rounded half up."""
    return (2 * offset_mm * 3600 + metres_per_hour) // (2 * metres_per_hour)


def time_along(
    network: Network, profile: str, edge: npt.NDArray[np.int32], position_mm: IntArray
) -> IntArray:
    """Return milliseconds from each edge's first point to a position on it, rounded half up inside a segment."""
    row = profile_index(profile)
    first = network.edge_first[edge]
    offsets = network.edge_offsets_mm
    point = np.searchsorted(offsets, offsets[first] + position_mm, side="right") - 1
    point = np.clip(point, first, network.edge_first[edge + 1] - 2)
    length = network.segment_mm[point].astype(np.int64)
    beyond = position_mm - network.run_mm[point]
    part = (2 * network.segment_ms[row, point].astype(np.int64) * beyond + length) // (2 * length)
    return network.run_ms[row, point] + part


def meet(network: Network, profile: str, points: FloatArray, snaps: Snaps) -> Meetings:
    """Return the costs between points and the junctions of the edges they were snapped to.

    A position exactly on a junction may use every road there, so it costs nothing in either direction.
    """
    row = profile_index(profile)
    met = snaps.edge != REFUSED
    edge = np.where(met, snaps.edge, 0).astype(np.int32)
    position, length = snaps.position_mm, network.edge_mm[edge]
    along_ms = time_along(network, profile, edge, position)
    whole_ms = network.edge_ms[row, edge]
    to_first = pack(along_ms, position)
    to_last = pack(whole_ms - along_ms, length - position)
    directions = np.where(met, network.directions[row, edge], 0).astype(np.uint8)
    forward, backward = (directions & FORWARD) > 0, (directions & BACKWARD) > 0
    at_first, at_last = met & (position == 0), met & (position == length)

    def legal(allowed: npt.NDArray[np.bool_], cost: IntArray) -> IntArray:
        return np.where(allowed, cost, UNREACHABLE)

    return Meetings(
        points=points,
        edge=np.where(met, edge, REFUSED).astype(np.int32),
        along_cost=to_first,
        directions=directions,
        junction=np.stack((network.edge_from[edge], network.edge_to[edge]), axis=1),
        leave_cost=np.stack(
            (legal(backward | at_first, to_first), legal(forward | at_last, to_last)), axis=1
        ),
        arrive_cost=np.stack(
            (legal(forward | at_first, to_first), legal(backward | at_last, to_last)), axis=1
        ),
        straight_cost=pack(straight_ms(snaps.offset_mm, network.straight_m_per_h), snaps.offset_mm),
    )
