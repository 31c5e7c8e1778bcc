create temp view mean as
with cluster_total as (
    select
        scorer_no, slice_no, cluster_no,
        sum(weight) as weight, sum(weight * score) as total, sum(weight * weight) as square, count(*) as n,
        sum(weight * score * score) as score_square
    from sliced
    where score is not null
    group by all
),
series as (
    select
        scorer_no, slice_no,
        sum(weight) as weight, sum(total) / sum(weight) as mean,
        sum(weight) ** 2 / sum(square) as n_kish, cast(sum(n) as bigint) as n, count(*) as clusters,
        greatest(sum(score_square) / sum(weight) - (sum(total) / sum(weight)) ** 2, 0) as variance
    from cluster_total
    group by all
)
select
    series.*,
    case
        when clusters > 1 then sqrt(clusters / (clusters - 1) * squares) / weight
    end as se
from series
join (
    select
        cluster_total.scorer_no, cluster_total.slice_no,
        sum((cluster_total.total - series.mean * cluster_total.weight) ** 2) as squares
    from cluster_total join series using (scorer_no, slice_no)
    group by all
) as residual using (scorer_no, slice_no);

create temp view missing as
select home.home_no as scorer_no, sliced.slice_no, sum(sliced.weight) as weight
from sliced
join home using (scorer_no)
join unjudged on unjudged.reason = sliced.missing_reason
where sliced.score is null
group by all;

-- A version without any score stands for its slice only when no other version gave one.
create temp table tuple_share as
with found as (
    select
        version_no, slice_no,
        count(score) as n,
        coalesce(sum(weight) filter (where score is not null), 0) as weight,
        sum(weight * score) as total,
        min(day) as first_day
    from sliced
    group by all
)
select
    version.*, slice.slice_key, slice.slice_value, slice.slice_no,
    found.n, found.weight, found.total, found.first_day
from found
join version using (version_no)
join slice using (slice_no)
qualify found.n > 0 or max(found.n) over (partition by version.dimension, found.slice_no) = 0;

create temp view weekly_score as
select
    series.dimension, series.slice_key, series.slice_value, series.judge, series.rubric, series.tuple_ids,
    coalesce(mean.n, 0) as n, mean.mean, mean.se, mean.n_kish, coalesce(mean.clusters, 0) as clusters, mean.variance,
    coalesce(mean.weight, 0) as sum_w,
    coalesce(mean.weight, 0) / nullif(coalesce(mean.weight, 0) + coalesce(missing.weight, 0), 0) as scored_share
from (
    select
        scorer_no, slice_no, dimension, slice_key, slice_value, judge, rubric,
        to_json(list(tuple_id order by tuple_id)) as tuple_ids
    from tuple_share
    group by all
) as series
left join mean using (scorer_no, slice_no)
left join missing using (scorer_no, slice_no)
order by all;

-- What a judge's scores look like on either side of a pass (words.PASS): labels may have been drawn by its verdict.
create temp view verdict_level as
select
    scorer.dimension, slice.slice_key, slice.slice_value, scorer.judge, scorer.rubric, level.* exclude (scorer_no, slice_no)
from (
    select
        scorer_no, slice_no, score >= 0.5 as passed, sum(weight) as weight,
        sum(weight * score) / sum(weight) as mean,
        greatest(sum(weight * score * score) / sum(weight) - (sum(weight * score) / sum(weight)) ** 2, 0) as variance
    from sliced
    where score is not null
    group by all
) as level
join (select distinct scorer_no, dimension, judge, rubric from version) as scorer using (scorer_no)
join slice using (slice_no)
where level.weight > 0
order by all;

create temp view daily_score as
select
    scorer.dimension, slice.slice_key, slice.slice_value, scorer.judge, scorer.rubric, daily.day,
    daily.n, daily.weight, daily.total / daily.weight as mean
from (
    select scorer_no, slice_no, day, count(*) as n, sum(weight) as weight, sum(weight * score) as total
    from sliced
    where score is not null
    group by all
) as daily
join (select distinct scorer_no, dimension, judge, rubric from version) as scorer using (scorer_no)
join slice using (slice_no)
order by all;

create temp view weekly_tuple_share as
select
    dimension, slice_key, slice_value, tuple_id, model, prompt, judge, dataset, rubric, first_day, n,
    coalesce(weight / nullif(sum(weight) over (partition by dimension, slice_key, slice_value), 0), 0) as share,
    total / nullif(weight, 0) as mean
from tuple_share
order by all;

-- Why traces of a slice have no score: outside the frame (counted before sampling), or drawn and not scored.
-- Frames count no trace that lacks a key: those of `absent` are what the key's values leave of all.
create temp view excluded as
with framed as (
    select
        cast(dimension as varchar) as dimension, cast(slice_key as varchar) as slice_key,
        cast(slice_value as varchar) as slice_value, cast(reason as varchar) as reason,
        sum(cast(traces as bigint)) as traces, sum(cast(weight as double)) as weight
    from frames
    group by all
),
outside as (
    select
        framed.dimension, coalesce(exact.slice_no, rest.slice_no) as slice_no, framed.reason,
        sum(framed.traces) as traces, sum(framed.weight) as weight
    from framed
    left join slice as exact
        on exact.slice_key = framed.slice_key
        and exact.slice_value = framed.slice_value
        and exact.slice_value <> 'absent'
    left join slice as rest on rest.slice_key = framed.slice_key and rest.slice_value = 'other'
    group by all
    union all
    select
        whole.dimension, slice.slice_no, whole.reason,
        whole.traces - coalesce(sum(part.traces), 0) as traces,
        greatest(whole.weight - coalesce(sum(part.weight), 0), 0) as weight
    from framed as whole
    join slice on whole.slice_key = 'all' and slice.slice_value = 'absent'
    left join framed as part
        on part.dimension = whole.dimension
        and part.slice_key = slice.slice_key
        and part.reason = whole.reason
    group by whole.dimension, slice.slice_no, whole.reason, whole.traces, whole.weight
    having whole.traces > coalesce(sum(part.traces), 0)
),
unscored as (
    select version.dimension, sliced.slice_no, sliced.missing_reason as reason, count(*) as traces
    from sliced
    join (select distinct scorer_no, dimension from version) as version using (scorer_no)
    where sliced.score is null and sliced.missing_reason is not null
    group by all
)
select slice.slice_key, slice.slice_value, counted.* exclude (slice_no)
from (
    select dimension, slice_no, reason, traces, weight from outside where slice_no is not null
    union all
    select dimension, slice_no, reason, traces, null as weight
    from unscored anti join outside using (dimension, slice_no, reason)
) as counted
join slice using (slice_no)
order by all;
