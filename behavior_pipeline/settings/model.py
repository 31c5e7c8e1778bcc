"""What a team decides once: the keys of pipeline.toml, each overridable by the environment."""

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from behavior_pipeline.errors import ConfigError
from behavior_pipeline.settings.variables import CONFIG_VARIABLE
from behavior_pipeline.words import ALL, INPUT

# Attributes that say how a system was built, called and deployed. Left out on purpose: what names people or
# machines of people (user.*, enduser.*, client.*, geo.*, url.full, url.query, user_agent.*), statements with
# values in them (db.query.text), and free metadata of applications.
KNOWN_ATTRIBUTES = (
    "service.*", "deployment.*", "telemetry.*", "otel.*", "cloud.*", "k8s.*", "container.*", "faas.*",
    "server.*", "network.protocol.*", "http.request.method", "http.response.status_code", "http.route",
    "http.method", "http.status_code", "url.scheme", "url.template", "rpc.*", "messaging.system",
    "messaging.operation.*", "db.system*", "db.namespace", "db.operation.*", "code.*", "error.*",
    "exception.type",
    "gen_ai.*", "llm.*", "openinference.*", "input.*", "output.*", "embedding.*", "retrieval.*", "reranker.*",
    "tool.*", "agent.*", "graph.*", "prompt.*", "traceloop.span.*", "traceloop.workflow.*",
    "traceloop.entity.*",
    "langfuse.observation.*", "langfuse.version", "langfuse.release", "langfuse.environment",
    "langsmith.span.*",
    "mlflow.*", "opik.*", "ai.*", "openai.*", "anthropic.*", "aws.bedrock.*", "azure.*", "gcp.*",
    "pydantic_ai.*", "logfire.*", "mcp.*", "tag.tags", "user.language",
)  # fmt: skip


Usd = Annotated[float, Field(ge=0)]


class Section(BaseModel):
    """Base: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Section):
    """Where dumps lie: globs below `root` (the data root's `dumps/` by default) with `{day}` in them."""

    name: str = "default"
    root: str = "dumps"
    globs: tuple[str, ...] = ("{day}/**", "{day}*")
    role: Literal["production", "calibration"] = "production"


class Attributes(Section):
    """Which span attributes hold what no convention fixes; the first one present counts."""

    prompt_version: tuple[str, ...] = ("gen_ai.prompt.version", "app.prompt.version", "prompt.version")
    feature: tuple[str, ...] = ("app.feature", "feature", "gen_ai.agent.name", "gen_ai.workflow.name")
    feedback: tuple[str, ...] = ("user.feedback", "app.feedback")
    feature_flag_prefix: str = "feature_flag."


class Consent(Section):
    """Which attribute says that a user consented, and what its absence means."""

    attribute: str | None = None
    absent: Literal["allow", "deny"] | None = None

    @property
    def denies_absent(self) -> bool:
        """Return whether a trace without the attribute is refused: yes, once an attribute is named."""
        return (self.absent or ("deny" if self.attribute else "allow")) == "deny"


class Privacy(Section):
    """What is redacted before anything is stored, consent, pseudonyms, and which attributes are kept."""

    redact: bool = True
    secrets: bool = True
    name_model: str | None = None
    keep: tuple[str, ...] = ()
    attributes: tuple[str, ...] = KNOWN_ATTRIBUTES
    consent: Consent = Consent()
    key_variable: str = "BEHAVIOR_PIPELINE_PSEUDONYM_KEY"


class Signals(Section):
    """What marks a trace as an anomaly beside errors and failed checks."""

    escalation_tools: tuple[str, ...] = (
        "escalate",
        "handoff",
        "hand_off",
        "transfer_to_human",
        "human_agent",
    )
    escalation_phrases: tuple[str, ...] = (
        "talk to a human",
        "speak to a human",
        "real person",
        "human agent",
    )
    negative_feedback: tuple[str, ...] = ("negative", "thumbs_down", "down", "bad", "-1", "0")
    resubmission_similarity: Annotated[float, Field(gt=0, le=1)] = 0.85


class Rates(Section):
    """USD per million tokens, of the kinds of tokens that may cost otherwise than the rest of their side."""

    input: Usd
    output: Usd
    cached: Usd | None = None
    cache_written: Usd | None = None
    cache_written_1h: Usd | None = None
    reasoning: Usd | None = None
    audio_input: Usd | None = None
    audio_output: Usd | None = None


class Tier(Rates):
    """What all tokens of a call cost that reads more than so many."""

    above: Annotated[int, Field(ge=0)]


class Price(Rates):
    """What a model's tokens cost. Its key names the model, see `model_names`; the longest key counts."""

    tiers: tuple[Tier, ...] = ()

    def at(self, input_tokens: int) -> Rates:
        """Return what the tokens of a call cost that reads so many."""
        reached = [tier for tier in self.tiers if input_tokens > tier.above]
        return max(reached, key=lambda tier: tier.above, default=self)


class SamplingSettings(Section):
    """The salt of the permanent random numbers, the low-score signal, and the weight a tracer may give."""

    salt: str = "behavior_pipeline"
    low_score_signal: bool = True
    max_weight: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 10_000


class Recorded(Section):
    """Where verdicts of evaluators that a team already runs are read from.

    `columns` maps our column to theirs; `version_attributes` name attributes of `gen_ai.evaluation.result`
    events that hold the evaluator's version, the first one present counts.
    """

    file: str | None = None
    columns: dict[str, str] = {}
    version_attributes: tuple[str, ...] = ("gen_ai.evaluation.version",)


class Judging(Section):
    """How judges are asked; `lexicon_builds` says which build the lexical judge uses, by dimension.

    `candidates` are judges that score nothing yet, by name: what differs from the dimension's own judge.
    """

    base_url: str = "https://api.openai.com/v1"
    api_key_variable: str = "OPENAI_API_KEY"
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    timeout_seconds: Annotated[float, Field(gt=0)] = 60
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 4
    max_output_tokens: Annotated[int, Field(ge=1)] = 400
    lexicon_builds: dict[str, str] = {"default": "a"}
    recorded: Recorded = Recorded()
    candidates: dict[str, dict[str, Any]] = {}


class Labels(Section):
    """How label CSVs are read.

    `columns` maps our column to theirs; `values` maps our column to {their value: ours}, as
    {role: {calibration: anchor, weekly: fresh}}; `rubrics` maps their rubric version to ours, `labels` says
    by dimension which raw label means which of the rubric's labels.
    """

    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    rubrics: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}


