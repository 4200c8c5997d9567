"""The kinds of files that the import screen takes."""

from collections.abc import Mapping

from clientportal.domain.errors import Invalid
from clientportal.services import account_imports, contact_imports, document_imports
from clientportal.services.import_base import FileKind

FILES: Mapping[str, FileKind] = {
    file.name: file for file in (document_imports.FILE, account_imports.FILE, contact_imports.FILE)
}


def file_kind(name: str) -> FileKind:
    """Raises Invalid("choice_invalid", value)."""
    if name not in FILES:
        raise Invalid(code="choice_invalid", field="kind", value=name[:40])
    return FILES[name]
