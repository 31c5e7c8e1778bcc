"""What is told when dumps in a bucket cannot be had: one clear error, with no keys and no server's words."""

from botocore.exceptions import BotoCoreError, ClientError

from behavior_pipeline.datafiles.buckets.s3 import ATTEMPTS, Access
from behavior_pipeline.errors import InputError

KEPT = "everything that was stored before"
RIGHTS = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user that may s3:ListBucket and s3:GetObject there"
)
ELSEWHERE = ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301")
DENIED = (401, 403)
TRY_LATER = 500


def refused(error: ClientError | BotoCoreError, root: str, source: str, given: Access) -> InputError:
    """Return the error of a bucket that cannot be listed or read."""
    place = f"source '{source}' ({root})"
    if not isinstance(error, ClientError):
        where = given.host or f"AWS, region {given.region},"
        return InputError(
            happened=f"{place} cannot be reached: {where} does not answer ({type(error).__name__})",
            kept=KEPT,
            remedy="check the network and AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, then run it again",
        )
    code = str(error.response["Error"].get("Code", "unknown"))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "NoSuchBucket":
        return InputError(
            happened=f"the bucket of {place} does not exist", kept=KEPT,
            remedy="create it, or correct sources[].root in pipeline.toml or the endpoint",
        )  # fmt: skip
    if code in ELSEWHERE:
        return InputError(
            happened=f"the bucket of {place} lies in another region than {given.region}", kept=KEPT,
            remedy="set AWS_REGION to the bucket's region",
        )  # fmt: skip
    if status in DENIED:
        who = "with these keys" if given.key_id else "without keys"
        return InputError(
            happened=f"{place} may not be read {who} ({code})", kept=KEPT, remedy=RIGHTS
        )  # fmt: skip
    if status >= TRY_LATER:
        return InputError(
            happened=f"{place} was refused {ATTEMPTS} times in a row: {status} {code}", kept=KEPT,
            remedy="run it again when the object store is less busy",
        )  # fmt: skip
    return InputError(
        happened=f"{place} cannot be read: {status} {code}", kept=KEPT, remedy=f"check the address; {RIGHTS}"
    )


def vanished(name: str, source: str) -> InputError:
    """Return the error of an object that was listed and is no longer there."""
    return InputError(
        happened=f"an object of source '{source}' was removed while it was to be read: {name}", kept=KEPT,
        remedy="run the same range again; it is then read as it is",
    )  # fmt: skip


def replaced(name: str, source: str) -> InputError:
    """Return the error of an object that changes faster than it can be read."""
    return InputError(
        happened=f"an object of source '{source}' is replaced again and again while it is read: {name}",
        kept=KEPT, remedy="run the same range once nobody writes it any more",
    )  # fmt: skip
