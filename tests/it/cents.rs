//! The split of an amount by units, stated naively from DESIGN part 4.

/// Floors of the absolute amount, missing cents to the largest remainders, ties to the earlier. All zero where there are no units.
pub fn split(amount: i64, units: &[i64]) -> Vec<i64> {
    let total: i64 = units.iter().sum();
    if total == 0 {
        return vec![0; units.len()];
    }
    let mut cents: Vec<i64> = units.iter().map(|part| amount.abs() * part / total).collect();
    let mut was_given = vec![false; units.len()];
    while cents.iter().sum::<i64>() < amount.abs() {
        let remainder = |place: &usize| amount.abs() * units[*place] % total;
        // `max_by_key` gives the last of equal ones: seen from behind, that is the earliest.
        let best = (0..units.len()).rev().filter(|place| !was_given[*place]).max_by_key(remainder);
        let best = best.expect("fewer cents are missing than there are parts");
        was_given[best] = true;
        cents[best] += 1;
    }
    cents.iter().map(|cents| cents * amount.signum()).collect()
}
