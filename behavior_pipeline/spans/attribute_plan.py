"""What the names of a span's attributes decide by themselves, once for all spans that share them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.settings.model import Attributes
from behavior_pipeline.spans.allow_list import AllowList
from behavior_pipeline.spans.dialect import Dialect, Signs, dialects_of
from behavior_pipeline.spans.unread import suspects

# Products write who the user is, and of which session a span is part, on spans of any convention.
USER_IDS = (
    "user.id", "enduser.id", "user_id", "langfuse.user.id", "ai.telemetry.metadata.userId",
    "ai.telemetry.metadata.user_id", "traceloop.association.properties.user_id",
    "langsmith.metadata.user_id", "mlflow.trace.user", "gcp.vertex.agent.user_id", "gen_ai.user.id",
)  # fmt: skip
# What a framework calls a thread comes last: beside a session it is a part of it.
SESSION_IDS = (
    "session.id", "session_id", "langfuse.session.id", "ai.telemetry.metadata.sessionId",
    "ai.telemetry.metadata.session_id", "traceloop.association.properties.session_id",
    "langsmith.metadata.session_id", "mlflow.trace.session", "gcp.vertex.agent.session_id",
    "gen_ai.session.id", "langsmith.metadata.thread_id", "ai.telemetry.metadata.threadId", "thread_id",
)  # fmt: skip
NOISE = ("telemetry.sdk.", "process.", "os.", "host.")
# A dump needs some dozens of plans. Names may be data, too: of more or longer ones no plan is remembered.
MAX_PLANS = 2_000
MAX_CHARACTERS = 8_000

Names = tuple[str, ...]


class Follower(NamedTuple):
    """A dialect that reads what those before it do not consume: attributes and events of these names."""

    dialect: Dialect
    names: Names
    events: frozenset[str]


class AttributePlan(NamedTuple):
    """The dialect of spans whose attributes have certain names, and what becomes of each attribute.

    `followers` fill what the dialect leaves out. `kept` are stored among the rest, and so are `inherited` of
    the resource; `dropped` would be if every name were allowed. The others are the names that are there of
    those which give a column its value, the first one first. `suspects` may be content that nobody reads.
    """

    name: str
    dialect: Dialect
    followers: tuple[Follower, ...]
    kept: Names
    inherited: Names
    dropped: Names
    users: Names
    sessions: Names
    prompt_versions: Names
    feedback: Names
    suspects: Names


class AttributePlans:
    """The plans seen so far, under one configuration."""

    def __init__(self, names: Attributes, allowed: AllowList | None) -> None:
        self._names, self._allowed = names, allowed
        self._known: dict[Any, AttributePlan] = {}

    def of(self, span: RawSpan) -> AttributePlan:
        """Return the plan of a span; its resource counts, too."""
        events = tuple([name for name, _ in span.events]) if span.events else ()
        key = (span.scope, tuple(span.attributes), tuple(span.resource), events)
        plan = self._known.get(key)
        if plan is None:
            (name, dialect), *others = dialects_of(Signs.of(span))
            followers = _followers(dialect, [other for _, other in others], span)
            plan = self._plan(name, dialect, followers, span.attributes, span.resource)
            self._remember(key, plan, span.scope, *span.attributes, *span.resource, *events)
        return plan

    def with_more(
        self, plan: AttributePlan, attributes: Mapping[str, Any], resource: Mapping[str, Any]
    ) -> AttributePlan:
        """Return the plan of spans that their dialect unpacked more attributes of."""
        key = (plan.name, plan.followers, tuple(attributes), tuple(resource))
        wider = self._known.get(key)
        if wider is None:
            wider = self._plan(plan.name, plan.dialect, plan.followers, attributes, resource)
            self._remember(key, wider, *attributes, *resource)
        return wider

    def _plan(
        self,
        name: str,
        dialect: Dialect,
        followers: tuple[Follower, ...],
        attributes: Mapping[str, Any],
        resource: Mapping[str, Any],
    ) -> AttributePlan:
        readers = (dialect, *(follower.dialect for follower in followers))
        rest = [
            key for key in {**resource, **attributes}
            if key not in USER_IDS and not key.startswith(NOISE)
            and not any(reader.consumes(key) for reader in readers)
        ]  # fmt: skip
        kept = [key for key in rest if self._allowed is None or self._allowed.keeps(key)]

        def there(names: Iterable[str]) -> Names:
            return tuple(key for key in names if key in attributes or key in resource)

        return AttributePlan(
            name, dialect, followers,
            kept=tuple(key for key in kept if key in attributes),
            inherited=tuple(key for key in kept if key not in attributes),
            dropped=tuple(sorted({*rest} - {*kept} - {*SESSION_IDS})),
            users=there(USER_IDS), sessions=there(SESSION_IDS),
            prompt_versions=there(self._names.prompt_version), feedback=there(self._names.feedback),
            suspects=suspects(attributes, [key for key in rest if key in attributes]),
        )  # fmt: skip

    def _remember(self, key: Any, plan: AttributePlan, *names: str) -> None:
        if len(self._known) < MAX_PLANS and sum(map(len, names)) <= MAX_CHARACTERS:
            self._known[key] = plan


def _followers(first: Dialect, others: Iterable[Dialect], span: RawSpan) -> tuple[Follower, ...]:
    """Return the other dialects that find something of theirs among what those before them leave."""
    left = [key for key in span.attributes if not first.consumes(key)]
    events = {name for name, _ in span.events} - first.events
    followers = []
    for dialect in others:
        mine = any(map(dialect.consumes, left)) or not events.isdisjoint(dialect.events)
        if mine:
            followers.append(Follower(dialect, tuple(left), frozenset(events)))
            left = [key for key in left if not dialect.consumes(key)]
            events -= dialect.events
    return tuple(followers)
