"""Step three: which schools, in which order. Numbers beside the schools; buttons where there is JavaScript."""

from collections import Counter
from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from admissions.applications import service as applications
from admissions.applications.views import ApplicationForm
from admissions.errors import InvalidInput
from admissions.schools.views import SchoolChoice
from web.dependencies import Now, SessionDep
from web.family.steps import FormDep, first_gap
from web.forms import Form
from web.forms import FormDep as TypedDep
from web.i18n import gettext as _
from web.pages import page, see_other
from web.roles import FormToken, get_form_token

router = APIRouter(dependencies=[Depends(get_form_token)])

HERE = "/nop-ho-so/nguyen-vong"
FIELD = "hang-"
NEAR = 12
FARTHEST = 60
"""A round of a whole city has hundreds of schools; beyond these nobody looks, and a phone would choke."""


@router.get(HERE)
def show(request: Request, form: FormDep) -> Response:
    """Show the schools by minutes with the order chosen so far."""
    gap = first_gap(form, HERE)
    if gap:
        return see_other(gap)
    ranks = {site_id: rank for rank, site_id in enumerate(form.chosen_site_ids, start=1)}
    return _ranking(request, form, ranks, {})


def _ranking(
    request: Request, form: ApplicationForm, ranks: dict[int, int], errors: dict[str, str]
) -> Response:
    offered = offered_schools(form, ranks)
    return page(
        request, "family/ranking.html", status=400 if errors else 200, form=form, errors=errors, ranks=ranks,
        near=offered[:NEAR], far=offered[NEAR:],
    )  # fmt: skip


def offered_schools(form: ApplicationForm, ranks: dict[int, int]) -> list[SchoolChoice]:
    """Return the schools to choose from: the nearest ones, and those already chosen wherever they are."""
    nearest = {school.site_id for school in form.schools[:FARTHEST]}
    return [school for school in form.schools if school.site_id in nearest or school.site_id in ranks]


@router.post(HERE)
def save(
    request: Request, session: SessionDep, token: FormToken, now: Now, form: FormDep, typed: TypedDep
) -> Response:
    """Save the order and go on to the check."""
    ranks = read_ranks(typed, [school.site_id for school in form.schools])
    errors = repeated_ranks(ranks)
    if not errors:
        try:
            applications.save_preferences(
                session, token=token, site_ids=sorted(ranks, key=ranks.__getitem__), now=now
            )
            return see_other("/nop-ho-so/kiem-tra")
        except InvalidInput as wrong:
            errors = wrong.field_errors
    return _ranking(request, form, ranks, errors)


def read_ranks(typed: Form, site_ids: Sequence[int]) -> dict[int, int]:
    """Return the number given to each chosen school, by site id."""
    ranks = {}
    for site_id in site_ids:
        number = typed[f"{FIELD}{site_id}"]
        if number.isdigit() and 0 < int(number) < 100:
            ranks[site_id] = int(number)
    return ranks


def repeated_ranks(ranks: dict[int, int]) -> dict[str, str]:
    """Return an error when one number was given to two schools."""
    twice = sorted(rank for rank, count in Counter(ranks.values()).items() if count > 1)
    if not twice:
        return {}
    return {
        "schools": _(
            "Nguyện vọng %(rank)s đang được chọn cho nhiều trường. Mỗi số chỉ dùng cho một trường.",
            rank=", ".join(str(rank) for rank in twice),
        )
    }
