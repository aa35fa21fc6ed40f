SELECT measure AS measure_code, family_code, bin AS bin_number, slices AS slices_count, counted AS counted_slices_count,
       kappa AS dispersion_rate
FROM dispersion;
