"""Facts about a student and a school, and the conditions that tiers put on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Facts = Mapping[str, Any]

RESIDENCE_TYPES = ("permanent", "temporary", "current", "unregistered")
FACTS: Mapping[str, type | tuple[str, ...]] = {
    "right_age": bool,
    "finished_previous_level": bool,
    "residence_type": RESIDENCE_TYPES,
    "registered_on": date,
    "lives_where_registered": bool,
    "in_zone": bool,
    "in_commune": bool,
    "in_cluster": bool,
    "in_province": bool,
    "attended_feeder": bool,
    "sibling_enrolled": bool,
    "parent_workplace_in": bool,
    "border_area": bool,
    "moved_province": bool,
    "policy_group": bool,
    "disability": bool,
    "relocated_official_child": bool,
    "resettlement_area": bool,
    "boarder_eligible": bool,
    "accepted_by_board": bool,
    "on_commune_list": bool,
    "special_programme": bool,
    "ability_approved": bool,
    "direct_admission": bool,
    "distance_rank": int,
    "travel_s": int,
    "travel_m": int,
    "math": Decimal,
    "literature": Decimal,
    "third": Decimal,
    "record": Decimal,
    "priority_points": Decimal,
    "encouragement_points": Decimal,
}
"""Every fact a policy may name: its type, or its possible values. A fact that is not known is absent."""


@dataclass(frozen=True)
class Test:
    """One comparison of one fact. A fact that is absent meets no test."""

    fact: str
    relation: str
    value: Any

    def holds(self, facts: Facts) -> bool:
        if self.fact not in facts:
            return False
        found = facts[self.fact]
        if self.relation == "is":
            return bool(found == self.value)
        if self.relation == "in":
            return found in self.value
        if self.relation == "at_most":
            return bool(found <= self.value)
        if self.relation == "at_least":
            return bool(found >= self.value)
        return bool(found < self.value)


RELATIONS = ("is", "in", "at_most", "at_least", "before")


@dataclass(frozen=True)
class Condition:
    """All of ``all`` and, where there are any, at least one of ``any``; empty holds for everyone."""

    all: Sequence["Condition | Test"] = ()
    any: Sequence["Condition | Test"] = ()

    def holds(self, facts: Facts) -> bool:
        return all(part.holds(facts) for part in self.all) and (
            not self.any or any(part.holds(facts) for part in self.any)
        )

    def tests(self) -> list[Test]:
        """Every comparison inside, in order of writing."""
        found: list[Test] = []
        for part in (*self.all, *self.any):
            found.extend([part] if isinstance(part, Test) else part.tests())
        return found


def is_value_of(fact: str, value: Any) -> bool:
    """Whether the value may stand for the fact; true and false are not numbers."""
    kind = FACTS[fact]
    if isinstance(kind, tuple):
        return value in kind
    if kind is Decimal:
        return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)
