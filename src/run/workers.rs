//! Work shared by threads: jobs in any order, or items of one stream that come out in the order in which they went in. The first error stops
//! the rest.

use crate::error::{Error, Result};
use rayon::ThreadPool;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Runs a job for every item on `threads` threads, the largest first; the results are in the order of the items, whatever thread did which.
///
/// # Errors
/// The error of the first item, in the order of items, that failed.
pub fn map<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    weight: impl Fn(&T) -> u64,
    job: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let jobs = Jobs::new(items, weight, job);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| jobs.work_off());
        }
    });
    jobs.results()
}

/// The same on the threads of a pool. A thread that finds no further item helps with what the other items [`stream`].
///
/// # Errors
/// The error of the first item, in the order of items, that failed.
pub fn map_in<T: Sync, R: Send>(
    pool: &ThreadPool,
    items: &[T],
    weight: impl Fn(&T) -> u64,
    job: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let jobs = Jobs::new(items, weight, job);
    pool.scope(|scope| {
        for _ in 0..pool.current_num_threads().min(items.len()) {
            scope.spawn(|_| jobs.work_off());
        }
    });
    jobs.results()
}

/// A job for each of some items.
struct Jobs<'a, T, R, J> {
    items: &'a [T],
    /// The items in the order in which they are begun.
    order: Vec<usize>,
    job: J,
    begun: AtomicUsize,
    has_failed: AtomicBool,
    results: Mutex<Vec<Option<Result<R>>>>,
}

impl<'a, T, R, J: Fn(&T) -> Result<R>> Jobs<'a, T, R, J> {
    fn new(items: &'a [T], weight: impl Fn(&T) -> u64, job: J) -> Self {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|&index| (std::cmp::Reverse(weight(&items[index])), index));
        let results = Mutex::new(items.iter().map(|_| None).collect());
        Self { items, order, job, begun: AtomicUsize::new(0), has_failed: AtomicBool::new(false), results }
    }

    /// Does one after the other, until none is left or one has failed.
    fn work_off(&self) {
        while !self.has_failed.load(Ordering::Relaxed) {
            let Some(&index) = self.order.get(self.begun.fetch_add(1, Ordering::Relaxed)) else { return };
            let result = (self.job)(&self.items[index]);
            if result.is_err() {
                self.has_failed.store(true, Ordering::Relaxed);
            }
            if let Ok(mut results) = self.results.lock() {
                results[index] = Some(result);
            }
        }
    }

    fn results(self) -> Result<Vec<R>> {
        let results = self.results.into_inner().map_err(|_| panicked())?;
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
}

/// A pool of so many threads.
///
/// # Errors
/// Where the system gives no more threads.
pub fn pool(threads: usize) -> Result<ThreadPool> {
    let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    built.map_err(|error| Error::Internal(format!("cannot start {threads} threads: {error}")))
}

/// Draws items one after the other, works on them on the threads of a pool that have nothing else to do, and hands the results over in the order
/// of the items. Each thread draws into a state of its own, whose memory serves one item after the other; `draw` says whether there was one.
///
/// # Errors
/// The error of the first item, in their order, that failed.
pub fn stream<S, R: Send>(
    pool: &ThreadPool,
    draw: impl FnMut(&mut S) -> Result<bool> + Send,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S) -> Result<R> + Sync,
    hand_over: impl FnMut(R) -> Result<()> + Send,
) -> Result<()> {
    let source = Mutex::new(Source { draw, drawn: 0, has_ended: false });
    let sink = Mutex::new(Sink { hand_over, taken: 0, failed: None });
    let turned = Condvar::new();
    // No lock is poisoned: whatever could panic is caught where it is called.
    let run = || {
        let mut state = state();
        loop {
            let (number, drawn) = source.lock().unwrap_or_else(PoisonError::into_inner).next(&mut state);
            let result = match drawn {
                Ok(false) => return,
                Ok(true) => caught(|| work(&mut state)),
                Err(error) => Err(error),
            };
            let sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = turned.wait_while(sink, |sink| sink.failed.is_none() && sink.taken < number);
            let mut sink = turn.unwrap_or_else(PoisonError::into_inner);
            if sink.failed.is_some() {
                return;
            }
            sink.taken += 1;
            let outcome = result.and_then(|result| caught(|| (sink.hand_over)(result)));
            sink.failed = outcome.err();
            turned.notify_all();
        }
    };
    pool.scope(|scope| {
        for _ in 1..pool.current_num_threads() {
            scope.spawn(|_| run());
        }
        run();
    });
    sink.into_inner().unwrap_or_else(PoisonError::into_inner).failed.map_or(Ok(()), Err)
}

