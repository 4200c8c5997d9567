"""The matrix of the services of documents, money and lists."""

import tempfile
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.domain.import_mapping import Column
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.rendering.spreadsheets import Format
from clientportal.services import (
    checks,
    comments,
    disputes,
    document_deliveries,
    document_links,
    document_lists,
    document_originals,
    document_pdf,
    document_reminders,
    document_sending,
    document_support,
    document_text,
    document_xml,
    documents,
    drafts,
    exports,
    import_files,
    import_mappings,
    import_samples,
    imports,
    invoice_templates,
    open_items,
    search,
    statement_files,
    statements,
    today,
    ubl_imports,
    ubl_uploads,
)
from clientportal.services.document_sending import SendInput
from clientportal.services.drafts import LineInput
from clientportal.services.identity import NOBODY
from clientportal.services.import_base import Options
from clientportal.services.invoice_templates import TemplateInput
from clientportal.services.sending_words import Words
from tests.support.matrix import (
    ADMINS,
    EVERY_STAFF,
    FOREIGN_STAFF,
    OUTSIDERS,
    PAYER,
    READERS,
    WRITERS,
    Call,
    Row,
)
from tests.support.tenants import document_file, draft_of
from tests.support.ubl import invoice


def _template(c: Call) -> TemplateInput:
    return TemplateInput("matrix", "USD", (LineInput("matrix", Decimal(1), Decimal(1)),))


def _list(c: Call, text: str = "") -> object:
    filters = DocumentFilters.parse({"q": [text]} if text else {})
    return document_lists.list_documents(
        c.session, c.actor, filters=filters, sort=Sort.parse(""), cursor="", now=c.world.now
    )


def _mapping(c: Call) -> str:
    """The name of the rightful company's columns."""
    sql = "SELECT name FROM import_mapping WHERE company_id = :company"
    found = c.session.execute(sa.text(sql), {"company": c.world.alfa.id})
    return str(found.scalar_one())


def _import(c: Call) -> object:
    return imports.run(
        c.session,
        c.actor,
        kind="documents",
        content=document_file("matrix", c.world.today),
        options=Options(currency="USD"),
        now=c.world.now,
    )


def _export(c: Call) -> object:
    """The file's text, so that what it holds is judged."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        exports.documents(
            c.session,
            c.actor,
            filters=DocumentFilters(),
            sort=Sort.parse(""),
            kind=Format.CSV,
            path=path,
            language="es",
            now=c.world.now,
        )
        return path.read_text("utf-8-sig")


def _statement(c: Call) -> object:
    return statements.read(
        c.session, c.actor, account_id=c.target.account, query={}, now=c.world.now
    )


def _statement_view(c: Call) -> object:
    return statement_files.view(
        c.session,
        c.actor,
        account_id=c.target.account,
        query={"period": ["all"]},
        language="",
        now=c.world.now,
    )


def _statement_table(c: Call) -> object:
    """The file's text, so that what it holds is judged."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.csv"
        statement_files.table(
            c.session,
            c.actor,
            account_id=c.target.account,
            query={"period": ["all"]},
            kind=Format.CSV,
            path=path,
            language="es",
            now=c.world.now,
        )
        return path.read_text("utf-8-sig")


def _send(c: Call, document: int, *, issue: bool = False) -> object:
    words = {lang: Words("{{number}}", "matrix") for lang in ("es", "en")}
    what = SendInput(points=(c.target.point,), words=words)
    do = document_sending.issue_and_send if issue else document_sending.send
    return do(c.session, c.actor, document_id=document, what=what, now=c.world.now)


def _send_to_foreign(c: Call) -> object:
    words = {lang: Words("{{number}}", "matrix") for lang in ("es", "en")}
    what = SendInput(points=(c.target.point,), words=words)
    return document_sending.send(
        c.session, c.actor, document_id=c.own.invoice, what=what, now=c.world.now
    )


