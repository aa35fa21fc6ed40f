//! Who stands behind each rate and each mean price: how many partners, and how large the largest of them are.

use super::{Amounts, Member, Others};
use crate::config::file::CellDimension;
use crate::stages::benchmark::{Benchmark, CellPlace, GroupKey, Measure, PartnerCell, PartnerSums};
use rustc_hash::FxHashMap;

/// The partners behind every group of every level.
pub struct Market {
    measure: Measure,
    levels: Vec<FxHashMap<GroupKey, Group>>,
}

/// The partners of a group.
#[derive(Debug, Clone, Default)]
struct Group {
    /// Only at levels from which a rate is taken.
    members: Vec<Member>,
    contributors: u32,
    pack_sellers: u32,
    hardware: Largest,
    services: Largest,
    pack_amounts: Largest,
    packs: i128,
    pack_amount: i128,
}

/// A sum of absolute values and the two largest, each with its partner.
#[derive(Debug, Clone, Copy, Default)]
struct Largest {
    total: i128,
    first: (i128, u32),
    second: i128,
}

impl Largest {
    fn add(&mut self, value: i128, partner: u32) {
        let value = value.abs();
        self.total += value;
        if value > self.first.0 {
            self.second = self.first.0;
            self.first = (value, partner);
        } else {
            self.second = self.second.max(value);
        }
    }

    /// Without one partner, whose own value is known.
    fn without(&self, partner: u32, own: i128) -> Amounts {
        let largest = if self.first.1 == partner && self.first.0 > 0 { self.second } else { self.first.0 };
        Amounts { total: self.total - own.abs(), largest }
    }
}

impl Market {
    /// The partners behind the rates of a benchmark; `is_in_population` says which partners form it.
    pub fn of(benchmark: &Benchmark, measure: Measure, is_in_population: impl Fn(u32) -> bool) -> Self {
        let mut levels = vec![FxHashMap::<GroupKey, Group>::default(); benchmark.levels.len()];
        let is_used = levels_used(benchmark, measure);
        let mut own: FxHashMap<GroupKey, PartnerSums> = FxHashMap::default();
        for cells in benchmark.partner_cells.chunk_by(|a, b| a.partner == b.partner) {
            let partner = cells[0].partner;
            if !is_in_population(partner) {
                continue;
            }
            for ((level, groups), is_used) in benchmark.levels.iter().zip(&mut levels).zip(&is_used) {
                own.clear();
                for cell in cells {
                    own.entry(level.group(&cell.place)).or_default().add(&cell.sums);
                }
                for (key, sums) in &own {
                    let group = groups.entry(*key).or_default();
                    group.add(partner, sums, measure);
                    if *is_used {
                        let (hardware, services) = measure.of(sums);
                        group.members.push(Member { partner, hardware, services });
                    }
                }
            }
        }
        Self { measure, levels }
    }

    /// The others behind the rate that a partner's cell takes from a level. `cells` are all of the partner's.
    pub fn others(&self, benchmark: &Benchmark, cells: &[PartnerCell], cell: &PartnerCell, level: u8) -> Others {
        let place = usize::from(level);
        let Some((sums, group)) = self.own_and_group(benchmark, cells, &cell.place, place) else { return Others::default() };
        let (hardware, services) = self.measure.of(&sums);
        Others {
            count: group.contributors - u32::from(hardware > 0),
            hardware: group.hardware.without(cell.partner, hardware.into()),
            services: group.services.without(cell.partner, services.into()),
        }
    }

    /// All partners behind the rate that a cell takes from a level.
    pub fn members(&self, benchmark: &Benchmark, cell: &PartnerCell, level: u8) -> &[Member] {
        let place = usize::from(level);
        let key = benchmark.levels.get(place).map(|level| level.group(&cell.place));
        let group = key.and_then(|key| self.levels.get(place)?.get(&key));
        group.map_or(&[], |group| &group.members)
    }

    /// Whether the mean price of a pack for a cell may be shown: it is made of the packs of at least five others, of which none makes up more
    /// than half.
    pub fn shows_price(&self, benchmark: &Benchmark, cells: &[PartnerCell], cell: &PartnerCell) -> bool {
        let is_of_lines = |dimension: &CellDimension| matches!(dimension, CellDimension::Maturity | CellDimension::PriceBand);
        let levels = benchmark.levels.iter().enumerate().filter(|(_, level)| !level.dimensions.iter().any(is_of_lines));
        for (place, _) in levels {
            let Some((sums, group)) = self.own_and_group(benchmark, cells, &cell.place, place) else { continue };
            if group.packs <= 0 || group.pack_amount <= 0 {
                continue;
            }
            let amounts = group.pack_amounts.without(cell.partner, sums.packs_amount.into());
            let count = group.pack_sellers - u32::from(sums.packs > 0);
            return Others { count, hardware: amounts, services: amounts }.may_be_shown();
        }
        false
    }

    /// What the partner has in the group of a place at a level, and the group.
    fn own_and_group(
        &self,
        benchmark: &Benchmark,
        cells: &[PartnerCell],
        place: &CellPlace,
        level: usize,
    ) -> Option<(PartnerSums, &Group)> {
        let definition = benchmark.levels.get(level)?;
        let key = definition.group(place);
        let group = self.levels.get(level)?.get(&key)?;
        let mut sums = PartnerSums::default();
        for cell in cells.iter().filter(|cell| definition.group(&cell.place) == key) {
            sums.add(&cell.sums);
        }
        Some((sums, group))
    }
}

/// Of each level, whether a cell takes its rate from it.
fn levels_used(benchmark: &Benchmark, measure: Measure) -> Vec<bool> {
    let mut is_used = vec![false; benchmark.levels.len()];
    for cell in &benchmark.cells {
        let rate = match measure {
            Measure::Revenue => &cell.revenue,
            Measure::Units => &cell.units,
        };
        if let Some(used) = rate.level.and_then(|level| is_used.get_mut(usize::from(level))) {
            *used = true;
        }
    }
    is_used
}

impl Group {
    fn add(&mut self, partner: u32, sums: &PartnerSums, measure: Measure) {
        let (hardware, services) = measure.of(sums);
        self.contributors += u32::from(hardware > 0);
        self.pack_sellers += u32::from(sums.packs > 0);
        self.hardware.add(hardware.into(), partner);
        self.services.add(services.into(), partner);
        self.pack_amounts.add(sums.packs_amount.into(), partner);
        self.packs += i128::from(sums.packs);
        self.pack_amount += i128::from(sums.packs_amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_other_is_never_the_partner_itself() {
        let mut sums = Largest::default();
        for (partner, value) in [(0, 5), (1, -9), (2, 7), (3, 0)] {
            sums.add(value, partner);
        }
        assert_eq!(sums.without(1, -9), Amounts { total: 12, largest: 7 });
        assert_eq!(sums.without(0, 5), Amounts { total: 16, largest: 9 });
        assert_eq!(sums.without(3, 0), Amounts { total: 21, largest: 9 });
    }
}
