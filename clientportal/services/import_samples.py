"""Small files of each kind that import as they stand."""

from collections.abc import Mapping

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import account_imports, contact_imports, document_imports, import_report
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff

SAMPLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    document_imports.KIND: (
        ("tipo", "numero", "codigo_cliente", "cliente", "moneda", "fecha_emision", "vencimiento",
         "total", "pagado", "fecha_pago", "descripcion"),
        ("factura", "FE-1001", "C-001", "Ferretería El Tornillo", "{currency}", "2026-01-15",
         "2026-02-14", "1250000", "", "", "Papel bond y sobres"),
        ("factura", "FE-1002", "C-002", "Panadería La Espiga", "{currency}", "2026-01-20",
         "2026-02-19", "480000", "", "2026-02-10", "Bolsas de papel"),
        ("nota crédito", "NC-201", "C-001", "Ferretería El Tornillo", "{currency}", "2026-01-28",
         "", "90000", "", "", "Devolución de 4 resmas"),
    ),
    account_imports.KIND: (
        ("codigo", "nombre", "tipo", "pais", "identificacion", "contacto", "correo", "telefono",
         "direccion", "ciudad", "idioma"),
        ("C-001", "Ferretería El Tornillo", "cliente", "CO", "", "Luz Marina Rojas",
         "luz@eltornillo.example", "+57 315 482 9016", "Calle 15 # 32-590", "Yumbo", "es"),
        ("C-002", "Panadería La Espiga", "ambos", "CO", "", "", "pagos@laespiga.example", "",
         "Carrera 8 # 12-40", "Cali", "es"),
    ),
    contact_imports.KIND: (
        ("nombre", "cargo", "correo", "whatsapp", "telefono", "idioma", "codigos_clientes"),
        ("Luz Marina Rojas", "Tesorera", "luz@eltornillo.example", "+57 315 482 9016", "", "es",
         ""),
        ("Hernán Ospina", "", "pagos@laespiga.example", "", "+57 602 555 0117", "es", ""),
    ),
}  # fmt: skip


def sample(session: Session, actor: Actor, *, kind: str) -> bytes:
    """A file that imports as it stands, in the company's first currency. Raises NotFound."""
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    rows = SAMPLES.get(kind)
    if rows is None:
        raise NotFound()
    company = support.company_of(session, staff, staff.company_id)
    head, *lines = [[cell.format(currency=company.currencies[0]) for cell in row] for row in rows]
    return import_report.sheet(head, lines)
