WITH sure AS (
    SELECT verdict.*, decides AS measure_code,
           CASE WHEN not_assessed_code IS NOT NULL THEN NULL
                WHEN (upper < near_line / 10000 AND others_upper < near_line / 10000)
                  OR (lower >= near_line / 10000 AND others_lower >= near_line / 10000) THEN 'conclusive'
                ELSE 'inconclusive' END AS evidence_code
    FROM verdict CROSS JOIN param LEFT JOIN uncertainty own ON own.partner_id = verdict.partner_id AND own.measure = decides
), cased AS (
    SELECT sure.*, readings, agreeing, agreeing = readings AS is_robust,
           EXISTS (FROM fact_sale_line line WHERE line.partner_id = sure.partner_id AND line.exception_id IS NOT NULL AND is_in_period)
               AS has_exception,
           data_hold_code IS NOT NULL AS has_data_hold, data_hold_code, open_records_count, open_amount
    FROM sure JOIN readings USING (partner_id) JOIN hold USING (partner_id)
), acted AS (
    SELECT cased.*,
           (SELECT arg_min({'code': action_code, 'text': action_text, 'due': due}, place) FROM action_rule rule
            WHERE (rule.verdicts IS NULL OR list_contains(rule.verdicts, cased.verdict_code))
              AND (rule.evidence IS NULL OR rule.evidence = cased.evidence_code)
              AND (rule.is_robust IS NULL OR rule.is_robust = cased.is_robust)
              AND (rule.is_safe_harbor IS NULL OR rule.is_safe_harbor = cased.is_safe_harbor)
              AND (rule.has_exception IS NULL OR rule.has_exception = cased.has_exception)
              AND (rule.has_data_hold IS NULL OR rule.has_data_hold = cased.has_data_hold)) AS action
    FROM cased
)
SELECT acted.partner_id, partner_name, measure_code, verdict_code, not_assessed_code, evidence_code, is_robust,
       readings AS readings_count, agreeing AS readings_agreeing_count, tier_code, is_safe_harbor, has_exception,
       has_data_hold, data_hold_code, open_records_count, money(open_amount) AS open_amount,
       action.code AS action_code, action.text AS action_text, action.due AS recovery_due_date,
       money(hardware_amount) AS hardware_amount, money(services_amount) AS services_amount, money(expected_amount) AS expected_amount,
       CASE WHEN expected_amount > 0 THEN services_amount::DOUBLE / expected_amount::DOUBLE END AS revenue_pri_rate,
       revenue.lower AS revenue_lower_rate, revenue.upper AS revenue_upper_rate, revenue.observed AS revenue_observed_effective_count,
       revenue.expected AS revenue_expected_effective_count, money(others_revenue.rounded) AS loo_expected_amount,
       services_amount::DOUBLE / others_revenue.rounded::DOUBLE AS loo_revenue_pri_rate,
       revenue.others_lower AS loo_revenue_lower_rate, revenue.others_upper AS loo_revenue_upper_rate,
       revenue.linear_lower AS linearised_revenue_lower_rate, revenue.linear_upper AS linearised_revenue_upper_rate,
       hardware_units, services_units AS attached_units, millionths(expected_units) AS expected_units,
       CASE WHEN expected_units > 0 THEN services_units::DOUBLE * 1000000 / expected_units::DOUBLE END AS units_pri_rate,
       units.lower AS units_lower_rate, units.upper AS units_upper_rate, units.observed AS units_observed_effective_count,
       units.expected AS units_expected_effective_count, millionths(others_units.rounded) AS loo_expected_units,
       services_units::DOUBLE * 1000000 / others_units.rounded::DOUBLE AS loo_units_pri_rate,
       units.others_lower AS loo_units_lower_rate, units.others_upper AS loo_units_upper_rate,
       units.linear_lower AS linearised_units_lower_rate, units.linear_upper AS linearised_units_upper_rate,
       coalesce(orders, 0) AS orders_count, mix_effect_rate, selling_effect_rate,
       money(coalesce(gap_near.amount, 0)) AS gap_near_amount, coalesce(gap_near.packs, 0) AS gap_near_packs,
       money(coalesce(gap_at.amount, 0)) AS gap_at_amount, coalesce(gap_at.packs, 0) AS gap_at_packs,
       (SELECT coalesce(sum(open_line.units), 0) FROM open_line WHERE open_line.partner_id = acted.partner_id) AS open_window_units,
       coalesce(plan_near.planned, 0) AS plan_near_packs, possible_near.possible_until AS near_possible_until_date,
       coalesce(plan_at.planned, 0) AS plan_at_packs, possible_at.possible_until AS at_possible_until_date,
       currency_code
FROM acted JOIN dim_partner USING (partner_id) CROSS JOIN currency JOIN effects USING (partner_id)
LEFT JOIN orders USING (partner_id)
LEFT JOIN uncertainty revenue ON revenue.partner_id = acted.partner_id AND revenue.measure = 'revenue'
LEFT JOIN uncertainty units ON units.partner_id = acted.partner_id AND units.measure = 'units'
LEFT JOIN others_expected others_revenue
    ON others_revenue.partner_id = acted.partner_id AND others_revenue.measure = 'revenue' AND others_revenue.rounded > 0
LEFT JOIN others_expected others_units
    ON others_units.partner_id = acted.partner_id AND others_units.measure = 'units' AND others_units.rounded > 0
LEFT JOIN gap gap_near ON gap_near.partner_id = acted.partner_id AND gap_near.line = 'near'
LEFT JOIN gap gap_at ON gap_at.partner_id = acted.partner_id AND gap_at.line = 'at'
LEFT JOIN plan plan_near ON plan_near.partner_id = acted.partner_id AND plan_near.line = 'near'
LEFT JOIN plan plan_at ON plan_at.partner_id = acted.partner_id AND plan_at.line = 'at'
LEFT JOIN possible possible_near ON possible_near.partner_id = acted.partner_id AND possible_near.line = 'near'
LEFT JOIN possible possible_at ON possible_at.partner_id = acted.partner_id AND possible_at.line = 'at';
