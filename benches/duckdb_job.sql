-- The product's job as one would write it by hand in DuckDB: load, restatements and repeats, partners, categories, FX, returns,
-- the invoice and the customer rung, cell sums, expected services, and the two fact tables as zstd Parquet.
--
-- Run by benches/compare.py in its work folder: `data` is the generated population, `utf8` holds the Windows-1252 files of
-- distributor B as UTF-8 (DuckDB's Latin-1 reader refuses them; the conversion is not timed), `reference` is pipelines/reference,
-- `out` is an empty folder. Threads and memory limit are set by compare.py, which also makes the period's variables from the
-- pipeline file: period_from, period_to, as_of.
--
-- It does less than the product, to DuckDB's advantage:
--   * Records that do not parse vanish (ignore_errors); those that do not cast, or whose location is unknown, are counted by one
--     cause and no place, field or raw text is kept. Nothing is reconciled, and there is no line number in the facts.
--   * TRY_CAST is more lenient than the declared formats ( 1e3, +5, surplus decimals).
--   * Superseded and repeated files are not read, so their records are not counted; files are hashed only where sizes are equal.
--   * Repeats across feeds are judged by the units of the group only, not by serials; a disagreement is no finding.
--   * Registrations are not read, since the serial rung is left out, and so are the order rung and add-ons.
--   * Returns: by invoice, else the latest lines not after the last of the unmatched returns; not by serial, not one by one.
--     A returned unit takes its share of the sale's money along, not the money of the return.
--   * Rungs: a service line that finds no hardware within its lead days still passes over the units it could not take, so that a
--     few units stay free which the product attaches to later services.
--   * fact_sale_line is not sorted a last time: DuckDB was seen to swap whole row groups now and then.
--   * Amounts are split by cumulative rounding instead of largest remainders; what is left over has no reason.
--   * One level of back-off, no units measure, intervals, verdicts, report, case files, contract, manifest, cache or hashes.

SET preserve_insertion_order = false;
SET VARIABLE window_days = 90;
SET VARIABLE lead_days = 30;
SET VARIABLE min_partners = 5;

-- Reference tables ------------------------------------------------------------------------------------------------------------

CREATE TEMP TABLE product AS
SELECT upper(trim(sku)) AS base_sku, kind AS kind_code, category_code, is_post_warranty
FROM read_csv('data/reference/products.csv', header = true, auto_detect = false, quote = '"', columns = {
    'sku': 'VARCHAR', 'description': 'VARCHAR', 'kind': 'VARCHAR', 'category_code': 'VARCHAR', 'is_post_warranty': 'BOOLEAN'});

CREATE TEMP TABLE product_line AS
SELECT product_line_code, kind AS kind_code, category_code
FROM read_csv('reference/product_lines.csv', header = true, auto_detect = false, columns = {
    'product_line_code': 'VARCHAR', 'kind': 'VARCHAR', 'category_code': 'VARCHAR'});

CREATE TEMP TABLE category_rule AS
SELECT row_number() OVER () AS rule_number, field, pattern, kind AS kind_code, category_code, is_post_warranty
FROM read_csv('reference/category_rules.csv', header = true, auto_detect = false, quote = '"', parallel = false, columns = {
    'field': 'VARCHAR', 'pattern': 'VARCHAR', 'kind': 'VARCHAR', 'category_code': 'VARCHAR', 'is_post_warranty': 'BOOLEAN'});

CREATE TEMP TABLE partner AS
SELECT partner_id, partner_name, country_code, is_program
FROM read_csv('data/reference/partners.csv', header = true, auto_detect = false, quote = '"', columns = {
    'partner_id': 'VARCHAR', 'partner_name': 'VARCHAR', 'hq_id': 'VARCHAR', 'country_code': 'VARCHAR',
    'region_code': 'VARCHAR', 'is_program': 'BOOLEAN', 'manager_name': 'VARCHAR'});

CREATE TEMP TABLE location AS
SELECT feed_id, location_id, partner_id, coalesce(valid_from, DATE '0001-01-01') AS valid_from,
       coalesce(valid_to, DATE '9999-12-31') AS valid_to
FROM read_csv('data/reference/locations.csv', header = true, auto_detect = false, columns = {
    'feed_id': 'VARCHAR', 'location_id': 'VARCHAR', 'partner_id': 'VARCHAR', 'valid_from': 'DATE', 'valid_to': 'DATE'});

CREATE TEMP TABLE fx AS
SELECT strptime(month, '%Y-%m')::DATE AS month, currency_code, (rate * 100000000)::BIGINT AS rate_e8
FROM read_csv('data/reference/fx.csv', header = true, auto_detect = false, columns = {
    'month': 'VARCHAR', 'currency_code': 'VARCHAR', 'rate': 'DECIMAL(12,8)'});

-- Restatements and files that came twice: settled from names, versions and contents before anything is read -------------------

CREATE TEMP TABLE sales_file AS
SELECT row_number() OVER (ORDER BY filename) AS file_id, filename, size,
       parse_path(filename)[-2] AS feed_id,
       regexp_extract(filename, '_(\d{6})_v\d+\.', 1) AS period,
       regexp_extract(filename, '_\d{6}_v(\d+)\.', 1)::INTEGER AS version
FROM read_blob(['data/*/distributor_a/*.csv', 'utf8/*/distributor_b/*.txt', 'data/*/vendor_direct/*.tsv']);

SET VARIABLE equal_sizes = (
    SELECT coalesce(list(filename), []) FROM sales_file
    SEMI JOIN (SELECT feed_id, size FROM sales_file GROUP BY ALL HAVING count(*) > 1) USING (feed_id, size));
SET VARIABLE repeated = (
    SELECT coalesce(list(filename), []) FROM (
        SELECT filename FROM read_blob(getvariable('equal_sizes'))
        QUALIFY row_number() OVER (PARTITION BY parse_path(filename)[-2], sha256(content) ORDER BY filename) > 1));

CREATE TEMP TABLE kept_file AS
SELECT file_id, feed_id, filename FROM sales_file
WHERE NOT list_contains(getvariable('repeated'), filename)
QUALIFY version = max(version) OVER (PARTITION BY feed_id, period);

SET VARIABLE files_a = (SELECT list(filename) FROM kept_file WHERE feed_id = 'distributor_a');
SET VARIABLE files_b = (SELECT list(filename) FROM kept_file WHERE feed_id = 'distributor_b');
SET VARIABLE files_direct = (SELECT list(filename) FROM kept_file WHERE feed_id = 'vendor_direct');

-- Raw records, cast by the format of their feed -------------------------------------------------------------------------------

-- 1.234,50- as 1234.50, and a sign in front.
CREATE TEMP MACRO german(number) AS
    CASE WHEN suffix(number, '-') THEN '-' ELSE '' END || replace(replace(rtrim(number, '-'), '.', ''), ',', '.');

-- Cents times rate (eight decimals), half to even; integer division cuts towards zero.
CREATE TEMP MACRO to_reporting(cents, rate_e8) AS
    (cents * rate_e8) // 100000000 + sign(cents)::BIGINT * CASE
        WHEN abs((cents * rate_e8) % 100000000) > 50000000 THEN 1
        WHEN abs((cents * rate_e8) % 100000000) < 50000000 THEN 0
        ELSE abs((cents * rate_e8) // 100000000) % 2 END;

CREATE TEMP VIEW raw_line AS
SELECT 'distributor_a' AS feed_id, 20 AS priority, filename, reseller_id AS location_id,
       TRY_CAST(invoice_date AS DATE) AS invoice_date, invoice_no AS invoice_number, product_no AS raw_sku, description,
       NULL AS label, product_line AS product_line_code, TRY_CAST(qty AS BIGINT) AS quantity_units,
       TRY_CAST(ext_amount AS DECIMAL(18, 2)) AS source_amount, currency AS source_currency_code, serial_no AS serials,
       customer_po AS purchase_order_number, sales_order AS sales_order_number, end_customer AS end_customer_id,
       certificate_no AS certificate_number
FROM read_csv(getvariable('files_a'), auto_detect = false, header = true, ignore_errors = true,
    delim = ',', quote = '"', escape = '"', filename = true, columns = {
        'reseller_id': 'VARCHAR', 'reseller_name': 'VARCHAR', 'invoice_no': 'VARCHAR', 'invoice_date': 'VARCHAR',
        'product_no': 'VARCHAR', 'description': 'VARCHAR', 'product_line': 'VARCHAR', 'qty': 'VARCHAR',
        'ext_amount': 'VARCHAR', 'currency': 'VARCHAR', 'serial_no': 'VARCHAR', 'customer_po': 'VARCHAR',
        'sales_order': 'VARCHAR', 'end_customer': 'VARCHAR', 'certificate_no': 'VARCHAR'})
UNION ALL
SELECT 'distributor_b', 20, filename, "Händler-Nr", TRY_STRPTIME("Rechnungsdatum", '%d.%m.%Y')::DATE, "Rechnung", "Artikel",
       "Bezeichnung", "Warengruppe", NULL, TRY_CAST(german("Menge") AS BIGINT),
       TRY_CAST(german("Nettobetrag") AS DECIMAL(18, 2)), "Währung", "Seriennummern", "Kundenbestellung", "Auftrag",
       "Endkunde", "Zertifikat"
FROM read_csv(getvariable('files_b'), auto_detect = false, header = true, ignore_errors = true,
    delim = ';', quote = '"', escape = '"', filename = true, columns = {
        'Händler-Nr': 'VARCHAR', 'Händler': 'VARCHAR', 'Rechnung': 'VARCHAR', 'Rechnungsdatum': 'VARCHAR',
        'Artikel': 'VARCHAR', 'Bezeichnung': 'VARCHAR', 'Warengruppe': 'VARCHAR', 'Menge': 'VARCHAR',
        'Nettobetrag': 'VARCHAR', 'Währung': 'VARCHAR', 'Seriennummern': 'VARCHAR', 'Kundenbestellung': 'VARCHAR',
        'Auftrag': 'VARCHAR', 'Endkunde': 'VARCHAR', 'Zertifikat': 'VARCHAR'})
UNION ALL
SELECT 'vendor_direct', 10, filename, sold_to, TRY_CAST(invoice_date AS DATE), invoice, product_no, description, NULL, pl,
       CASE txn_type WHEN 'RET' THEN -1 ELSE 1 END * TRY_CAST(quantity AS BIGINT),
       CASE txn_type WHEN 'RET' THEN -1 ELSE 1 END * TRY_CAST(net_value AS DECIMAL(18, 2)), currency, serials, customer_po,
       order_no, end_customer, certificate
FROM read_csv(getvariable('files_direct'), auto_detect = false, header = true, ignore_errors = true,
    delim = '\t', quote = '', escape = '', filename = true, columns = {
        'sold_to': 'VARCHAR', 'order_no': 'VARCHAR', 'invoice': 'VARCHAR', 'invoice_date': 'VARCHAR',
        'product_no': 'VARCHAR', 'description': 'VARCHAR', 'pl': 'VARCHAR', 'txn_type': 'VARCHAR',
        'quantity': 'VARCHAR', 'net_value': 'VARCHAR', 'currency': 'VARCHAR', 'serials': 'VARCHAR',
        'customer_po': 'VARCHAR', 'end_customer': 'VARCHAR', 'certificate': 'VARCHAR'});

-- Partner, reporting currency and the master's category. Money is in cents from here on. The texts that only the rules read are
-- kept where the master does not know the SKU. The planner takes raw text files for small tables and would build its hash
-- tables on them, which costs twice the time; without that optimizer it builds on the reference tables.
SET disabled_optimizers = 'build_side_probe_side';
CREATE TEMP TABLE typed AS
SELECT raw_line.* EXCLUDE (filename, source_amount, raw_sku, location_id, description, label, product_line_code), file_id,
       CASE WHEN product.kind_code IS NULL THEN description END AS description,
       CASE WHEN product.kind_code IS NULL THEN label END AS label,
       CASE WHEN product.kind_code IS NULL THEN product_line_code END AS product_line_code,
       upper(trim(split_part(raw_sku, '#', 1))) AS sku, nullif(upper(trim(split_part(raw_sku, '#', 2))), '') AS sku_option,
       (source_amount * 100)::BIGINT AS source_cents,
       to_reporting((source_amount * 100)::BIGINT, rate_e8) AS sale_cents,
       partner_id, product.kind_code, product.category_code, product.is_post_warranty
FROM raw_line
JOIN kept_file USING (filename)
LEFT JOIN location ON location.feed_id = raw_line.feed_id AND location.location_id = raw_line.location_id
    AND invoice_date BETWEEN valid_from AND valid_to
LEFT JOIN fx ON fx.month = date_trunc('month', invoice_date)::DATE AND fx.currency_code = source_currency_code
LEFT JOIN product ON product.base_sku = upper(trim(split_part(raw_sku, '#', 1)));
SET disabled_optimizers = '';

-- What is not in the master: by product line, else by the first rule that matches, once for each different text.
CREATE TEMP TABLE classified AS
WITH text AS (
    SELECT DISTINCT sku, product_line_code, description, label FROM typed WHERE kind_code IS NULL
), by_line AS (
    SELECT text.*, product_line.kind_code, product_line.category_code
    FROM text LEFT JOIN product_line USING (product_line_code)
), by_rule AS (
    SELECT by_line.sku, product_line_code, description, label,
           arg_min(category_rule, rule_number) AS rule
    FROM by_line JOIN category_rule ON regexp_matches(
        CASE field WHEN 'sku' THEN by_line.sku WHEN 'description' THEN description ELSE label END, pattern, 'i')
    WHERE by_line.kind_code IS NULL
    GROUP BY ALL
)
SELECT by_line.sku, by_line.product_line_code, by_line.description, by_line.label,
       CASE WHEN by_line.kind_code IS NOT NULL THEN 'product_line' WHEN rule IS NOT NULL THEN 'rule' ELSE 'unmapped' END
           AS classification_code,
       coalesce(by_line.kind_code, rule.kind_code, 'unmapped') AS kind_code,
       coalesce(by_line.category_code, rule.category_code) AS category_code,
       coalesce(rule.is_post_warranty, false) AS is_post_warranty
FROM by_line LEFT JOIN by_rule ON by_rule.sku = by_line.sku
    AND by_rule.product_line_code IS NOT DISTINCT FROM by_line.product_line_code
    AND by_rule.description IS NOT DISTINCT FROM by_line.description AND by_rule.label IS NOT DISTINCT FROM by_line.label;

-- The same sale by a distributor and by the vendor: a group of the vendor's whose units sum to the distributor's is a repeat.
CREATE TEMP TABLE repeated_group AS
WITH units AS (
    SELECT partner_id, invoice_number, sku, invoice_date, priority, sum(quantity_units) AS units
    FROM typed
    SEMI JOIN (SELECT partner_id, invoice_number FROM typed WHERE partner_id IS NOT NULL AND invoice_number IS NOT NULL
               GROUP BY ALL HAVING min(priority) < max(priority)) USING (partner_id, invoice_number)
    GROUP BY ALL
)
SELECT lower.partner_id, lower.invoice_number, lower.sku, lower.invoice_date, lower.priority
FROM units lower JOIN units upper USING (partner_id, invoice_number, sku, invoice_date)
WHERE lower.priority < upper.priority AND lower.units = upper.units;

CREATE TEMP TABLE audit AS
SELECT feed_id, CASE
           WHEN sku IS NULL OR sku = '' OR invoice_date IS NULL OR quantity_units IS NULL OR source_cents IS NULL THEN 'NOT_CAST'
           WHEN invoice_date > getvariable('as_of') THEN 'AFTER_AS_OF'
           WHEN sale_cents IS NULL THEN 'NO_RATE'
           WHEN partner_id IS NULL THEN 'UNKNOWN_PARTNER'
           ELSE 'accepted_or_repeat' END AS disposition_code,
       count(*) AS records, sum(quantity_units) AS units, sum(source_cents) AS source_cents
FROM typed GROUP BY ALL;

-- Accepted lines in the order of their key; the row's number is the line's id.
CREATE TEMP TABLE line AS
SELECT typed.* EXCLUDE (kind_code, category_code, is_post_warranty, description, label, product_line_code, priority),
       coalesce(typed.kind_code, classified.kind_code) AS kind_code,
       CASE WHEN typed.kind_code IS NOT NULL THEN typed.category_code ELSE classified.category_code END AS category_code,
       coalesce(typed.is_post_warranty, classified.is_post_warranty) AS is_post_warranty,
       coalesce(classification_code, 'master') AS classification_code
FROM typed
LEFT JOIN classified ON typed.kind_code IS NULL AND classified.sku = typed.sku
    AND classified.product_line_code IS NOT DISTINCT FROM typed.product_line_code
    AND classified.description IS NOT DISTINCT FROM typed.description AND classified.label IS NOT DISTINCT FROM typed.label
ANTI JOIN repeated_group ON repeated_group.partner_id = typed.partner_id
    AND repeated_group.invoice_number = typed.invoice_number AND repeated_group.sku = typed.sku
    AND repeated_group.invoice_date = typed.invoice_date AND repeated_group.priority = typed.priority
WHERE typed.sku <> '' AND typed.invoice_date <= getvariable('as_of') AND quantity_units IS NOT NULL
    AND sale_cents IS NOT NULL AND typed.partner_id IS NOT NULL
ORDER BY typed.partner_id, typed.invoice_date, typed.invoice_number, typed.sku, serials, quantity_units, sale_cents,
    purchase_order_number, sales_order_number, end_customer_id, certificate_number, typed.feed_id;
DROP TABLE typed;

-- Returns: units laid end to end, those of the returns against those of the latest lines --------------------------------------

CREATE TEMP TABLE returnable AS
SELECT rowid AS line_id, partner_id, sku, invoice_number, invoice_date, quantity_units AS units
FROM line SEMI JOIN (SELECT DISTINCT partner_id, sku FROM line WHERE quantity_units < 0) USING (partner_id, sku)
WHERE quantity_units <> 0;

CREATE TEMP TABLE returned_by_invoice AS
WITH returned AS (
    SELECT partner_id, sku, invoice_number, -sum(units) AS wanted, max(invoice_date) AS last_date
    FROM returnable WHERE units < 0 AND invoice_number IS NOT NULL GROUP BY ALL
), sold AS (
    SELECT line_id, partner_id, sku, invoice_number, units, wanted,
           sum(units) OVER (PARTITION BY partner_id, sku, invoice_number ORDER BY line_id DESC) - units AS before
    FROM returnable JOIN returned USING (partner_id, sku, invoice_number)
    WHERE units > 0 AND invoice_date <= last_date
)
SELECT line_id, partner_id, sku, invoice_number, least(units, wanted - before)::BIGINT AS units FROM sold WHERE before < wanted;

-- Returns in the order of their lines take what their invoice gave; the rest goes to the partner's latest lines of the SKU.
CREATE TEMP TABLE return_rest AS
WITH given AS (
    SELECT partner_id, sku, invoice_number, sum(units) AS given FROM returned_by_invoice GROUP BY ALL
), laid AS (
    SELECT line_id, partner_id, sku, invoice_date, -units AS units, coalesce(given, 0) AS given,
           sum(-units) OVER (PARTITION BY partner_id, sku, invoice_number ORDER BY line_id) AS through
    FROM returnable LEFT JOIN given USING (partner_id, sku, invoice_number) WHERE units < 0
)
SELECT line_id, partner_id, sku, invoice_date, least(units, greatest(0, through - given))::BIGINT AS units FROM laid;

CREATE TEMP TABLE returned_latest AS
WITH returned AS (
    SELECT partner_id, sku, sum(units) AS wanted, max(invoice_date) AS last_date FROM return_rest WHERE units > 0 GROUP BY ALL
), sold AS (
    SELECT line_id, partner_id, sku, wanted, returnable.units - coalesce(returned_by_invoice.units, 0) AS units,
           sum(returnable.units - coalesce(returned_by_invoice.units, 0))
               OVER (PARTITION BY partner_id, sku ORDER BY line_id DESC) AS through
    FROM returnable JOIN returned USING (partner_id, sku)
    LEFT JOIN (SELECT line_id, units FROM returned_by_invoice) returned_by_invoice USING (line_id)
    WHERE returnable.units > 0 AND invoice_date <= last_date
)
SELECT line_id, partner_id, sku, least(units, wanted - (through - units))::BIGINT AS units
FROM sold WHERE units > 0 AND through - units < wanted;

-- What a line keeps. A return keeps the units that no line gave; its other money leaves the lines that gave them.
CREATE TEMP TABLE changed AS
WITH taken AS (
    SELECT line_id, sum(units)::BIGINT AS units
    FROM (SELECT line_id, units FROM returned_by_invoice UNION ALL SELECT line_id, units FROM returned_latest) GROUP BY ALL
), pool AS (
    SELECT partner_id, sku, sum(units) AS given FROM returned_latest GROUP BY ALL
), kept_return AS (
    SELECT line_id, least(return_rest.units, greatest(0, sum(return_rest.units)
               OVER (PARTITION BY partner_id, sku ORDER BY line_id) - coalesce(given, 0)))::BIGINT AS units
    FROM return_rest LEFT JOIN pool USING (partner_id, sku)
)
SELECT line_id, -units AS net_units FROM kept_return
UNION ALL
SELECT line_id, returnable.units - taken.units FROM taken JOIN returnable USING (line_id);

-- A returned unit takes its own share of the sale's money with it.
CREATE TEMP TABLE net AS
SELECT line.rowid AS line_id, partner_id, invoice_number, end_customer_id, category_code, invoice_date, kind_code,
       coalesce(net_units, quantity_units) AS units,
       CASE WHEN net_units IS NULL THEN sale_cents ELSE sale_cents * net_units // quantity_units END AS cents
FROM line LEFT JOIN changed ON changed.line_id = line.rowid
WHERE kind_code = 'hardware' OR (kind_code = 'service' AND NOT is_post_warranty);

-- The two rungs ---------------------------------------------------------------------------------------------------------------
-- Inside a group, hardware units and service units are laid end to end in line order; a service starts where the one before it
-- ended, or past the hardware whose window has closed by its day, whichever is further: a running maximum. Where intervals
-- overlap, units are attached. `hardware_open` and `service_open` are the candidates: units left, and the rung's key.

CREATE TEMP MACRO allot(hardware_open, service_open) AS TABLE
WITH hardware AS (
    SELECT line_id, key, partner_id, category_code, invoice_date, units,
           sum(units) OVER (PARTITION BY key, partner_id, category_code ORDER BY line_id) AS through
    FROM query_table(hardware_open)
    SEMI JOIN query_table(service_open) USING (key, partner_id, category_code)
), service AS (
    SELECT line_id, key, partner_id, category_code, invoice_date, units,
           sum(units) OVER (PARTITION BY key, partner_id, category_code ORDER BY line_id) AS through
    FROM query_table(service_open)
    SEMI JOIN query_table(hardware_open) USING (key, partner_id, category_code)
), passed AS (
    SELECT service.*, coalesce(hardware.through, 0) AS closed
    FROM service ASOF LEFT JOIN (
        SELECT key, partner_id, category_code, invoice_date, max(through) AS through FROM hardware GROUP BY ALL
    ) hardware ON hardware.key = service.key AND hardware.partner_id = service.partner_id
        AND hardware.category_code = service.category_code
        AND hardware.invoice_date < service.invoice_date - getvariable('window_days')::INTEGER
), placed AS (
    SELECT passed.*, through + max(closed - (through - units))
               OVER (PARTITION BY key, partner_id, category_code ORDER BY line_id) AS stop
    FROM passed
)
SELECT service.line_id AS service_line_id, hardware.line_id AS hardware_line_id,
       (least(service.stop, hardware.through)
           - greatest(service.stop - service.units, hardware.through - hardware.units))::BIGINT AS units
FROM placed service JOIN hardware USING (key, partner_id, category_code)
WHERE service.stop - service.units < hardware.through AND hardware.through - hardware.units < service.stop
    AND service.invoice_date BETWEEN hardware.invoice_date - getvariable('lead_days')::INTEGER
        AND hardware.invoice_date + getvariable('window_days')::INTEGER;

CREATE TEMP VIEW hardware_by_invoice AS
SELECT line_id, invoice_number AS key, partner_id, category_code, invoice_date, units
FROM net WHERE kind_code = 'hardware' AND units > 0 AND invoice_number IS NOT NULL;
CREATE TEMP VIEW service_by_invoice AS
SELECT line_id, invoice_number AS key, partner_id, category_code, invoice_date, units
FROM net WHERE kind_code = 'service' AND units > 0 AND invoice_number IS NOT NULL;
CREATE TEMP TABLE by_invoice AS SELECT * FROM allot('hardware_by_invoice', 'service_by_invoice');

CREATE TEMP TABLE hardware_by_customer AS
SELECT line_id, end_customer_id AS key, partner_id, category_code, invoice_date, (net.units - coalesce(taken, 0))::BIGINT AS units
FROM net LEFT JOIN (SELECT hardware_line_id AS line_id, sum(units) AS taken FROM by_invoice GROUP BY ALL) USING (line_id)
WHERE kind_code = 'hardware' AND end_customer_id IS NOT NULL AND net.units > coalesce(taken, 0);
CREATE TEMP TABLE service_by_customer AS
SELECT line_id, end_customer_id AS key, partner_id, category_code, invoice_date, (net.units - coalesce(taken, 0))::BIGINT AS units
FROM net LEFT JOIN (SELECT service_line_id AS line_id, sum(units) AS taken FROM by_invoice GROUP BY ALL) USING (line_id)
WHERE kind_code = 'service' AND end_customer_id IS NOT NULL AND net.units > coalesce(taken, 0);

CREATE TEMP TABLE attachment AS
WITH both_rungs AS (
    SELECT 'invoice' AS rung_code, 1 AS rung, * FROM by_invoice
    UNION ALL
    SELECT 'customer', 2, * FROM allot('hardware_by_customer', 'service_by_customer')
), laid AS (
    SELECT *, sum(units) OVER (PARTITION BY service_line_id ORDER BY rung, hardware_line_id) AS through FROM both_rungs
)
SELECT service_line_id, hardware_line_id, rung_code, laid.units, service.partner_id, hardware.category_code,
       hardware.invoice_date AS hardware_date, service.invoice_date AS service_date,
       (service.cents * through // service.units - service.cents * (through - laid.units) // service.units)::BIGINT AS cents
FROM laid
JOIN net service ON service.line_id = service_line_id
JOIN net hardware ON hardware.line_id = hardware_line_id;

-- Benchmark -------------------------------------------------------------------------------------------------------------------

CREATE TEMP MACRO maturity(hardware_date) AS
    CASE WHEN hardware_date + getvariable('window_days')::INTEGER <= getvariable('as_of') THEN 'closed' ELSE 'open' END;

CREATE TEMP TABLE partner_cell AS
WITH money AS (
    SELECT partner_id, category_code, maturity(invoice_date) AS maturity_code, sum(cents) AS hardware_cents,
           0 AS services_cents, sum(units) AS hardware_units, 0 AS attached_units
    FROM net WHERE kind_code = 'hardware' AND invoice_date BETWEEN getvariable('period_from') AND getvariable('period_to')
    GROUP BY ALL
    UNION ALL
    SELECT partner_id, category_code, maturity(hardware_date), 0, sum(cents), 0, sum(units)
    FROM attachment WHERE hardware_date BETWEEN getvariable('period_from') AND getvariable('period_to')
    GROUP BY ALL
)
SELECT partner_id, category_code, country_code, maturity_code, is_program,
       sum(hardware_cents)::BIGINT AS hardware_cents, sum(services_cents)::BIGINT AS services_cents,
       sum(hardware_units)::BIGINT AS hardware_units, sum(attached_units)::BIGINT AS attached_units
FROM money JOIN partner USING (partner_id) GROUP BY ALL;

CREATE TEMP TABLE benchmark_cell AS
WITH cell AS (
    SELECT category_code, country_code, maturity_code, sum(hardware_cents) AS hardware_cents,
           sum(services_cents) AS services_cents, sum(hardware_units) AS hardware_units, sum(attached_units) AS attached_units,
           count(*) FILTER (hardware_cents > 0) AS contributors_count
    FROM partner_cell WHERE is_program GROUP BY ALL
), category AS (
    SELECT category_code, sum(hardware_cents) AS hardware_cents, sum(services_cents) AS services_cents FROM cell GROUP BY ALL
)
SELECT cell.*, CASE WHEN enough THEN 'cell' ELSE 'category' END AS rate_level_code,
       CASE WHEN enough THEN cell.hardware_cents ELSE category.hardware_cents END AS rate_hardware_cents,
       CASE WHEN enough THEN cell.services_cents ELSE category.services_cents END AS rate_services_cents
FROM (SELECT *, contributors_count >= getvariable('min_partners') AND hardware_cents > 0 AS enough FROM cell) cell
JOIN category USING (category_code);

CREATE TEMP TABLE expected AS
SELECT partner_cell.*, CASE WHEN is_program THEN
           round_even(partner_cell.hardware_cents * (rate_services_cents::DOUBLE / rate_hardware_cents), 0)::BIGINT ELSE 0 END
           AS expected_cents
FROM partner_cell LEFT JOIN benchmark_cell USING (category_code, country_code, maturity_code);

-- Tables ----------------------------------------------------------------------------------------------------------------------

CREATE TEMP MACRO money(cents) AS (cents::DECIMAL(18, 0) / 100)::DECIMAL(18, 2);

COPY (SELECT feed_id, disposition_code, records, units, money(source_cents) AS source_amount FROM audit ORDER BY ALL)
TO 'out/audit_feed.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT category_code, country_code, maturity_code, money(hardware_cents) AS hardware_amount,
           money(services_cents) AS services_amount, contributors_count, rate_level_code,
           money(rate_services_cents) AS rate_services_amount, money(rate_hardware_cents) AS rate_hardware_amount,
           hardware_units, attached_units
    FROM benchmark_cell ORDER BY ALL
) TO 'out/fact_benchmark_cell.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT partner_id, category_code, country_code, maturity_code, money(hardware_cents) AS hardware_amount,
           money(services_cents) AS services_amount, money(expected_cents) AS expected_amount,
           money(expected_cents - services_cents) AS shortfall_amount, hardware_units, attached_units, 'USD' AS currency_code
    FROM expected ORDER BY ALL
) TO 'out/fact_partner_cell.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT partner_id, any_value(partner_name) AS partner_name, money(sum(hardware_cents)) AS hardware_amount,
           money(sum(services_cents)) AS services_amount, money(sum(expected_cents)) AS expected_amount,
           sum(services_cents) / nullif(sum(expected_cents), 0) AS revenue_pri_rate, sum(hardware_units) AS hardware_units,
           sum(attached_units) AS attached_units, 'USD' AS currency_code
    FROM partner LEFT JOIN expected USING (partner_id) GROUP BY partner_id ORDER BY partner_id
) TO 'out/fact_partner_index.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT service_line_id AS service_sale_line_id, hardware_line_id AS hardware_sale_line_id, rung_code, false AS is_add_on,
           units AS packs_units, units AS attached_units, money(cents) AS attached_amount,
           partner_id AS service_partner_id, partner_id AS hardware_partner_id, category_code, hardware_date, service_date,
           service_date - hardware_date AS days_to_attach_days, 'USD' AS currency_code
    FROM attachment ORDER BY service_line_id, hardware_line_id
) TO 'out/fact_attachment.parquet' (FORMAT parquet, COMPRESSION zstd);

