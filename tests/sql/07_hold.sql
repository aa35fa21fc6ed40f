-- Open data: what a partner's set-aside and unmapped records could change, at their worst.

CREATE TABLE accepted AS
SELECT line.*, cents(sale_amount) AS amount FROM fact_sale_line line;

-- A record without readable money: its quantity at the mean price of its SKU's accepted sales, half to even; else the 99th percentile of the feed's
-- accepted lines, rounded up to three significant digits.
CREATE TABLE sku_price AS
SELECT sku, sum(quantity_units)::HUGEINT AS units, sum(amount)::HUGEINT AS amount FROM accepted WHERE quantity_units > 0 AND amount > 0 GROUP BY sku;

CREATE MACRO step(amount) AS CASE WHEN amount < 1000 THEN amount
    ELSE -floor_div(-amount, pow(10, length(amount::VARCHAR) - 3)::HUGEINT) * pow(10, length(amount::VARCHAR) - 3)::HUGEINT END;

CREATE TABLE large_line AS
WITH sized AS (SELECT feed_id, step(abs(amount)) AS size FROM accepted),
seen AS (
    SELECT feed_id, size, sum(count(*)) OVER (PARTITION BY feed_id ORDER BY size) AS seen, sum(count(*)) OVER (PARTITION BY feed_id) AS lines
    FROM sized GROUP BY feed_id, size
)
SELECT feed_id, min(size) AS amount FROM seen WHERE seen * 100 >= lines * 99 GROUP BY feed_id;

CREATE TABLE open_record AS
SELECT open.partner_id, open.file_id, open.record_number,
       CASE open.valuation_code WHEN 'large_line' THEN 1 ELSE open.open_units END AS units,
       CASE open.valuation_code
           WHEN 'sku_mean' THEN half_even(open.open_units * sku_price.amount, sku_price.units)
           WHEN 'large_line' THEN coalesce(large_line.amount, 0)
           ELSE cents(open.open_amount) END AS amount
FROM audit_open_record open
JOIN audit_quarantine record USING (file_id, record_number)
LEFT JOIN sku_price ON sku_price.sku = record.sku
LEFT JOIN large_line ON large_line.feed_id = record.feed_id;

-- With the lines of unmapped products: sales and returns each for themselves.
CREATE TABLE open_data AS
WITH record AS (
    SELECT partner_id, units, amount FROM open_record
    UNION ALL
    SELECT partner_id, net_units, cents(net_amount) FROM fact_sale_line
    WHERE kind_code = 'unmapped' AND is_in_period AND NOT is_before_horizon AND (adjustment_id IS NULL OR origin_code = 'adjustment')
)
SELECT partner_id, count(*) AS records,
       coalesce(sum(amount) FILTER (amount >= 0), 0)::HUGEINT AS added, coalesce(sum(abs(units)) FILTER (amount >= 0), 0)::HUGEINT AS added_units,
       coalesce(-sum(amount) FILTER (amount < 0), 0)::HUGEINT AS taken, coalesce(sum(abs(units)) FILTER (amount < 0), 0)::HUGEINT AS taken_units
FROM record GROUP BY partner_id;

-- The highest rates among a partner's cells, else the market's.
CREATE TABLE worst_rate AS
WITH market AS (
    SELECT greatest(0, sum(services_amount))::HUGEINT AS amount, greatest(1, sum(hardware_amount))::HUGEINT AS per_amount,
           greatest(0, sum(services_units))::HUGEINT AS units, greatest(1, sum(hardware_units))::HUGEINT AS per_units
    FROM partner_cell WHERE is_measured
), candidate AS (
    SELECT partner_id, measure, rate_services AS services, rate_hardware AS hardware FROM expected WHERE rate_hardware > 0
    UNION ALL SELECT partner_id, 'revenue', amount, per_amount FROM partner, market
    UNION ALL SELECT partner_id, 'units', units, per_units FROM partner, market
)
SELECT partner_id, measure, arg_max(services, services::DOUBLE / hardware::DOUBLE)::HUGEINT AS services,
       arg_max(hardware, services::DOUBLE / hardware::DOUBLE)::HUGEINT AS hardware
