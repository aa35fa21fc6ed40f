#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| attachrate_fuzz::run_past_library_panics("parquet", bytes));
