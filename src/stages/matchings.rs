//! The ways of attaching that a run works out: the one that decides, and those of its readings.

use crate::config::plan::{AttachPolicy, Plan};

/// One way of attaching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// Its code in tables: `base`, `serial_invoice`, `window_60`.
    pub code: String,
    /// Its rules.
    pub policy: AttachPolicy,
}

/// Code of the matching that decides.
pub const BASE: &str = "base";
/// Code of the matching by the rungs serial and invoice alone.
pub const SERIAL_INVOICE: &str = "serial_invoice";

/// The matchings of a plan, the deciding one first. One that would be the deciding one again is left out.
pub fn matchings(plan: &Plan) -> Vec<Matching> {
    let base = plan.attach;
    let strict = AttachPolicy { serial: true, invoice: true, order: false, customer: false, pool: false, ..base };
    let mut list = vec![Matching { code: BASE.to_owned(), policy: base }];
    if strict != base {
        list.push(Matching { code: SERIAL_INVOICE.to_owned(), policy: strict });
    }
    list.extend(
        plan.reading_windows
            .iter()
            .map(|days| Matching { code: format!("window_{days}"), policy: AttachPolicy { window_days: *days, ..base } }),
    );
    list
}

/// The windows in which serials are joined for some matching, rising.
pub fn serial_windows(matchings: &[Matching]) -> Vec<AttachPolicy> {
    let mut policies: Vec<AttachPolicy> = matchings.iter().map(|matching| matching.policy).filter(|policy| policy.serial).collect();
    policies.sort_unstable_by_key(|policy| policy.window_days);
    policies.dedup_by_key(|policy| policy.window_days);
    policies
}
