"""Tabs that ask the same at once get one answer; nobody gets another's, or one from before."""

import asyncio
import threading

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.actors import Customer, Member, Role
from clientportal.ui import session as tab_session

OWNER = Member(1, 1, 7, Role.OWNER, "Ana")
SECOND_OWNER = Member(2, 2, 7, Role.OWNER, "Bruno")
VIEWER = Member(3, 3, 7, Role.VIEWER, "Celia")
ELSEWHERE = Member(1, 4, 8, Role.OWNER, "Ana")
CUSTOMER = Customer(5, "luz@example.com", "Luz")
OTHER_CUSTOMER = Customer(6, "sol@example.com", "Sol")


class Asked:
    """A use case that remembers for whom it ran and waits until it may answer."""

    def __init__(self) -> None:
        self.actors: list[Member | Customer] = []
        self.may_answer = threading.Event()

    def __call__(self, session: Session, actor: Member | Customer) -> str:
        assert session.is_active
        self.actors.append(actor)
        assert self.may_answer.wait(10)
        return str(len(self.actors))


async def ask(use_case: Asked, *who: tuple[Member | Customer, str]) -> list[str]:
    """Ask for all of them in the same moment."""
    asked = [
        asyncio.create_task(tab_session.read_together(use_case, actor, (key,)))
        for actor, key in who
    ]
    await asyncio.sleep(0.05)
    use_case.may_answer.set()
    return await asyncio.gather(*asked)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_members_of_a_role_share_and_nobody_else_does(database: sa.Engine) -> None:
    use_case = Asked()
    people = [OWNER, SECOND_OWNER, OWNER, VIEWER, ELSEWHERE, CUSTOMER, CUSTOMER, OTHER_CUSTOMER]

    await ask(use_case, *((actor, "") for actor in people))

    shared = [OWNER, VIEWER, ELSEWHERE, CUSTOMER, OTHER_CUSTOMER]
    assert sorted(map(repr, use_case.actors)) == sorted(map(repr, shared))


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_other_arguments_are_another_answer(database: sa.Engine) -> None:
    use_case = Asked()
    await ask(use_case, (OWNER, "COP"), (OWNER, "USD"), (SECOND_OWNER, "COP"))
    assert len(use_case.actors) == 2


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("heard", ["topic", "everything"])
async def test_an_answer_from_before_a_change_is_not_joined(
    database: sa.Engine, heard: str
) -> None:
    use_case = Asked()
    before = asyncio.create_task(tab_session.read_together(use_case, OWNER, ("",)))
    await asyncio.sleep(0.05)
    if heard == "topic":
        tab_session.forget("company:7")
    else:
        tab_session.forget_all()

    await ask(use_case, (OWNER, ""), (SECOND_OWNER, ""))
    await before

    assert len(use_case.actors) == 2


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_who_leaves_takes_nothing_from_the_others(database: sa.Engine) -> None:
    use_case = Asked()
    first = asyncio.create_task(tab_session.read_together(use_case, OWNER, ("",)))
    second = asyncio.create_task(tab_session.read_together(use_case, SECOND_OWNER, ("",)))
    await asyncio.sleep(0.05)

    first.cancel()
    use_case.may_answer.set()

    assert await second == "1"
    assert len(use_case.actors) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_is_kept_is_asked_again_after_a_change_and_by_others(
    database: sa.Engine,
) -> None:
    use_case = Asked()
    use_case.may_answer.set()

    async def asked(actor: Member | Customer) -> str:
        return await tab_session.read_kept(use_case, actor, ())

    assert [await asked(OWNER), await asked(SECOND_OWNER), await asked(OWNER)] == ["1", "1", "1"]
    assert [await asked(VIEWER), await asked(CUSTOMER), await asked(OTHER_CUSTOMER)] == list("234")

    tab_session.forget("account:12")  # heard
    assert [await asked(OWNER), await asked(OWNER)] == ["5", "5"]

    await tab_session.write(lambda _session: None)  # made here
    assert await asked(OWNER) == "6"
