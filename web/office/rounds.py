"""What an officer may see of a round."""

from typing import Any

from admissions.allocation_runs.service import require_scope
from admissions.officers.service import SignedInOfficer
from admissions.rounds.service import get_round


def require_readable(session: Any, officer: SignedInOfficer, round_id: int) -> list[str]:
    """Return the codes of the round's communes.

    Raises:
        NotFound: no such round.
        NotPermitted: the round reaches beyond the officer's communes.
    """
    round_ = get_round(session, round_id=round_id)
    require_scope(officer, round_)
    return sorted(round_.communes)
