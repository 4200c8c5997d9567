"""Every use case × every kind of actor: who is refused, what they learn, what changes."""

import ast
import importlib
import inspect
import pkgutil

import pytest

from clientportal import services
from tests.permissions import channel_rows, document_rows, money_rows, people_rows
from tests.permissions.conftest import Place
from tests.support.databases import ROOT
from tests.support.matrix import ACTORS, check

ROWS = {**channel_rows.ROWS, **document_rows.ROWS, **money_rows.ROWS, **people_rows.ROWS}

# Parts of other use cases, behind whose own permission they stand; the edge may not call them.
INSIDE = frozenset(
    {
        "account_import_rows.store_accounts",
        "account_import_rows.store_contacts",
        "access.take_away",
        "segments.recompute",
        "accounts.fill",
        "audit.record",
        "bench_states.add",
        "companies.locked",
        "companies.touch",
        "document_deliveries.withdraw",
        "document_originals.original_of",
        "guards.require_customer",
        "guards.require_staff",
        "account_imports.compare",
        "account_imports.write",
        "contact_imports.compare",
        "contact_imports.write",
        "contacts.index",
        "import_mappings.proposed",
        "import_mappings.remember",
        "import_plan.compare",
        "import_steps.start",
        "import_plan.parse",
        "import_seen.read_as",
        "import_seen.see",
        "ubl_customers.create",
        "ubl_customers.find",
        "allocations.record",
        "document_support.audited",
        "document_parts.applied",
        "document_parts.comments",
        "document_parts.lines",
        "document_parts.related",
        "document_parts.returns",
        "document_parts.taxes",
        "papers.logo",
        "payment_checks.finish_attempt",
        "sending_recipients.chosen",
        "sending_recipients.of_account",
    }
)
EDGES = ("ui", "web", "commands", "jobs")


def acting() -> set[str]:
    """`module.function` of every public function below services that takes an actor."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(services.__path__):
        loaded = importlib.import_module(f"clientportal.services.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and {"actor", "staff"} & set(inspect.signature(function).parameters):
                found.add(f"{module.name}.{name}")
    return found


def test_every_use_case_has_a_row() -> None:
    rows = {name.partition("#")[0] for name in ROWS}
    assert acting() - rows - INSIDE == set(), "use cases without a row in the matrix"
    assert (rows | INSIDE) - acting() == set(), "rows of use cases that do not exist"
    assert rows & INSIDE == set()


def edge_calls() -> set[str]:
    """`module.function` of every function of a service that a file of the edge names."""
    found: set[str] = set()
    for layer in EDGES:
        for file in (ROOT / "clientportal" / layer).rglob("*.py"):
            tree = ast.parse(file.read_text())
            names: dict[str, str] = {}
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module == "clientportal.services":
                    names |= {alias.asname or alias.name: alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and str(node.module).startswith(
                    "clientportal.services."
                ):
                    module = str(node.module).rpartition(".")[2]
                    found |= {f"{module}.{alias.name}" for alias in node.names}
            found |= {
                f"{names[node.value.id]}.{node.attr}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in names
            }
    return found


def test_parts_of_use_cases_are_not_called_from_the_edge() -> None:
    inner = {name.partition("#")[0] for name, row in ROWS.items() if row.inner}
    calls = edge_calls()
    assert len(calls) > 20, "the walk of the edge found nothing"
    assert calls & (INSIDE | inner) == set()


@pytest.mark.parametrize("name", sorted(ROWS))
def test_the_use_case_is_for_those_whom_its_row_names(place: Place, name: str) -> None:
    row = ROWS[name]
    for who in ACTORS:
        check(place.engine, place.world, place.before, name, row, who)
