"""Is a reported shortage true, and the smallest? Recomputed from a maximum flow of its own.

Students reached by alternating paths from those whom a largest seating leaves out, and the schools they reach,
are the same for every largest seating (Dulmage & Mendelsohn 1958), so the sets can be compared as such.
"""

from typing import Any

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from allocation.errors import SolverError
from allocation.instance import Instance, IntArray
from allocation.outcome import Outcome
from allocation.verification.places import Places, is_late, lay_out_places, pairs_anywhere


def recompute_shortage(instance: Instance, outcome: Outcome) -> dict[str, Any] | None:
    """Return the shortage that the outcome implies, shaped as in a result file; None when everyone has a seat."""
    if np.all(outcome.school >= 0):
        return None
    everyone = np.ones(len(instance.student_ids), dtype=np.bool_)
    everywhere = lay_out_places(instance, outcome, everyone, *pairs_anywhere(instance))
    found = _largest_seating(everywhere)
    if np.any(found < 0):
        return _describe(instance, "all_seats", everywhere, found)
    late = is_late(outcome)
    use = late[instance.travel_student]
    free = lay_out_places(instance, outcome, late, instance.travel_student[use], instance.travel_school[use])
    return _describe(instance, "free_seats", free, _largest_seating(free))


def _largest_seating(places: Places) -> IntArray:
    """Return the kind of place of each row in some seating of as many rows as possible; -1 without one."""
    rows, kinds = len(places.who), len(places.seats)
    source, sink = rows + kinds, rows + kinds + 1
    tail = np.concatenate((np.full(rows, source), places.row, np.arange(rows, source)))
    head = np.concatenate((np.arange(rows), rows + places.place, np.full(kinds, sink)))
    capacity = np.concatenate((np.ones(rows), np.ones(len(places.row)), np.minimum(places.seats, rows)))
    flow = SimpleMaxFlow()
    arcs = flow.add_arcs_with_capacity(
        tail.astype(np.int32), head.astype(np.int32), capacity.astype(np.int64)
    )
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise SolverError("the maximum flow that checks the shortage did not end in an optimum")
    used = flow.flows(arcs[rows : rows + len(places.row)]) > 0
    found = np.full(rows, -1, dtype=np.int64)
    found[places.row[used]] = places.place[used]
    return found


def _describe(instance: Instance, scope: str, places: Places, found: IntArray) -> dict[str, Any]:
    """Close the left-out rows under 'may take a place' and 'sits in a place somebody may take'."""
    inside = found < 0
    reached = np.zeros(len(places.seats), dtype=np.bool_)
    while True:
        wider = reached.copy()
        wider[places.place[inside[places.row]]] = True
        inside = found < 0
        inside[found >= 0] = wider[found[found >= 0]]
        if np.array_equal(wider, reached):
            break
        reached = wider
    return {
        "scope": scope,
        "students": sorted(instance.student_ids[one] for one in places.who[inside]),
        "schools": sorted({instance.school_ids[one] for one in places.school[reached]}),
        "missing_seats": int(np.count_nonzero(found < 0)),
    }
