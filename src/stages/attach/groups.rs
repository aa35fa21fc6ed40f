//! The lines of a run that share a key.

use super::kept::Kept;
use super::keys::{Endings, Key, Keys};
use super::sides::{SideLine, Sides};
use crate::config::plan::AttachPolicy;
use std::ops::Range;

/// No group, or no further line of a group.
pub(super) const NONE: u32 = u32::MAX;

/// The lines of a run of which something is left, by the key of one pass. Its memory serves every pass of every run.
#[derive(Debug, Default)]
pub(super) struct Groups<'a> {
    groups: Vec<Group<'a>>,
    /// Of each value of the top bits of the hash the group with such a key that came last.
    buckets: Vec<u32>,
    /// How far a hash is shifted to its bucket.
    shift: u32,
    endings: Endings,
    /// Places of the services of which something is left and that have a key.
    keyed: Kept<u32>,
    /// The same with their groups.
    pub(super) services: Vec<(u32, u32)>,
    /// Places of the hardware lines whose key ends like that of a group.
    candidates: Kept<u32>,
    /// Of each hardware line of a group the next one.
    pub(super) next: Vec<u32>,
}

/// The lines of one key.
#[derive(Debug)]
struct Group<'a> {
    key: Key<'a>,
    /// The group of the same bucket that came before.
    other: u32,
    /// The first hardware line that can still be of use.
    first: u32,
}

impl<'a> Groups<'a> {
    /// Groups the lines of a run, of hardware only what is in the window of the first to the last of the services. An empty key matches nothing.
    /// Whether anything can be allotted.
    pub(super) fn join(&mut self, keys: impl Keys<'a>, sides: &Sides, policy: &AttachPolicy) -> bool {
        let (hardware, services) = (&sides.hardware, &sides.services);
        self.begin(services.len());
        self.group_services(keys, services);
        let (Some((first, _)), Some((last, _))) = (self.services.first(), self.services.last()) else { return false };
        let oldest = services[*first as usize].date - policy.window_days;
        let newest = services[*last as usize].date + policy.lead_days;
        let from = hardware.partition_point(|line| line.date < oldest);
        let to = hardware.partition_point(|line| line.date <= newest);
        self.pick(keys, hardware, from..to);
        self.link(keys, hardware)
    }

    fn begin(&mut self, services: usize) {
        let buckets = (2 * services).next_power_of_two().max(2);
        self.shift = u64::BITS - buckets.trailing_zeros();
        self.buckets.clear();
        self.buckets.resize(buckets, NONE);
        self.groups.clear();
        self.services.clear();
        self.endings = Endings::default();
    }

    fn group_services(&mut self, keys: impl Keys<'a>, services: &[SideLine]) {
        let mut keyed = self.keyed.begin(services.len());
        for (place, service) in (0..).zip(services) {
            keyed.keep((service.left > 0) & keys.has(service.row), place);
        }
        drop(keyed);
        for at in 0..self.keyed.len() {
            let place = self.keyed[at];
            let row = services[place as usize].row;
            let group = self.group(keys.key(row));
            self.endings.add(keys.ending(row));
            self.services.push((place, group));
        }
    }

    /// The group of a key, a new one where there is none.
    fn group(&mut self, key: Key<'a>) -> u32 {
        let bucket = self.bucket(&key);
        let found = self.find(bucket, &key);
        if found != NONE {
            return found;
        }
        let group = self.groups.len() as u32;
        let other = std::mem::replace(&mut self.buckets[bucket], group);
        self.groups.push(Group { key, other, first: NONE });
        group
    }

    fn bucket(&self, key: &Key<'a>) -> usize {
        (key.hash() >> self.shift) as usize
    }

    /// The group of a key among those of a bucket, or [`NONE`].
    fn find(&self, bucket: usize, key: &Key<'a>) -> u32 {
        let mut group = self.buckets[bucket];
        while group != NONE && self.groups[group as usize].key != *key {
            group = self.groups[group as usize].other;
        }
        group
    }

    /// Picks the hardware lines that may be of a group: most are of none, and their endings tell at a glance.
    fn pick(&mut self, keys: impl Keys<'a>, hardware: &[SideLine], places: Range<usize>) {
        let mut candidates = self.candidates.begin(places.len());
        for (place, line) in (places.start as u32..).zip(&hardware[places]) {
            candidates.keep(self.endings.may_have(keys.ending(line.row)) & (line.left > 0), place);
        }
    }

    /// Links the hardware lines of each group, each with the next. Whether there is any.
    fn link(&mut self, keys: impl Keys<'a>, hardware: &[SideLine]) -> bool {
        // What stands here from the pass before is not read: a line is reached only after it was linked.
        self.next.resize(self.next.len().max(hardware.len()), NONE);
        let mut is_any = false;
        // From the last to the first, so that each group begins with its earliest.
        for place in self.candidates.iter().rev() {
            let key = keys.key(hardware[*place as usize].row);
            let group = self.find(self.bucket(&key), &key);
            if group != NONE {
                self.next[*place as usize] = std::mem::replace(&mut self.groups[group as usize].first, *place);
                is_any = true;
            }
        }
        is_any
    }

    /// The first hardware line of a group that can still be of use, or [`NONE`].
    pub(super) fn first(&mut self, group: u32) -> &mut u32 {
        &mut self.groups[group as usize].first
    }
}
