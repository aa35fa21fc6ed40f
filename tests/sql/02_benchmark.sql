-- Cells, levels of the back-off, rates, and what is expected, in both measures. ladder has one row per level, finest first.

-- Every partner's cell as often as there are levels, with the group in which it stands at each.
CREATE TABLE placed AS
SELECT level, level_code, cell.*,
       concat_ws('|',
           CASE product WHEN 'category' THEN category_code WHEN 'family' THEN family_code ELSE '' END,
           CASE WHEN by_country THEN country_code ELSE '' END, CASE WHEN by_region THEN region_code ELSE '' END,
           CASE WHEN by_segment THEN segment_code ELSE '' END, CASE WHEN by_band THEN price_band_code ELSE '' END,
           CASE WHEN by_maturity THEN maturity_code ELSE '' END) AS group_code
FROM partner_cell cell, ladder;

-- The two measures as rows. Services by units are scaled where something is expected of them, not here.
CREATE TABLE measured AS
SELECT 'revenue' AS measure, 1::HUGEINT AS scale, hardware_amount AS hardware, services_amount AS services, * FROM placed
UNION ALL
SELECT 'units', 1000000::HUGEINT, hardware_units, services_units, * FROM placed;

CREATE TABLE own_group AS
SELECT measure, level, group_code, partner_id, sum(hardware)::HUGEINT AS hardware, sum(services)::HUGEINT AS services
FROM measured WHERE is_measured GROUP BY ALL;

CREATE TABLE market_group AS
SELECT measure, level, group_code, sum(hardware)::HUGEINT AS hardware, sum(services)::HUGEINT AS services,
       count(*) FILTER (hardware > 0) AS contributors, max(hardware) AS largest
FROM own_group GROUP BY ALL;

-- Of each cell the finest level that is usable.
CREATE TABLE cell_level AS
SELECT measure, scale, category_code, country_code, region_code, segment_code, price_band_code, maturity_code,
       min(level) FILTER (market.contributors >= min_partners AND market.hardware > 0 AND market.services >= 0) AS level
FROM measured JOIN market_group market USING (measure, level, group_code), param
WHERE is_measured GROUP BY ALL;

CREATE MACRO floor_div(a, b) AS a // b - CASE WHEN a % b < 0 THEN 1 ELSE 0 END;
CREATE MACRO floor_mod(a, b) AS CASE WHEN a % b < 0 THEN a % b + b ELSE a % b END;
CREATE MACRO half_even(a, b) AS floor_div(a, b)
    + CASE WHEN 2 * floor_mod(a, b) > b OR (2 * floor_mod(a, b) = b AND floor_mod(floor_div(a, b), 2) = 1) THEN 1 ELSE 0 END;

CREATE TABLE cell_rate AS
SELECT DISTINCT cell_level.*, own.hardware, own.services, own.contributors, own.largest,
       coalesce(used.level_code, 'unusable') AS level_code, coalesce(rate.services, 0) AS rate_services,
       coalesce(rate.hardware, 0) AS rate_hardware, coalesce(rate.contributors, 0) AS rate_contributors,
       CASE WHEN cell_level.level IS NULL THEN 0
            WHEN cell_level.level = 0 THEN own.services * scale
            ELSE half_even(own.hardware * rate.services * scale, rate.hardware) END AS expected
FROM cell_level
JOIN measured finest USING (measure, scale, category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
JOIN market_group own ON (own.measure, own.level, own.group_code) = (finest.measure, 0, finest.group_code)
LEFT JOIN measured used ON used.measure = finest.measure AND used.level = cell_level.level AND used.partner_id = finest.partner_id
    AND (used.category_code, used.country_code, used.region_code, used.segment_code, used.price_band_code, used.maturity_code)
      = (finest.category_code, finest.country_code, finest.region_code, finest.segment_code, finest.price_band_code, finest.maturity_code)
LEFT JOIN market_group rate ON (rate.measure, rate.level, rate.group_code) = (used.measure, used.level, used.group_code)
WHERE finest.level = 0 AND finest.is_measured;

-- Floors, also below 0; the missing ones go to the largest remainders, ties by partner.
CREATE TABLE expected AS
WITH share AS (
    SELECT own.measure, partner_id, own.is_own, own.category_code, own.country_code, own.region_code, own.segment_code, own.price_band_code,
           own.maturity_code, own.hardware, own.services, rate.rate_services, rate.rate_hardware, rate.expected AS total,
           CASE WHEN rate_hardware > 0 THEN floor_div(own.hardware * rate_services * own.scale, rate_hardware) ELSE 0 END AS floored,
           CASE WHEN rate_hardware > 0 THEN floor_mod(own.hardware * rate_services * own.scale, rate_hardware) ELSE 0 END AS rest
    FROM measured own
    JOIN cell_rate rate USING (measure, category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
    WHERE own.level = 0 AND own.is_measured
), ranked AS (
    SELECT *, total - sum(floored) OVER cell AS missing,
           row_number() OVER (PARTITION BY measure, category_code, country_code, region_code, segment_code, price_band_code, maturity_code
                              ORDER BY rest DESC, partner_id) AS place
    FROM share
    WINDOW cell AS (PARTITION BY measure, category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
)
SELECT * EXCLUDE (floored, rest, missing, place, total), (floored + CASE WHEN place <= missing THEN 1 ELSE 0 END)::HUGEINT AS expected
FROM ranked;
