-- Prepares days: who is in which slice, and every score row with integers for names.
-- Rows are sorted once, because sums of doubles depend on their order.

create temp table trace as
select
    cast(row_number() over (order by trace_id) as integer) as trace_no,
    cast(dense_rank() over (order by
        coalesce('key ' || coalesce(cast(cluster_key as varchar), cast(user_key as varchar)), 'trace ' || trace_id)
    ) as integer) as cluster_no,
    trace_id,
    slices,
    cast(sampling_weight as double) as sampling_weight,
    cast(duration_ms as double) as duration_ms,
    cast(cost_usd as double) as cost_usd
from facts
where role = 'production';

create temp table slice as
select 0 as slice_no, 'all' as slice_key, 'all' as slice_value
union all
select cast(row_number() over (order by slice_key, slice_value) as integer), slice_key, slice_value
from (
    select slice_key, slice_value from watched
    union select slice_key, 'other' from keys
    union select slice_key, 'absent' from keys where live
);

-- A value that is itself called `absent` belongs to the rest, and a key that no trace carries makes no slices.
create temp table member as
select trace_no, 0 as slice_no from trace
union all
select value.trace_no, coalesce(exact.slice_no, rest.slice_no)
from (
    select trace_no, slice_key, json_extract_string(slices, '$."' || slice_key || '"') as slice_value
    from trace cross join keys
) as value
join slice as rest
    on rest.slice_key = value.slice_key
    and rest.slice_value = case when value.slice_value is null then 'absent' else 'other' end
left join slice as exact
    on exact.slice_key = value.slice_key
    and exact.slice_value = value.slice_value
    and exact.slice_value <> 'absent';

create temp table version as
select
    cast(row_number() over (order by dimension, tuple_id) as integer) as version_no,
    dense_rank() over (order by dimension, judge, rubric) as scorer_no,
    named.*
from (
    select
        dimension,
        tuple_id,
        min(model) as model,
        min(prompt) as prompt,
        min(judge) as judge,
        min(dataset) as dataset,
        min(rubric) as rubric
    from tuples
    group by dimension, tuple_id
) as named;

create temp table score_row as
select
    version.scorer_no,
    version.version_no,
    trace.trace_no,
    trace.cluster_no,
    cast(scores.day as date) as day,
    cast(scores.weight as double) as weight,
    cast(scores.score as double) as score,
    cast(scores.missing_reason as varchar) as missing_reason,
    cast(scores.input as varchar) as input,
    coalesce(cast(scores.evaluator as varchar) like 'check:%', false) as by_check
from scores
join trace using (trace_id)
join version using (dimension, tuple_id)
order by version_no, trace_no;

create temp view sliced as
select member.slice_no, score_row.* from score_row join member using (trace_no)
union all
select slice.slice_no, score_row.*
from score_row join slice on slice.slice_key = 'input' and slice.slice_value = score_row.input;

-- A judge that gave no score all week was not reached: its traces are missing in the series of who answered.
create temp view home as
select
    scorer_no,
    case when n > 0 then scorer_no else first_value(scorer_no) over (
        partition by dimension, rubric order by n desc, scorer_no
    ) end as home_no
from (
    select version.scorer_no, version.dimension, version.rubric, count(score_row.score) as n
    from version left join score_row using (version_no)
    group by all
);