FROM candidate GROUP BY ALL;

CREATE MACRO away(a, b) AS CASE WHEN a < 0 THEN floor_div(a, b) ELSE ceil_div(a, b) END;

-- All open money as services, and all of it as hardware.
CREATE TABLE worst_case AS
WITH change AS (
    SELECT partner_id, added AS amount, added_units AS units FROM open_data WHERE added <> 0 OR added_units <> 0
    UNION ALL
    SELECT partner_id, -taken, -taken_units FROM open_data WHERE taken <> 0 OR taken_units <> 0
), totals AS (
    SELECT partner_id, hardware_amount, hardware_units, services_amount + amount AS services_amount, services_units + units AS services_units,
           expected_amount, expected_units
    FROM change JOIN total USING (partner_id)
    UNION ALL
    SELECT total.partner_id, hardware_amount + amount, hardware_units + units, services_amount, services_units,
           expected_amount + away(amount * revenue.services, revenue.hardware), expected_units + away(units * per_unit.services * 1000000, per_unit.hardware)
    FROM change JOIN total USING (partner_id)
    JOIN worst_rate revenue ON revenue.partner_id = total.partner_id AND revenue.measure = 'revenue'
    JOIN worst_rate per_unit ON per_unit.partner_id = total.partner_id AND per_unit.measure = 'units'
), measured AS (
    SELECT *, CASE WHEN decides = 'revenue' THEN services_amount ELSE services_units * 1000000 END AS s,
           CASE WHEN decides = 'revenue' THEN expected_amount ELSE expected_units END AS e
    FROM totals, param
)
SELECT partner_id,
       CASE WHEN (hardware_amount <= 0 AND hardware_units <= 0) OR hardware_units < min_hardware_units OR hardware_amount < min_hardware_amount
                 OR e <= 0 THEN 'not_assessed'
            WHEN 10000 * s >= at_line * e THEN 'at' WHEN 10000 * s >= near_line * e THEN 'near' ELSE 'below' END AS verdict_code
FROM measured;

-- Partners with a line in the last 12 months from a sender whose file is missing.
CREATE TABLE misses AS
WITH sender AS (
    SELECT DISTINCT feed_id, reporter_code FROM audit_calendar WHERE is_missing
), heard AS (
    SELECT partner_id, file_id FROM fact_sale_line, param WHERE invoice_date > as_of - INTERVAL 12 MONTH
    UNION
    SELECT partner_id, file_id FROM fact_registration, param WHERE registration_date > as_of - INTERVAL 12 MONTH
)
SELECT DISTINCT partner_id FROM heard JOIN audit_file file USING (file_id)
JOIN sender ON sender.feed_id = file.feed_id AND sender.reporter_code = coalesce(file.reporter_code, '');

CREATE TABLE hold AS
WITH sales AS (
    SELECT partner_id, sum(cents(net_amount))::HUGEINT AS amount
    FROM fact_sale_line WHERE is_in_period AND NOT is_before_horizon AND (adjustment_id IS NULL OR origin_code = 'adjustment') GROUP BY partner_id
)
SELECT verdict.partner_id, coalesce(records, 0) AS open_records_count, coalesce(added + taken, 0)::HUGEINT AS open_amount,
       CASE WHEN not_assessed_code = 'NOT_IN_PROGRAM' THEN NULL
            WHEN EXISTS (FROM worst_case WHERE worst_case.partner_id = verdict.partner_id AND worst_case.verdict_code <> verdict.verdict_code)
                THEN 'WORST_CASE'
            WHEN coalesce(added + taken, 0) * 1000000 > greatest(abs(coalesce(sales.amount, 0)), coalesce(added + taken, 0)) * max_open_ppm THEN 'SHARE'
            WHEN EXISTS (FROM misses WHERE misses.partner_id = verdict.partner_id) THEN 'MISSING_FEED' END AS data_hold_code
FROM verdict LEFT JOIN open_data USING (partner_id) LEFT JOIN sales USING (partner_id), param;
