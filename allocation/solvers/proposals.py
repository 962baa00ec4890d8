"""Deferred acceptance where every school fills its seats in one strict order: the fast and usual case."""

import numpy as np
from numba import njit

from allocation.instance import IntArray, SmallIntArray


@njit(cache=True)
def propose(
    start: IntArray, school: SmallIntArray, key: IntArray, student: SmallIntArray, capacity: IntArray
) -> IntArray:
    """Return the wish that each student holds in the student-optimal stable matching, or -1.

    Student-proposing deferred acceptance. Each school keeps its tentative students in a heap, worst on top;
    a student refused anywhere goes on with the next wish. The order of proposals changes nothing.
    Source: Gale & Shapley (1962), Amer. Math. Monthly 69, theorem 2.

    Args:
        start: the wishes of student ``i`` lie in ``start[i]:start[i + 1]``, best first.
        school, key, student: of each wish; ``key`` lower is better and differs between students.
        capacity: seats per school.
    """
    wanted = np.zeros(len(capacity) + 1, dtype=np.int64)
    for wish in range(len(school)):
        wanted[school[wish] + 1] += 1
    heap_start = np.zeros(len(capacity) + 1, dtype=np.int64)
    for one in range(len(capacity)):
        heap_start[one + 1] = heap_start[one] + min(capacity[one], wanted[one + 1])
    heap = np.empty(heap_start[-1], dtype=np.int64)
    size = np.zeros(len(capacity), dtype=np.int64)
    upcoming = start[:-1].copy()
    for first in range(len(start) - 1):
        proposer = first
        while upcoming[proposer] < start[proposer + 1]:
            wish = upcoming[proposer]
            upcoming[proposer] += 1
            here = school[wish]
            low = heap_start[here]
            seats = heap_start[here + 1] - low
            if size[here] < seats:
                _push(heap, low, size[here], wish, key)
                size[here] += 1
                break
            if seats == 0 or key[wish] > key[heap[low]]:
                continue
            refused = heap[low]
            _replace_top(heap, low, seats, wish, key)
            proposer = student[refused]
    held = np.full(len(start) - 1, -1, dtype=np.int64)
    for here in range(len(capacity)):
        for at in range(heap_start[here], heap_start[here] + size[here]):
            held[student[heap[at]]] = heap[at]
    return held


@njit(cache=True)
def _push(heap: IntArray, low: int, size: int, wish: int, key: IntArray) -> None:
    """Add a wish to the heap of ``size`` wishes that begins at ``low``."""
    at = size
    while at > 0:
        parent = (at - 1) // 2
        if key[heap[low + parent]] >= key[wish]:
            break
        heap[low + at] = heap[low + parent]
        at = parent
    heap[low + at] = wish


@njit(cache=True)
def _replace_top(heap: IntArray, low: int, size: int, wish: int, key: IntArray) -> None:
    """Put a wish in place of the worst one."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and key[heap[low + child + 1]] > key[heap[low + child]]:
            child += 1
        if key[heap[low + child]] <= key[wish]:
            break
        heap[low + at] = heap[low + child]
        at = child
    heap[low + at] = wish
