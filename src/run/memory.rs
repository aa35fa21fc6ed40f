//! The memory that workers share: each takes what a group of lines needs before it loads it, and waits where the others have it.

use crate::error::{Error, Result};
use std::sync::{Condvar, Mutex, PoisonError};

/// A number of bytes that workers lease.
#[derive(Debug)]
pub struct MemoryBudget {
    total: u64,
    free: Mutex<u64>,
    returned: Condvar,
}

/// Leased bytes; they go back when it is dropped.
#[derive(Debug)]
pub struct Lease<'a> {
    budget: &'a MemoryBudget,
    bytes: u64,
}

impl MemoryBudget {
    /// A budget of this many bytes.
    pub fn new(total: u64) -> Self {
        Self { total, free: Mutex::new(total), returned: Condvar::new() }
    }

    /// Takes bytes, waiting until they are free. More than the whole budget is taken as the whole: such a group runs alone. A worker must
    /// hold one lease at a time, so that none waits for itself.
    ///
    /// # Errors
    /// Where another worker panicked.
    pub fn lease(&self, bytes: u64) -> Result<Lease<'_>> {
        let panicked = || Error::Internal("a worker panicked".into());
        let bytes = bytes.min(self.total);
        let free = self.free.lock().map_err(|_| panicked())?;
        let mut free = self.returned.wait_while(free, |free| *free < bytes).map_err(|_| panicked())?;
        *free -= bytes;
        Ok(Lease { budget: self, bytes })
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        *self.budget.free.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.budget.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn workers_never_hold_more_than_the_budget() {
        let budget = MemoryBudget::new(10);
        let (held, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for worker in 0..4u64 {
                let (budget, held, most) = (&budget, &held, &most);
                scope.spawn(move || {
                    for round in 0..200 {
                        let bytes = (worker * 7 + round) % 12 + 1;
                        let lease = budget.lease(bytes).expect("no worker panics");
                        let now = held.fetch_add(bytes.min(10), Ordering::SeqCst) + bytes.min(10);
                        most.fetch_max(now, Ordering::SeqCst);
                        held.fetch_sub(bytes.min(10), Ordering::SeqCst);
                        drop(lease);
                    }
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 10);
        assert_eq!(*budget.free.lock().expect("no worker panics"), 10);
    }
}
