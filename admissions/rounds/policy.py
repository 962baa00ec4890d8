"""A policy as data: who comes first at a school, and how far counts as near.

The body is validated here, stored as canonical JSON with its hash, and never changed: a change is a new version.
Predicates look at facts about a student, never at the order of arrival.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from data.settings import ROOT

PRESETS = ROOT / "data" / "reference" / "policies"

Predicate = Literal["lives_in_area", "studied_in_area", "anyone"]


class Facts(BaseModel):
    """What a policy may know about a student in a round."""

    model_config = ConfigDict(frozen=True)

    lives_in_area: bool
    """The verified home (permanent, temporary or actual) lies in one of the round's communes."""
    studied_in_area: bool
    """The present school lies in one of the round's communes."""


class Tier(BaseModel):
    """One class of students (đối tượng); a student belongs to the first tier whose predicate holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    predicate: Predicate
    reason: str
    """Why a student is in this tier, for the family: completes "vì ..."."""


class TravelRule(BaseModel):
    """How nearness is measured. Times come from the road network, never from straight lines."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Literal["walk", "motorbike", "car"]
    where_unreachable: Literal["boat"] | None = None
    """The profile that counts where the first cannot get there at all (an island reached by boat)."""
    band_s: int = Field(gt=0)
    """Children whose times fall in the same band are equally near; the lottery decides among them."""
    ceiling_m: int = Field(gt=0)
    """The law's ceiling of the way to school; farther schools are used last."""
    candidates: int = Field(gt=0, le=200)
    """How many of the nearest schools are considered for a child besides those the family ranks."""


class Policy(BaseModel):
    """One version of a policy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    version: int = Field(gt=0)
    name: str
    level: Literal[1, 6]
    basis: Literal["distance", "zone"]
    """Decides the words: thuộc diện xét gần nơi ở, or thuộc địa bàn tuyển sinh."""
    longest_list: int = Field(gt=0, le=20)
    tiers: list[Tier] = Field(min_length=1)
    sibling_first: bool
    """Within a tier, students with a brother or sister at the school come first."""
    travel: TravelRule
    place_everyone: bool
    mechanism: Literal["deferred_acceptance", "min_travel"]

    def canonical(self) -> bytes:
        """Return the canonical JSON that is hashed and stored."""
        return json.dumps(
            self.model_dump(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()

    def sha256(self) -> str:
        """Return the hash of the canonical JSON."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def tier_of(self, facts: Facts) -> int | None:
        """Return the index of the student's tier (0 comes first), or None when no tier takes the student."""
        for index, tier in enumerate(self.tiers):
            if _holds(tier.predicate, facts):
                return index
        return None

    def band_of(self, time_s: int) -> int:
        """Return the travel band of a time: 0 for times under one band width."""
        return time_s // self.travel.band_s


def _holds(predicate: Predicate, facts: Facts) -> bool:
    return predicate == "anyone" or bool(getattr(facts, predicate))


def policy_from_mapping(body: Mapping[str, object]) -> Policy:
    """Return the policy that a stored body describes.

    Raises:
        pydantic.ValidationError: the body does not describe one.
    """
    return Policy.model_validate(body)


def list_presets() -> list[Policy]:
    """Return the policies that come with the product, by code."""
    return [
        policy_from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(PRESETS.glob("*.toml"))
    ]


def get_preset(code: str) -> Policy:
    """Return the preset ``code``.

    Raises:
        KeyError: no such preset.
    """
    return {policy.code: policy for policy in list_presets()}[code]
