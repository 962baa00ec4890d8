"""Allocation runs: request, watch, judge, compare, approve by another person, publish."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from admissions.allocation_runs import service as runs
from admissions.allocation_runs.rules import RunState
from admissions.offers import service as offers
from admissions.rounds.service import get_round_card
from web.dependencies import Now, SessionDep, SettingsDep
from web.errors import not_found
from web.forms import FormDep
from web.i18n import gettext as _
from web.office.figures import list_figures, verdict, written
from web.office.rounds import require_readable
from web.pages import page, see_other
from web.roles import ApproverDep, OfficerDep, RunnerDep, any_officer

router = APIRouter(dependencies=[Depends(any_officer)])

LOOK_AGAIN_S = 3
MOVING = (RunState.QUEUED, RunState.RUNNING)


@router.get("/can-bo/dot/{round_id:int}/phuong-an")
def show_runs(
    request: Request, session: SessionDep, now: Now, officer: OfficerDep, round_id: int
) -> Response:
    """Show the runs of a round, and offer a new one."""
    card = get_round_card(session, round_id=round_id, now=now)
    require_readable(session, officer, round_id)
    listed = runs.list_runs(session, round_id=round_id)
    return page(
        request, "office/runs.html", card=card, runs=listed, mechanisms=runs.MECHANISMS,
        comparable=[run for run in listed if run.indicators], may_run=officer.role in runs.RUNNERS,
    )  # fmt: skip


@router.post("/can-bo/dot/{round_id:int}/phuong-an")
def request_run(session: SessionDep, now: Now, officer: RunnerDep, round_id: int, form: FormDep) -> Response:
    """Ask for a run; a job carries it out, and its page shows how far it is."""
    run_id = runs.request_run(
        session, round_id=round_id, mechanism=form["mechanism"], officer=officer, now=now
    )
    return see_other(f"/can-bo/phuong-an/{run_id}")


@router.get("/can-bo/phuong-an/{run_id:int}")
def show_run(request: Request, session: SessionDep, now: Now, officer: OfficerDep, run_id: int) -> Response:
    """Show a run: while it moves, a page that asks again by itself; then its figures, checks, schools and next step."""
    shown = runs.get_run_page(session, run_id=run_id, officer=officer)
    require_readable(session, officer, shown.round_id)
    card = get_round_card(session, round_id=shown.round_id, now=now)
    response = page(
        request, "office/run.html", shown=shown, run=shown.run, card=card, figures=list_figures(), written=written,
        moving=shown.run.state in MOVING, RunState=RunState,
    )  # fmt: skip
    if shown.run.state in MOVING:
        response.headers["Refresh"] = str(LOOK_AGAIN_S)
    return response


@router.get("/can-bo/so-sanh")
def compare(
    request: Request,
    session: SessionDep,
    now: Now,
    officer: OfficerDep,
    first_id: Annotated[int, Query(alias="a")],
    second_id: Annotated[int, Query(alias="b")],
) -> Response:
    """Show two runs of a round side by side."""
    compared = runs.compare_runs(session, first_id=first_id, second_id=second_id)
    round_id = runs.get_run(session, run_id=first_id).round_id
    require_readable(session, officer, round_id)
    return page(
        request, "office/compare.html", compared=compared, figures=list_figures(), written=written, verdict=verdict,
        card=get_round_card(session, round_id=round_id, now=now),
    )  # fmt: skip


@router.post("/can-bo/phuong-an/{run_id:int}/duyet")
def approve(session: SessionDep, now: Now, officer: OfficerDep, run_id: int) -> Response:
    """Approve a run. The service refuses whoever asked for it, and says so."""
    runs.approve(session, run_id=run_id, officer=officer, now=now)
    return see_other(f"/can-bo/phuong-an/{run_id}")


@router.get("/can-bo/phuong-an/{run_id:int}/cong-bo")
def ask_to_publish(
    request: Request, session: SessionDep, now: Now, officer: ApproverDep, run_id: int
) -> Response:
    """Say what publishing does and ask once more."""
    shown = runs.get_run_page(session, run_id=run_id, officer=officer)
    card = get_round_card(session, round_id=shown.round_id, now=now)
    return page(request, "office/publish.html", shown=shown, run=shown.run, card=card, errors={})


@router.post("/can-bo/phuong-an/{run_id:int}/cong-bo")
def publish(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    now: Now,
    officer: ApproverDep,
    run_id: int,
    form: FormDep,
) -> Response:
    """Publish an approved run: offers, states and messages in one transaction."""
    if form["confirmed"] != "yes":
        shown = runs.get_run_page(session, run_id=run_id, officer=officer)
        card = get_round_card(session, round_id=shown.round_id, now=now)
        errors = {"confirmed": _("Anh/chị đánh dấu vào ô xác nhận trước khi công bố.")}
        return page(
            request, "office/publish.html", status=400, shown=shown, run=shown.run, card=card, errors=errors
        )
    offers.publish(
        session,
        run_id=run_id,
        officer=officer,
        public_url=settings.public_url,
        hotline=settings.hotline,
        now=now,
    )
    return see_other(f"/can-bo/phuong-an/{run_id}")


@router.get("/can-bo/phuong-an/{run_id:int}/{name}.json")
def download(session: SessionDep, officer: OfficerDep, run_id: int, name: str) -> Response:
    """Hand out the canonical bytes of ``instance`` or ``result``, for whoever repeats and verifies the run."""
    if name not in ("instance", "result"):
        raise not_found()
    require_readable(session, officer, runs.get_run(session, run_id=run_id).round_id)
    instance, result = runs.export_run(session, run_id=run_id)
    return Response(
        instance if name == "instance" else result,
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{run_id}.json"',
            "Cache-Control": "no-store",
        },
    )
