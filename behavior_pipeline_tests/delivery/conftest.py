"""A ledger on a real PostgreSQL."""

from collections.abc import Iterator

import pytest

from behavior_pipeline.delivery.ledger import Ledger
from behavior_pipeline_tests.ledger_database import Connect, connect, dsn, postgres

__all__ = ["connect", "dsn", "postgres"]


@pytest.fixture
def ledger(connect: Connect) -> Iterator[Ledger]:
    made = Ledger(connect)
    yield made
    made.close()
