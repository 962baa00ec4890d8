"""Which school a child comes from, and at which school an elder brother or sister already is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from data.demo.landscape import Grade, Landscape
from data.demo.people import Student
from data.demo.plane import FloatArray, Spot

SIBLING_SHARE = {1: 0.2, 6: 0.13}


def attach_schools(
    students: Sequence[Student], primary: Sequence[str], own: Sequence[str], rng: np.random.Generator
) -> list[Student]:
    """Return the students with present school (lớp 6 only) and, for some, a sibling's school; twins share both.

    Args:
        primary, own: for each student the code of the primary school, and of the school of the entry grade, that
            the family's elder children would attend.
    """
    draws = rng.random(len(students))
    attached: list[Student] = []
    for number, student in enumerate(students):
        if student.twin_group and attached and attached[-1].twin_group == student.twin_group:
            twin = attached[-1]
            attached.append(
                replace(student, current_school=twin.current_school, sibling_school=twin.sibling_school)
            )
            continue
        attached.append(
            replace(
                student,
                current_school=primary[number] if student.grade == 6 else "",
                sibling_school=own[number] if draws[number] < SIBLING_SHARE[student.grade] else "",
            )
        )
    return attached


def nearest_in_commune(
    villages: Sequence[int],
    points: FloatArray,
    landscape: Landscape,
    gates: Mapping[str, Spot],
    *,
    grade: Grade,
) -> list[str]:
    """Return for each home the code of the nearest school of a grade in its commune, or nothing.

    Never beyond the commune, since nobody crosses a river to be somebody's sibling.
    """
    communes = np.array([landscape.villages[village].commune for village in villages])
    chosen = np.full(len(villages), "", dtype=object)
    for commune in sorted(set(communes.tolist())):
        schools = [
            school for school in landscape.schools if (school.commune, school.grade) == (commune, grade)
        ]
        if not schools:
            continue
        own = np.flatnonzero(communes == commune)
        codes = np.array([school.code for school in schools], dtype=object)
        chosen[own] = codes[
            nearest_numbers(points[own], np.array([gates[school.code] for school in schools]))
        ]
    return [str(code) for code in chosen]


def nearest_numbers(points: FloatArray, places: FloatArray) -> np.ndarray:
    """Return for each point, shape (n, 2), the number of the nearest of the places, shape (k, 2)."""
    gaps = ((points[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    return gaps.argmin(axis=1)
