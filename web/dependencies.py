"""What a page function may ask for: a database session, the present instant, who the visitor is to the rate limits."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from data.db import get_engine, transaction
from data.settings import Settings
from data.vault import get_vault
from web import csrf
from web.forms import FormDep


def get_session(request: Request) -> Iterator[Any]:
    """Yield a session whose transaction is committed before the answer is sent, or rolled back on any error."""
    with transaction(request.app.state.engine or get_engine()) as session:
        yield session


SessionDep = Annotated[Any, Depends(get_session, scope="function")]
"""With the default scope the commit would come after the answer, and a failed one would look like success."""


def get_now(request: Request) -> datetime:
    """Return the present instant by the clock of the application."""
    return request.app.state.clock()


Now = Annotated[datetime, Depends(get_now)]


def get_app_settings(request: Request) -> Settings:
    """Return the settings of the application."""
    return request.app.state.settings


SettingsDep = Annotated[Settings, Depends(get_app_settings)]


def get_client_key(request: Request) -> str:
    """Return a name for the visitor's address under which attempts are counted; the address itself is not kept."""
    address = request.client.host if request.client else "unknown"
    signature = get_vault(request.app.state.settings).sign("client", address)
    return hashlib.sha256(signature.encode()).hexdigest()[:32]


ClientKey = Annotated[str, Depends(get_client_key)]


def check_csrf(request: Request, form: FormDep) -> None:
    """Refuse every changing request that does not come from a form of ours. Stands before every route."""
    if request.method not in csrf.SAFE_METHODS:
        csrf.check_origin(request)
        csrf.check_token(request, form[csrf.FIELD])
