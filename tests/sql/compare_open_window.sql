SELECT open_line.sale_line_id, open_line.partner_id, open_line.category_code, line.sku, line.invoice_number, line.invoice_date AS hardware_date,
       units AS uncovered_units, last_day AS last_date,
       ((units * amount // packs)::DECIMAL(38, 2) / 100)::DECIMAL(18, 2) AS worth_amount, currency_code
FROM open_line JOIN fact_sale_line line USING (sale_line_id) 
LEFT JOIN pack_price ON pack_price.partner_id = open_line.partner_id AND pack_price.category_code = open_line.category_code;
