"""Is a placement as good as any? Checked by exchanges and prices (linear-programming duality), not by a flow solver.

A seating is optimal exactly when no chain of exchanges improves it: nobody without a seat can reach a free one,
and no cycle of moves lowers the aims. Moves between places are condensed to the cheapest per pair of places.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from allocation.instance import BoolArray, Instance, IntArray, Mechanism
from allocation.outcome import Outcome
from allocation.verification.places import Places, is_late, lay_out_places, no_farther_than_guaranteed

NO_MOVE = np.iinfo(np.int64).max // 4


def total_travel_s(instance: Instance, outcome: Outcome) -> int:
    """Return the seconds of all trips that were chosen for their length: all, or those of the second stage."""
    chosen = outcome.school >= 0
    if instance.mechanism is not Mechanism.MIN_TRAVEL:
        chosen &= is_late(outcome)
    used = (outcome.school[instance.travel_student] == instance.travel_school) & chosen[
        instance.travel_student
    ]
    return int(instance.travel_s[used].sum())


def is_optimal(instance: Instance, outcome: Outcome) -> bool:
    """Whether no other placement does better in the mechanism's aims, taken in order."""
    late = is_late(outcome)
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        late[:] = True
        usable = np.flatnonzero(no_farther_than_guaranteed(instance))
    else:
        usable = np.flatnonzero(late[instance.travel_student])
    places = lay_out_places(
        instance, outcome, late, instance.travel_student[usable], instance.travel_school[usable]
    )
    pairs = usable[places.pair]
    held = _held_pairs(places)
    if np.any((places.now >= 0) & (held < 0)):
        return False
    trips = instance.travel_s[pairs]
    aims = [instance.travel_beyond[pairs].astype(np.int64), trips]
    must = np.zeros(len(places.who), dtype=np.bool_)
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        tiers = np.array([school.class_count for school in instance.schools], dtype=np.int64)
        value = instance.travel_value[pairs]
        aims.insert(0, np.where(value > tiers.max(initial=0), tiers[places.school[places.place]], value))
        must = instance.guaranteed >= 0
    if np.any(must & (places.now < 0)):
        return False
    prices = _prices(places, held, _in_order(aims, len(places.seats)), must)
    if prices is None:
        return False
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        return True
    return not _longest_can_shrink(places, held, trips, *prices)


def _held_pairs(places: Places) -> IntArray:
    """Return, per row, the pair that its place answers, -1 for none."""
    held = np.full(len(places.who), -1, dtype=np.int64)
    hit = np.flatnonzero(places.place == places.now[places.row])
    held[places.row[hit]] = hit
    return held


def _in_order(aims: Sequence[IntArray], kinds: int) -> IntArray:
    """Join aims to one number per pair, so that along any cycle of moves a more important aim outweighs the others."""
    joint = np.zeros(len(aims[0]), dtype=object)
    span = 1
    for aim in reversed(aims):
        joint = joint + aim.astype(object) * span
        span = (kinds + 4) * (int(aim.max(initial=0)) * span + span)
    if span < 2**62:
        return joint.astype(np.int64)
    return joint


def _prices(
    places: Places, held: IntArray, cost: IntArray, must: BoolArray
) -> tuple[IntArray, IntArray, BoolArray] | None:
    """Return the reduced cost per pair, per kind of place the price above an empty place, and which must be full.

    None where somebody without a seat can reach a free one, or a cycle of moves lowers the cost.
    """
    kinds = len(places.seats)
    load = np.bincount(places.now[places.now >= 0], minlength=kinds)
    free = load < places.seats
    own = (
        np.where(held >= 0, cost[np.maximum(held, 0)], 0)
        if len(cost)
        else np.zeros(len(held), dtype=np.int64)
    )
    here = np.where(places.now < 0, kinds, places.now)
    moves = np.full((kinds + 1, kinds + 1), NO_MOVE, dtype=cost.dtype)
    np.minimum.at(moves, (here[places.row], places.place), cost - own[places.row])
    leaves = np.flatnonzero(~must & (places.now >= 0))
    np.minimum.at(moves, (here[leaves], np.full(len(leaves), kinds)), -own[leaves])
    if _reaches(moves, kinds, np.append(free, False)):
        return None
    price = np.zeros(kinds + 1, dtype=cost.dtype)
    empty = 0
    for _ in range(kinds + 4):
        lower = np.minimum(price, np.where(moves < NO_MOVE, price[:, None] + moves, NO_MOVE).min(axis=0))
        lower[:-1] = np.where(load > 0, np.minimum(lower[:-1], empty), lower[:-1])
        lower_empty = min([empty, *lower[:-1][free].tolist()])
        if lower_empty == empty and np.array_equal(lower, price):
            reduced = cost - own[places.row] + price[here[places.row]] - price[places.place]
            return reduced, price[:-1] - empty, (load == places.seats) & (price[:-1] != empty)
        price, empty = lower, lower_empty
    return None


def _reaches(moves: IntArray, source: int, goal: BoolArray) -> bool:
    """Whether a chain of possible moves leads from ``source`` to a goal."""
    seen = np.zeros(len(moves), dtype=np.bool_)
    seen[source] = True
    while True:
        wider = seen | np.any(moves[seen] < NO_MOVE, axis=0)
        if np.array_equal(wider, seen):
            return bool(np.any(wider & goal))
        seen = wider


def _longest_can_shrink(
    places: Places, held: IntArray, trips: IntArray, reduced: IntArray, slack: IntArray, full: BoolArray
) -> bool:
    """Whether a seating of the same cost exists whose longest trip is shorter; by scipy's maximum flow.

    Only pairs of reduced cost 0 can stand in such a seating, and places of a price must be full.
    """
    seated = held >= 0
    if not seated.any():
        return False
    longest = trips[held[seated]].max()
    use = np.flatnonzero((reduced == 0) & (trips < longest))
    kinds, rows = len(places.seats), len(places.who)
    unseated = int(np.count_nonzero(~seated))
    source, none, common, sink = rows + kinds, rows + kinds + 1, rows + kinds + 2, rows + kinds + 3
    loose = np.flatnonzero(~full)
    seats = np.where((slack > 0) & ~full, 0, np.minimum(places.seats, rows))
    may_miss = np.arange(rows)
    arcs = [
        (np.full(rows, source), np.arange(rows), np.ones(rows)),
        (places.row[use], rows + places.place[use], np.ones(len(use))),
        (may_miss, np.full(rows, none), np.ones(rows)),
        (np.array([none]), np.array([sink]), np.array([unseated])),
        (rows + np.flatnonzero(full), np.full(int(full.sum()), sink), seats[full]),
        (rows + loose, np.full(len(loose), common), seats[loose]),
        (np.array([common]), np.array([sink]), np.array([rows - unseated - int(seats[full].sum())])),
    ]
    tail, head, capacity = (np.concatenate(column) for column in zip(*arcs, strict=True))
    graph = csr_array((capacity.astype(np.int32), (tail, head)), shape=(sink + 1, sink + 1))
    return bool(maximum_flow(graph, source, sink).flow_value == rows)
