"""Alerts by any of Apprise's services: mail, chat, pagers, webhooks."""

import logging
from pathlib import Path
from typing import Any

from behavior_pipeline.delivery.protocol import Message, Route, Target
from behavior_pipeline.errors import ConfigError, DeliveryError
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.settings import model

ENDED = ("recovered", "resolved")
NOTIFY_TYPES = {"page": "failure", "warn": "warning", "info": "info"}


def targets(route: model.Route) -> tuple[Target, ...]:
    """Return one target a URL, named by its scheme and a digest: URLs hold tokens and passwords."""
    return tuple(_target(number, url) for number, url in enumerate(route.urls, start=1))


def send(message: Message, target: Target, root: Path) -> None:
    """Send plain text; Apprise escapes it where the service wants HTML or Markdown."""
    service = _service(target.address)
    kind = "success" if message.state in ENDED else NOTIFY_TYPES.get(message.severity, "info")
    try:
        taken = service.notify(title=message.title, body=message.body, body_format="text", notify_type=kind)
    except Exception as error:  # a hundred services, each with errors of its own
        raise _not_taken(target, type(error).__name__) from None  # whose text may hold the URL
    if not taken:
        raise _not_taken(target, "refused or unreachable")


def _target(number: int, url: str) -> Target:
    scheme = url.partition("://")[0] if "://" in url else ""
    if not scheme.isalnum() or not _service(url):
        raise ConfigError(
            happened=f"Apprise does not understand URL number {number} of a route",
            kept="nothing was delivered; alerts stay in the lake",
            remedy="correct it in [routes.<name>] of pipeline.toml; Apprise's documentation lists the forms",
        )
    return Target(f"apprise:{scheme.lower()}:{short_digest(url)}", url)


def _service(url: str) -> Any:
    """Return Apprise with the one URL, None if it cannot be understood."""
    import apprise  # noqa: PLC0415 - only a process that delivers pays for it

    logging.getLogger("apprise").setLevel(logging.WARNING)  # at DEBUG it writes URLs
    asset = apprise.AppriseAsset(app_id="behavior_pipeline", async_mode=False, allow_templates=False)
    service = apprise.Apprise(asset=asset)
    return service if service.add(url) else None


def _not_taken(target: Target, why: str) -> DeliveryError:
    return DeliveryError(
        happened=f"{target.name} did not take the alert ({why})",
        kept="the alert, in the lake; the attempt, in the ledger",
        remedy="check the service and its URL in pipeline.toml; the next run tries again",
    )


PLUGIN = Route(name="apprise", targets=targets, send=send)
