"""Invoice templates: kept, copied, archived, and true about what the company has dropped."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from clientportal.domain.actors import Actor
from clientportal.domain.errors import Conflict, Invalid, NotFound, PortalError
from clientportal.domain.invoice_templates import ReminderSettings, missing_rates
from clientportal.services import companies
from clientportal.services import invoice_templates as templates
from clientportal.services.drafts import LineInput
from clientportal.services.invoice_templates import Template, TemplateInput
from clientportal.storage.models import AuditEntry, InvoiceTemplate
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, make_world

LINE = LineInput("Papel bond", Decimal("2.5"), Decimal("1000.125"), Decimal(19))
GIVEN = TemplateInput(
    name="Mensualidad",
    currency="USD",
    lines=(LINE, LineInput("Flete", Decimal(1), Decimal(50))),
    due_days=45,
    message="Gracias por tu compra",
    reminders=ReminderSettings(True, 5, 2),
)


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def made(session: Session, world: World, **changes: object) -> Template:
    given = replace(GIVEN, **changes)  # type: ignore[arg-type]
    key = templates.create(session, world.agent, template=given, now=NOW)
    return templates.read(session, world.viewer, template_id=key)


@pytest.mark.spec(157, 158)
def test_a_template_is_read_as_it_was_written(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        key = made(session, world, name="  Mensualidad ").id
    with unit_of_work(bind=database, read_only=True) as session:
        found = templates.read(session, world.viewer, template_id=key)
        assert (found.name, found.currency, found.due_days) == ("Mensualidad", "USD", 45)
        assert (found.lines, found.message) == (GIVEN.lines, GIVEN.message)
        assert found.reminders == ReminderSettings(send=True, days=5, count=2)
        assert found.total_minor == 250031 + 5000 + 47506
        assert (found.version, found.archived, found.missing_rates) == (1, False, ())
        assert templates.listing(session, world.viewer) == [found]
        assert templates.listing(session, world.viewer, archived=True) == []


def test_reminders_are_off_and_usual_unless_said(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        found = made(session, world, reminders=ReminderSettings())
    assert found.reminders == ReminderSettings(send=False, days=3, count=1)


def test_an_edit_that_saw_an_older_version_is_refused(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        first = made(session, world)
        later = NOW + timedelta(hours=1)
        ask = (session, world.agent)
        renamed = replace(GIVEN, name="Trimestre", due_days=None)
        templates.edit(
            *ask, template_id=first.id, template=renamed, version=first.version, now=later
        )
        with pytest.raises(Conflict):
            templates.edit(
                *ask, template_id=first.id, template=GIVEN, version=first.version, now=later
            )
        found = templates.read(session, world.viewer, template_id=first.id)
        assert (found.name, found.due_days, found.version) == ("Trimestre", None, 2)
        assert found.updated_at == later


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "required", "name"),
        ({"name": "x" * 101}, "too_long", "name"),
        ({"currency": "EUR"}, "currency_not_used", "currency"),
        ({"lines": ()}, "lines_missing", "lines"),
        ({"lines": (LINE,) * 201}, "lines_too_many", "lines"),
        ({"lines": (replace(LINE, description=" "),)}, "required", "description"),
        ({"lines": (replace(LINE, tax_rate=Decimal(101)),)}, "tax_rate_invalid", "tax_rate"),
        ({"lines": (replace(LINE, quantity=Decimal(-1)),)}, "total_negative", "lines"),
        ({"due_days": -1}, "due_days_range", "due_days"),
        ({"due_days": 366}, "due_days_range", "due_days"),
        ({"message": "x" * 501}, "too_long", "concept"),
        ({"reminders": ReminderSettings(True, 0, 1)}, "reminder_days_range", "reminder_days"),
        ({"reminders": ReminderSettings(False, 1, 11)}, "reminder_count_range", "reminder_count"),
    ],
)
def test_what_cannot_be_kept(
    database: sa.Engine, world: World, changes: dict[str, object], code: str, field: str
) -> None:
    with unit_of_work(bind=database) as session:
        with pytest.raises(Invalid) as refused:
            made(session, world, **changes)
        assert (refused.value.error_code, refused.value.field) == (code, field)
        assert templates.listing(session, world.viewer) == []


def test_names_are_unique_among_those_in_use(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
        made(session, other)
        first = made(session, world)
        with pytest.raises(templates.TemplateNameTaken):
            made(session, world)
        copy = templates.duplicate(session, world.agent, template_id=first.id, now=NOW)
        again = templates.duplicate(session, world.agent, template_id=copy, now=NOW)
        names = [row.name for row in templates.listing(session, world.viewer)]
        assert names == ["Mensualidad", "Mensualidad (2)", "Mensualidad (2) (2)"]
        copied = templates.read(session, world.viewer, template_id=copy)
        assert replace(copied, id=first.id, name=first.name) == first
        templates.archive(session, world.agent, template_id=first.id, now=NOW)
        second = made(session, world)
        templates.restore(session, world.agent, template_id=first.id, now=NOW)
        back = templates.read(session, world.viewer, template_id=first.id)
        assert (back.name, back.archived) == ("Mensualidad (3)", False)
        assert {again, copy, first.id, second.id} == {
            row.id for row in templates.listing(session, world.viewer)
        }


def test_long_names_stay_as_long_when_copied(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        first = made(session, world, name="x" * 100)
        copy = templates.duplicate(session, world.agent, template_id=first.id, now=NOW)
        found = templates.read(session, world.viewer, template_id=copy)
        assert found.name == "x" * 96 + " (2)"


def test_archiving_loses_nothing_and_is_written_down(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        first = made(session, world)
        for _ in range(2):
            templates.archive(session, world.agent, template_id=first.id, now=NOW)
        assert templates.listing(session, world.viewer) == []
        gone = templates.listing(session, world.viewer, archived=True)
        assert gone == [replace(first, archived=True, version=2)]
        for _ in range(2):
            templates.restore(session, world.agent, template_id=first.id, now=NOW)
        actions = [
            row.action
            for row in session.exec(select(AuditEntry).order_by("id"))
            if row.subject_kind == "template"
        ]
        assert actions == ["template.created", "template.archived", "template.restored"]


def test_a_tax_and_a_currency_that_are_gone_are_told_and_kept(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        first = made(session, world)

        def settle(**changes: object) -> Template:
            companies.update(
                session,
                world.owner,
                company_id=world.company_id,
                changes=changes,  # type: ignore[arg-type]
                now=NOW,
            )
            return templates.read(session, world.viewer, template_id=first.id)

        assert settle(tax_rates="19; 5").missing_rates == ()
        found = settle(tax_rates="5;0", currencies="COP")
        assert (found.missing_rates, found.currency_gone) == ((Decimal(19),), True)
        assert found.lines == GIVEN.lines
        templates.edit(
            session,
            world.agent,
            template_id=first.id,
            template=replace(GIVEN, name="Con lo viejo"),
            version=found.version,
            now=NOW,
        )
        kept = templates.read(session, world.viewer, template_id=first.id)
        assert (kept.lines, kept.missing_rates) == (GIVEN.lines, (Decimal(19),))
        assert settle(tax_rates="").missing_rates == ()


def test_nobody_else_gets_at_them(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
        first = made(session, world)
        for key in (first.id, 0, -1, 999_999, 2**40):
            with pytest.raises(NotFound):
                templates.read(session, other.owner, template_id=key)
            with pytest.raises(NotFound):
                templates.archive(session, other.owner, template_id=key, now=NOW)
        who: list[Actor] = [world.customer, world.viewer]
        for actor in who:
            with pytest.raises(PortalError):
                templates.duplicate(session, actor, template_id=first.id, now=NOW)
        with pytest.raises(PortalError):
            templates.listing(session, world.customer)


def test_there_is_an_end_to_templates(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MOST", 1)
    with unit_of_work(bind=database) as session:
        first = made(session, world)
        with pytest.raises(Invalid) as refused:
            templates.duplicate(session, world.agent, template_id=first.id, now=NOW)
        assert refused.value.error_code == "too_many_templates"


def test_two_with_one_name_cannot_be_stored(database: sa.Engine, world: World) -> None:
    """What two tabs at once would do: the database itself refuses the second."""
    with unit_of_work(bind=database) as session:
        made(session, world)
        row = session.exec(select(InvoiceTemplate)).one()
        kept = row.model_dump(exclude={"id"})
        session.add(InvoiceTemplate(**kept))
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        session.rollback()


def test_no_tax_is_never_missing_and_no_list_means_any() -> None:
    used = [Decimal(19), None, Decimal(0), Decimal("19.0"), Decimal(8)]
    assert missing_rates(used, []) == ()
    assert missing_rates(used, [Decimal("8.0"), Decimal(5)]) == (Decimal(19),)
    assert missing_rates(used, [Decimal(5)]) == (Decimal(8), Decimal(19))