ROWS: dict[str, Row] = {
    "document_sending.propose": Row(
        lambda c: document_sending.propose(c.session, c.actor, document_id=c.target.invoice),
        WRITERS,
    ),
    "document_sending.send": Row(lambda c: _send(c, c.target.invoice), WRITERS, writes=True),
    "document_sending.send#foreign_address": Row(_send_to_foreign, WRITERS, writes=True),
    "document_sending.issue_and_send": Row(
        lambda c: _send(c, c.target.draft, issue=True), WRITERS, writes=True
    ),
    "document_deliveries.listing": Row(
        lambda c: document_deliveries.listing(
            c.session, c.actor, document_id=c.target.partly_paid, now=c.world.now
        ),
        EVERY_STAFF,
    ),
    "document_deliveries.revoke": Row(
        lambda c: document_deliveries.revoke(
            c.session, c.actor, link_id=c.target.link, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    # Whoever holds the link acts, and nobody of the matrix does: tests/services has the holder.
    "document_links.opened": Row(
        lambda c: document_links.opened(c.session, c.actor, now=c.world.now), frozenset()
    ),
    "document_links.seen": Row(
        lambda c: document_links.seen(c.session, c.actor, who=NOBODY, now=c.world.now),
        frozenset(),
    ),
    "document_links.seen_in_portal": Row(
        lambda c: document_links.seen_in_portal(
            c.session, c.actor, document_id=c.target.partly_paid, now=c.world.now
        ),
        PAYER,
        writes=True,
    ),
    "document_links.portal_path": Row(
        lambda c: document_links.portal_path(c.session, c.actor, document_id=c.target.invoice),
        PAYER,
        plain=True,
    ),
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
    "document_originals.having_xml": Row(
        lambda c: document_originals.having_xml(
            c.session, c.actor, document_ids=[c.target.invoice]
        ),
        READERS,
        own=OUTSIDERS,
        plain=True,
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
    "document_lists.first_rows": Row(
        lambda c: document_lists.first_rows(
            c.session,
            c.actor,
            filters=DocumentFilters(),
            sort=Sort.parse(""),
            now=c.world.now,
            limit=50,
        ),
        READERS,
        own=OUTSIDERS,
    ),
    "document_lists.every_row": Row(
        lambda c: list(
            document_lists.every_row(
                c.session,
                c.actor,
                filters=DocumentFilters(),
                sort=Sort.parse(""),
                now=c.world.now,
            )
        ),
        READERS,
        own=OUTSIDERS,
    ),
    "exports.documents": Row(_export, READERS, own=OUTSIDERS),
    "statements.read": Row(_statement, READERS),
    "statement_files.view": Row(_statement_view, READERS),
    "statement_files.table": Row(_statement_table, READERS),
    "document_lists.count": Row(
        lambda c: document_lists.count(
            c.session, c.actor, filters=DocumentFilters(), now=c.world.now
        ),
        READERS,
        own=OUTSIDERS,
        plain=True,
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
    "invoice_templates.listing": Row(
        lambda c: invoice_templates.listing(c.session, c.actor),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "invoice_templates.read": Row(
        lambda c: invoice_templates.read(
            c.session,
            c.actor,
            template_id=c.target.template,
        ),
        EVERY_STAFF,
    ),
    "invoice_templates.create": Row(
        lambda c: invoice_templates.create(
            c.session, c.actor, template=_template(c), now=c.world.now
        ),
        WRITERS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "invoice_templates.edit": Row(
        lambda c: invoice_templates.edit(
            c.session,
            c.actor,
            template_id=c.target.template,
            template=_template(c),
            version=1,
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "invoice_templates.duplicate": Row(
        lambda c: invoice_templates.duplicate(
            c.session, c.actor, template_id=c.target.template, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "invoice_templates.archive": Row(
        lambda c: invoice_templates.archive(
            c.session, c.actor, template_id=c.target.template, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "invoice_templates.restore": Row(
        lambda c: invoice_templates.restore(
            c.session, c.actor, template_id=c.target.archived_template, now=c.world.now
        ),
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
    "drafts.create#from_a_foreign_template": Row(
        lambda c: drafts.create(
            c.session,
            c.actor,
            draft=draft_of(c.own.account, "matrix", c.world.now, template_id=c.target.template),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "document_reminders.change": Row(
        lambda c: document_reminders.change(
            c.session,
            c.actor,
            document_id=c.target.invoice,
            reminders=ReminderSettings(True, 4, 2),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
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
    "imports.run": Row(_import, WRITERS, own=FOREIGN_STAFF, writes=True),
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
    "import_files.choose_columns": Row(
        lambda c: import_files.choose_columns(
            c.session,
            c.actor,
            run_id=c.target.document_run,
            columns=[Column("invoiceNumber", "number"), Column("customerID", "")],
            now=c.world.now,
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
    "import_files.take": Row(
        lambda c: import_files.take(
            c.session, c.actor, run_id=c.target.document_run, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "import_files.admit": Row(
        lambda c: import_files.admit(c.actor), WRITERS, own=FOREIGN_STAFF, plain=True
    ),
    "import_files.newest": Row(
        lambda c: import_files.newest(c.session, c.actor), WRITERS, own=FOREIGN_STAFF
    ),
    "import_files.follow": Row(
        lambda c: import_files.follow(c.session, c.actor, run_id=c.target.document_run), WRITERS
    ),
    "import_mappings.named": Row(
        lambda c: import_mappings.named(c.session, c.actor, kind="documents", name=_mapping(c)),
        WRITERS,
        codes=frozenset({"mapping_unknown"}),
    ),
    "import_files.report": Row(
        lambda c: import_files.report(
            c.session, c.actor, run_id=c.target.document_run, language="es", now=c.world.now
        ),
        WRITERS,
    ),
    "ubl_uploads.bring": Row(
        lambda c: ubl_uploads.bring(
            lambda: nullcontext(c.session),
            c.actor,
            files=[("matrix.xml", invoice("matrix"))],
            clock=lambda: c.world.now,
        ),
        WRITERS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "import_samples.sample": Row(
        lambda c: import_samples.sample(c.session, c.actor, kind="documents"),
        WRITERS,
        own=FOREIGN_STAFF,
        plain=True,
    ),
}
