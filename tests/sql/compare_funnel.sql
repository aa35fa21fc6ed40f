SELECT funnel.partner_id, funnel.measure_code, count AS expected_effective_count,
       CASE funnel.measure_code WHEN 'revenue' THEN services_amount::DOUBLE / expected_amount::DOUBLE
                                ELSE services_units::DOUBLE * 1000000 / expected_units::DOUBLE END AS pri_rate,
       l0 AS exact_lower_rate, l1 AS exact_upper_rate, l2 AS exact_outer_lower_rate, l3 AS exact_outer_upper_rate,
       l4 AS spread_lower_rate, l5 AS spread_upper_rate, l6 AS spread_outer_lower_rate, l7 AS spread_outer_upper_rate,
       CASE WHEN pri_rate < l2 THEN 'outer_below' WHEN pri_rate < l0 THEN 'below' WHEN pri_rate > l3 THEN 'outer_above'
            WHEN pri_rate > l1 THEN 'above' ELSE 'within' END AS funnel_code
FROM funnel JOIN total USING (partner_id);
