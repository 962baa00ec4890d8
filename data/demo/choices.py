"""How an invented family ranks schools: minutes, how well liked a school is, and its own taste.

A function and not a file, because the choices depend on travel times that the region's reader computes.
"""

from collections.abc import Sequence

import numpy as np

from data.demo.delta import popularity_of
from data.demo.geography import SCHOOLS

TASTE_MINUTES = 2.5
LENGTHS = (2, 3, 3, 4, 4, 5)
"""How many schools families name; every length as often as it stands here."""

_STATED = {school.code: school.popularity for school in SCHOOLS}


def popularity(school_code: str) -> float:
    """Return how many minutes further an average family would travel for a school (negative: would rather not).

    Stated for the hand-made schools, drawn from the code for all others; a site's code counts as its school's.
    """
    code = school_code.split("-")[0]
    stated = _STATED.get(code)
    return popularity_of(code) if stated is None else stated


def choose_preferences(
    seed: int, student_code: str, rows: Sequence[tuple[int | str, int, float]], k: int
) -> list[int | str]:
    """Return the sites a family names, best first: between two and five of them, never more than ``k``.

    The utility of a site is minus the minutes of travel, plus its popularity, plus a taste of about
    ``TASTE_MINUTES``; the family names the best. The same arguments give the same list.

    Args:
        rows: (site id or code, travel time in seconds, popularity in minutes); the order does not matter.
    """
    if not rows or k < 1:
        return []
    ordered = sorted(rows, key=lambda row: (row[1], str(row[0])))
    rng = np.random.Generator(np.random.PCG64([seed, 41, int(student_code)]))
    # The mean of four uniform draws is bell-shaped enough, and the same on every machine.
    taste = (rng.random((len(ordered), 4)).sum(axis=1) - 2.0) * (TASTE_MINUTES / 0.577)
    wanted = min(LENGTHS[int(rng.integers(len(LENGTHS)))], k)
    utility = [
        (-time_s / 60.0 + liked + float(own), -position)
        for position, ((_, time_s, liked), own) in enumerate(zip(ordered, taste, strict=True))
    ]
    best = sorted(range(len(ordered)), key=lambda position: utility[position], reverse=True)
    return [ordered[position][0] for position in best[:wanted]]
