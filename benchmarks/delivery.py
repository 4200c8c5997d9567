"""Delivery: a campaign through a provider that loses answers while workers are killed, what
somebody waits for meanwhile, and notifications as fast as they come.
"""

import asyncio
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from benchmarks import lists, sockets
from benchmarks.results import Results
from benchmarks.workers import Call, Provider, Worker, provider
from clientportal.domain.actors import Member
from clientportal.domain.delivery import MessageState
from clientportal.services import messages, senders
from clientportal.settings import settings
from clientportal.storage.models import Channel, Message, WebhookInbox
from clientportal.storage.session import unit_of_work
from tests.channels.test_notices import SECRET, signed
from tests.support.alert_fuzz import fuzz
from tests.support.server import server

MESSAGES = 100_000
RATES = (5, 50)
LOST = 0.02
KILLS = 6
SHARE = 0.95
NOW_SECONDS = 2.0
NOW_EVERY = 1.5
EVENTS_PER_SECOND = 500
CONNECTIONS = 16
FUZZED = 50_000
STALL_SECONDS = 120.0
CHUNK = 5_000

MAIL = {"MAIL": "resend", "RESEND_API_KEY": "re_bench", "RESEND_WEBHOOK_SECRET": SECRET}


@contextmanager
def _settings(values: Mapping[str, str]) -> Iterator[None]:
    """This process plans messages with the settings of the workers."""
    names = {f"CLIENTPORTAL_{name}": value for name, value in values.items()}
    before = {name: os.environ.get(name) for name in names}
    os.environ |= names
    settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        settings.cache_clear()


