"""Figures by which a run is judged and two runs are compared. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from admissions.allocation_runs.freeze import FrozenApplication, FrozenRound


def indicators(frozen: FrozenRound, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a result; times in seconds, shares as counts so that nobody has to trust a rounding.

    ``second_stage`` is None where choices were not asked (least travel), as such a result has no cut-offs.
    """
    assignment: Mapping[str, str | None] = result["assignment"]
    placed = [(one, site) for one in frozen.applications if (site := assignment[one.receipt_id]) is not None]
    ways = [one.ways[site] for one, site in placed if site in one.ways]
    ranks = Counter(_rank(one, site) for one, site in placed)
    stages = Counter(seat["stage"] for seat in result["seats"].values())
    return {
        "applications": len(frozen.applications),
        "seats": sum(site.seats for site in frozen.sites),
        "placed": len(placed),
        "unplaced": len(frozen.applications) - len(placed),
        "first_choice": ranks[1],
        "in_choices": sum(count for rank, count in ranks.items() if rank),
        "second_stage": stages["placed"] if result["cutoffs"] else None,
        "in_nearest": sum(1 for one, site in placed if site == nearest(one)),
        "beyond_ceiling": sum(1 for way in ways if way.length_m > frozen.policy.travel.ceiling_m),
        "no_way": len(placed) - len(ways),
        "blocking_pairs": blocking_pairs(result),
        **travel_figures([way.time_s for way in ways]),
        "schools": _by_school(frozen, placed),
    }


def nearest(application: FrozenApplication) -> str | None:
    """Return the code of the site that is quickest to reach (shorter way, then code, where equal)."""
    if not application.ways:
        return None
    return min(application.ways, key=lambda code: (application.ways[code][:2], code))


def _rank(application: FrozenApplication, site: str) -> int:
    """Return the rank of a site among the preferences, 0 when it is not among them."""
    return application.preferences.index(site) + 1 if site in application.preferences else 0


def blocking_pairs(result: Mapping[str, Any]) -> int:
    """Return how many children a school would have preferred to those it admitted."""
    pairs = result["checks"].get("blocking_pairs", 0)
    return pairs if isinstance(pairs, int) else len(pairs)


def travel_figures(times_s: Sequence[int]) -> dict[str, int | None]:
    """Return median, 95th percentile, longest and sum of travel times; seconds that really occur, no interpolation."""
    if not times_s:
        return {"median_travel_s": None, "p95_travel_s": None, "longest_travel_s": None, "total_travel_s": 0}
    times = np.array(times_s)
    middle, high = np.percentile(times, [50, 95], method="inverted_cdf")
    return {
        "median_travel_s": int(middle),
        "p95_travel_s": int(high),
        "longest_travel_s": int(times.max()),
        "total_travel_s": int(times.sum()),
    }


def _by_school(
    frozen: FrozenRound, placed: Sequence[tuple[FrozenApplication, str]]
) -> dict[str, dict[str, int]]:
    admitted = Counter(site for _one, site in placed)
    first = Counter(one.preferences[0] for one in frozen.applications if one.preferences)
    return {
        site.code: {"seats": site.seats, "first_choices": first[site.code], "admitted": admitted[site.code]}
        for site in frozen.sites
    }
