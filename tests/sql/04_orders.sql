-- Orders: the market's dispersion, effective counts, the linearised diagnostic, and the sums behind the intervals of cells.

-- What each order has in each of its partner's cells.
CREATE TABLE order_cell AS
WITH line AS (
    SELECT covered.*, CASE WHEN has_band THEN CAST(band AS VARCHAR) ELSE 'all' END AS price_band_code,
           CASE WHEN has_maturity THEN maturity_code ELSE 'all' END AS cell_maturity
    FROM covered, param
    WHERE hardware_units <> 0 OR hardware_amount <> 0 OR services_amount <> 0 OR attached_units <> 0 OR packs <> 0
)
SELECT partner_id, order_id, category_code, price_band_code, cell_maturity AS maturity_code,
       sum(hardware_amount)::HUGEINT AS hardware_amount, sum(hardware_units)::HUGEINT AS hardware_units,
       sum(services_amount)::HUGEINT AS services_amount, sum(attached_units)::HUGEINT AS attached_units
FROM line JOIN partner USING (partner_id) WHERE is_measured GROUP BY ALL;

CREATE TABLE order_measure AS
SELECT 'revenue' AS measure, hardware_amount AS hardware, services_amount AS services, * FROM order_cell
UNION ALL
SELECT 'units', hardware_units, attached_units, * FROM order_cell;

CREATE TABLE slice AS
SELECT own.measure, own.partner_id, own.order_id, family_code, sum(own.services)::DOUBLE AS services,
       sum(CASE WHEN cell.rate_hardware > 0 THEN own.hardware::DOUBLE * (cell.rate_services::DOUBLE / cell.rate_hardware::DOUBLE)
                ELSE 0 END ORDER BY own.category_code, own.price_band_code, own.maturity_code) AS expected,
       sum(coalesce(own.hardware::DOUBLE * (others.services::DOUBLE / others.hardware::DOUBLE), 0)
           ORDER BY own.category_code, own.price_band_code, own.maturity_code) AS others_expected
FROM order_measure own
JOIN (SELECT * FROM expected WHERE is_own) cell USING (measure, partner_id, category_code, price_band_code, maturity_code)
JOIN others_rate others
    USING (measure, partner_id, category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
JOIN dim_category USING (category_code)
GROUP BY ALL;

CREATE TABLE binned AS
SELECT *, CAST(floor(10 * (row_number() OVER family - 1) / count(*) OVER (PARTITION BY measure, family_code)) AS INTEGER) AS bin
FROM slice WINDOW family AS (PARTITION BY measure, family_code ORDER BY expected, partner_id, order_id);

CREATE TABLE dispersion AS
WITH tenth AS (SELECT DISTINCT measure, family_code, bin FROM (SELECT DISTINCT measure, family_code FROM slice), range(10) bins(bin)),
counted AS (
    SELECT measure, family_code, bin, count(*) AS slices, count(*) FILTER (expected > 0) AS counted,
           fsum(pow((services - expected) / expected, 2)) FILTER (expected > 0) / nullif(count(*) FILTER (expected > 0), 0) AS kappa
    FROM binned GROUP BY ALL
)
SELECT measure, family_code, bin, coalesce(slices, 0) AS slices, coalesce(counted, 0) AS counted, kappa,
       -- A tenth of which nothing is expected takes the next larger one's.
       coalesce(first_value(kappa IGNORE NULLS) OVER (PARTITION BY measure, family_code ORDER BY bin
                                                      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING), 0) AS kappa_used
FROM tenth LEFT JOIN counted USING (measure, family_code, bin);

CREATE TABLE variance AS
SELECT measure, partner_id, fsum(kappa_used * expected * expected) AS variance,
       fsum(kappa_used * others_expected * others_expected) AS others_variance
FROM binned JOIN dispersion USING (measure, family_code, bin) GROUP BY ALL;

CREATE TABLE linearised AS
WITH whole AS (
    SELECT measure, partner_id, order_id, sum(services) AS s, sum(expected) AS e FROM slice GROUP BY ALL
), total AS (
    SELECT measure, partner_id, count(*) AS orders, fsum(s) AS s, fsum(e) AS e FROM whole GROUP BY ALL
)
SELECT measure, partner_id, total.orders, total.s / total.e AS centre,
       sqrt(total.orders / (total.orders - 1) * fsum(pow(whole.s - total.s / total.e * whole.e, 2))) / total.e AS error
FROM total JOIN whole USING (measure, partner_id) WHERE total.orders >= 2 AND total.e > 0
GROUP BY measure, partner_id, total.orders, total.s, total.e;

CREATE TABLE orders AS SELECT partner_id, count(DISTINCT order_id) AS orders FROM order_cell GROUP BY ALL;

CREATE TABLE cell_orders AS
WITH own AS (
    SELECT measure, category_code, country_code, region_code, segment_code, price_band_code, maturity_code,
           order_measure.hardware AS h, order_measure.services AS s
    FROM order_measure
    JOIN (SELECT * FROM expected WHERE is_own) USING (measure, partner_id, category_code, price_band_code, maturity_code)
), total AS (
    SELECT measure, category_code, country_code, region_code, segment_code, price_band_code, maturity_code,
           count(*) AS orders, sum(h)::DOUBLE AS hardware, sum(s)::DOUBLE AS services
    FROM own GROUP BY ALL
)
SELECT measure, category_code, country_code, region_code, segment_code, price_band_code, maturity_code, orders, hardware, services,
       sum(h * h)::DOUBLE AS hardware_squares,
       CASE WHEN orders >= 2 AND hardware > 0
            THEN orders / (orders - 1) * fsum(pow(s - services / hardware * h, 2)) / (hardware * hardware) END AS variance
FROM own JOIN total USING (measure, category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
GROUP BY measure, category_code, country_code, region_code, segment_code, price_band_code, maturity_code, orders, hardware, services;
