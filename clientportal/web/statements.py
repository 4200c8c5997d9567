"""Statements of account over HTTP: PDF, XLSX and CSV of a period. GET changes nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.actors import Actor
from clientportal.domain.errors import NotFound, TooMany
from clientportal.limits import Limiter
from clientportal.rendering import statement_pdf
from clientportal.rendering.spreadsheets import MEDIA_TYPES, Format
from clientportal.rendering.view import StatementView
from clientportal.services import identity, statement_files
from clientportal.services.exports import Written
from clientportal.services.identity import Principal
from clientportal.storage.session import run, run_in, unit_of_work
from clientportal.web import downloads, forms
from clientportal.web.pages import language_of

R = TypeVar("R")

PDF = "pdf"
STATEMENTS_PER_SECOND = 0.5
STATEMENTS_AT_ONCE = 20
_statements = Limiter(STATEMENTS_PER_SECOND, STATEMENTS_AT_ONCE)
"""Per person: a statement of many years takes seconds of CPU."""


def routes() -> list[Route]:
    return [
        Route("/files/statements/staff/{company_slug}/{account_id:int}.{extension}", of_company),
        Route("/files/statements/portal/{space}/{account_id:int}.{extension}", of_space),
    ]


async def of_company(request: Request) -> Response:
    """The statement of a company's account for its staff. Raises NotFound, NotAllowed, TooMany,
    StatementTooLong."""
    return await _statement(request, "staff", str(request.path_params["company_slug"])[:60])


async def of_space(request: Request) -> Response:
    """The statement of an account of a space for its customer. Raises as `of_company` does."""
    return await _statement(request, "portal", str(request.path_params["space"])[:20])


async def _statement(request: Request, face: str, where: str) -> Response:
    who = await forms.principal(request)
    extension = str(request.path_params["extension"])
    if extension not in {PDF, *Format}:
        raise NotFound()
    asked = {
        "account_id": request.path_params["account_id"],
        "query": parse_qs(request.url.query[:2_000]),
        "now": forms.moment(),
    }
    if not _statements.allows(f"user:{who.user_id}"):
        raise TooMany(seconds=2)
    if extension == PDF:
        language = downloads.chosen_language(request)
        facts = partial(statement_files.view, language=language, **asked)
        view: StatementView = await run(_as_actor, who, face, where, facts)
        content = await run_in("pdf", statement_pdf.render_pdf, view)
        how = "attachment" if "download" in request.query_params else "inline"
        return downloads.of_bytes(content, "application/pdf", how, statement_pdf.file_name(view))
    kind, language = Format(extension), language_of(request)

    def write(path: Path) -> Written:
        rows = partial(statement_files.table, kind=kind, path=path, language=language, **asked)
        return _as_actor(who, face, where, rows)

    return await downloads.of_table(write, MEDIA_TYPES[kind])


def _as_actor(who: Principal, face: str, where: str, ask: Callable[[Session, Actor], R]) -> R:
    """The answer for the person as staff of a company or as customer of a space."""
    with unit_of_work(read_only=True) as session:
        actor: Actor = (
            identity.member_actor(session, who, where)
            if face == "staff"
            else identity.customer_actor(session, who, where)
        )
        return ask(session, actor)
