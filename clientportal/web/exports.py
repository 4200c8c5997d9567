"""Lists as files over HTTP, with the filters of the list's own address. GET changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.errors import NotFound, TooMany
from clientportal.domain.interactions import InteractionFilters
from clientportal.domain.receivables import ReceivableFilters
from clientportal.limits import Limiter
from clientportal.rendering.spreadsheets import MEDIA_TYPES, Format
from clientportal.services import (
    exports,
    identity,
    interactions,
    people_exports,
    receivable_exports,
    template_exports,
)
from clientportal.services.exports import Written
from clientportal.services.identity import Principal
from clientportal.storage.session import unit_of_work
from clientportal.web import downloads, forms
from clientportal.web.pages import language_of

EXPORTS_PER_SECOND = 0.2
EXPORTS_AT_ONCE = 10
_exports = Limiter(EXPORTS_PER_SECOND, EXPORTS_AT_ONCE)
"""Per person: a list of a hundred thousand documents takes some twenty seconds of CPU."""


def routes() -> list[Route]:
    return [
        Route("/files/exports/staff/{company_slug}/documents.{extension}", of_company),
        Route("/files/exports/staff/{company_slug}/accounts.{extension}", accounts),
        Route("/files/exports/staff/{company_slug}/contacts.{extension}", contacts),
        Route("/files/exports/staff/{company_slug}/interactions.{extension}", of_interactions),
        Route("/files/exports/staff/{company_slug}/receivables.{extension}", receivables),
        Route("/files/exports/staff/{company_slug}/templates.{extension}", templates),
        Route("/files/exports/portal/{space}/documents.{extension}", of_space),
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who wants a list as a file: the query of its address, where to write, in which words."""

    query: dict[str, list[str]]
    kind: Format
    path: Path
    language: str


Writer = Callable[[Session, Actor, _Asked], Written]


async def of_company(request: Request) -> Response:
    """The company's documents for its staff. Raises NotFound, NotAllowed, TooMany."""
    return await _list(request, "staff", "company_slug", _documents)


async def of_space(request: Request) -> Response:
    """The documents of a space for its customer. Raises NotFound, TooMany."""
    return await _list(request, "portal", "space", _documents)


async def accounts(request: Request) -> Response:
    """The company's accounts for its staff. Raises as `of_company`."""
    return await _list(request, "staff", "company_slug", _accounts)


async def contacts(request: Request) -> Response:
    """The company's contacts for its staff. Raises as `of_company`."""
    return await _list(request, "staff", "company_slug", _contacts)


async def of_interactions(request: Request) -> Response:
    """The company's log of interactions for its staff. Raises as `of_company`."""
    return await _list(request, "staff", "company_slug", _interactions)


async def receivables(request: Request) -> Response:
    """The customers' tray for the company's staff. Raises as `of_company`."""
    return await _list(request, "staff", "company_slug", _receivables)


async def templates(request: Request) -> Response:
    """The company's invoice templates for its staff, as the list's address says which.

    Raises as `of_company`.
    """
    return await _list(request, "staff", "company_slug", _templates)


async def _list(request: Request, face: str, segment: str, writer: Writer) -> Response:
    who = await forms.principal(request)
    extension = str(request.path_params["extension"])
    if extension not in set(Format):
        raise NotFound()
    query = parse_qs(request.url.query[:4_000])
    if not _exports.allows(f"user:{who.user_id}"):
        raise TooMany(seconds=5)
    where = str(request.path_params[segment])[:60]
    kind, language = Format(extension), language_of(request)

    def write(path: Path) -> Written:
        return _write(who, face, where, writer, _Asked(query, kind, path, language))

    return await downloads.of_table(write, MEDIA_TYPES[kind])


def _write(who: Principal, face: str, where: str, writer: Writer, asked: _Asked) -> Written:
    with unit_of_work(read_only=True) as session:
        actor: Actor = (
            identity.member_actor(session, who, where)
            if face == "staff"
            else identity.customer_actor(session, who, where)
        )
        return writer(session, actor, asked)


def _documents(session: Session, actor: Actor, asked: _Asked) -> Written:
    return exports.documents(
        session,
        actor,
        filters=DocumentFilters.parse(asked.query),
        sort=Sort.parse((asked.query.get("sort") or [""])[0]),
        kind=asked.kind,
        path=asked.path,
        language=asked.language,
        now=forms.moment(),
    )


def _accounts(session: Session, actor: Actor, asked: _Asked) -> Written:
    return people_exports.accounts(
        session,
        actor,
        filters=AccountFilters.parse(asked.query),
        kind=asked.kind,
        path=asked.path,
        language=asked.language,
        now=forms.moment(),
    )


def _contacts(session: Session, actor: Actor, asked: _Asked) -> Written:
    return people_exports.contacts(
        session,
        actor,
        text=(asked.query.get("q") or [""])[0][:100],
        kind=asked.kind,
        path=asked.path,
        language=asked.language,
        now=forms.moment(),
    )


def _interactions(session: Session, actor: Actor, asked: _Asked) -> Written:
    return interactions.export(
        session,
        actor,
        filters=InteractionFilters.parse(asked.query),
        kind=asked.kind,
        path=asked.path,
        language=asked.language,
        now=forms.moment(),
    )


def _receivables(session: Session, actor: Actor, asked: _Asked) -> Written:
    return receivable_exports.receivable_list(
        session,
        actor,
        filters=ReceivableFilters.parse(asked.query),
        kind=asked.kind,
        path=asked.path,
        language=asked.language,
        now=forms.moment(),
    )


def _templates(session: Session, actor: Actor, asked: _Asked) -> Written:
    return template_exports.templates(
        session,
        actor,
        archived=(asked.query.get("archived") or [""])[0] == "1",
        kind=asked.kind,
        path=asked.path,
        language=asked.language,
        now=forms.moment(),
    )
