"""Strongly connected components: the parts of a network that a profile can both reach and leave."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from gis.coordinates import IntArray
from gis.network.access import BACKWARD, FORWARD
from gis.tables import PROFILES

KEPT_FROM_NODES = 20
"""A component with fewer nodes is a fragment of the map, not an island with people on it."""


def keep_components(
    edge_from: npt.NDArray[np.int32],
    edge_to: npt.NDArray[np.int32],
    directions: npt.NDArray[np.uint8],
    inner_nodes: IntArray,
    *,
    junction_count: int,
) -> tuple[npt.NDArray[np.int32], dict[str, Any]]:
    """Number the components of 20 nodes or more per profile, the largest first.

    Args:
        directions: shape (4, edges), bits that each profile may take.
        inner_nodes: nodes of each edge's shape between its two junctions; they count towards the size.

    Returns:
        Component of every junction, shape (4, junctions), -1 where none is kept; and a report per profile of the
        kept sizes and of what was left out.
    """
    component = np.full((len(PROFILES), junction_count), -1, dtype=np.int32)
    report: dict[str, Any] = {}
    for row, profile in enumerate(PROFILES):
        labels, sizes = _strong_components(
            edge_from, edge_to, directions[row], inner_nodes, junction_count=junction_count
        )
        order = sorted(np.flatnonzero(sizes >= KEPT_FROM_NODES), key=lambda label: (-sizes[label], label))
        numbers = np.full(len(sizes), -1, dtype=np.int32)
        numbers[order] = np.arange(len(order))
        component[row] = np.where(labels >= 0, numbers[labels], -1)
        left_out = sizes[(sizes > 0) & (sizes < KEPT_FROM_NODES)]
        report[profile] = {
            "kept_nodes": [int(sizes[label]) for label in order],
            "left_out_components": len(left_out),
            "left_out_nodes": int(left_out.sum()),
        }
    return component, report


def _strong_components(
    edge_from: npt.NDArray[np.int32],
    edge_to: npt.NDArray[np.int32],
    directions: npt.NDArray[np.uint8],
    inner_nodes: IntArray,
    *,
    junction_count: int,
) -> tuple[IntArray, IntArray]:
    """Return a label per junction (-1 when no usable edge ends there) and the nodes of each label.

    Labels are numbered by their smallest junction, so that the answer does not depend on the search's order.
    """
    forward, backward = (directions & FORWARD) > 0, (directions & BACKWARD) > 0
    tail = np.concatenate((edge_from[forward], edge_to[backward]))
    head = np.concatenate((edge_to[forward], edge_from[backward]))
    arcs = csr_matrix((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(junction_count,) * 2)
    count, found = connected_components(arcs, directed=True, connection="strong")
    smallest = np.full(count, junction_count, dtype=np.int64)
    np.minimum.at(smallest, found, np.arange(junction_count))
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(smallest)] = np.arange(count)
    labels = rank[found]
    usable = directions > 0
    inside = usable & (labels[edge_from] == labels[edge_to])
    touched = np.zeros(junction_count, dtype=bool)
    touched[edge_from[usable]] = True
    touched[edge_to[usable]] = True
    sizes = np.bincount(labels[touched], minlength=count).astype(np.int64)
    np.add.at(sizes, labels[edge_from[inside]], inner_nodes[inside])
    return np.where(touched, labels, -1), sizes
