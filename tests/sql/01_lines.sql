-- What the sale lines and attachments of a run give to each partner's cells, in cents and units.

CREATE MACRO cents(amount) AS CAST(amount * 100 AS HUGEINT);

CREATE TABLE partner AS
SELECT partner_id, country_code, region_code, coalesce(segment_code, 'none') AS segment_code,
       is_program OR (SELECT population = 'all' FROM param) AS is_measured
FROM dim_partner;

-- Hardware of the period that no exception takes out; with windows = closed, only what had its whole window.
CREATE TABLE hardware AS
SELECT sale_line_id, partner_id, category_code, coalesce(price_band_number, 0) AS band, maturity_code, order_id,
       cents(net_amount) AS hardware_amount, CAST(net_units AS HUGEINT) AS hardware_units
FROM fact_sale_line
WHERE kind_code = 'hardware' AND is_in_period AND NOT is_before_horizon AND exception_id IS NULL
  AND (maturity_code = 'closed' OR (SELECT windows_scope = 'all' FROM param));

CREATE TABLE attached AS
SELECT hardware_sale_line_id AS sale_line_id, sum(cents(attached_amount))::HUGEINT AS services_amount,
       sum(attached_units)::HUGEINT AS attached_units, sum(packs_units)::HUGEINT AS packs
FROM fact_attachment GROUP BY ALL;

-- The same by who is credited: the cell is the hardware's, whoever that is.
CREATE TABLE credited AS
SELECT CASE WHEN (SELECT credit = 'service_seller' FROM param) THEN service_partner_id ELSE hardware_partner_id END AS partner_id,
       hardware.partner_id AS seller_id, hardware.category_code, band, maturity_code, cents(attached_amount) AS services_amount,
       CAST(attachment.attached_units AS HUGEINT) AS attached_units, CAST(packs_units AS HUGEINT) AS packs
FROM fact_attachment attachment JOIN hardware ON sale_line_id = hardware_sale_line_id;

CREATE TABLE covered AS
SELECT hardware.*, coalesce(services_amount, 0::HUGEINT) AS services_amount, coalesce(attached_units, 0::HUGEINT) AS attached_units,
       coalesce(packs, 0::HUGEINT) AS packs
FROM hardware LEFT JOIN attached USING (sale_line_id);

-- Services that are attached to nothing, by their own date; they count under services = all.
CREATE TABLE unattached AS
SELECT partner_id, category_code, cents(left_over_amount) AS services_amount, CAST(left_over_units AS HUGEINT) AS services_units
FROM fact_sale_line
WHERE (SELECT services_scope = 'all' FROM param) AND kind_code = 'service' AND NOT is_post_warranty AND is_in_period
  AND NOT is_before_horizon AND exception_id IS NULL AND (left_over_units <> 0 OR left_over_amount <> 0);

-- A group that is 0 in everything makes no cell.
CREATE TABLE contribution AS
SELECT partner_id, seller_id, category_code, band, maturity_code,
       sum(hardware_amount)::HUGEINT AS hardware_amount, sum(hardware_units)::HUGEINT AS hardware_units,
       sum(services_amount)::HUGEINT AS services_amount, sum(services_units)::HUGEINT AS services_units,
       sum(packs)::HUGEINT AS packs, sum(packs_amount)::HUGEINT AS packs_amount
FROM (
    SELECT partner_id, partner_id AS seller_id, category_code, band, maturity_code, hardware_amount, hardware_units,
           0 AS services_amount, 0 AS services_units, 0 AS packs, 0 AS packs_amount
    FROM hardware
    UNION ALL
    SELECT partner_id, seller_id, category_code, band, maturity_code, 0, 0, services_amount, attached_units, packs, services_amount
    FROM credited
    UNION ALL
    SELECT partner_id, partner_id, category_code, 0, 'closed', 0, 0, services_amount, services_units, 0, 0 FROM unattached
)
GROUP BY ALL
HAVING sum(hardware_amount) <> 0 OR sum(hardware_units) <> 0 OR sum(services_amount) <> 0 OR sum(services_units) <> 0
    OR sum(packs) <> 0 OR sum(packs_amount) <> 0;

-- A dimension that cells do not have is "all"; the region stays with the country, because the country's cells may take its rate.
CREATE TABLE partner_cell AS
SELECT partner.partner_id, partner.is_measured, category_code, family_code, bool_or(seller_id = partner.partner_id) AS is_own,
       CASE WHEN has_country THEN seller.country_code ELSE 'all' END AS country_code,
       CASE WHEN has_region OR has_country THEN seller.region_code ELSE 'all' END AS region_code,
       CASE WHEN has_segment THEN seller.segment_code ELSE 'all' END AS segment_code,
       CASE WHEN has_band THEN CAST(band AS VARCHAR) ELSE 'all' END AS price_band_code,
       CASE WHEN has_maturity THEN maturity_code ELSE 'all' END AS maturity_code,
       sum(hardware_amount)::HUGEINT AS hardware_amount, sum(hardware_units)::HUGEINT AS hardware_units,
       sum(services_amount)::HUGEINT AS services_amount, sum(services_units)::HUGEINT AS services_units,
       sum(packs)::HUGEINT AS packs, sum(packs_amount)::HUGEINT AS packs_amount
FROM contribution JOIN partner USING (partner_id) JOIN partner seller ON seller.partner_id = seller_id
JOIN dim_category USING (category_code), param
GROUP BY ALL;

-- Back from cents and millionths to the decimals of the tables.
CREATE MACRO money(amount) AS (amount::DECIMAL(38, 0) * 0.01)::DECIMAL(18, 2);
CREATE MACRO millionths(amount) AS (amount::DECIMAL(32, 0) * 0.000001)::DECIMAL(18, 6);

CREATE TABLE currency AS SELECT DISTINCT currency_code FROM fact_sale_line;