class Aggregation(Section):
    """Which slices are watched: the top values by traffic of the trailing 8 weeks, the rest as `other`.

    The first `cell_keys` of the slice keys make cells, whose number each key multiplies.
    """

    top_slices: Annotated[int, Field(ge=1, le=50)] = 5
    cell_keys: Annotated[int, Field(ge=1, le=8)] = 4
    top_users: Annotated[int, Field(ge=1, le=500)] = 20


class Quality(Section):
    """From when on a moved share of coverage, a small day or a shifted distribution is worth a warning."""

    coverage_floor: Annotated[float, Field(gt=0, lt=1)] = 0.05
    coverage_error_rate: Annotated[float, Field(gt=0, lt=1)] = 0.01
    volume_spreads: Annotated[float, Field(gt=0)] = 4
    volume_tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.3
    share_spreads: Annotated[float, Field(gt=0)] = 5
    share_tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.25


class Budget(Section):
    """In which share of quiet weeks each family of findings may alarm, over all of its series together."""

    aggregate: Annotated[float, Field(gt=0, lt=1)] = 0.015
    slice: Annotated[float, Field(gt=0, lt=1)] = 0.015
    slow: Annotated[float, Field(gt=0, lt=1)] = 0.005
    fast: Annotated[float, Field(gt=0, lt=1)] = 0.005
    calibration: Annotated[float, Field(gt=0, lt=1)] = 0.01

    def of(self, family: str) -> float:
        """Return the share of a family."""
        return float(getattr(self, family))


class DriftSettings(Section):
    """What all series share when they are watched; what a dimension decides stands with it."""

    budget: Budget = Budget()


class Duckdb(Section):
    """How much of the machine the DuckDB of a process may use; what does not fit is spilled to `tmp/`."""

    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]*(MB|GB)$")] = "500MB"
    threads: Annotated[int, Field(ge=1, le=256)] | None = None


class Route(Section):
    """Where alerts of a route go: Apprise URLs, or `file` and `terminal` of our own."""

    urls: tuple[str, ...] = ()
    file: bool = False
    terminal: bool = False
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 4


def _no_slice_of_ours(keys: tuple[str, ...]) -> tuple[str, ...]:
    if taken := sorted({ALL, INPUT} & set(keys)):
        raise ValueError(f"{', '.join(taken)} is a slice of the pipeline's; give the attribute another name")
    return keys


class Settings(BaseSettings):
    """All keys of pipeline.toml. `BEHAVIOR_PIPELINE_` plus the key, `__` between levels, overrides one."""

    model_config = SettingsConfigDict(
        env_prefix="BEHAVIOR_PIPELINE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data: Path = Path("data")
    config: Path | None = None
    postgres_url: str | None = None
    lake_path: str | None = None
    start_day: str = "2026-01-05"
    lateness_days: Annotated[int, Field(ge=0, le=30)] = 2
    max_line_bytes: Annotated[int, Field(ge=1 << 16)] = 64 << 20
    retention_days: Annotated[int, Field(ge=1)] = 90
    slices: Annotated[tuple[str, ...], AfterValidator(_no_slice_of_ours)] = (
        "customer.segment", "query.category", "user.language",
    )  # fmt: skip
    sources: tuple[Source, ...] = (Source(),)
    attributes: Attributes = Attributes()
    privacy: Privacy = Privacy()
    signals: Signals = Signals()
    prices: dict[str, Price] = {}
    price_list: Literal["genai-prices", "none"] = "genai-prices"
    sampling: SamplingSettings = SamplingSettings()
    judging: Judging = Judging()
    labels: Labels = Labels()
    aggregation: Aggregation = Aggregation()
    drift: DriftSettings = DriftSettings()
    quality: Quality = Quality()
    duckdb: Duckdb = Duckdb()
    routes: dict[str, Route] = {"default": Route(file=True)}
    dimensions: dict[str, dict[str, Any]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment above the file, the file above the defaults."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())

    @property
    def root(self) -> Path:
        """Return the data root as an absolute path."""
        return self.data.expanduser().resolve()


def config_file() -> Path:
    """Return the configuration file: the one the environment names, else pipeline.toml here."""
    return Path(os.environ.get(CONFIG_VARIABLE) or "pipeline.toml")


def load_settings() -> Settings:
    """Read pipeline.toml and the environment; ConfigError says which key is wrong."""
    path = config_file()
    if os.environ.get(CONFIG_VARIABLE) and not path.is_file():
        raise ConfigError(
            happened=f"{CONFIG_VARIABLE} names {path}, which is not a file",
            kept="nothing was run",
            remedy="correct the variable, or unset it to use pipeline.toml of the working directory",
        )
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        problem = f"is not TOML: {error}"
    except ValidationError as error:
        problem = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    raise ConfigError(
        happened=f"{path} or the environment cannot be used: {problem}",
        kept="nothing was run",
        remedy="correct the key; docs/configuration.md lists all of them",
    )


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return load_settings()