/// Where items come from.
struct Source<D> {
    draw: D,
    drawn: u64,
    has_ended: bool,
}

impl<D> Source<D> {
    /// The number of the next item, and whether there is one: none behind the last or behind an error.
    fn next<S>(&mut self, state: &mut S) -> (u64, Result<bool>)
    where
        D: FnMut(&mut S) -> Result<bool>,
    {
        let number = self.drawn;
        let drawn = if self.has_ended { Ok(false) } else { caught(|| (self.draw)(state)) };
        self.drawn += 1;
        self.has_ended = !matches!(drawn, Ok(true));
        (number, drawn)
    }
}

/// Where results go.
struct Sink<H> {
    hand_over: H,
    taken: u64,
    failed: Option<Error>,
}

/// Runs a step whose panic must not leave other threads waiting for it.
fn caught<R>(step: impl FnOnce() -> Result<R>) -> Result<R> {
    std::panic::catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> Error {
    Error::Internal("a worker panicked".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(count: usize) -> ThreadPool {
        pool(count).expect("threads can be started")
    }

    /// Draws the next number, where there is one.
    fn next(numbers: &mut impl Iterator<Item = u64>, into: &mut u64) -> Result<bool> {
        Ok(numbers.next().map(|number| *into = number).is_some())
    }

    /// Squares of the numbers below `count`, in the order in which they are handed over, up to the first that fails.
    fn squares(pool: &ThreadPool, count: u64, failing: Option<u64>) -> (Vec<u64>, Result<()>) {
        let mut numbers = 0..count;
        let mut taken = Vec::new();
        let square =
            |number: &mut u64| match failing {
                Some(bad) if *number == bad => Err(Error::Internal(format!("number {number}"))),
                // The earlier ones take longest, so that threads must wait for their turn.
                _ => Ok((0..(count - *number) * 1_000)
                    .fold(*number * *number, |square, step| std::hint::black_box(square + step - step))),
            };
        let take = |square| {
            taken.push(square);
            Ok(())
        };
        let result = stream(pool, |into| next(&mut numbers, into), || 0, square, take);
        (taken, result)
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for pool in [1, 2, 7].map(threads) {
            let (taken, result) = squares(&pool, 50, None);
            assert!(result.is_ok());
            assert_eq!(taken, (0..50).map(|number| number * number).collect::<Vec<_>>(), "{pool:?}");
            assert!(squares(&pool, 0, None).0.is_empty());
        }
    }

    #[test]
    fn jobs_of_a_pool_stream_in_the_same_pool() {
        for pool in [1, 2, 7].map(threads) {
            let counts: Vec<u64> = (0..40).collect();
            let sum = |count: &u64| {
                let (taken, result) = squares(&pool, *count, None);
                result.map(|()| taken.iter().sum::<u64>())
            };
            let sums = map_in(&pool, &counts, |count| *count, sum).expect("no job fails");
            assert_eq!(sums, counts.iter().map(|count| (0..*count).map(|number| number * number).sum()).collect::<Vec<u64>>());
            let failing = |count: &u64| if *count < 5 { Err(Error::Internal(format!("job {count}"))) } else { sum(count) };
            assert!(map_in(&pool, &counts, |_| 0, failing).is_err());
        }
    }

    #[test]
    fn the_first_failure_ends_the_stream() {
        for pool in [1, 2, 7].map(threads) {
            let (taken, result) = squares(&pool, 50, Some(20));
            assert_eq!(result.expect_err("one fails").to_string(), Error::Internal("number 20".into()).to_string());
            assert_eq!(taken, (0..20).map(|number| number * number).collect::<Vec<_>>(), "{pool:?}");
        }
    }

    #[test]
    fn an_item_that_cannot_be_drawn_is_the_last() {
        let mut drawn = 0;
        let draw = |into: &mut u64| {
            drawn += 1;
            *into = drawn;
            if drawn < 4 { Ok(true) } else { Err(Error::Internal("no more".into())) }
        };
        let mut taken = Vec::new();
        let take = |number| {
            taken.push(number);
            Ok(())
        };
        let result = stream(&threads(3), draw, || 0, |number| Ok(*number), take);
        assert!(result.is_err());
        assert_eq!((taken, drawn), (vec![1, 2, 3], 4));
    }

    #[test]
    fn a_panic_is_an_error_and_no_standstill() {
        let mut numbers = 0..20;
        let work = |number: &mut u64| if *number == 5 { panic!("a defect") } else { Ok(*number) };
        let result = stream(&threads(4), |into| next(&mut numbers, into), || 0, work, |_| Ok(()));
        assert!(matches!(result, Err(Error::Internal(_))), "{result:?}");
    }
}
