-- The rate of the others for each of a partner's cells: of the finest level that is usable without the partner.

CREATE TABLE others_rate AS
WITH candidate AS (
    SELECT own.measure, own.partner_id, own.category_code, own.country_code, own.region_code, own.segment_code, own.price_band_code,
           own.maturity_code, own.hardware AS own_hardware, own.level,
           market.hardware - mine.hardware AS hardware, market.services - mine.services AS services,
           market.contributors - CASE WHEN mine.hardware > 0 THEN 1 ELSE 0 END AS contributors
    FROM measured own
    JOIN own_group mine USING (measure, level, group_code, partner_id)
    JOIN market_group market USING (measure, level, group_code)
    WHERE own.is_measured
)
SELECT measure, partner_id, category_code, country_code, region_code, segment_code, price_band_code, maturity_code,
       any_value(own_hardware) AS own_hardware,
       arg_min(services, level) FILTER (contributors >= min_partners AND hardware > 0 AND services >= 0) AS services,
       arg_min(hardware, level) FILTER (contributors >= min_partners AND hardware > 0 AND services >= 0) AS hardware
FROM candidate, param GROUP BY ALL;
