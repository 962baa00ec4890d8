"""Cutoffs recomputed from the outcome: who was the last one in, and did equals stay outside."""

from decimal import Decimal
from typing import Any

import numpy as np

from allocation.canonical import plain_number
from allocation.instance import RETURNED, SCORE_SCALE, Instance, Ordering, Ties
from allocation.outcome import Outcome, Stage
from allocation.verification.requests import Requests
from allocation.verification.siblings import added_seats, content_students
from allocation.verification.stability import held_requests, preferred_requests


def recompute_cutoffs(
    instance: Instance, requests: Requests, outcome: Outcome
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the cutoffs that the outcome implies, shaped as in a result file."""
    held = held_requests(requests, outcome)
    content = content_students(instance, requests, outcome)
    outside = np.flatnonzero(preferred_requests(requests, held, content))
    outside = outside[np.argsort(requests.school[outside], kind="stable")]
    seated = np.flatnonzero(outcome.school >= 0)
    seated = seated[np.argsort(outcome.school[seated], kind="stable")]
    schools = np.arange(len(instance.schools) + 1)
    outside_bounds = np.searchsorted(requests.school[outside], schools)
    seated_bounds = np.searchsorted(outcome.school[seated], schools)
    lines: dict[str, dict[str, dict[str, Any]]] = {}
    for index, school_id in enumerate(instance.school_ids):
        members = seated[seated_bounds[index] : seated_bounds[index + 1]]
        refused = outside[outside_bounds[index] : outside_bounds[index + 1]]
        types = instance.schools[index].seat_types
        here: dict[str, dict[str, Any]] = {}
        for place, kind in enumerate(types):
            chosen = members[outcome.seat_type[members] == place]
            equals = refused[(requests.open_types[refused] >> place) & 1 == 1]
            here[kind.name] = _line(instance, requests, outcome, index, held, chosen, equals, kind.seats)
        soft = [place for place, kind in enumerate(types) if not kind.hard]
        own = members[~added_seats(instance, outcome)[members] & np.isin(outcome.seat_type[members], soft)]
        left = sum(types[place].seats for place in soft) - len(own)
        if instance.schools[index].has_seat_types and left > 0:
            chosen = members[outcome.seat_type[members] == len(types)]
            here[RETURNED] = _line(instance, requests, outcome, index, held, chosen, refused, left)
        lines[school_id] = here
    return lines


def _line(instance, requests, outcome, school, held, members, refused, seats) -> dict[str, Any]:
    """Return the line of one seat type, given its members and the refused who could have taken it."""
    body = instance.schools[school]
    line: dict[str, Any] = {
        "seats": seats,
        "admitted": len(members),
        "last": None,
        "lottery_decided": False,
    }
    if body.rank_penalty:
        line["by_preference"] = None
    by_choice = members[outcome.stage[members] == Stage.CHOICE]
    rows = held[by_choice]
    rows = rows[rows >= 0]
    if not len(rows):
        return line
    worst = rows[np.argmax(requests.standing[rows])]
    value = int(requests.value[worst])
    by_lottery = body.ties is Ties.LOTTERY
    lottery = instance.lottery_number(int(requests.student[worst])) if by_lottery else None
    if body.ordering is Ordering.SCORES:
        line["last"] = {"score": plain_number(Decimal(-value) / SCORE_SCALE), "lottery": lottery}
    else:
        line["last"] = {"class": value, "lottery": lottery}
    if body.rank_penalty:
        line["by_preference"] = [
            plain_number(Decimal(-value + step) / SCORE_SCALE) for step in body.rank_penalty
        ]
    line["lottery_decided"] = bool(by_lottery and np.any(requests.value[refused] == value))
    return line
