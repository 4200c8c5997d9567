"""One use case, one transaction: what it sees and what it leaves (DESIGN rules 1, 6)."""

import sqlalchemy as sa

from clientportal.storage.models import Company
from clientportal.storage.session import unit_of_work
from tests.support.ledger import make_world


def test_what_only_reads_sees_one_state_to_its_end(database: sa.Engine) -> None:
    """Else two figures of one page could be of different moments."""
    with unit_of_work(bind=database) as session:
        make_world(session)
    names = sa.select(Company.__table__.c.name)
    with unit_of_work(bind=database, read_only=True) as reading:
        before = reading.execute(names).scalars().all()
        with unit_of_work(bind=database) as writing:
            writing.execute(sa.update(Company).values(name="Renamed"))
        assert reading.execute(names).scalars().all() == before
    with unit_of_work(bind=database, read_only=True) as session:
        assert set(session.execute(names).scalars()) == {"Renamed"}
