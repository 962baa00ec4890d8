"""A policy file: its shape, its validation, its hash, and the presets that are shipped."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

from allocation.canonical import canonical_json, sha256_hex
from allocation.errors import FormatError, json_path
from allocation.instance import Mechanism, Ties
from allocation.policies.conditions import FACTS, RELATIONS, Condition, Facts, Test, is_value_of

POLICY_FORMAT = "dungtuyen-policy/1"
LEVELS = ("mn5", "lop1", "lop6", "lop10")
COMPULSORY = frozenset({"mn5", "lop1", "lop6"})
ORDER_WITHIN_TIER = ("sibling", "travel_band", "score")
PROFILES = ("walk", "motorbike", "car", "boat")
METRICS = ("network_time", "network_length", "straight")
LADDER = (
    "use_reserves",
    "neighbour_communes",
    "function_rooms",
    "soft_maximum",
    "beyond_ceiling_with_transport",
    "board_decision",
)
SEED_SOURCES = ("witnessed_drawing", "public_random_source")


class PolicyError(FormatError):
    """A policy file is refused; ``path`` names the place."""


@dataclass(frozen=True)
class Tier:
    """One group of students, in order of precedence. The first tier whose condition holds is the student's."""

    name: str
    when: Condition


@dataclass(frozen=True)
class Travel:
    """How far counts: bands of equal travel, and the law's ceiling."""

    metric: str
    profile: str
    band_s: int
    ceiling_m: int | None


@dataclass(frozen=True)
class Reserve:
    """A part of the seats for a group, as a share of the quota in percent; filled in the order of writing."""

    name: str
    percent: Decimal
    group: str | None
    hard: bool


@dataclass(frozen=True)
class ScoreRule:
    """How a score is made: weights per paper, points on top, and what a lower wish loses."""

    weights: Mapping[str, Decimal]
    adds: Sequence[str]
    rank_penalty: Sequence[Decimal]
    zero_excludes: bool
    step: Decimal


@dataclass(frozen=True)
class Example:
    """A child in words and facts, with the tier that must come out (1 is the first; 0: not eligible)."""

    says: str
    facts: Facts
    tier: int


@dataclass(frozen=True)
class Policy:
    """One version of the rules."""

    name: str
    title: str
    source: str
    levels: Sequence[str]
    mechanism: Mechanism
    eligibility: Condition
    tiers: Sequence[Tier]
    within_tier: Sequence[str]
    travel: Travel | None
    reserves: Sequence[Reserve]
    ties: Ties
    seed_source: str | None
    keep_together: str | None
    place_everyone: bool
    ladder: Sequence[str]
    max_preferences: int | None
    score: ScoreRule | None
    examples: Sequence[Example]
    sha256: str


def read_policy(text: str) -> Policy:
    """Read and validate a policy.

    Raises:
        PolicyError: not TOML, or something the format does not know, with the path to it.
    """
    try:
        body = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError("$", f"not TOML: {error}") from error
    return _Reader(body).policy()


def list_presets() -> list[str]:
    """Return the names of the policies that are shipped, in order."""
    folder = resources.files("allocation.policies") / "presets"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def find_preset(name: str) -> Policy | None:
    """Return a shipped policy, or None where there is none of that name."""
    if name not in list_presets():
        return None
    folder = resources.files("allocation.policies") / "presets"
    return read_policy((folder / f"{name}.toml").read_text(encoding="utf-8"))


Parts = tuple[str | int, ...]


def _fail(parts: Parts, reason: str) -> PolicyError:
    return PolicyError(json_path(parts), reason)


