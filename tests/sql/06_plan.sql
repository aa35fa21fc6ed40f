-- What can still be won, and the fewest packs on it that reach each line: the dearest category first.

CREATE TABLE open_line AS
SELECT sale_line_id, partner_id, category_code, CAST(net_units - attached_units AS HUGEINT) AS units, invoice_date + window_days AS last_day
FROM fact_sale_line, param
WHERE kind_code = 'hardware' AND is_in_period AND NOT is_before_horizon AND exception_id IS NULL AND maturity_code = 'open'
  AND net_units > attached_units;

CREATE TABLE stock AS
SELECT *, row_number() OVER (PARTITION BY partner_id ORDER BY amount::DECIMAL(38, 12) / packs DESC, category_code) AS place
FROM (
    SELECT partner_id, category_code, sum(units)::HUGEINT AS units, amount, packs
    FROM open_line JOIN pack_price USING (partner_id, category_code) GROUP BY ALL
);

-- The gap in the unit that is planned in: cents, or whole units.
CREATE TABLE plan_gap AS
SELECT line, partner_id, CASE WHEN decides = 'revenue' THEN ceil_div(height * e - 10000 * s, 10000::HUGEINT)
                              ELSE ceil_div(height * e - 10000 * s, 10000000000::HUGEINT) END AS gap
FROM verdict, line, param WHERE not_assessed_code IS NULL AND height * e > 10000 * s;

CREATE TABLE plan_step AS
WITH RECURSIVE step AS (
    SELECT line, partner_id, 0::BIGINT AS place, gap AS missing, 0::HUGEINT AS planned FROM plan_gap
    UNION ALL
    SELECT line, partner_id, place, (missing - CASE WHEN decides = 'revenue' THEN planned * amount // packs ELSE planned END)::HUGEINT, planned
    FROM (
        SELECT step.line, step.partner_id, stock.place, step.missing, decides, stock.amount, stock.packs,
               least(stock.units, CASE WHEN decides = 'revenue' THEN ceil_div(step.missing * stock.packs, stock.amount)
                                       ELSE step.missing END)::HUGEINT AS planned
        FROM step JOIN stock ON stock.partner_id = step.partner_id AND stock.place = step.place + 1, param
        WHERE step.missing > 0
    )
)
SELECT * FROM step;

CREATE TABLE plan AS
SELECT line, partner_id, sum(planned)::HUGEINT AS planned, min(missing) <= 0 AS is_reached FROM plan_step GROUP BY ALL;

-- What is planned of each category, and the last day on which so many packs still find hardware.
CREATE TABLE category_plan AS
WITH planned AS (
    SELECT line, partner_id, category_code, planned AS packs FROM plan_step JOIN stock USING (partner_id, place) WHERE planned > 0
)
SELECT line, partner_id, category_code, packs,
       (SELECT max(day.last_day) FROM open_line day
        WHERE day.partner_id = planned.partner_id AND day.category_code = planned.category_code
          AND (SELECT sum(later.units) FROM open_line later
               WHERE later.partner_id = day.partner_id AND later.category_code = day.category_code AND later.last_day >= day.last_day)
              >= planned.packs) AS sell_by
FROM planned;

-- The last day on which what is then still open is worth the gap.
CREATE TABLE possible AS
WITH day AS (SELECT DISTINCT partner_id, last_day AS day FROM open_line JOIN pack_price USING (partner_id, category_code)),
still AS (
    SELECT day.partner_id, day.day, open_line.category_code, sum(open_line.units)::HUGEINT AS units
    FROM day JOIN open_line ON open_line.partner_id = day.partner_id AND open_line.last_day >= day.day GROUP BY ALL
), worth AS (
    SELECT partner_id, day, sum(CASE WHEN decides = 'revenue' THEN units * amount // packs ELSE units END)::HUGEINT AS worth
    FROM still JOIN pack_price USING (partner_id, category_code), param GROUP BY ALL
)
SELECT line, partner_id, max(day) AS possible_until
FROM plan_gap JOIN worth USING (partner_id) JOIN plan USING (line, partner_id) WHERE worth >= gap AND is_reached GROUP BY ALL;
