"""The matrix of the services of documents, money and lists."""

from datetime import timedelta

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.services import (
    checkout,
    checks,
    comments,
    disputes,
    document_imports,
    document_lists,
    document_originals,
    document_pdf,
    document_support,
    document_text,
    document_xml,
    documents,
    drafts,
    import_files,
    manual_payments,
    open_items,
    search,
    today,
    ubl_imports,
)
from clientportal.services.checkout import Choice
from clientportal.services.import_plan import Options
from tests.support.matrix import (
    ADMINS,
    EVERY_STAFF,
    OUTSIDERS,
    PAYER,
    READERS,
    WRITERS,
    Call,
    Row,
)
from tests.support.tenants import document_file, draft_of
from tests.support.ubl import invoice

CUSTOMERS = frozenset({"stranger", "foreign_customer"})
FOREIGN_STAFF = frozenset({"foreign_admin"})
ALL_LISTS = DocumentFilters()


def _list(c: Call, text: str = "") -> object:
    filters = DocumentFilters.parse({"q": [text]} if text else {})
    return document_lists.list_documents(
        c.session, c.actor, filters=filters, sort=Sort.parse(""), cursor="", now=c.world.now
    )


def _received(c: Call, account: int, lines: list[tuple[int, int]] | None) -> object:
    return manual_payments.record(
        c.session,
        c.actor,
        account_id=account,
        currency="USD",
        amount_minor=700,
        lines=lines,
        method="cash",
        received_on=c.world.today - timedelta(days=1),
        client_key="matrix-record",
        now=c.world.now,
    )


def _pay(c: Call, *documents_: int) -> object:
    return checkout.begin(
        c.session,
        c.actor,
        choices=[Choice(key) for key in documents_],
        method="sandbox",
        now=c.world.now,
    )


def _preview(c: Call) -> object:
    return document_imports.preview(
        c.session,
        c.actor,
        file_name="matrix.csv",
        content=document_file("matrix", c.world.today),
        options=Options(currency="USD"),
        now=c.world.now,
    )


def _import(c: Call) -> object:
    return document_imports.run(
        c.session,
        c.actor,
        content=document_file("matrix", c.world.today),
        options=Options(currency="USD"),
        now=c.world.now,
    )


