"""Views of a list: kept by each member for themselves, in the words of the page's own address."""

import pytest
import sqlalchemy as sa

from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.services import saved_views
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, make_world

PAGE = "receivables"


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def test_a_view_is_kept_renamed_and_deleted(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        key = saved_views.save(
            session,
            world.viewer,
            page=PAGE,
            name="  Por   llamar ",
            query="?sort=balance&contact=problems&color=red&cursor=abc&situation=late_90",
            now=NOW,
        )
    with unit_of_work(bind=database) as session:
        (view,) = saved_views.listing(session, world.viewer, page=PAGE)
        assert (view.id, view.name) == (key, "Por llamar")
        assert view.query == "contact=problems&situation=late_90&sort=balance"
        assert view.query == saved_views.canonical(
            PAGE, "situation=late_90&contact=problems&sort=balance"
        )
        saved_views.rename(session, world.viewer, view_id=key, name="Mora larga")
        saved_views.save(session, world.viewer, page=PAGE, name="A", query="owing=1", now=NOW)
        shown = saved_views.listing(session, world.viewer, page=PAGE)
        assert [one.name for one in shown] == ["A", "Mora larga"]
        assert saved_views.remove(session, world.viewer, view_id=key) == "Mora larga"
        assert [one.name for one in saved_views.listing(session, world.viewer, page=PAGE)] == ["A"]


def test_nobody_sees_or_touches_the_views_of_another(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
        key = saved_views.save(
            session, world.agent, page=PAGE, name="Mía", query="owing=1", now=NOW
        )
        for actor in (world.viewer, world.owner, other.agent):
            assert saved_views.listing(session, actor, page=PAGE) == []
            with pytest.raises(NotFound):
                saved_views.rename(session, actor, view_id=key, name="Suya")
            with pytest.raises(NotFound):
                saved_views.remove(session, actor, view_id=key)
        for stranger in (world.customer, world.system):
            with pytest.raises(NotAllowed):
                saved_views.listing(session, stranger, page=PAGE)


def test_a_name_is_needed_and_taken_once(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:

        def save(name: str, page: str = PAGE, query: str = "owing=1") -> int:
            return saved_views.save(
                session, world.agent, page=page, name=name, query=query, now=NOW
            )

        first = save("Una")
        save("Otra")
        for name, code in (("", "required"), ("x" * 61, "too_long")):
            with pytest.raises(Invalid) as refused:
                save(name)
            assert refused.value.error_code == code
        with pytest.raises(Invalid):
            save("Nada", page="billing")
        with pytest.raises(Invalid):
            save("Larga", query="q=" + "%F0%9F%98%80" * 100)
        with pytest.raises(Conflict):
            save("Una")
        with pytest.raises(Conflict):
            saved_views.rename(session, world.agent, view_id=first, name="Otra")
        saved_views.save(session, world.owner, page=PAGE, name="Una", query="", now=NOW)


def test_there_is_an_end_to_views(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "MOST", 1)
    with unit_of_work(bind=database) as session:
        saved_views.save(session, world.agent, page=PAGE, name="1", query="", now=NOW)
        with pytest.raises(Invalid) as refused:
            saved_views.save(session, world.agent, page=PAGE, name="2", query="", now=NOW)
        assert refused.value.error_code == "too_many_views"
