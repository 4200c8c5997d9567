"""What a message that was only planned will say, and what its recipient must never be sent."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from sqlmodel import Session

from clientportal.domain.delivery import MessageState
from clientportal.rendering import mail as rendering
from clientportal.services import message_files
from clientportal.services.outgoing import Planned
from clientportal.storage import files
from clientportal.storage.models import Message
from tests.support.canary import BETA, BETO, LUZ, OTRA, canaries_in
from tests.support.matrix_secrets import SECRETS
from tests.support.owners import Rows
from tests.support.readable import readable
from tests.support.tenants import World

Units = Callable[[], AbstractContextManager[Session]]
PEOPLE = {LUZ: "customer", OTRA: "stranger", BETO: "foreign_customer"}


def leaks(units: Units, world: World, touched: Rows, now: datetime) -> dict[str, set[str]]:
    """Canaries that a message among `touched` would bring to the wrong person, by message.

    The bodies are made as the job of mail makes them, attachments included, and nothing is sent.
    """
    found: dict[str, set[str]] = {}
    for table, number in touched:
        if table == "message":
            with units() as session:
                row = session.get(Message, int(number))
                if row is not None:
                    session.refresh(row)
                    session.expunge(row)
            if row is not None:
                secrets = SECRETS[_recipient(world, row)]
                seen = canaries_in(said(units, row, now), secrets)
                if seen:
                    found[f"{row.kind} to {row.to_address}"] = seen
    return found


def said(units: Units, row: Message, now: datetime) -> str:
    """Everything of a message that leaves: envelope, subject, both bodies, files."""
    parts = [row.to_address, row.to_name, row.reply_to]
    if row.state is not MessageState.PLANNED or row.subject:
        return "\n".join((*parts, row.subject, row.html, row.text))
    planned = Planned(
        id=row.id or 0,
        kind=row.kind,
        channel=row.channel,
        language=row.language,
        variables=row.variables,
        is_frozen=False,
        company_id=row.company_id,
        document_id=row.document_id,
    )
    attached = message_files.prepare(units, planned, now=now)
    variables = message_files.variables(planned, attached)
    mail = rendering.render(planned.kind, planned.language, variables)
    parts += [mail.subject, mail.html, mail.text]
    for file in attached:
        parts += [file.name, readable(files.store().get(file.sha256))]
    return "\n".join(parts)


def _recipient(world: World, row: Message) -> str:
    """The actor of the matrix whose knowledge the recipient has."""
    if row.to_norm in PEOPLE:
        return PEOPLE[row.to_norm]
    if row.to_norm.endswith(f"@{BETA}.example") or row.company_id == world.beta.id:
        return "foreign_admin"
    if row.to_norm.endswith("@alfa.example"):
        return "viewer"
    # An address of the tests' own: whoever is given it there is a person of that account.
    if row.account_id in {world.mine.account, world.mine.second_account}:
        return "customer"
    return "stranger" if row.account_id == world.other_account else "nobody"
