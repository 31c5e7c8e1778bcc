"""Why a value is missing, a record was quarantined or an alert was suppressed: one word and one hint each."""

from enum import StrEnum


class Reason(StrEnum):
    """A reason code; `hint` is the sentence for people."""

    hint: str

    def __new__(cls, word: str, hint: str = "") -> "Reason":
        """Keep the word as the value and the sentence beside it; a look-up by its word needs no sentence."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.hint = hint
        return member

    # quarantine: a record that could not be read
    UNREADABLE_FILE = (
        "unreadable_file",
        "the file could not be opened or decompressed (gzip and zstd are read); check it at its source",
    )
    LINK_OUT = (
        "link_out",
        "a link that leads out of the source's root is not followed; copy the dumps, or set sources[].root to"
        " where they lie",
    )
    TRUNCATED_FILE = (
        "truncated_file",
        "the file ends early or breaks off; complete records before that were kept",
    )
    NO_DUMP = (
        "no_dump",
        "nine of ten lines, 100,000 or more, could not be read: the file is no dump, its rest was not read;"
        " move it away, or convert it",
    )
    INVALID_UTF8 = "invalid_utf8", "the line holds bytes that are not UTF-8"
    INVALID_JSON = "invalid_json", "the line is not JSON; a writer that was stopped leaves half a line"
    NESTED_TOO_DEEP = "nested_too_deep", "the line nests deeper than a trace ever does"
    INVALID_PROTOBUF = (
        "invalid_protobuf",
        "the bytes are no OTLP export request; what follows was read from the next whole message on",
    )
    LINE_TOO_LONG = (
        "line_too_long",
        "the line, document or message is longer than the declared limit; raise max_line_bytes",
    )
    NOT_OTLP = "not_otlp", "JSON, but no OTLP export request of spans or logs, nor a printed span or log"
    LOOKS_LIKE_CSV = (
        "looks_like_csv",
        "the file looks like a table of text; export spans as JSON or Parquet (labels: `labels import`)",
    )
    LOOKS_LIKE_MARKUP = (
        "looks_like_markup",
        "the file looks like HTML or XML, as a server's error page where a download failed; fetch it again",
    )
    LOOKS_LIKE_ZIPKIN = (
        "looks_like_zipkin",
        "the file looks like Zipkin's spans; send them through a Collector (receiver zipkin)",
    )
    LOOKS_LIKE_DATADOG = (
        "looks_like_datadog",
        "the file looks like Datadog's spans; send them through a Collector (receiver datadog)",
    )
    LOOKS_LIKE_ELASTIC_APM = (
        "looks_like_elastic_apm",
        "the file looks like Elastic APM's events; export OTLP beside it, by a Collector",
    )
    BAD_SPAN = "bad_span", "the span is not an object with the fields of OTLP"
    BAD_TRACE_ID = "bad_trace_id", "a trace id is 32 hex digits (or base64 of 16 bytes) and not all zero"
    BAD_SPAN_ID = "bad_span_id", "a span id is 16 hex digits (or base64 of 8 bytes) and not all zero"
    NO_SPAN = (
        "no_span",
        "the record of a product's export is no span: a score, a summary of a trace, or of an unknown kind",
    )
    MORE_PAGES = (
        "more_pages",
        "the page says that more follow, and the file does not hold them: fetch the other pages, too; where"
        " they lie in files beside it, nothing is missing",
    )
    UNKNOWN_COLUMNS = "unknown_columns", "the Parquet file has the columns of no known export of spans"
    BAD_TIME = (
        "bad_time",
        "start and end must be ISO times or numbers since 1970 whose nanoseconds fit in 63 bits, the start"
        " after 1973: it is 0, or in seconds to microseconds where nanoseconds are due",
    )
    BAD_ATTRIBUTES = "bad_attributes", "attributes are a list of key and value"
    CONFLICTING_DUPLICATE = (
        "conflicting_duplicate",
        "another span has the same ids and other content; the first was kept",
    )
    BAD_SAMPLING = (
        "bad_sampling",
        "the tracer's sampling probability is 0 or unreadable; such a span cannot be weighted",
    )

    # missing: a readable trace without a score or an estimate; one that was not drawn for a judge has no row
    NO_OUTPUT = "no_output", "the trace holds no answer"
    TEXT_FREE = "text_free", "content capture was off; switch it on in the instrumentation"
    TRUNCATED = (
        "truncated",
        "the text was cut before it was recorded; raise the length limit of attributes"
        " (OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT)",
    )
    HIDDEN = "hidden", "a placeholder stands where the text was; it was taken out before it was recorded"
    NOT_TEXT = (
        "not_text",
        "the conversation holds images, sound or files that the judge does not read (judge.sees)",
    )
    NO_DOCUMENT_TEXT = (
        "no_document_text",
        "documents were retrieved, and only their ids were recorded; record their content",
    )
    UNREAD_CONTENT = (
        "unread_content",
        "the trace holds content under names that no dialect reads; `doctor` lists them",
    )
    UNREAD_LOGS = (
        "unread_logs",
        "log records of the trace's spans hold content that no dialect reads; `doctor` lists their names",
    )
    NO_DOCUMENTS = "no_documents", "the trace holds no retrieved documents and no tool results"
    NO_TOOLS = "no_tools", "the trace calls no tool and offers none"
    NO_TOKENS = (
        "no_tokens",
        "a model call carries no token counts that can be: a stream without usage, counts that contradict"
        " their total, or one beyond 1,000,000,000",
    )
    NO_PRICE = "no_price", "no price is declared for this model in pipeline.toml"
    NO_PART_PRICE = (
        "no_part_price",
        "tokens written to a cache and audio cost otherwise than others; declare cache_written,"
        " cache_written_1h, audio_input or audio_output beside the model's price",
    )
    NO_MODEL = "no_model", "a model call does not say which model it asked, so that no price fits"
    NO_MODEL_CALL = "no_model_call", "the trace holds no model call that succeeded, so that nothing is priced"
    NO_DURATION = "no_duration", "the root span has no end, or one that is not after its start"
    IMPLAUSIBLE = (
        "implausible",
        "the value is beyond what a request can have: a duration of more than 30 days; look at its clocks",
    )
    NO_SCHEMA = "no_schema", "no check of the dimension applies to this trace"
    NO_REFERENCE = "no_reference", "neither the trace nor the configuration says what was expected"
    UNDECIDABLE = "undecidable", "the check can neither pass nor fail this trace"
    TOO_COSTLY = "too_costly", "a schema of the trace asks for more work than one check may take"
    WEIGHT_TRIMMED = (
        "weight_trimmed",
        "the tracer says that the trace stands for more traces than sampling.max_weight; it counts with that",
    )
    NO_FIELD = "no_field", "the trace lacks a field that the dimension needs"
    OUTSIDE_SLICES = "outside_slices", "the dimension is about other slices (requires.slices)"
    REQUIREMENT_FAILED = "requirement_failed", "another dimension, on which this one depends, already failed"
    NOT_CONSENTED = "not_consented", "the user did not consent; counted, not stored"
    ORPHANED = "orphaned", "the root span never arrived within the lateness window"
    EVALUATOR_TRACE = "evaluator_trace", "the trace is the run of an evaluator or an experiment, no traffic"
    CALIBRATION_TRACE = "calibration_trace", "the trace is part of a calibration set, not of production"
    BUDGET = "budget", "the day's judging budget ended before this trace"
    JUDGE_REFUSED = "judge_refused", "the judge declined to answer"
    JUDGE_MALFORMED = (
        "judge_malformed",
        "the judge's answer was no JSON object with one of the rubric's labels",
    )
    JUDGE_FAILED = "judge_failed", "the judge could not be reached or kept failing"
    NOT_RECORDED = "not_recorded", "no recorded answer covers this trace"
    RECORDED_TWICE = (
        "recorded_twice",
        "one version of a recorded judge gave this trace different answers; keep the right one",
    )
    UNKNOWN_TRACE = "unknown_trace", "the labelled trace is in no stored dump; run the day that holds it"
    NO_SCORED_TRACE = "no_scored_trace", "no trace of this series has a score"
    ONE_CLUSTER = "one_cluster", "all scores come from one user or conversation, so no error can be given"

    # quarantine: a row made of readable records
    BROKEN_CONTRACT = (
        "broken_contract",
        "a row made of a trace breaks the contract of its table; the other traces of the day stand, and the"
        " run's log names the column",
    )

    # missing: an agreement that cannot be computed
    HUMAN_ONE_CLASS = "human_one_class", "the human labels are all alike; label more of the rarer class"
    JUDGE_ONE_CLASS = "judge_one_class", "the judge gives every item the same verdict"
    ONE_CLASS = "one_class", "all labels are alike, so chance agreement is 1"
    NO_LABELS = "no_labels", "no labelled items of this judge and rubric"
    CONSTANT = "constant", "one side is constant, so there is no order to agree with"
    TOO_FEW = "too_few", "too few items for an interval"
    JUDGE_UNINFORMATIVE = (
        "judge_uninformative",
        "sensitivity + specificity = 1: the judge says nothing about the truth",
    )
    RATES_CHANGED = (
        "rates_changed",
        "the judge errs differently in the weeks of the labels, and this week has too few of its own",
    )
    NOT_BINARY = "not_binary", "the scale has grades, and the estimate is one of verdicts"
    VERDICT_UNLABELLED = (
        "verdict_unlabelled",
        "no item of one of the judge's verdicts is labelled; label some of both (label_queue draws them)",
    )
    WEIGHTS_UNKNOWN = (
        "weights_unknown",
        "the labels were drawn by another judge's verdict, and with what probability is not stored",
    )
    NO_TRAFFIC = "no_traffic", "there was traffic in the weeks before and there is none now"
    KEY_BEYOND_LIMIT = (
        "key_beyond_limit",
        "more slice keys than make cells; name it earlier in slices, or raise aggregation.cell_keys",
    )

    # suppressed: a change that may not speak
    TOO_SMALL = "too_small", "the effective sample is below the dimension's minimum"
    SHORT_HISTORY = "short_history", "fewer reference weeks than the detector needs"
    BELOW_EFFECT_FLOOR = "below_effect_floor", "the change is smaller than the dimension's effect floor"
    COMPARED = "compared", "measured against the periods before; drift_decisions says whether it is an alarm"
    MOVED = "moved", "the change exceeds the effect floor and is rare among all that was looked at"
    RUN_LENGTH = (
        "run_length",
        "the day's bets on a fall passed the level of one false alarm in 1,000 quiet days over all series",
    )
    NOT_RARE = "not_rare", "a change like this is to be expected by chance among all that was looked at"
    ROSE = "rose", "the score rose: a finding, and no alarm"
    LOCALISED = "localised", "another alarm of the same period explains it, see `localised_to`"
    WITHIN_MOVED = "within_moved", "the level fell within the slices by more than by the traffic between them"
    NOT_IN_USE = "not_in_use", "measured, but the judge or rubric is not the one that is declared"
    GATE_CLOSED = "gate_closed", "an open gate closed: the judge may drive no alert until it agrees again"
    WITHIN_BAND = "within_band", "the change is within the reference band"
    OUTSIDE_BAND = "outside_band", "the change leaves the reference band and exceeds the effect floor"
    SERIES_ENDED = (
        "series_ended",
        "another judge or rubric scores now; its level cannot be compared with the one before",
    )
    GATE_SHUT = "gate_shut", "the judge's agreement with people is below the gate"
    GATE_UNMEASURED = "gate_unmeasured", "the judge's agreement with people was never measured"
    CALIBRATION_ALERT = (
        "calibration_alert",
        "the judge itself is under alert; fix it before reading its scores",
    )

    # gate transitions
    AGREEMENT_REACHED = "agreement_reached", "the agreement is above the gate"
    AGREEMENT_LOST = "agreement_lost", "the agreement fell below the gate"
    AGREEMENT_UNPROVEN = (
        "agreement_unproven",
        "the labels do not show yet that the agreement is above the gate",
    )
    RESPONSE_MODEL_CHANGED = (
        "response_model_changed",
        "the provider answered with another model; anchors must agree first",
    )
    AGREEMENT_DROPPED = "agreement_dropped", "the agreement fell by more than 0.05 with high probability"
    EXEMPT = "exempt", "the dimension's checks measure a declared fact"
    UNCHANGED = "unchanged", "the gate stays as it was"

    # missing: an agreement between people
    ONE_ANNOTATOR = "one_annotator", "no item was labelled by two people; let some be"

    # anchors judged again, anchors labelled again
    JUDGE_MOVED = "judge_moved", "the judge passes more or fewer of the same anchors than before"
    JUDGE_LESS_RIGHT = "judge_less_right", "the judge is right about fewer of the same anchors than before"
    JUDGE_MORE_RIGHT = "judge_more_right", "the judge is right about more of the same anchors than before"
    JUDGE_STEADY = "judge_steady", "the judge says of the same anchors what it said before, up to chance"
    PEOPLE_MOVED = (
        "people_moved",
        "people label the same anchors otherwise than before; make a new calibration set",
    )
    PEOPLE_STEADY = "people_steady", "people label the same anchors as they did before, up to chance"
    FIRST_ANCHORS = (
        "first_anchors",
        "the calibration set is judged for the first time under this rubric; nothing to compare with yet",
    )

    # queued: why people are asked about a trace
    WEEKLY_SAMPLE = "weekly_sample", "drawn from the week's traffic by the judge's verdict"
    SUSPENDED = "suspended", "the judge's gate was shut; these labels decide whether it may open again"
    NEW_JUDGE = "new_judge", "another judge or response model answers; nothing is known of its agreement yet"
    RELABEL = "relabel", "a part of the calibration set is labelled again each month, to see people drift"
    CHECK_DISAGREES = "check_disagrees", "the judge fails what every check that applies passes"
    ANNOTATORS_DISAGREE = "annotators_disagree", "people gave different labels and nobody has adjudicated"
    NEAR_THRESHOLD = "near_threshold", "the judge's score lies close to the line between pass and fail"
    RUBRIC_CHANGED = (
        "rubric_changed",
        "there are labels of an earlier rubric only; they answer another question",
    )
    MONTHLY = "monthly", "a month has passed since people looked last"
    FEW_LABELS = "few_labels", "too few labels to say how well the judge does on this slice"
    VERDICT_CHANGED = "verdict_changed", "another build of the judge says something else of the same item"