class _Reader:
    """Takes a parsed file apart, refusing what it does not know."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def policy(self) -> Policy:
        body = self._body
        known = {
            "format", "name", "title", "source", "levels", "mechanism", "eligibility", "tiers", "within_tier",
            "travel", "reserves", "ties", "seed_source", "keep_together", "place_everyone", "ladder",
            "max_preferences", "score", "examples",
        }  # fmt: skip
        _only(body, known, ())
        if body.get("format") != POLICY_FORMAT:
            raise _fail(("format",), f"must be {POLICY_FORMAT!r}")
        tiers = tuple(self._tier(tier, ("tiers", at)) for at, tier in enumerate(_tables(body, "tiers")))
        if not tiers:
            raise _fail(("tiers",), "at least one tier is needed")
        return Policy(
            name=_text(body, "name", ()),
            title=_text(body, "title", ()),
            source=_text(body, "source", ()),
            levels=_some_of(body, "levels", LEVELS, ()),
            mechanism=Mechanism(_one_of(body, "mechanism", tuple(Mechanism), ())),
            eligibility=_condition(body.get("eligibility", {}), ("eligibility",)),
            tiers=tiers,
            within_tier=_some_of(body, "within_tier", ORDER_WITHIN_TIER, ()),
            travel=self._travel(),
            reserves=tuple(self._reserve(one, at) for at, one in enumerate(_tables(body, "reserves"))),
            ties=Ties(_one_of(body, "ties", tuple(Ties), ())),
            seed_source=_one_of(body, "seed_source", SEED_SOURCES, ()) if "seed_source" in body else None,
            keep_together=(
                _one_of(body, "keep_together", ("linked", "plus_one", "joint"), ())
                if "keep_together" in body
                else None
            ),
            place_everyone=_flag(body, "place_everyone", ()),
            ladder=_some_of(body, "ladder", LADDER, ()) if "ladder" in body else (),
            max_preferences=_whole(body, "max_preferences", ()) if "max_preferences" in body else None,
            score=self._score(),
            examples=tuple(
                self._example(one, ("examples", at), len(tiers))
                for at, one in enumerate(_tables(body, "examples"))
            ),
            sha256=sha256_hex(canonical_json(_plain(body))),
        )

    def _tier(self, body: Mapping[str, Any], parts: Parts) -> Tier:
        _only(body, {"name", "when"}, parts)
        return Tier(_text(body, "name", parts), _condition(body.get("when", {}), (*parts, "when")))

    def _travel(self) -> Travel | None:
        if "travel" not in self._body:
            return None
        parts: Parts = ("travel",)
        body = _table(self._body["travel"], parts)
        _only(body, {"metric", "profile", "band_s", "ceiling_m"}, parts)
        band_s = _whole(body, "band_s", parts)
        if band_s == 0:
            raise _fail((*parts, "band_s"), "a band must be at least one second wide")
        return Travel(
            metric=_one_of(body, "metric", METRICS, parts),
            profile=_one_of(body, "profile", PROFILES, parts),
            band_s=band_s,
            ceiling_m=_whole(body, "ceiling_m", parts) if "ceiling_m" in body else None,
        )

    def _reserve(self, body: Mapping[str, Any], at: int) -> Reserve:
        parts: Parts = ("reserves", at)
        _only(body, {"name", "percent", "group", "hard"}, parts)
        percent = _number(body, "percent", parts)
        if not 0 <= percent <= 100:
            raise _fail((*parts, "percent"), "must lie between 0 and 100")
        group = _text(body, "group", parts) if "group" in body else None
        return Reserve(_text(body, "name", parts), percent, group, _flag(body, "hard", parts))

    def _score(self) -> ScoreRule | None:
        if "score" not in self._body:
            return None
        parts: Parts = ("score",)
        body = _table(self._body["score"], parts)
        _only(body, {"weights", "adds", "rank_penalty", "zero_excludes", "step"}, parts)
        weights = _table(body.get("weights"), (*parts, "weights"))
        for fact in (*weights, *body.get("adds", ())):
            if FACTS.get(fact) is not Decimal:
                raise _fail((*parts, fact), "is not a fact that holds points")
        penalty = body.get("rank_penalty", [])
        if not isinstance(penalty, list):
            raise _fail((*parts, "rank_penalty"), "must be a list")
        return ScoreRule(
            weights={fact: _number(weights, fact, (*parts, "weights")) for fact in weights},
            adds=tuple(body.get("adds", ())),
            rank_penalty=tuple(
                _number({"step": step}, "step", (*parts, "rank_penalty", at))
                for at, step in enumerate(penalty)
            ),
            zero_excludes=_flag(body, "zero_excludes", parts),
            step=_number(body, "step", parts),
        )

    def _example(self, body: Mapping[str, Any], parts: Parts, tiers: int) -> Example:
        _only(body, {"says", "facts", "tier"}, parts)
        facts = _table(body.get("facts"), (*parts, "facts"))
        for fact, value in facts.items():
            if fact not in FACTS or not is_value_of(fact, value):
                raise _fail((*parts, "facts", fact), "is no fact, or not a value that it can have")
        tier = _whole(body, "tier", parts)
        if tier > tiers:
            raise _fail((*parts, "tier"), f"there are only {tiers} tiers")
        return Example(_text(body, "says", parts), facts, tier)


def _condition(body: Any, parts: Parts) -> Condition:
    """Read ``{all = [...], any = [...]}``; each member is a comparison or another condition."""
    table = _table(body, parts)
    _only(table, {"all", "any"}, parts)
    read: dict[str, tuple[Condition | Test, ...]] = {}
    for key in ("all", "any"):
        members = table.get(key, [])
        if not isinstance(members, list):
            raise _fail((*parts, key), "must be a list")
        read[key] = tuple(_part(member, (*parts, key, at)) for at, member in enumerate(members))
    return Condition(**read)


def _part(body: Any, parts: Parts) -> Condition | Test:
    table = _table(body, parts)
    if "fact" not in table:
        return _condition(table, parts)
    fact = _text(table, "fact", parts)
    if fact not in FACTS:
        raise _fail((*parts, "fact"), f"there is no fact {fact!r}")
    relations = [key for key in table if key != "fact"]
    if len(relations) != 1 or relations[0] not in RELATIONS:
        raise _fail(parts, f"compares a fact by exactly one of {', '.join(RELATIONS)}")
    value = table[relations[0]]
    values = value if relations[0] == "in" and isinstance(value, list) else [value]
    if not all(is_value_of(fact, one) for one in values):
        raise _fail((*parts, relations[0]), f"is not a value that {fact} can have")
    return Test(fact, relations[0], tuple(values) if relations[0] == "in" else value)


def _plain(value: Any) -> Any:
    """Return a parsed file as JSON can hold it: dates as text."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value.isoformat() if isinstance(value, date) else value


