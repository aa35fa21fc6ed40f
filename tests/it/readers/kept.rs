//! Inputs that fuzzing found, and seeds for it: each is read as the fuzz targets read it.

use attachrate::finding;
use attachrate::io::readers;
use std::collections::BTreeSet;
use std::fs;

/// The casts as the fuzz package names them.
mod casts {
    pub use attachrate::config::date_layout::DateLayout;
    pub use attachrate::config::number_format::{NumberFormat, SignPosition};
    pub use attachrate::stages::extract::{MAX_AMOUNT_CENTS, MAX_QUANTITY, parse_amount, parse_date, parse_quantity};
}
#[path = "../../../fuzz/src/drive/mod.rs"]
mod drive;

#[test]
fn kept_inputs_are_read() {
    let mut replayed = BTreeSet::new();
    for (target, _) in drive::TARGETS {
        for entry in fs::read_dir(format!("fuzz/kept/{target}")).expect("part of the repository") {
            let path = entry.expect("a readable folder").path();
            drive::run(target, &fs::read(&path).expect("a readable file"));
            replayed.insert(target);
        }
    }
    assert_eq!(replayed.len(), drive::TARGETS.len(), "every target has kept inputs");
}
