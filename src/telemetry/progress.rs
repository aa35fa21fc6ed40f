//! Progress per stage: bars on a terminal, plain lines elsewhere. All of it on standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressFinish, ProgressStyle};

/// Where progress is shown. Clones show in the same place.
#[derive(Debug, Clone)]
pub struct Progress(Sink);

#[derive(Debug, Clone)]
enum Sink {
    Bars(MultiProgress),
    Lines,
    Hidden,
}

impl Progress {
    /// Bars where standard error is a terminal, else a line when a stage starts and one when it ends.
    pub fn to_stderr() -> Self {
        Self(if io::stderr().is_terminal() { Sink::Bars(MultiProgress::new()) } else { Sink::Lines })
    }

    /// Shows nothing.
    pub fn hidden() -> Self {
        Self(Sink::Hidden)
    }

    /// Starts a stage of `total` steps. It ends when the returned value is dropped.
    pub fn stage(&self, name: &'static str, total: u64) -> Stage {
        let display = match &self.0 {
            Sink::Bars(bars) => {
                let bar = bars.add(ProgressBar::new(total).with_finish(ProgressFinish::Abandon));
                if let Ok(style) = ProgressStyle::with_template("{prefix:<14} {bar:32} {human_pos}/{human_len} {elapsed}") {
                    bar.set_style(style);
                }
                bar.set_prefix(name);
                Display::Bar(bar)
            }
            Sink::Lines => {
                line(name, 0, total);
                Display::Lines { total, done: AtomicU64::new(0) }
            }
            Sink::Hidden => Display::Hidden,
        };
        Stage { name, started: Instant::now(), display }
    }

    /// Writes to standard error without damage to the bars.
    pub(super) fn above_bars<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Sink::Bars(bars) => bars.suspend(write),
            Sink::Lines | Sink::Hidden => write(),
        }
    }
}

/// A stage that is under way; may be shared by threads. Its duration goes to the log when it ends.
#[derive(Debug)]
pub struct Stage {
    name: &'static str,
    started: Instant,
    display: Display,
}

#[derive(Debug)]
enum Display {
    Bar(ProgressBar),
    Lines { total: u64, done: AtomicU64 },
    Hidden,
}

impl Stage {
    /// Counts `steps` more as done.
    pub fn advance(&self, steps: u64) {
        match &self.display {
            Display::Bar(bar) => bar.inc(steps),
            Display::Lines { done, .. } => {
                done.fetch_add(steps, Ordering::Relaxed);
            }
            Display::Hidden => {}
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        tracing::info!(stage = self.name, milliseconds = self.started.elapsed().as_millis() as u64, "ended");
        match &self.display {
            Display::Bar(bar) => bar.abandon(),
            Display::Lines { total, done } => line(self.name, done.load(Ordering::Relaxed), *total),
            Display::Hidden => {}
        }
    }
}

/// A closed standard error is no reason to stop the work.
fn line(name: &str, done: u64, total: u64) {
    let _ = writeln!(io::stderr(), "{name}: {done}/{total}");
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn a_stage_is_shared_by_threads() {
        let stage = Progress::hidden().stage("extract", 8);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| stage.advance(4));
            }
        });
    }
}
