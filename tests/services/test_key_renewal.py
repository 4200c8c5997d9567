"""Changing the key: nothing that companies entrusted to us is lost, and nothing stays behind."""

import pytest
import sqlalchemy as sa

from clientportal.services import credentials, key_renewal
from clientportal.settings import settings
from clientportal.storage.models import Channel, Company, Sender
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, make_world

OLD, NEW = "old-key-" + "1" * 32, "new-key-" + "2" * 32


@pytest.fixture(autouse=True)
def _forget() -> object:
    yield
    settings.cache_clear()


def use(patch: pytest.MonkeyPatch, current: str, old: str = "") -> None:
    patch.setenv("CLIENTPORTAL_SECRET_KEY", current)
    patch.setenv("CLIENTPORTAL_OLD_SECRET_KEYS", old)
    settings.cache_clear()


def test_after_the_renewal_the_old_key_is_needed_no_more(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, OLD)
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        company = session.get(Company, world.company_id)
        assert company is not None
        company.fiscal_keys = credentials.seal({"technical_key": "k"})
        sender = Sender(
            company_id=world.company_id,
            channel=Channel.EMAIL,
            provider="resend",
            secrets=credentials.seal({"api_key": "re_x"}),
            created_at=NOW,
            updated_at=NOW,
        )
        session.add_all([company, sender])
    use(monkeypatch, NEW)
    with unit_of_work(bind=database) as session:
        lost = key_renewal.renew(session)
        assert (lost.renewed, len(lost.unreadable)) == (0, 2)
    use(monkeypatch, NEW, old=OLD)
    with unit_of_work(bind=database) as session:
        assert key_renewal.renew(session).renewed == 2
    use(monkeypatch, NEW)
    with unit_of_work(read_only=True, bind=database) as session:
        stored = session.get(Company, world.company_id)
        assert stored is not None
        assert credentials.opened(stored.fiscal_keys) == {"technical_key": "k"}
        row = session.get(Sender, sender.id)
        assert row is not None
        assert credentials.opened(row.secrets) == {"api_key": "re_x"}
