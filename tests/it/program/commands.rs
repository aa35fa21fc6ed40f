//! The small commands, wrong usage, and readers that go away.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use tempfile::TempDir;

use super::{attachrate, program};

#[test]
fn the_default_pipeline_is_written_once() {
    let printed = attachrate(["init"]).expect_code(0).stdout;
    assert_eq!(printed, fs::read_to_string("pipelines/december.toml").expect("a file of the repository"));
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("mine.toml");
    let outcome = attachrate(["init".as_ref(), path.as_os_str()]).expect_code(0);
    assert!(outcome.stdout.is_empty());
    assert_eq!(fs::read_to_string(&path).expect("the new file"), printed);
    fs::write(&path, "mine").expect("a writable file");
    let refused = attachrate(["init".as_ref(), path.as_os_str()]).expect_code(4);
    assert!(refused.stderr.starts_with("error: cannot create "), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&path).expect("the file"), "mine", "an existing file is left alone");
}

#[test]
fn the_schema_accepts_the_sample() {
    let schema: serde_json::Value =
        serde_json::from_str(&attachrate(["schema"]).expect_code(0).stdout).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    for name in ["sample", "sample-preliminary", "december"] {
        let text = fs::read_to_string(format!("pipelines/{name}.toml")).expect("a file of the repository");
        let pipeline: toml::Value = toml::from_str(&text).expect("the pipeline is TOML");
        let problems: Vec<String> =
            validator.iter_errors(&without_dates(pipeline)).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{name}: {problems:?}");
    }
}

/// Editors take a TOML date for its text.
fn without_dates(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(without_dates).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, without_dates(value))).collect(),
        other => serde_json::to_value(other).expect("a JSON value"),
    }
}

#[test]
fn shells_complete_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = attachrate(["completions", shell]).expect_code(0).stdout;
        for command in ["run", "verify", "completions"] {
            assert!(script.contains(command), "{shell} {command}");
        }
    }
}

#[test]
fn wrong_usage_is_told_on_standard_error() {
    for arguments in [
        &["publish"][..],
        &["run"],
        &["run", "a.toml", "--memory", "4GB"],
        &["run", "a.toml", "--threads", "0"],
        &["verify", "run", "--loud"],
        &["completions", "punchcards"],
    ] {
        let outcome = attachrate(arguments).expect_code(2);
        assert!(outcome.stdout.is_empty(), "{arguments:?}");
        assert!(outcome.stderr.starts_with("error: "), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn help_and_version_are_results() {
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let outcome = attachrate(arguments).expect_code(0);
        assert!(!outcome.stdout.is_empty() && outcome.stderr.is_empty(), "{arguments:?}");
    }
    let help = attachrate(["--help"]).stdout;
    assert!(help.contains("Exit codes: 0 done"), "{help}");
}

/// As in `attachrate schema | head -c 1`: the pipe is closed while there is more to write than it holds.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    for command in ["schema", "init"] {
        let mut child = program([command]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut byte = [0];
        let mut stdout = child.stdout.take().expect("a pipe");
        stdout.read_exact(&mut byte).expect("the first byte");
        drop(stdout);
        let output = child.wait_with_output().expect("a child");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{command}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("the device that is always full");
    let output = program(["schema"]).stdout(full).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.starts_with("error: cannot write standard output: "), "{told}");
}
