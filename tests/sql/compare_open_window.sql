SELECT sale_line_id, partner_id, category_code, units AS uncovered_units, last_day AS last_date,
       ((units * amount // packs)::DECIMAL(38, 2) / 100)::DECIMAL(18, 2) AS worth_amount
FROM open_line LEFT JOIN pack_price USING (partner_id, category_code);
