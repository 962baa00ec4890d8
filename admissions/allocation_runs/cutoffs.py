"""Cut-offs of published runs in the words of the policy, without pointing at a child."""

import json
import zlib

from sqlalchemy import select
from sqlmodel import Session

from admissions.allocation_runs.rules import RunState
from admissions.allocation_runs.tables import AllocationRun
from admissions.rounds.policy import Policy
from admissions.schools.views import Cutoff

FEWEST_TO_TELL = 5
"""Where fewer children were admitted, the last one's tier and time are not told."""


def list_cutoffs(session: Session, *, round_id: int | None, policy: Policy) -> dict[str, Cutoff]:
    """Return by site code who was last admitted in the round's published run; empty when there is none."""
    if round_id is None:
        return {}
    run = session.scalars(
        select(AllocationRun).where(
            AllocationRun.round_id == round_id, AllocationRun.state == RunState.PUBLISHED
        )
    ).one_or_none()
    return cutoffs_of_run(run, policy) if run is not None else {}


def cutoffs_of_run(run: AllocationRun, policy: Policy) -> dict[str, Cutoff]:
    """Return by site code who was last admitted in a finished run."""
    if run.result is None:
        return {}
    result = json.loads(zlib.decompress(run.result))
    keys = run.class_keys or {}
    cutoffs = {}
    for site_code, by_type in sorted(result["cutoffs"].items()):
        entry = by_type["open"]
        key = keys[site_code][entry["last"]["class"]] if entry["last"] else None
        full = entry["admitted"] >= entry["seats"]
        tell = key is not None and full and entry["admitted"] >= FEWEST_TO_TELL
        cutoffs[site_code] = Cutoff(
            seats=entry["seats"],
            admitted=entry["admitted"],
            everyone_admitted=not full,
            tier=policy.tiers[key[0]].name if tell and key else None,
            sibling=bool(key[1] == 0 and policy.sibling_first) if tell and key else False,
            up_to_s=(key[2] + 1) * policy.travel.band_s if tell and key else None,
            lottery_decided=bool(entry["lottery_decided"]) if tell else False,
        )
    return cutoffs
