"""Warnings before a policy is signed: rules that harm, that nobody can meet, or that cannot be carried out."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from allocation.instance import Mechanism, Ties
from allocation.policies.conditions import FACTS, Facts, Test
from allocation.policies.policy import COMPULSORY, Policy
from allocation.policies.ranking import failing_examples, standing, tiers_met

MAX_CASES = 200_000


@dataclass(frozen=True)
class Finding:
    """One finding: a stable code, and a sentence for the officer who signs."""

    code: str
    text: str


def lint(policy: Policy) -> list[Finding]:
    """Return every warning, in a fixed order."""
    return [
        *_residence(policy),
        *_travel(policy),
        *_tiers(policy),
        *_lottery(policy),
        *_siblings(policy),
        *_compulsory(policy),
        *_lists(policy),
        *_reserves(policy),
        *_examples(policy),
    ]


def _residence(policy: Policy) -> Iterator[Finding]:
    """Temporary residents must not stand behind permanent ones who are alike in everything else."""
    for case in _cases(policy, without=("residence_type",)):
        permanent = standing(policy, {**case, "residence_type": "permanent"})
        temporary = standing(policy, {**case, "residence_type": "temporary"})
        if permanent is not None and (temporary is None or permanent.tier < temporary.tier):
            yield Finding(
                "temporary_residents_last",
                "Temporary residents stand behind permanent ones; since 2021 the law speaks of the place of living.",
            )
            return


def _travel(policy: Policy) -> Iterator[Finding]:
    if policy.travel is None:
        if "travel_band" in policy.within_tier:
            yield Finding("no_travel_rule", "Travel orders the tiers, but no profile and band are stated.")
        return
    if policy.travel.metric == "straight":
        yield Finding("straight_lines", "Distance is measured in a straight line, also across water.")
    if policy.travel.band_s < 30:
        yield Finding(
            "narrow_bands", "Bands under 30 seconds decide by the noise of the map, not by distance."
        )


def _tiers(policy: Policy) -> Iterator[Finding]:
    met = tiers_met(policy, _cases(policy))
    for number, tier in enumerate(policy.tiers):
        if number not in met:
            yield Finding("tier_never_met", f"No child can ever fall into the tier {tier.name!r}.")


def _lottery(policy: Policy) -> Iterator[Finding]:
    if (
        policy.ties is Ties.LOTTERY
        and policy.seed_source is None
        and policy.mechanism is not Mechanism.MIN_TRAVEL
    ):
        yield Finding(
            "lottery_without_seed", "Equals are drawn by lot, but it is not said where the seed comes from."
        )
    if policy.ties is not Ties.LOTTERY:
        yield Finding(
            "whole_classes",
            "Equals are taken or refused together: seats stay empty or are exceeded at the line.",
        )


def _siblings(policy: Policy) -> Iterator[Finding]:
    """A sibling from outside must not stand before a child of the zone who has none."""
    outside: Facts = {"sibling_enrolled": True, "in_zone": False, "in_commune": False, "in_cluster": False}
    inside: Facts = {"sibling_enrolled": False, "in_zone": True, "in_commune": True, "in_cluster": True}
    for case in _cases(policy, without=tuple(outside)):
        stranger, local = standing(policy, {**case, **outside}), standing(policy, {**case, **inside})
        if stranger is not None and (local is None or stranger.tier < local.tier):
            yield Finding(
                "siblings_starve_zone", "A sibling from outside the zone stands before children inside it."
            )
            return


def _compulsory(policy: Policy) -> Iterator[Finding]:
    if not COMPULSORY & set(policy.levels):
        return
    if not policy.place_everyone and policy.mechanism is not Mechanism.MIN_TRAVEL:
        yield Finding(
            "children_left_out", "At a compulsory level every child must be placed; no second stage is set."
        )
    if not policy.ladder:
        yield Finding("no_ladder", "No step is set for the case that the seats do not suffice.")


def _lists(policy: Policy) -> Iterator[Finding]:
    if policy.score is not None and any(policy.score.rank_penalty):
        yield Finding(
            "rank_penalty", "A lower wish loses points: families must guess instead of naming what they want."
        )
    if policy.mechanism is Mechanism.IMMEDIATE_ACCEPTANCE:
        yield Finding("first_wishes_first", "First wishes are served first: an honest list can cost a seat.")
    if policy.max_preferences is not None and policy.max_preferences < 3:
        yield Finding(
            "short_lists", "Lists shorter than three leave children without a seat for want of a wish."
        )


def _reserves(policy: Policy) -> Iterator[Finding]:
    if sum((reserve.percent for reserve in policy.reserves), start=Decimal(0)) > 100:
        yield Finding("reserves_too_large", "The reserves sum to more than all seats.")
    for reserve in policy.reserves:
        if reserve.hard and COMPULSORY & set(policy.levels):
            yield Finding("empty_reserve", f"Seats of {reserve.name!r} stay empty when the group is small.")


def _examples(policy: Policy) -> Iterator[Finding]:
    if not policy.examples:
        yield Finding("no_examples", "The policy brings no example children to test it by.")
    for example, found in failing_examples(policy):
        yield Finding("example_fails", f"{example.says}: comes out in tier {found}, not {example.tier}.")


def _cases(policy: Policy, *, without: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Yield every combination of telling values of the facts that the policy names.

    Combinations beyond ``MAX_CASES`` are left out; policies that need so many are not readable either.
    """
    tests = [*policy.eligibility.tests(), *(test for tier in policy.tiers for test in tier.when.tests())]
    facts = sorted({test.fact for test in tests} - set(without))
    options = [_telling_values(fact, [test for test in tests if test.fact == fact]) for fact in facts]
    for values in itertools.islice(itertools.product(*options), MAX_CASES):
        yield dict(zip(facts, values, strict=True))


def _telling_values(fact: str, tests: list[Test]) -> list[Any]:
    """Return values of a fact on both sides of every comparison."""
    kind = FACTS[fact]
    if isinstance(kind, tuple):
        return list(kind)
    if kind is bool:
        return [True, False]
    values: list[Any] = []
    for test in tests:
        for bound in test.value if test.relation == "in" else [test.value]:
            step: Any = timedelta(days=1) if isinstance(bound, date) else 1
            values.extend([bound - step, bound, bound + step])
    return sorted(set(values))
