import pytest

from behavior_pipeline.datafiles.buckets.s3 import Access, access
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.lake.duck import connect, s3_secret, use_s3
from behavior_pipeline_tests.object_store import BUCKET, ObjectStore, client

KEYS = {"AWS_ACCESS_KEY_ID": "name", "AWS_SECRET_ACCESS_KEY": "it's"}


def shown(given: Access) -> str:
    """Return what DuckDB says of the secret that an access becomes."""
    with connect() as instance:
        use_s3(instance, given)
        row = instance.execute("SELECT persistent, secret_string FROM duckdb_secrets()").fetchone()
    assert row is not None
    persistent, text = row
    assert not persistent
    return str(text)


def test_the_usual_aws_variables_become_a_secret_of_this_process() -> None:
    variables = {
        **KEYS,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://store.example:9000/",
    }
    secret = shown(access(variables))
    assert "endpoint=store.example:9000;" in secret
    assert "use_ssl=false" in secret
    assert "url_style=path" in secret
    assert "region=eu-central-1" in secret
    assert "key_id=name" in secret


def test_the_variable_for_s3_alone_comes_before_that_for_all_services() -> None:
    variables = {"AWS_ENDPOINT_URL_S3": "https://s3.example", "AWS_ENDPOINT_URL": "https://all.example"}
    assert access(variables).host == "s3.example"
    assert access({**variables, "AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}).region == "a"


def test_without_an_endpoint_aws_itself_is_asked_by_tls() -> None:
    secret = shown(access(KEYS))
    assert "endpoint" not in secret
    assert "use_ssl=false" not in secret
    assert "region=us-east-1" in secret


@pytest.mark.parametrize(
    "variables", [{"AWS_ENDPOINT_URL": "store.example:9000"}, {"AWS_ACCESS_KEY_ID": "name"}], ids=str
)
def test_half_an_access_is_one_clear_error(variables: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        access(variables)


def test_an_access_does_not_show_its_keys() -> None:
    given = access({**KEYS, "AWS_SESSION_TOKEN": "token", "AWS_ENDPOINT_URL": "https://u:pass@store.example"})
    assert "it's" not in repr(given) and "token'" not in repr(given) and "name" not in repr(given)
    assert given.host == "store.example"
    assert "pass" not in s3_secret(given)


def test_without_keys_requests_are_not_signed(bucket: ObjectStore) -> None:
    client(bucket).put_object(Bucket=BUCKET, Key="a.csv", Body=b"a\n7\n", ACL="public-read")
    for variables, signed in ((bucket.environment, True), ({"AWS_ENDPOINT_URL_S3": bucket.url}, False)):
        bucket.forget()
        with connect() as instance:
            use_s3(instance, access(variables))
            assert instance.execute("SELECT a FROM read_csv(?)", [f"s3://{BUCKET}/a.csv"]).fetchone() == (7,)
        assert {request.signed for request in bucket.record} == {signed}
