//! The program as it is run: every test starts the binary in folders of its own.

mod bad_files;
mod bad_input;
mod calibrate;
mod commands;
mod damage;
mod damaged;
mod diff;
mod explain;
mod kill;
mod layouts;
mod logs;
mod losses;
mod outreach;
mod plan;
mod raw_records;
mod reconcile;
mod sameness;
mod trace;
mod whatif;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Files below a folder, by relative path.
type Contents = BTreeMap<String, Vec<u8>>;

/// What a finished command left.
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Outcome {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    #[track_caller]
    fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// The binary with arguments.
fn program<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attachrate"));
    command.args(arguments);
    command
}

fn attachrate<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Outcome {
    Outcome::of(&program(arguments).output().expect("the program starts"))
}

/// A folder with raw feeds, reference tables, a pipeline file, and the outputs of its runs.
struct Market {
    root: TempDir,
}

impl Market {
    /// A generated market, with partners in few enough parts that a part holds thousands of lines.
    fn generated(lines: u32, partners: u32, parts: u32) -> Self {
        let market = Self { root: TempDir::new().expect("a temporary folder") };
        let data = market.root.path().join("sample_data");
        attachrate([
            OsStr::new("generate"),
            "--lines".as_ref(),
            lines.to_string().as_ref(),
            "--partners".as_ref(),
            partners.to_string().as_ref(),
            "--out".as_ref(),
            data.as_ref(),
        ])
        .expect_code(0);
        copy(Path::new("pipelines"), &market.root.path().join("pipelines"));
        market.edit_pipeline(|text| text.replace("\n[publish]\n", &format!("\n[publish]\nparts = {parts}\n")));
        market
    }

    /// The sample of the repository.
    fn sample() -> Self {
        Self::sample_in(TempDir::new().expect("a temporary folder"))
    }

    fn sample_in(root: TempDir) -> Self {
        for folder in ["pipelines", "sample_data"] {
            copy(Path::new(folder), &root.path().join(folder));
        }
        Self { root }
    }

    fn pipeline(&self) -> PathBuf {
        self.root.path().join("pipelines/sample.toml")
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("sample_data")
    }

    fn out(&self) -> PathBuf {
        self.root.path().join("out")
    }

    fn edit_pipeline(&self, edit: impl FnOnce(String) -> String) {
        rewrite(&self.pipeline(), edit);
    }

    /// A command on the pipeline, `--out` included where the command has it.
    fn command(&self, name: &str, options: &[&str]) -> Command {
        let mut command = program([OsStr::new(name), self.pipeline().as_ref()]);
        if name != "check" {
            command.arg("--out").arg(self.out());
        }
        command.args(options);
        command
    }

    fn does(&self, name: &str, options: &[&str]) -> Outcome {
        Outcome::of(&self.command(name, options).output().expect("the program starts"))
    }

    /// Runs the pipeline, which must publish; gives the published folder.
    #[track_caller]
    fn publishes(&self, options: &[&str]) -> PathBuf {
        self.does("run", options).expect_code(0);
        self.published().expect("a run that ends well has published")
    }

    /// The folder that `current` points to.
    fn published(&self) -> Option<PathBuf> {
        Some(self.out().join(fs::read_link(self.out().join("current")).ok()?))
    }

    /// Names in the output folder that are no bookkeeping of the program: published runs and what was left half-done.
    fn runs(&self) -> Vec<String> {
        let kept = ["cache", "logs", ".lock"];
        names(&self.out()).into_iter().filter(|name| !kept.contains(&name.as_str())).collect()
    }

    /// Takes back what was published, and leaves the cached work.
    fn unpublish(&self) {
        let published = self.published().expect("something is published");
        fs::remove_dir_all(published).expect("a removable folder");
        fs::remove_file(self.out().join("current")).expect("a removable link");
    }
}

/// A pipeline's text in which a feed is declared as the generator says, whose paths begin at its folder.
pub fn declared(pipeline: &str, generated: &Path, feed: &str, folder: &str) -> String {
    let declaration = fs::read_to_string(generated.join(format!("declaration_{feed}.toml"))).expect("a declaration");
    let declaration = declaration.replacen("files = [\"", &format!("files = [\"{folder}"), 1);
    let of_feed = pipeline.find(&format!("[[feed]]\nid = \"{feed}\"")).expect("a section of the feed");
    let behind = &pipeline[of_feed + 1..];
    let end = behind.find("\n[[feed]]").or_else(|| behind.find("\n[reference]")).expect("a section behind it");
    format!("{}{declaration}{}", &pipeline[..of_feed], &behind[end..])
}

/// The sorted names in a folder; none where it is not there.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> Contents {
    fn collect(root: &Path, relative: &Path, found: &mut Contents) {
        for name in names(&root.join(relative)) {
            let relative = relative.join(name);
            let path = root.join(&relative);
            if path.is_dir() {
                collect(root, &relative, found);
            } else {
                found.insert(relative.to_string_lossy().into_owned(), fs::read(&path).expect("a readable file"));
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, Path::new(""), &mut found);
    assert!(!found.is_empty(), "{} holds no file", folder.display());
    found
}

/// The names of files that differ or stand on one side only.
fn differences(left: &Contents, right: &Contents) -> Vec<String> {
    let mut differ: Vec<String> =
        left.keys().chain(right.keys()).filter(|name| left.get(*name) != right.get(*name)).cloned().collect();
    differ.sort();
    differ.dedup();
    differ
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a writable folder");
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a readable and a writable file");
        }
    }
}

fn rewrite(path: &Path, edit: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).expect("a readable text file");
    fs::write(path, edit(text)).expect("a writable file");
}
