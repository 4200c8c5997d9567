"""What happens to charges at the sandbox host: outcomes, payments that settle later, refunds."""

import sqlite3

from clientportal.gateways.sandbox_host.behaviour import Behaviour
from clientportal.gateways.sandbox_host.store import (
    Row,
    Store,
    account_behaviour,
    insert,
    new_id,
    queue_notification,
)

OUTCOMES = ("approve", "decline", "pending", "leave")
STALE_AFTER_S = 0.2


class Refused(Exception):
    """The host's answer to a call that it does not accept: an HTTP status and a stable code."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(code)


def payment_json(payment: Row) -> dict[str, object]:
    """Give a payment as the API and notifications show it."""
    return {
        "id": payment["id"],
        "charge": payment["charge_id"],
        "reference": payment["reference"],
        "status": payment["status"],
        "amount_minor": payment["amount_minor"],
        "currency": payment["currency"],
        "livemode": bool(payment["livemode"]),
        "refunded_minor": payment["refunded_minor"],
        "occurred_at": payment["occurred_at"],
        "method": "sandbox_card",
    }


def refund_json(refund: Row) -> dict[str, object]:
    """Give a refund as the API and notifications show it."""
    return {
        "id": refund["id"],
        "payment": refund["payment_id"],
        "status": refund["status"],
        "amount_minor": refund["amount_minor"],
    }


def create_charge(store: Store, account: str, fields: Row, now: float) -> tuple[Row, bool]:
    """Open a charge, or give the one of the same reference; also whether it is new.

    Raises Refused(409) when the reference stands for another amount or currency.
    """
    with store.write() as connection:
        known = connection.execute(
            "SELECT * FROM charges WHERE account = ? AND reference = ?",
            (account, fields["reference"]),
        ).fetchone()
        if known:
            if any(known[name] != fields[name] for name in ("amount_minor", "currency")):
                raise Refused(409, "reference_reused")
            return dict(known), False
        charge = {
            "id": new_id("ch"),
            "account": account,
            "created_at": now,
            "behaviour": account_behaviour(connection, account).dump(),
            **fields,
        }
        insert(connection, "charges", charge)
        return charge, True


def set_behaviour(store: Store, account: str, charge_id: str, values: Row) -> Behaviour:
    """Change the switches of one charge, or of the account's coming charges with charge_id ''.

    Raises Refused(422) naming the switch that is wrong, Refused(404) for an unknown charge.
    """
    with store.write() as connection:
        base = account_behaviour(connection, account)
        if charge_id:
            base = Behaviour.load(_charge(connection, charge_id, account)["behaviour"])
        try:
            behaviour = Behaviour.parse(values, base)
        except ValueError as error:
            raise Refused(422, str(error)) from None
        if charge_id:
            connection.execute(
                "UPDATE charges SET behaviour = ? WHERE id = ?", (behaviour.dump(), charge_id)
            )
        else:
            connection.execute(
                "INSERT OR REPLACE INTO accounts VALUES (?, ?)", (account, behaviour.dump())
            )
        return behaviour


def decide(store: Store, charge_id: str, outcome: str, now: float, account: str = "") -> Row | None:
    """Apply what the payer chose; gives the payment, or None for *leave*.

    A charge that is paid or pending answers its payment again, so two clicks pay once.
    Raises Refused: 404 unknown charge, 410 expired, 422 unknown outcome.
    """
    if outcome not in OUTCOMES:
        raise Refused(422, "outcome")
    with store.write() as connection:
        charge = _charge(connection, charge_id, account)
        live = live_payment(connection, charge_id)
        if live or outcome == "leave":
            return live
        if charge["expires_at"] is not None and charge["expires_at"] <= now:
            raise Refused(410, "charge_expired")
        return _record(connection, charge, outcome, now)


def live_payment(connection: sqlite3.Connection, charge_id: str) -> Row | None:
    """Give the payment of a charge that is approved or pending, if there is one."""
    row = connection.execute(
        "SELECT * FROM payments WHERE charge_id = ? AND status <> 'declined'", (charge_id,)
    ).fetchone()
    return dict(row) if row else None


def _charge(connection: sqlite3.Connection, charge_id: str, account: str = "") -> Row:
    row = connection.execute("SELECT * FROM charges WHERE id = ?", (charge_id,)).fetchone()
    if row is None or (account and row["account"] != account):
        raise Refused(404, "charge_unknown")
    return dict(row)


def _record(connection: sqlite3.Connection, charge: Row, outcome: str, now: float) -> Row:
    behaviour = Behaviour.load(charge["behaviour"])
    states = {"approve": "approved", "decline": "declined", "pending": "pending"}
    payment = _falsified(charge, behaviour) | {
        "id": new_id("pay"),
        "charge_id": charge["id"],
        "account": charge["account"],
        "status": states[outcome],
        "livemode": behaviour.other_environment,
        "refunded_minor": 0,
        "occurred_at": now,
        "settle_at": now + behaviour.approve_after_s if outcome == "pending" else None,
    }
    insert(connection, "payments", payment)
    _notify_payment(connection, charge, payment, now)
    if behaviour.out_of_order and outcome != "pending":
        stale = payment | {"status": "pending"}
        _notify_payment(connection, charge, stale, now - 1, now + STALE_AFTER_S)
    return payment


def _falsified(charge: Row, behaviour: Behaviour) -> dict[str, object]:
    other = "EUR" if charge["currency"] == "USD" else "USD"
    reference = charge["reference"]
    return {
        "reference": f"{reference}X" if behaviour.unknown_reference else reference,
        "amount_minor": charge["amount_minor"] + (1 if behaviour.wrong_amount else 0),
        "currency": other if behaviour.wrong_currency else charge["currency"],
    }


def _notify_payment(
    connection: sqlite3.Connection,
    charge: Row,
    payment: Row,
    at: float,
    due_at: float | None = None,
) -> None:
    data = {"charge": charge["id"], "payment": payment_json(payment)}
    due = at if due_at is None else due_at
    queue_notification(connection, charge, "payment.updated", data, at, due)


def settle_due(store: Store, now: float) -> None:
    """Approve pending payments and finish pending refunds whose time has come."""
    due = "settle_at IS NOT NULL AND settle_at <= ?"
    if not store.one(
        f"SELECT 1 FROM payments WHERE {due} UNION ALL SELECT 1 FROM refunds WHERE {due}", now, now
    ):
        return
    with store.write() as connection:
        for row in connection.execute(f"SELECT * FROM payments WHERE {due}", (now,)).fetchall():
            payment = dict(row) | {"status": "approved", "occurred_at": row["settle_at"]}
            connection.execute(
                "UPDATE payments SET status = 'approved', occurred_at = settle_at, settle_at = NULL"
                " WHERE id = ?",
                (row["id"],),
            )
            charge = _charge(connection, row["charge_id"])
            _notify_payment(connection, charge, payment, now)
        for row in connection.execute(f"SELECT * FROM refunds WHERE {due}", (now,)).fetchall():
            refund = dict(row) | {"status": "succeeded"}
            connection.execute(
                "UPDATE refunds SET status = 'succeeded', settle_at = NULL WHERE id = ?",
                (row["id"],),
            )
            _book_refund(connection, refund, now)


def refund(
    store: Store, account: str, payment_id: str, amount_minor: int, key: str, now: float
) -> Row:
    """Give money back once per key.

    Raises Refused: 404 unknown payment, 409 key used for something else, 422 when the payment is
    not approved or the sum of refunds, pending ones included, would exceed it.
    """
    with store.write() as connection:
        known = connection.execute(
            "SELECT * FROM refunds WHERE account = ? AND key = ?", (account, key)
        ).fetchone()
        if known:
            if (known["payment_id"], known["amount_minor"]) != (payment_id, amount_minor):
                raise Refused(409, "key_reused")
            return dict(known)
        payment = connection.execute(
            "SELECT * FROM payments WHERE id = ? AND account = ?", (payment_id, account)
        ).fetchone()
        if payment is None:
            raise Refused(404, "payment_unknown")
        _refundable(connection, payment, amount_minor)
        return _new_refund(connection, payment, amount_minor, key, now)


def _refundable(connection: sqlite3.Connection, payment: Row, amount_minor: int) -> None:
    if payment["status"] != "approved":
        raise Refused(422, "payment_not_approved")
    reserved = connection.execute(
        "SELECT coalesce(sum(amount_minor), 0) FROM refunds"
        " WHERE payment_id = ? AND status <> 'failed'",
        (payment["id"],),
    ).fetchone()[0]
    if amount_minor < 1 or reserved + amount_minor > payment["amount_minor"]:
        raise Refused(422, "refund_exceeds_payment")


def _new_refund(
    connection: sqlite3.Connection, payment: Row, amount_minor: int, key: str, now: float
) -> Row:
    behaviour = Behaviour.load(_charge(connection, payment["charge_id"])["behaviour"])
    states = {"succeed": "succeeded", "pending": "pending", "fail": "failed"}
    row = {
        "id": new_id("re"),
        "payment_id": payment["id"],
        "account": payment["account"],
        "key": key,
        "status": states[behaviour.refund],
        "amount_minor": amount_minor,
        "settle_at": now + behaviour.approve_after_s if behaviour.refund == "pending" else None,
    }
    insert(connection, "refunds", row)
    if row["status"] != "pending":
        _book_refund(connection, row, now)
    return row


def _book_refund(connection: sqlite3.Connection, row: Row, now: float) -> None:
    if row["status"] == "succeeded":
        connection.execute(
            "UPDATE payments SET refunded_minor = refunded_minor + ? WHERE id = ?",
            (row["amount_minor"], row["payment_id"]),
        )
    payment = connection.execute(
        "SELECT * FROM payments WHERE id = ?", (row["payment_id"],)
    ).fetchone()
    charge = _charge(connection, payment["charge_id"])
    data = {"charge": charge["id"], "refund": refund_json(row), "payment": payment_json(payment)}
    queue_notification(connection, charge, "refund.updated", data, now, now)


def take_fault(store: Store, account: str, charge_id: str, call: str) -> tuple[str, float]:
    """Give the fault that this call ("query" or "create") meets now, and its seconds; counts it."""
    with store.write() as connection:
        if charge_id:
            behaviour = Behaviour.load(_charge(connection, charge_id, account)["behaviour"])
        else:
            behaviour = account_behaviour(connection, account)
        fault: str = getattr(behaviour, f"{call}_fault")
        times: int = getattr(behaviour, f"{call}_fault_times")
        if not fault or times == 0:
            return "", 0.0
        if times > 0:
            table, column = ("charges", "id") if charge_id else ("accounts", "account")
            connection.execute(
                f"UPDATE {table} SET behaviour = ? WHERE {column} = ?",
                (behaviour.after_fault(call).dump(), charge_id or account),
            )
        return fault, behaviour.fault_s
