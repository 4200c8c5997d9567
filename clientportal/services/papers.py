"""What every paper of a company needs: its logo, the size of its sheets, parties as papers say."""

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.errors import NotFound
from clientportal.rendering.formats import country
from clientportal.rendering.view import PartyView
from clientportal.services import files
from clientportal.services.documents import Party

_LETTER = frozenset(
    ("BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE")
)
"""Countries whose office paper is US letter (CLDR, paperSize US-Letter)."""


def size(country_code: str) -> str:
    """The paper of a country's offices: us-letter or a4."""
    return "us-letter" if country_code in _LETTER else "a4"


def party_view(party: Party, lang: str) -> PartyView:
    """A party with its identification and address, in the reader's language."""
    place = ", ".join(part for part in (party.city, party.region, party.postal_code) if part)
    return PartyView(
        name=party.name,
        tax_label=party.tax_id_kind.upper(),
        tax_id=party.tax_id,
        address=tuple(part for part in (party.street, place, country(party.country, lang)) if part),
    )


def logo(session: Session, actor: Actor, company_id: int, sha256: str | None) -> bytes:
    """The company's logo; empty without one. Raises NotFound for a company out of reach."""
    if not sha256:
        return b""
    try:
        return files.logo(session, actor, company_id=company_id).content
    except NotFound:  # the row names a file that the disk lost: the document still prints
        return b""