ROWS: dict[str, Row] = {
    "documents.detail": Row(
        lambda c: documents.detail(
            c.session, c.actor, document_id=c.target.invoice, now=c.world.now
        ),
        READERS,
    ),
    "documents.detail#draft": Row(
        lambda c: documents.detail(c.session, c.actor, document_id=c.target.draft, now=c.world.now),
        EVERY_STAFF,
    ),
    "document_xml.file": Row(
        lambda c: document_xml.file(
            c.session, c.actor, document_id=c.target.invoice, now=c.world.now
        ),
        READERS,
    ),
    "document_originals.facts": Row(
        lambda c: document_originals.facts(c.session, c.actor, document_id=c.target.invoice),
        READERS,
        plain=True,
    ),
    "document_pdf.view": Row(
        lambda c: document_pdf.view(
            c.session, c.actor, document_id=c.target.invoice, now=c.world.now
        ),
        READERS,
    ),
    "document_lists.list_documents": Row(_list, READERS, own=OUTSIDERS),
    "document_lists.list_documents#search": Row(
        lambda c: _list(c, "qza0concept"), READERS, own=OUTSIDERS
    ),
    "document_lists.rows_of": Row(
        lambda c: document_lists.rows_of(
            c.session,
            c.actor,
            document_ids=[c.target.invoice],
            filters=DocumentFilters(),
            now=c.world.now,
        ),
        READERS,
        own=OUTSIDERS,
    ),
    "document_lists.choices": Row(
        lambda c: document_lists.choices(c.session, c.actor), READERS, own=OUTSIDERS
    ),
    "search.find": Row(
        lambda c: search.find(c.session, c.actor, query="qza0concept"), READERS, own=OUTSIDERS
    ),
    "document_support.found": Row(
        lambda c: document_support.found(c.session, c.actor, c.target.invoice), READERS, inner=True
    ),
    "document_support.locked": Row(
        lambda c: document_support.locked(c.session, c.actor, [c.target.invoice]),
        READERS,
        inner=True,
    ),
    "document_support.locked#mixed": Row(
        lambda c: document_support.locked(c.session, c.actor, [c.own.invoice, c.target.invoice]),
        READERS,
        inner=True,
    ),
    "document_support.company_of": Row(
        lambda c: document_support.company_of(c.session, c.actor, c.world.alfa.id),
        READERS,
        own=frozenset({"stranger"}),
        inner=True,
    ),
    "document_support.account_of": Row(
        lambda c: document_support.account_of(c.session, c.actor, c.target.account),
        READERS,
        inner=True,
    ),
    "document_text.rewrite": Row(
        lambda c: document_text.rewrite(c.session, c.actor, account_id=c.target.account),
        WRITERS,
        writes=True,
    ),
    "drafts.create": Row(
        lambda c: drafts.create(
            c.session,
            c.actor,
            draft=draft_of(c.target.account, "matrix", c.world.now),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "drafts.create#foreign_invoice_corrected": Row(
        lambda c: drafts.create(
            c.session,
            c.actor,
            draft=draft_of(
                c.own.account,
                "matrix",
                c.world.now,
                kind=Kind.CREDIT_NOTE,
                corrects_id=c.target.invoice,
            ),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
        codes=frozenset({"corrects_invalid"}),
    ),
    "drafts.edit": Row(
        lambda c: drafts.edit(
            c.session,
            c.actor,
            document_id=c.target.draft,
            draft=draft_of(c.target.account, "matrix", c.world.now),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "drafts.edit#moved_to_a_foreign_account": Row(
        lambda c: drafts.edit(
            c.session,
            c.actor,
            document_id=c.own.draft,
            draft=draft_of(c.target.account, "matrix", c.world.now),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "drafts.discard": Row(
        lambda c: drafts.discard(c.session, c.actor, document_id=c.target.draft, now=c.world.now),
        WRITERS,
        writes=True,
    ),
    "drafts.issue": Row(
        lambda c: drafts.issue(c.session, c.actor, document_id=c.target.draft, now=c.world.now),
        WRITERS,
        writes=True,
    ),
    "drafts.void": Row(
        lambda c: drafts.void(
            c.session, c.actor, document_id=c.target.invoice, reason="matrix", now=c.world.now
        ),
        ADMINS,
        writes=True,
    ),
    "disputes.open_dispute": Row(
        lambda c: disputes.open_dispute(
            c.session, c.actor, document_id=c.target.invoice, reason="matrix", now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "disputes.close_dispute": Row(
        lambda c: disputes.close_dispute(
            c.session, c.actor, document_id=c.target.disputed, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "comments.add": Row(
        lambda c: comments.add(
            c.session, c.actor, document_id=c.target.invoice, body="matrix", now=c.world.now
        ),
        WRITERS | PAYER,
        writes=True,
    ),
    "comments.add#draft": Row(
        lambda c: comments.add(
            c.session, c.actor, document_id=c.target.draft, body="matrix", now=c.world.now
        ),
        frozenset(),
    ),
    "document_imports.preview": Row(_preview, WRITERS, own=FOREIGN_STAFF, writes=True),
    "document_imports.confirm": Row(
        lambda c: document_imports.confirm(
            c.session, c.actor, run_id=c.target.document_run, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "document_imports.run": Row(_import, WRITERS, own=FOREIGN_STAFF, writes=True),
    "ubl_imports.bring": Row(
        lambda c: ubl_imports.bring(
            c.session,
            c.actor,
            file_name="matrix.xml",
            content=invoice("matrix"),
            now=c.world.now,
            options=ubl_imports.Options(supplier_ok=True),
        ),
        WRITERS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "open_items.open_items": Row(
        lambda c: open_items.open_items(c.session, c.actor, as_of=c.world.today),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "checks.audit": Row(
        lambda c: checks.audit(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF, plain=True
    ),
    "today.figures": Row(
        lambda c: today.figures(c.session, c.actor, now=c.world.now),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "import_files.keep": Row(
        lambda c: import_files.keep(
            c.session,
            c.actor,
            kind="documents",
            file_name="matrix.csv",
            content=document_file("matrix", c.world.today),
            now=c.world.now,
        ),
        WRITERS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "import_files.choose": Row(
        lambda c: import_files.choose(
            c.session,
            c.actor,
            run_id=c.target.document_run,
            currency="COP",
            date_format="iso",
        ),
        WRITERS,
        writes=True,
    ),
    "import_files.look": Row(
        lambda c: import_files.look(
            c.session, c.actor, run_id=c.target.document_run, now=c.world.now
        ),
        WRITERS,
    ),
    "import_files.confirm": Row(
        lambda c: import_files.confirm(
            c.session, c.actor, run_id=c.target.document_run, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "import_files.report": Row(
        lambda c: import_files.report(
            c.session, c.actor, run_id=c.target.document_run, now=c.world.now
        ),
        WRITERS,
    ),
    "import_files.sample": Row(
        lambda c: import_files.sample(c.session, c.actor, kind="documents"),
        WRITERS,
        own=FOREIGN_STAFF,
        plain=True,
    ),
}
