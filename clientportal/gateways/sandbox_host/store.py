"""The sandbox host's own SQLite file: charges, payments, refunds, pending notifications."""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from clientportal.gateways.sandbox_host.behaviour import Behaviour

Row: TypeAlias = Mapping[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (account TEXT PRIMARY KEY, behaviour TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS charges (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, reference TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL,
  description TEXT NOT NULL, company_name TEXT NOT NULL, payer_name TEXT NOT NULL,
  language TEXT NOT NULL, return_url TEXT NOT NULL, notify_url TEXT NOT NULL,
  expires_at REAL, created_at REAL NOT NULL, behaviour TEXT NOT NULL, UNIQUE (account, reference));
CREATE TABLE IF NOT EXISTS payments (
  id TEXT PRIMARY KEY, charge_id TEXT NOT NULL REFERENCES charges (id), account TEXT NOT NULL,
  reference TEXT NOT NULL, status TEXT NOT NULL, amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL, livemode INTEGER NOT NULL, refunded_minor INTEGER NOT NULL DEFAULT 0,
  occurred_at REAL NOT NULL, settle_at REAL);
CREATE INDEX IF NOT EXISTS payments_charge ON payments (charge_id);
CREATE INDEX IF NOT EXISTS payments_reference ON payments (account, reference);
CREATE INDEX IF NOT EXISTS payments_settle ON payments (settle_at) WHERE settle_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS refunds (
  id TEXT PRIMARY KEY, payment_id TEXT NOT NULL REFERENCES payments (id), account TEXT NOT NULL,
  key TEXT NOT NULL, status TEXT NOT NULL, amount_minor INTEGER NOT NULL, settle_at REAL,
  UNIQUE (account, key));
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL,
  tampered INTEGER NOT NULL, due_at REAL, attempts INTEGER NOT NULL DEFAULT 0, answer INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
"""


@dataclass(frozen=True, slots=True)
class Store:
    """One file; a connection per unit of work, so processes and threads may share it."""

    path: Path

    def prepare(self) -> None:
        """Create the file and its tables where they are missing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction that holds the write lock from its start; rolled back on an error."""
        connection = self._connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            connection.close()

    def one(self, sql: str, *values: object) -> Row | None:
        """Give the first row of a query, or None."""
        rows = self.all(sql, *values)
        return rows[0] if rows else None

    def all(self, sql: str, *values: object) -> list[Row]:
        """Give every row of a query as mappings."""
        connection = self._connect()
        try:
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            connection.close()


def new_id(prefix: str) -> str:
    """Give an identifier that nobody can guess (160 bits)."""
    return f"{prefix}_{secrets.token_hex(20)}"


def insert(connection: sqlite3.Connection, table: str, values: Mapping[str, object]) -> None:
    """Insert one row; table and column names are ours, never a caller's."""
    columns = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))


def account_behaviour(connection: sqlite3.Connection, account: str) -> Behaviour:
    """Give the switches that new charges of this account start with."""
    row = connection.execute(
        "SELECT behaviour FROM accounts WHERE account = ?", (account,)
    ).fetchone()
    return Behaviour.load(row["behaviour"]) if row else Behaviour()


def queue_notification(
    connection: sqlite3.Connection, charge: Row, kind: str, data: Row, at: float, due_at: float
) -> None:
    """Store one event for delivery, as many copies as the charge's behaviour says."""
    behaviour = Behaviour.load(charge["behaviour"])
    body = json.dumps(
        {
            "id": new_id("evt"),
            "type": kind,
            "created_at": at,
            "environment": "production" if behaviour.other_environment else "test",
            "data": data,
        }
    )
    for _ in range(behaviour.notify):
        insert(
            connection,
            "deliveries",
            {
                "account": charge["account"],
                "url": charge["notify_url"],
                "body": body,
                "tampered": behaviour.tampered,
                "due_at": due_at + behaviour.delay_s,
            },
        )