def measure(kind: str, url: str, home: Path, results: Results, count: int = MESSAGES) -> None:
    """Notifications, then the campaign at each rate, then the fuzzed sends."""
    with _settings(MAIL):
        _intake(kind, url, home, results, count // 10)
    for rate in RATES:
        with (
            provider(rate, LOST, home / f"provider-{rate}.log") as host,
            _settings(MAIL | {"RESEND_API_URL": host.url}),
        ):
            _campaign(kind, url, home, results, host, rate, count)
    with pytest.MonkeyPatch.context() as patch:
        started = time.monotonic()
        seen = fuzz(patch, count=min(FUZZED, count // 2), seed=11)
    results.add(
        kind,
        f"{seen.planned} fuzzed sends, {seen.alerts} alerts set and {seen.removals} taken off",
        f"{len(seen.to_alerted)} to an alerted address, {seen.left} left, lost {seen.lost},"
        f" blocked {seen.blocked_when_planned} + {seen.blocked_when_claimed},"
        f" {time.monotonic() - started:.0f} s",
        "0 to an alerted one, 0 lost",
        not seen.to_alerted and not seen.lost,
    )


def _company() -> int:
    owner = lists.actors()["company"]
    assert isinstance(owner, Member)
    return owner.company_id


def _rows(mark: str, count: int, state: MessageState) -> Iterator[list[dict[str, object]]]:
    """Messages as a campaign plans them, some thousand at a time."""
    now = datetime.now(UTC)
    with unit_of_work() as session:
        sender = senders.carrier(session, None, Channel.EMAIL, now=now)
        assert sender is not None
        sender_id = sender.id
    company_id = _company()
    sent = state is MessageState.SENT
    for start in range(0, count, CHUNK):
        some = []
        for number in range(start, min(start + CHUNK, count)):
            address = f"{mark}-{number}@clientes.example"
            row = Message(
                company_id=company_id,
                kind="access_granted",
                to_address=address,
                to_norm=address,
                to_name=f"Cliente {number}",
                language="es",
                variables={
                    "email": address,
                    "link": "https://portal.example/portal",
                    "company_name": "Papelera del Valle",
                    "contact_name": f"Cliente {number}",
                },
                dedupe_key=f"bench:{address}",
                state=state,
                sender_id=sender_id,
                lane="bulk",
                created_at=now,
                check_at=None if sent else now,
                sent_at=now if sent else None,
                provider_id=f"{mark}-{number}" if sent else "",
            )
            some.append(row.model_dump(exclude={"id"}))
        yield some


def _plan(mark: str, count: int, state: MessageState = MessageState.PLANNED) -> float:
    """Store messages and wake their sender; seconds that it took."""
    started = time.monotonic()
    for some in _rows(mark, count, state):
        with unit_of_work() as session:
            session.execute(sa.insert(Message), some)
            if state is MessageState.PLANNED:
                senders.wake(session, some[0]["sender_id"], datetime.now(UTC))  # type: ignore[arg-type]
    return time.monotonic() - started


@dataclass(slots=True)
class Run:
    """A campaign under way: its workers, when each was killed, what was asked for meanwhile."""

    host: Provider
    workers: list[Worker]
    count: int
    kills: list[float] = field(default_factory=list)
    asked: dict[str, float] = field(default_factory=dict)

    def bulk(self, mark: str) -> int:
        return sum(to.startswith(mark) for to in self.host.recipients)


def _campaign(
    kind: str, url: str, home: Path, results: Results, host: Provider, rate: int, count: int
) -> None:
    mark = f"c{rate}{secrets.token_hex(3)}"
    planned = _plan(mark, count)
    environment = MAIL | {
        "ENV": "production",
        "DATABASE_URL": url,
        "DATA_DIR": str(home / "data"),
        "SECRET_KEY": os.environ["CLIENTPORTAL_SECRET_KEY"],
        "RESEND_API_URL": host.url,
        "PUBLIC_URL": "https://portal.example",
    }
    many = 2 if kind == "postgresql" else 1
    log = home / "workers.log"
    run = Run(host, [Worker(f"bench-{n}", environment, log) for n in range(many)], count)
    began = time.time()
    try:
        _follow(run, mark, until=count)
        _settled(mark)
    finally:
        for worker in run.workers:
            worker.stop()
    _judge(kind, results, run, mark, rate, planned, time.time() - began)


def _follow(run: Run, mark: str, *, until: int) -> None:
    """Kill at even steps of the campaign, ask for a mail now and then, until all have left."""
    stays_dead = len(run.workers) > 1
    steps = [until // 3] if stays_dead else [until * n // (KILLS + 1) for n in range(1, KILLS + 1)]
    left, moved, next_ask = 0, time.monotonic(), time.monotonic()
    while left < until:
        now_left = run.bulk(mark)
        if now_left > left:
            left, moved = now_left, time.monotonic()
        if time.monotonic() - moved > STALL_SECONDS:
            return
        if len(run.kills) < len(steps) and left >= steps[len(run.kills)]:
            worker = max(run.workers, key=Worker.seconds)
            run.kills.append(worker.kill())
            if not stays_dead:
                worker.start()
        if left and time.monotonic() >= next_ask:
            next_ask = time.monotonic() + NOW_EVERY
            _ask(run, mark)
        time.sleep(0.05)


def _ask(run: Run, mark: str) -> None:
    """Plan a mail that somebody waits for."""
    to = f"now-{mark}-{len(run.asked)}@clientes.example"
    with unit_of_work() as session:
        messages.plan(
            session,
            kind="sign_in_code",
            to=to,
            language="es",
            variables={"code": "482913", "minutes": 10},
            dedupe_key=f"bench:{to}",
            now=datetime.now(UTC),
        )
    run.asked[to] = time.time()


def _states(mark: str) -> Counter[MessageState]:
    with unit_of_work(read_only=True) as session:
        statement = (
            sa.select(col(Message.state), sa.func.count())
            .where(col(Message.to_norm).startswith(mark))
            .group_by(col(Message.state))
        )
        return Counter({row[0]: row[1] for row in session.execute(statement)})


def _settled(mark: str) -> None:
    """Wait until every message has its state: answers that were lost are asked for again."""
    until = time.monotonic() + STALL_SECONDS
    open_states = (MessageState.PLANNED, MessageState.SENDING)
    while time.monotonic() < until:
        states = _states(mark)
        if not any(states[state] for state in open_states):
            return
        time.sleep(0.5)


def _judge(
    kind: str,
    results: Results,
    run: Run,
    mark: str,
    rate: int,
    planned: float,
    wall: float,
) -> None:
    calls = run.host.look()
    taken = Counter(to for to in run.host.recipients if to.startswith(mark))
    doubled = sum(times - 1 for times in taken.values())
    states = _states(mark)
    lost = run.count - len(taken)
    died = f"{len(run.kills)} kill -9" if len(run.workers) == 1 else "one of two workers dead"
    results.add(
        kind,
        f"{run.count} messages at {rate} calls/s, {LOST:.0%} of answers lost, {died}",
        f"lost {lost}, doubled {doubled}, sent {states[MessageState.SENT]};"
        f" {wall:.0f} s, {sum(call.word == 'again' for call in calls)} repeated,"
        f" {sum(call.word == 'refused' for call in calls)} refused; planned in {planned:.0f} s",
        "0 lost, 0 doubled",
        lost == 0 and doubled == 0 and states[MessageState.SENT] == run.count,
    )
    lives = _lives(calls, run.kills, mark)
    seconds = sum(end - start for start, end in lives)
    made = sum(
        call.word != "refused" and start <= call.at <= end for call in calls for start, end in lives
    )
    share = made / (rate * seconds) if seconds else 0.0
    results.add(
        kind,
        f"share of {rate} calls/s while a worker lives",
        f"{share:.1%} ({made} calls in {seconds:.0f} s)",
        f"≥ {SHARE:.0%}",
        share >= SHARE,
    )
    waits = _waits(calls, run, lives)
    worst = max(waits, default=0.0)
    results.add(
        kind,
        f"{len(waits)} mails that somebody waits for meanwhile, at {rate} calls/s",
        f"at most {worst:.2f} s",
        f"≤ {NOW_SECONDS:.0f} s",
        bool(waits) and worst <= NOW_SECONDS,
    )


def _lives(calls: list[Call], kills: list[float], mark: str) -> list[tuple[float, float]]:
    """When calls could be made: from the first one of a worker's life to its kill, or to the last
    new call of the campaign, since what is repeated after that has its own pauses."""
    new = [call.at for call in calls if call.word == "new" and call.to[0].startswith(mark)]
    found: list[tuple[float, float]] = []
    for since, until in zip([0.0, *kills], [*kills, new[-1] if new else 0.0], strict=True):
        inside = [call.at for call in calls if since < call.at <= until]
        if inside:
            found.append((inside[0], until))
    return found


def _waits(calls: list[Call], run: Run, lives: list[tuple[float, float]]) -> list[float]:
    """Seconds until each mail left that was asked for while a worker lived to take it."""
    left: dict[str, float] = {}
    for call in calls:
        for to in call.to:
            left.setdefault(to, call.at)
    return [
        left.get(to, at + STALL_SECONDS) - at
        for to, at in run.asked.items()
        if any(start <= at <= end - NOW_SECONDS for start, end in lives)
    ]


def _intake(kind: str, url: str, home: Path, results: Results, count: int) -> None:
    """Events as fast as one process takes them; each must be stored, and worked in the end."""
    mark = f"w{secrets.token_hex(3)}"
    _plan(mark, count, MessageState.SENT)
    raws = [
        f'{{"type":"email.delivered","created_at":"x","data":{{"email_id":"{mark}-{n}",'
        f'"to":["{mark}-{n}@clientes.example"]}}}}'.encode()
        for n in range(count)
    ]
    with server(
        env="production", database_url=url, data_dir=home / "data", extra=sockets.EXTRA | MAIL
    ) as running:
        statuses, seconds = asyncio.run(_post_all(running.port, mark, raws))
        started = time.monotonic()
        while _states(mark)[MessageState.DELIVERED] < count:
            if time.monotonic() - started > STALL_SECONDS * 2:
                break
            time.sleep(0.2)
        worked = time.monotonic() - started
    with unit_of_work(read_only=True) as session:
        stored = session.exec(
            select(sa.func.count())
            .select_from(WebhookInbox)
            .where(col(WebhookInbox.dedupe_key).contains(mark))
        ).one()
    delivered = _states(mark)[MessageState.DELIVERED]
    results.add(
        kind,
        f"{count} notifications into one process over {CONNECTIONS} connections",
        f"{count / seconds:.0f}/s; answered {dict(statuses)}, stored {stored}, worked {delivered},"
        f" the last {worked:.1f} s later",
        f"≥ {EVENTS_PER_SECOND}/s, none lost",
        count / seconds >= EVENTS_PER_SECOND
        and (statuses[200], stored, delivered) == (count, count, count),
    )


async def _post_all(port: int, mark: str, raws: list[bytes]) -> tuple[Counter[int], float]:
    """Post every event once over connections that stay open; (answers, seconds)."""
    stamp = int(time.time())
    requests = []
    for number, raw in enumerate(raws):
        head = signed(raw, f"{mark}-{number}", stamp)
        lines = [
            "POST /webhooks/resend HTTP/1.1",
            f"host: 127.0.0.1:{port}",
            "content-type: application/json",
            f"content-length: {len(raw)}",
            *(f"{name}: {value}" for name, value in head.items()),
        ]
        requests.append("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
    statuses: Counter[int] = Counter()
    queue = iter(requests)

    async def pump() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in queue:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
            statuses[int(head.split(b" ", 2)[1])] += 1
        writer.close()

    started = time.monotonic()
    await asyncio.gather(*(pump() for _ in range(CONNECTIONS)))
    return statuses, time.monotonic() - started
