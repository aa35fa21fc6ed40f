SELECT category_code, country_code, region_code, segment_code, price_band_code, maturity_code,
       money(revenue.hardware) AS hardware_amount, money(revenue.services) AS services_amount,
       revenue.contributors AS contributors_count, revenue.level_code AS rate_level_code,
       money(revenue.rate_services) AS rate_services_amount, money(revenue.rate_hardware) AS rate_hardware_amount,
       revenue.rate_contributors AS rate_contributors_count, money(revenue.expected) AS expected_amount,
       units.hardware AS hardware_units, units.services AS attached_units, units.contributors AS unit_contributors_count,
       units.level_code AS unit_rate_level_code, units.rate_services AS unit_rate_attached_units,
       units.rate_hardware AS unit_rate_hardware_units, millionths(units.expected) AS expected_units,
       money(revenue.largest) AS largest_hardware_amount,
       CASE WHEN revenue.hardware > 0 THEN revenue.services::DOUBLE / revenue.hardware::DOUBLE END AS revenue_rate,
       by_revenue.lower AS revenue_lower_rate, by_revenue.upper AS revenue_upper_rate,
       CASE WHEN units.hardware > 0 THEN units.services::DOUBLE / units.hardware::DOUBLE END AS unit_rate,
       by_units.lower AS unit_lower_rate, by_units.upper AS unit_upper_rate, by_units.effect AS unit_design_effect_count, currency_code
FROM (FROM cell_rate WHERE measure = 'revenue') revenue
JOIN (FROM cell_rate WHERE measure = 'units') units
    USING (category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
LEFT JOIN (FROM cell_interval WHERE measure = 'revenue') by_revenue
    USING (category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
LEFT JOIN (FROM cell_interval WHERE measure = 'units') by_units
    USING (category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
CROSS JOIN currency;
