//! Work shared by threads: jobs are taken largest first, and the first error stops the rest.

use crate::error::{Error, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs a job for every item on `threads` threads; the results are in the order of the items, whatever thread did which.
///
/// # Errors
/// The error of the first item, in the order of items, that failed.
pub fn map<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    weight: impl Fn(&T) -> u64,
    job: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(weight(&items[index])), index));
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<R>>>> = Mutex::new(items.iter().map(|_| None).collect());
    let failed = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                    let result = job(&items[index]);
                    if result.is_err() {
                        failed.store(true, Ordering::Relaxed);
                    }
                    if let Ok(mut results) = results.lock() {
                        results[index] = Some(result);
                    }
                }
            });
        }
    });
    let results = results.into_inner().map_err(|_| Error::Internal("a worker panicked".into()))?;
    let mut done = Vec::with_capacity(results.len());
    let mut missing = false;
    for result in results {
        match result {
            Some(result) => done.push(result?),
            None => missing = true,
        }
    }
    if missing { Err(Error::Internal("a worker gave no result".into())) } else { Ok(done) }
}
