"""From facts to a standing: eligible or not, which tier, which order within it, which score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from allocation.policies.conditions import Facts
from allocation.policies.policy import Example, Policy


@dataclass(frozen=True, order=True)
class Standing:
    """A student's place at one school before the lottery; smaller is better.

    ``tier`` counts from 0; ``within`` holds one whole number per element of the policy's order within a tier.
    """

    tier: int
    within: tuple[int, ...]


def standing(policy: Policy, facts: Facts) -> Standing | None:
    """Return where the student stands at the school, or None where not eligible."""
    if not policy.eligibility.holds(facts):
        return None
    for number, tier in enumerate(policy.tiers):
        if tier.when.holds(facts):
            return Standing(number, tuple(_within(policy, element, facts) for element in policy.within_tier))
    return None


def _within(policy: Policy, element: str, facts: Facts) -> int:
    """Return one element of the order; a child whose fact is unknown stands last."""
    if element == "sibling":
        return 0 if facts.get("sibling_enrolled") else 1
    if element == "travel_band":
        if policy.travel is None or "travel_s" not in facts:
            return 2**31
        return int(facts["travel_s"]) // policy.travel.band_s
    points = score(policy, facts)
    return 2**31 if points is None else -int(points * 10_000)


def score(policy: Policy, facts: Facts) -> Decimal | None:
    """Return the admission score, or None where a paper is missing or a zero excludes."""
    rule = policy.score
    if rule is None:
        return None
    papers = [Decimal(str(facts[fact])) for fact in rule.weights if fact in facts]
    if len(papers) < len(rule.weights) or (rule.zero_excludes and min(papers) == 0):
        return None
    total = sum(
        (Decimal(str(facts[fact])) * weight for fact, weight in rule.weights.items()), start=Decimal(0)
    )
    return total + sum((Decimal(str(facts.get(fact, 0))) for fact in rule.adds), start=Decimal(0))


def priority_classes(policy: Policy, facts_of: Mapping[str, Facts]) -> tuple[list[list[str]], list[Standing]]:
    """Return a school's classes for an instance, best first, and the standing that each class stands for.

    Args:
        facts_of: facts about each student at this school, by id.
    """
    members: dict[Standing, list[str]] = {}
    for student in sorted(facts_of):
        place = standing(policy, facts_of[student])
        if place is not None:
            members.setdefault(place, []).append(student)
    order = sorted(members)
    return [members[place] for place in order], order


def failing_examples(policy: Policy) -> list[tuple[Example, int]]:
    """Return the examples whose tier does not come out as written, with the tier that does (0: not eligible)."""
    failing = []
    for example in policy.examples:
        found = standing(policy, example.facts)
        tier = 0 if found is None else found.tier + 1
        if tier != example.tier:
            failing.append((example, tier))
    return failing


def tiers_met(policy: Policy, cases: Iterable[Facts]) -> set[int]:
    """Return the tiers (from 0) that at least one of the cases falls into."""
    met = set()
    for facts in cases:
        found = standing(policy, facts)
        if found is not None:
            met.add(found.tier)
    return met
