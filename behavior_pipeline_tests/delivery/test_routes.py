import json
from email import message_from_string
from email.policy import default
from pathlib import Path

import pytest

from behavior_pipeline.alerts.alert import alert_of
from behavior_pipeline.delivery.deliver import route_plugins
from behavior_pipeline.delivery.message import compose
from behavior_pipeline.delivery.protocol import Target
from behavior_pipeline.delivery.routes import apprise, file, terminal
from behavior_pipeline.errors import ConfigError, DeliveryError
from behavior_pipeline.settings.model import Route
from behavior_pipeline_tests.delivery.servers import mail_host, webhook
from behavior_pipeline_tests.delivery.world import alert

MESSAGE = compose(alert_of(alert(slice_value="[bold]<b>&amp;x</b>[/bold]")))


@pytest.mark.parametrize("name", list(route_plugins()))
class TestEveryRoute:
    def test_is_named_as_its_file(self, name: str) -> None:
        assert route_plugins()[name].name == name

    def test_empty_route_reaches_nothing(self, name: str) -> None:
        assert route_plugins()[name].targets(Route()) == ()

    def test_its_targets_carry_its_name(self, name: str) -> None:
        every = Route(file=True, terminal=True, urls=("json://localhost/a", "json://localhost/b"))
        targets = route_plugins()[name].targets(every)
        assert targets
        assert len({target.name for target in targets}) == len(targets)
        assert all(target.name.split(":")[0] == name for target in targets)


class TestApprise:
    def test_webhook_gets_title_body_and_kind(self, tmp_path: Path) -> None:
        with webhook() as server:
            (target,) = apprise.targets(Route(urls=(server.url,)))
            apprise.send(MESSAGE, target, tmp_path)
            apprise.send(compose(alert_of(alert(state="recovered"))), target, tmp_path)
        first, second = server.taken
        assert (first["title"], first["message"], first["type"]) == (MESSAGE.title, MESSAGE.body, "warning")
        assert second["type"] == "success"

    def test_mail_is_plain_text_or_escaped_html(self, tmp_path: Path) -> None:
        message = compose(alert_of(alert(sentence="<b>tone</b> fell")))
        with mail_host() as (mailbox, port):
            for form in ("text", "html"):
                url = f"mailto://127.0.0.1:{port}?from=p@example.org&to=owner@example.org&format={form}"
                (target,) = apprise.targets(Route(urls=(url,)))
                apprise.send(message, target, tmp_path)
        assert mailbox.recipients == ["owner@example.org"] * 2
        plain, html = (message_from_string(mail, policy=default) for mail in mailbox.mails)
        assert plain["subject"] == message.title
        assert plain.get_content().splitlines() == message.body.splitlines()
        assert "<b>" not in html.get_body(("html",)).get_content()

    def test_secret_is_in_no_name_and_no_error(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        with webhook(500) as server:
            url = server.url.replace("json://", "json://user:canary@") + "?+X-Token=canary"
            (target,) = apprise.targets(Route(urls=(url,)))
            with pytest.raises(DeliveryError) as caught:
                apprise.send(MESSAGE, target, tmp_path)
        assert "canary" not in f"{target}{caught.value}{target.name}"
        assert "canary" not in "\n".join(one.getMessage() for one in caplog.records if one.name == "apprise")

    @pytest.mark.parametrize("url", ["bogus://canary", "canary", "json://"])
    def test_unreadable_url_is_a_config_error_without_it(self, url: str) -> None:
        with pytest.raises(ConfigError, match="URL number 2") as caught:
            apprise.targets(Route(urls=("json://localhost/a", url)))
        assert "canary" not in str(caught.value)

    def test_closed_port_is_a_delivery_error(self, tmp_path: Path) -> None:
        with pytest.raises(DeliveryError):
            apprise.send(MESSAGE, Target("apprise:json:x", "json://127.0.0.1:9/"), tmp_path)


class TestFile:
    def test_lines_are_json_and_text_is_readable(self, tmp_path: Path) -> None:
        for _ in range(2):
            file.send(MESSAGE, Target("file"), tmp_path)
        lines = (tmp_path / "alerts" / "alerts.jsonl").read_text().splitlines()
        assert [json.loads(line)["alert_id"] for line in lines] == ["a1b2c3", "a1b2c3"]
        assert json.loads(lines[0])["week"] == "2026-03-09"
        assert (tmp_path / "alerts" / "alerts.txt").read_text().count(MESSAGE.body) == 2

    def test_unwritable_folder_is_a_delivery_error(self, tmp_path: Path) -> None:
        (tmp_path / "alerts").write_text("in the way")
        with pytest.raises(DeliveryError):
            file.send(MESSAGE, Target("file"), tmp_path)


def test_terminal_shows_markup_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.send(MESSAGE, Target("terminal"), tmp_path)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "[bold]<b>&amp;x</b>[/bold]" in shown.err
    assert "Owner: team:assist" in shown.err