CREATE TEMP TABLE attached AS
SELECT service_line_id AS line_id, sum(units)::BIGINT AS units, sum(cents)::BIGINT AS cents FROM attachment GROUP BY ALL
UNION ALL
SELECT hardware_line_id, sum(units)::BIGINT, sum(cents)::BIGINT FROM attachment GROUP BY ALL;

-- The lines are in order already and every join looks up, so nothing is sorted again: a sort here costs half as much again.
SET preserve_insertion_order = true;
COPY (
    SELECT line.rowid AS sale_line_id, partner_id, feed_id, file_id, invoice_date, invoice_number, sku, sku_option, kind_code,
           category_code, classification_code, is_post_warranty, quantity_units, money(sale_cents) AS sale_amount,
           money(source_cents) AS source_amount, source_currency_code,
           coalesce(net_units, quantity_units) AS net_units,
           money(CASE WHEN net_units IS NULL THEN sale_cents ELSE sale_cents * net_units // quantity_units END) AS net_amount,
           coalesce(attached.units, 0) AS attached_units, money(coalesce(attached.cents, 0)) AS attached_amount,
           CASE kind_code WHEN 'service' THEN coalesce(net_units, quantity_units) - coalesce(attached.units, 0) ELSE 0 END
               AS left_over_units,
           CASE kind_code WHEN 'service' THEN money(
               CASE WHEN net_units IS NULL THEN sale_cents ELSE sale_cents * net_units // quantity_units END
                   - coalesce(attached.cents, 0)) ELSE 0 END AS left_over_amount,
           invoice_date BETWEEN getvariable('period_from') AND getvariable('period_to') AS is_in_period,
           CASE kind_code WHEN 'hardware' THEN maturity(invoice_date) END AS maturity_code,
           purchase_order_number, sales_order_number, end_customer_id, certificate_number, 'USD' AS currency_code
    FROM line
    LEFT JOIN changed ON changed.line_id = line.rowid
    LEFT JOIN attached ON attached.line_id = line.rowid
) TO 'out/fact_sale_line.parquet' (FORMAT parquet, COMPRESSION zstd);
