"""Access to S3 as the usual AWS variables give it: one reading of them for every client of ours."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from behavior_pipeline.errors import ConfigError

SCHEME = "s3://"
DEFAULT_REGION = "us-east-1"
ATTEMPTS = 9  # with a server that refuses one request in ten, one in a billion is refused this often
FIRST_WAIT_MS = 100  # doubled each time: 25 seconds in all, longer than a store asks to slow down


@dataclass(frozen=True)
class Access:
    """Where S3 is and who we are there; without keys, requests go unsigned."""

    endpoint: str = ""
    region: str = DEFAULT_REGION
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """Return host and port of an endpoint of one's own, without whatever else the URL may hold."""
        parts = urlsplit(self.endpoint)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""

    @property
    def encrypted(self) -> bool:
        """Return whether the endpoint is asked by TLS."""
        return not self.endpoint.startswith("http://")


def access(environment: Mapping[str, str] | None = None) -> Access:
    """Return the access that the environment gives; no profile and no metadata service is asked."""
    variables = os.environ if environment is None else environment
    endpoint = variables.get("AWS_ENDPOINT_URL_S3") or variables.get("AWS_ENDPOINT_URL") or ""
    key_id, secret = variables.get("AWS_ACCESS_KEY_ID") or "", variables.get("AWS_SECRET_ACCESS_KEY") or ""
    if endpoint and not endpoint.startswith(("http://", "https://")):
        raise ConfigError(
            happened="AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is no http:// or https:// address",
            kept="nothing was run",
            remedy="write it as https://host:port; without it, AWS itself is asked",
        )
    if bool(key_id) != bool(secret):
        raise ConfigError(
            happened="of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set",
            kept="nothing was run",
            remedy="set both, or none of them for a bucket that anyone may read",
        )
    region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    return Access(endpoint.rstrip("/"), region, key_id, secret, variables.get("AWS_SESSION_TOKEN") or "")
