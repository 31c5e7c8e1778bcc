-- The sums of every cell: what shares all watched slices, a scorer and a metric.

create temp table place as
select
    trace.trace_no,
    string_agg(json, ',' order by slice_key) filter (where slice_key < 'input') as before_input,
    string_agg(json, ',' order by slice_key) filter (where slice_key > 'input') as after_input
from trace
left join (
    select member.trace_no, slice.slice_key, member_json.json
    from member
    join slice using (slice_no)
    join cell_keys using (slice_key)
    join member_json using (slice_key, slice_value)
) as part using (trace_no)
group by trace.trace_no;

create temp table trace_place as
select trace_no, cast(dense_rank() over (order by before_input, after_input) as integer) as place_no
from place;

create temp table place_name as
select distinct trace_place.place_no, place.before_input, place.after_input
from place join trace_place using (trace_no);

create temp view scorer as
select distinct scorer_no, dimension, judge, rubric from version;

create temp view telling as
select distinct dimension from score_row join version using (version_no) where score_row.input is not null;

-- Seconds and USD are logarithms, of traces that the dimension's check could measure. What checks say of a
-- dimension that a judge completes is known of every trace in its frame, whatever the judge is worth.
create temp view measured as
select
    scorer_no, trace_no, cluster_no, input, 'score' as metric, weight, score as y, missing_reason
from score_row
union all
select
    score_row.scorer_no, score_row.trace_no, score_row.cluster_no, score_row.input, logged.metric,
    trace.sampling_weight as weight,
    ln(case logged.metric when 'log_seconds' then trace.duration_ms / 1000 else trace.cost_usd end) as y,
    null as missing_reason
from score_row
join scorer using (scorer_no)
join logged using (dimension)
join trace using (trace_no)
where score_row.score is not null
    and case logged.metric when 'log_seconds' then trace.duration_ms else trace.cost_usd end > 0
union all
select
    score_row.scorer_no, score_row.trace_no, score_row.cluster_no, score_row.input, 'checks' as metric,
    score_row.weight, case when score_row.by_check then score_row.score else 1.0 end as y, null as missing_reason
from score_row
join scorer using (scorer_no)
join completed using (dimension)
where not score_row.by_check or score_row.score is not null;

create temp view cell as
with counted as (
    select
        case when measured.y is null then home.home_no else measured.scorer_no end as scorer_no,
        measured.metric,
        trace_place.place_no,
        case when scorer.dimension in (from telling) then coalesce(measured.input, 'unknown') end as input,
        measured.cluster_no,
        measured.y,
        measured.weight
    from measured
    join home using (scorer_no)
    join scorer using (scorer_no)
    join trace_place using (trace_no)
    where measured.y is not null or measured.missing_reason in (from unjudged)
),
total as (
    select
        scorer_no, metric, place_no, input,
        count(y) as n,
        count(distinct cluster_no) filter (where y is not null) as clusters,
        count(*) as drawn,
        coalesce(sum(weight) filter (where y is not null), 0) as sum_w,
        coalesce(sum(weight * y), 0) as sum_wy,
        coalesce(sum(weight * y * y), 0) as sum_wy2,
        coalesce(sum(weight * weight) filter (where y is not null), 0) as sum_w2,
        coalesce(sum(weight * weight * y), 0) as sum_w2y,
        coalesce(sum(weight * weight * y * y), 0) as sum_w2y2,
        coalesce(sum(weight) filter (where y is null), 0) as sum_w_missing
    from counted
    group by all
)
select
    scorer.dimension, scorer.judge, scorer.rubric, total.metric,
    '{' || concat_ws(
        ',', place_name.before_input, '"input":"' || total.input || '"', place_name.after_input
    ) || '}' as cell,
    total.* exclude (scorer_no, metric, place_no, input)
from total
join scorer using (scorer_no)
join place_name using (place_no)
order by all;