def _only(body: Mapping[str, Any], known: set[str], parts: Parts) -> None:
    for key in body:
        if key not in known:
            raise _fail((*parts, key), "the format has no such key")


def _table(value: Any, parts: Parts) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _fail(parts, "must be a table")
    return value


def _tables(body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = body.get(key, [])
    if not isinstance(value, list):
        raise _fail((key,), "must be a list of tables")
    return [_table(one, (key, at)) for at, one in enumerate(value)]


def _text(body: Mapping[str, Any], key: str, parts: Parts) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise _fail((*parts, key), "must be a text")
    return value


def _flag(body: Mapping[str, Any], key: str, parts: Parts) -> bool:
    value = body.get(key, False)
    if not isinstance(value, bool):
        raise _fail((*parts, key), "must be true or false")
    return value


def _whole(body: Mapping[str, Any], key: str, parts: Parts) -> int:
    value = body.get(key)
    if type(value) is not int or value < 0:
        raise _fail((*parts, key), "must be a whole number, 0 or more")
    return value


def _number(body: Mapping[str, Any], key: str, parts: Parts) -> Decimal:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise _fail((*parts, key), "must be a number")
    return Decimal(value)


def _one_of(body: Mapping[str, Any], key: str, choices: Sequence[str], parts: Parts) -> str:
    value = body.get(key)
    if value not in choices:
        raise _fail((*parts, key), f"must be one of {', '.join(choices)}")
    return str(value)


def _some_of(body: Mapping[str, Any], key: str, choices: Sequence[str], parts: Parts) -> tuple[str, ...]:
    value = body.get(key)
    if not isinstance(value, list) or not all(one in choices for one in value):
        raise _fail((*parts, key), f"must be a list out of {', '.join(choices)}")
    return tuple(value)
