-- A category of the market that the partner does not sell is part of its mix: its row is 0 in everything but the effects.
WITH market AS (
    SELECT category_code, sum(hardware_amount)::HUGEINT AS hardware, sum(services_amount)::HUGEINT AS services
    FROM partner_cell WHERE is_measured GROUP BY ALL
), whole AS (SELECT sum(hardware) AS hardware FROM market),
own AS (
    SELECT partner_id, category_code, sum(hardware_amount)::HUGEINT AS hardware, sum(services_amount)::HUGEINT AS services,
           sum(hardware_units)::HUGEINT AS hardware_units, sum(services_units)::HUGEINT AS services_units
    FROM partner_cell GROUP BY ALL
), listed AS (
    SELECT partner_id, category_code FROM own
    UNION
    SELECT partner_id, category_code FROM total, market WHERE hardware_amount > 0
)
SELECT listed.partner_id, listed.category_code, money(coalesce(own.hardware, 0)) AS hardware_amount, money(coalesce(own.services, 0)) AS services_amount,
       money(coalesce(due.expected_amount, 0)) AS expected_amount,
       money(coalesce(due.expected_amount, 0) - coalesce(own.services, 0)) AS shortfall_amount,
       coalesce(own.hardware_units, 0) AS hardware_units, coalesce(own.services_units, 0) AS attached_units,
       millionths(coalesce(due.expected_units, 0)) AS expected_units,
       money(coalesce(market.hardware, 0)) AS market_hardware_amount, money(coalesce(market.services, 0)) AS market_services_amount,
       CASE WHEN total.hardware_amount > 0 THEN coalesce(due.expected_amount, 0)::DOUBLE / total.hardware_amount::DOUBLE
            - coalesce(market.services, 0)::DOUBLE / whole.hardware::DOUBLE END AS mix_effect_rate,
       CASE WHEN total.hardware_amount > 0
            THEN (coalesce(own.services, 0) - coalesce(due.expected_amount, 0))::DOUBLE / total.hardware_amount::DOUBLE END AS selling_effect_rate,
       coalesce(gap_near.packs, 0) AS packs_to_near_units, coalesce(gap_at.packs, 0) AS packs_to_at_units,
       money(price.amount) AS price_amount, price.packs AS price_packs_units, coalesce(open.units, 0) AS open_window_units, open.last_day AS last_open_date,
       coalesce(plan_near.packs, 0) AS plan_near_packs, plan_near.sell_by AS plan_near_sell_by_date,
       coalesce(plan_at.packs, 0) AS plan_at_packs, plan_at.sell_by AS plan_at_sell_by_date, currency_code
FROM listed CROSS JOIN currency JOIN total USING (partner_id) LEFT JOIN own USING (partner_id, category_code)
LEFT JOIN category_total due USING (partner_id, category_code) LEFT JOIN market USING (category_code) CROSS JOIN whole
LEFT JOIN category_gap gap_near
    ON gap_near.partner_id = listed.partner_id AND gap_near.category_code = listed.category_code AND gap_near.line = 'near'
LEFT JOIN category_gap gap_at
    ON gap_at.partner_id = listed.partner_id AND gap_at.category_code = listed.category_code AND gap_at.line = 'at'
LEFT JOIN pack_price price ON own.partner_id IS NOT NULL AND price.partner_id = listed.partner_id AND price.category_code = listed.category_code
LEFT JOIN (SELECT partner_id, category_code, sum(units)::HUGEINT AS units, max(last_day) AS last_day FROM open_line GROUP BY ALL) open
    ON open.partner_id = listed.partner_id AND open.category_code = listed.category_code
LEFT JOIN category_plan plan_near
    ON plan_near.partner_id = listed.partner_id AND plan_near.category_code = listed.category_code AND plan_near.line = 'near'
LEFT JOIN category_plan plan_at
    ON plan_at.partner_id = listed.partner_id AND plan_at.category_code = listed.category_code AND plan_at.line = 'at';
