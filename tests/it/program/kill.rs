//! A run that is killed publishes nothing half-done, and the next one ends as if nothing had happened.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Market, attachrate, contents, differences, names};

const SIGKILL: i32 = 9;
/// More than a run takes on a slow machine.
const LONGEST: Duration = Duration::from_secs(120);

/// A state of the output folder in which the run is killed.
type Point = (&'static str, fn(&Path) -> bool);

fn finished(out: &Path, stage: &str) -> usize {
    names(&out.join("cache").join(stage)).iter().filter(|name| !name.ends_with(".partial")).count()
}

fn staging(out: &Path) -> Option<std::path::PathBuf> {
    names(out).into_iter().find(|name| name.starts_with(".2026") && name.ends_with(".partial")).map(|name| out.join(name))
}

const POINTS: [Point; 9] = [
    ("the first file is under way", |out| !names(&out.join("cache/extract")).is_empty()),
    ("half the files are extracted", |out| finished(out, "extract") >= 50),
    ("the first part is under way", |out| !names(&out.join("cache/settle")).is_empty()),
    ("half the parts are settled", |out| finished(out, "settle") >= 8),
    ("the serial pass is under way", |out| !names(&out.join("cache/serial")).is_empty()),
    ("the serial pass is done", |out| finished(out, "serial") == 1),
    ("half the parts are attached", |out| finished(out, "attach") >= 8),
    ("publishing begins", |out| staging(out).is_some()),
    ("the report is being written", |out| staging(out).is_some_and(|folder| folder.join("report/partners").exists())),
];

fn unfinished(folder: &Path, found: &mut Vec<String>) {
    for name in names(folder) {
        let path = folder.join(&name);
        if name.ends_with(".partial") {
            found.push(path.display().to_string());
        }
        if path.is_dir() && !path.is_symlink() {
            unfinished(&path, found);
        }
    }
}

#[test]
fn a_killed_run_is_taken_up_again() {
    let market = Market::generated(40_000, 200, 16);
    let published = market.publishes(&[]);
    let expected = contents(&published);
    for (point, is_reached) in POINTS {
        fs::remove_dir_all(market.out()).expect("a removable folder");
        let mut run = market.command("run", &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        let deadline = Instant::now() + LONGEST;
        while !is_reached(&market.out()) {
            assert!(Instant::now() < deadline, "{point} is never seen");
            assert!(run.try_wait().expect("a child").is_none(), "the run ended before {point} was seen");
            std::thread::yield_now();
        }
        run.kill().expect("a running child");
        let status = run.wait().expect("a child");
        assert_eq!(status.signal(), Some(SIGKILL), "the run ended before it was killed: {point}");
        if published.exists() {
            attachrate(["verify".as_ref(), published.as_os_str()]).expect_code(0);
        }
        assert_eq!(market.publishes(&[]), published, "{point}");
        let differ = differences(&expected, &contents(&published));
        assert!(differ.is_empty(), "{point}: {differ:?}");
        let mut left = Vec::new();
        unfinished(&market.out(), &mut left);
        assert!(left.is_empty(), "{point}: {left:?}");
    }
}

/// Killed again and again, each time a little further, a run still ends.
#[test]
fn a_run_that_is_killed_at_every_point_ends() {
    let market = Market::generated(40_000, 200, 16);
    let published = market.publishes(&[]);
    let expected = contents(&published);
    fs::remove_dir_all(market.out()).expect("a removable folder");
    for (point, is_reached) in POINTS {
        let mut run = market.command("run", &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        let deadline = Instant::now() + LONGEST;
        while !is_reached(&market.out()) && run.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < deadline, "{point} is never seen");
            std::thread::yield_now();
        }
        run.kill().expect("a child that is not waited for");
        run.wait().expect("a child");
    }
    assert_eq!(market.publishes(&[]), published);
    let differ = differences(&expected, &contents(&published));
    assert!(differ.is_empty(), "{differ:?}");
}

/// Two runs on one output folder would write over each other. The first is held by a signal, so that it is under way for certain.
#[test]
fn a_second_run_on_the_same_folder_is_refused() {
    let market = Market::generated(10_000, 50, 4);
    let mut first = market.command("run", &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let signal = |name: &str, process: u32| {
        let script = format!("kill -{name} {process}");
        assert!(std::process::Command::new("sh").args(["-c", &script]).status().expect("a shell").success(), "{script}");
    };
    let deadline = Instant::now() + LONGEST;
    while names(&market.out().join("cache/extract")).is_empty() {
        assert!(Instant::now() < deadline && first.try_wait().expect("a child").is_none(), "the first run is never under way");
        std::thread::yield_now();
    }
    signal("STOP", first.id());
    let second = market.does("run", &[]);
    signal("CONT", first.id());
    let second = second.expect_code(4);
    assert!(second.stderr.contains("another run is writing to this folder"), "{}", second.stderr);
    assert!(second.stderr.contains("hint: "), "{}", second.stderr);
    assert!(second.stdout.is_empty());
    assert!(first.wait().expect("a child").success());
    let published = market.published().expect("the first run publishes");
    attachrate(["verify".as_ref(), published.as_os_str()]).expect_code(0);
}
