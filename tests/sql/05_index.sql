-- Verdicts, tiers, gaps, packs, and what mix and selling explain.

CREATE TABLE category_total AS
SELECT partner_id, category_code,
       sum(hardware) FILTER (measure = 'revenue') AS hardware_amount, sum(services) FILTER (measure = 'revenue') AS services_amount,
       sum(expected) FILTER (measure = 'revenue') AS expected_amount,
       sum(hardware) FILTER (measure = 'units') AS hardware_units, sum(services) FILTER (measure = 'units') AS services_units,
       sum(expected) FILTER (measure = 'units') AS expected_units
FROM expected GROUP BY ALL;

-- Partners outside the population have sums, and nothing is expected of them.
CREATE TABLE total AS
WITH own AS (
    SELECT partner_id, sum(hardware_amount) AS hardware_amount, sum(services_amount) AS services_amount,
           sum(hardware_units) AS hardware_units, sum(services_units) AS services_units
    FROM partner_cell GROUP BY ALL
), due AS (
    SELECT partner_id, sum(expected_amount) AS expected_amount, sum(expected_units) AS expected_units FROM category_total GROUP BY ALL
)
SELECT partner_id, coalesce(hardware_amount, 0)::HUGEINT AS hardware_amount, coalesce(services_amount, 0)::HUGEINT AS services_amount,
           coalesce(hardware_units, 0)::HUGEINT AS hardware_units, coalesce(services_units, 0)::HUGEINT AS services_units,
           coalesce(expected_amount, 0)::HUGEINT AS expected_amount, coalesce(expected_units, 0)::HUGEINT AS expected_units
    FROM partner LEFT JOIN own USING (partner_id) LEFT JOIN due USING (partner_id);

CREATE TABLE judged AS
SELECT total.*, is_measured,
       CASE WHEN decides = 'revenue' THEN services_amount ELSE services_units * 1000000 END AS s,
       CASE WHEN decides = 'revenue' THEN expected_amount ELSE expected_units END AS e,
       CASE WHEN NOT is_measured THEN 'NOT_IN_PROGRAM'
            WHEN hardware_amount <= 0 AND hardware_units <= 0 THEN 'NO_HARDWARE'
            WHEN hardware_units < min_hardware_units OR hardware_amount < min_hardware_amount THEN 'BELOW_FLOOR'
            WHEN CASE WHEN decides = 'revenue' THEN expected_amount ELSE expected_units END <= 0 THEN 'NOTHING_EXPECTED' END AS not_assessed_code
FROM total JOIN partner USING (partner_id), param;

-- Lines are compared by cross-multiplication, in ten-thousandths.
CREATE TABLE verdict AS
SELECT judged.*,
       CASE WHEN not_assessed_code IS NOT NULL THEN 'not_assessed' WHEN 10000 * s >= at_line * e THEN 'at'
            WHEN 10000 * s >= near_line * e THEN 'near' ELSE 'below' END AS verdict_code,
       CASE WHEN not_assessed_code IS NULL THEN
            (SELECT arg_max(tier_code, from_line) FROM tier WHERE 10000 * s >= from_line * e) END AS tier_code,
       safe_hardware IS NOT NULL AND hardware_amount >= safe_hardware AND services_amount >= safe_services AS is_safe_harbor
FROM judged, param;

-- The mean price of an attached pack: of the finest level without maturity and price band that has packs.
CREATE TABLE pack_price AS
WITH level_price AS (
    SELECT level, group_code, sum(packs)::HUGEINT AS packs, sum(packs_amount)::HUGEINT AS amount
    FROM placed WHERE is_measured GROUP BY ALL
)
SELECT partner_id, category_code, arg_min(price.amount, level) AS amount, arg_min(price.packs, level) AS packs
FROM (SELECT *, bool_or(is_own) OVER (PARTITION BY partner_id, category_code) AS has_own FROM placed) placed JOIN level_price price USING (level, group_code) JOIN ladder USING (level)
WHERE is_own = has_own AND NOT by_maturity AND NOT by_band AND price.packs > 0 AND price.amount > 0 GROUP BY ALL;

CREATE TABLE line AS SELECT 'near' AS line, near_line AS height FROM param UNION ALL SELECT 'at', at_line FROM param;

CREATE MACRO ceil_div(a, b) AS -floor_div(-(a), b);

CREATE TABLE category_gap AS
WITH share AS (
    SELECT line, height, verdict.partner_id, category_code, verdict.s, verdict.e,
           greatest(0, CASE WHEN decides = 'revenue' THEN own.expected_amount - own.services_amount
                            ELSE own.expected_units - own.services_units * 1000000 END) AS share
    FROM verdict JOIN category_total own USING (partner_id), line, param
    WHERE not_assessed_code IS NULL
), missing AS (
    SELECT *, sum(share) OVER (PARTITION BY line, partner_id)::HUGEINT AS shares, greatest(0, ceil_div(height * e - 10000 * s, 10000::HUGEINT)) AS missing
    FROM share
)
SELECT line, partner_id, category_code, missing,
       CASE WHEN share = 0 OR missing = 0 THEN 0
            WHEN decides = 'units' THEN ceil_div(missing * share, shares * 1000000)
            WHEN amount IS NULL THEN 0
            ELSE ceil_div(missing * share * packs, shares * amount) END AS packs,
       amount, packs AS price_packs
FROM missing LEFT JOIN pack_price USING (partner_id, category_code), param;

CREATE TABLE gap AS
SELECT line, partner_id, sum(category_gap.packs) AS packs,
       CASE WHEN any_value(decides) = 'revenue' THEN any_value(missing)
            ELSE coalesce(sum(ceil_div(category_gap.packs * amount, price_packs)), 0) END AS amount
FROM category_gap, param GROUP BY line, partner_id;

CREATE TABLE effects AS
WITH market AS (
    SELECT sum(hardware_amount)::DOUBLE AS hardware, sum(services_amount)::DOUBLE AS services FROM partner_cell WHERE is_measured
)
SELECT partner_id,
       CASE WHEN hardware_amount > 0 AND hardware > 0
            THEN expected_amount::DOUBLE / hardware_amount::DOUBLE - services / hardware END AS mix_effect_rate,
       CASE WHEN hardware_amount > 0 AND hardware > 0
            THEN (services_amount - expected_amount)::DOUBLE / hardware_amount::DOUBLE END AS selling_effect_rate
FROM total, market;

CREATE TABLE readings AS
SELECT partner_id, count(*) AS readings, count(*) FILTER (reading.verdict_code = verdict.verdict_code) AS agreeing
FROM fact_partner_reading reading JOIN verdict USING (partner_id) GROUP BY ALL;
