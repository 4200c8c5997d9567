"""The command table finds commands, and says what is wrong in one line."""

import socket
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from clientportal import __version__, cli
from clientportal.services import set_up
from clientportal.settings import settings
from clientportal.storage import migrations
from clientportal.storage.session import unit_of_work
from clientportal.web.build import BuildRecord
from tests.support import people


def test_every_command_can_be_configured(capsys: pytest.CaptureFixture[str]) -> None:
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit) as ended:
            cli.main([*command.name.split(), "--help"])
        assert ended.value.code == 0
        assert command.help.split()[0] in capsys.readouterr().out


def test_without_a_command_the_list_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    shown = capsys.readouterr().err
    assert all(command.name in shown for command in cli.COMMANDS)
    assert cli.main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_a_database_that_was_not_migrated_is_not_served(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(env: str, _folder: Path) -> BuildRecord:
        return BuildRecord(env=env, sources="", version="")

    monkeypatch.setattr("clientportal.commands.serve.require_build", built)
    assert cli.main(["serve"]) == 2
    assert "python -m clientportal migrate" in capsys.readouterr().err


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_port_that_is_taken_is_not_shared(
    database: sa.Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(env: str, _folder: Path) -> BuildRecord:
        return BuildRecord(env=env, sources="", version="")

    monkeypatch.setattr("clientportal.commands.serve.require_build", built)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the web server does
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        monkeypatch.setenv("CLIENTPORTAL_PORT", port)
        assert cli.main(["serve"]) == 2
    assert f"Port {port} of 127.0.0.1" in capsys.readouterr().err


def test_production_without_a_company_prints_the_code_that_creates_the_first(
    database: sa.Engine,
    now: datetime,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def built(env: str, _folder: Path) -> BuildRecord:
        return BuildRecord(env=env, sources="", version="")

    def printed(env: str) -> str:
        monkeypatch.setenv("CLIENTPORTAL_ENV", env)
        assert cli.main(["serve"]) == 0
        return capsys.readouterr().out

    served = "clientportal.commands.serve"
    monkeypatch.setattr(f"{served}.require_build", built)
    monkeypatch.setattr(f"{served}.require_free", lambda _host, _port: None)
    monkeypatch.setattr(f"{served}.framework_environment", lambda _chosen, _folder: {})
    monkeypatch.setattr(f"{served}.uvicorn.run", lambda *_given, **_options: None)
    monkeypatch.setenv("CLIENTPORTAL_PUBLIC_URL", "https://portal.example")
    shown = printed("production")
    assert set_up.set_up_code() in shown
    assert "https://portal.example/set-up" in shown
    assert set_up.set_up_code() not in printed("development"), "nobody is asked for it there"
    with unit_of_work() as session:
        people.company(session, "uno", now)
    assert set_up.set_up_code() not in printed("production")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_migrate_may_be_repeated(database: sa.Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate"]) == 0
    assert str(migrations.head()) in capsys.readouterr().out
    assert settings().data_dir.is_dir()
