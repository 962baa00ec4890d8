"""What the site keeps about a child, why, and whom to ask."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from web.pages import page
from web.roles import public

router = APIRouter(dependencies=[Depends(public)])


@router.get("/du-lieu-cua-con")
def data_use(request: Request) -> Response:
    """Tell in plain words which data are used, who sees them, and what is never published."""
    return page(request, "public/data_use.html", private=False)
