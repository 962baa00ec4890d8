"""Policies as data: who is eligible, which tier comes first, how ties and shortages are settled.

A policy is a TOML file: validated, hashed, with example children whose tiers must come out as written. It turns
facts about a student and a school into eligibility and an integer class; it never sees a name or an address.
"""

from allocation.policies.conditions import FACTS, Condition, Facts
from allocation.policies.linter import Finding, lint
from allocation.policies.policy import (
    Policy,
    PolicyError,
    find_preset,
    list_presets,
    read_policy,
)
from allocation.policies.ranking import Standing, failing_examples, priority_classes, score, standing

__all__ = [
    "FACTS",
    "Condition",
    "Facts",
    "Finding",
    "Policy",
    "PolicyError",
    "Standing",
    "failing_examples",
    "find_preset",
    "lint",
    "list_presets",
    "priority_classes",
    "read_policy",
    "score",
    "standing",
]
