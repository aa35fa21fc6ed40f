//! Rates of the others: what the benchmark of a partner's cells would be without the partner (DESIGN part 5, leave-one-out).

use super::{Benchmark, GroupKey, Measure, PartnerCell, PartnerSums};
use rustc_hash::FxHashMap;

/// A rate of the others, as numerator and denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OthersRate {
    /// Services of the others: cents or units.
    pub services: i64,
    /// Hardware of the others: cents or units; positive.
    pub hardware: i64,
    /// Place of the level in [`Benchmark::levels`].
    pub level: u8,
}

/// The rates of the others for each of a population partner's cells, in their order: by revenue and by units. `None` where no level is usable
/// without the partner.
pub fn leave_one_out(benchmark: &Benchmark, own: &[PartnerCell]) -> Vec<[Option<OthersRate>; 2]> {
    let own_groups: Vec<FxHashMap<GroupKey, PartnerSums>> = benchmark
        .levels
        .iter()
        .map(|level| {
            let mut groups: FxHashMap<GroupKey, PartnerSums> = FxHashMap::default();
            for cell in own {
                groups.entry(level.group(&cell.place)).or_default().add(&cell.sums);
            }
            groups
        })
        .collect();
    own.iter()
        .map(|cell| [Measure::Revenue, Measure::Units].map(|measure| others_rate(benchmark, &own_groups, cell, measure)))
        .collect()
}

fn others_rate(
    benchmark: &Benchmark,
    own_groups: &[FxHashMap<GroupKey, PartnerSums>],
    cell: &PartnerCell,
    measure: Measure,
) -> Option<OthersRate> {
    benchmark.levels.iter().zip(&benchmark.groups).zip(own_groups).zip(0u8..).find_map(|(((level, groups), own), place)| {
        let key = level.group(&cell.place);
        let (hardware, services, contributors) = groups.get(&key)?.of(measure);
        let own = own.get(&key).copied().unwrap_or_default();
        let (own_hardware, own_services) = measure.of(&own);
        let (hardware, services) = (hardware - own_hardware, services - own_services);
        let contributors = contributors - u32::from(own_hardware > 0);
        let is_usable = contributors >= benchmark.min_partners && hardware > 0 && services >= 0;
        is_usable.then_some(OthersRate { services, hardware, level: place })
    })
}
