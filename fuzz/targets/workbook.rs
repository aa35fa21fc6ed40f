#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| attachrate_fuzz::drive::run("workbook", bytes));
