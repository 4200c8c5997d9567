"""The files that go with the mail of a document: made once, before its body is frozen."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import System
from clientportal.domain.errors import NotFound
from clientportal.domain.sending import ATTACHED_LIMIT
from clientportal.rendering import pdf
from clientportal.services import document_pdf, document_xml
from clientportal.services.outgoing import NewFile, Planned
from clientportal.settings import settings
from clientportal.storage import files

Units = Callable[[], AbstractContextManager[Session]]


def prepare(units: Units, planned: Planned, *, now: datetime) -> tuple[NewFile, ...]:
    """Make the files that a planned message asks for and put them into the file store.

    `units` opens a transaction to read in; setting a PDF takes up to a second and happens outside
    of it. None are attached when they are too large together: the link of the mail has them.
    """
    wanted = {name for name in ("pdf", "xml") if planned.variables.get(f"with_{name}")}
    if not wanted or planned.company_id is None or planned.document_id is None:
        return ()
    made: list[tuple[str, str, bytes]] = []
    system, document_id = System(planned.company_id), planned.document_id
    with units() as session:
        view = document_pdf.view(
            session,
            system,
            document_id=document_id,
            now=now,
            language=planned.language,
            portal_url=f"{settings().public_url}/portal",
        )
        xml = _xml(session, system, document_id, now) if "xml" in wanted else None
    if "pdf" in wanted:
        made.append((pdf.file_name(view), "application/pdf", pdf.render_pdf(view)))
    if xml is not None:
        made.append(xml)
    if sum(len(content) for _, _, content in made) > ATTACHED_LIMIT:
        return ()
    store = files.store()
    return tuple(
        NewFile(name, media_type, store.put(content), len(content))
        for name, media_type, content in made
    )


def _xml(
    session: Session, system: System, document_id: int, now: datetime
) -> tuple[str, str, bytes] | None:
    """The XML; None when it has gone since the mail was planned."""
    try:
        found = document_xml.file(session, system, document_id=document_id, now=now)
    except NotFound:
        return None
    return found.name, "application/xml", found.content


def variables(planned: Planned, made: Sequence[NewFile]) -> dict[str, Any]:
    """The planned variables with the names of the files that go along."""
    if planned.kind != "document":
        return dict(planned.variables)
    return {**planned.variables, "attached": [file.name for file in made]}
