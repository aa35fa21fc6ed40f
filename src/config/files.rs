//! From patterns and names in the pipeline file to files on disk.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use super::document::Document;
use super::plan::{FeedFile, ReferencePath};
use crate::error::Problems;

/// Hidden files are left alone, and case matters on every system, so that one pattern means the same files everywhere.
const MATCHING: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

const RELATIVE: &str = "paths are relative to the folder of the pipeline file";

/// The files of a feed's patterns, each once, sorted by their relative path. A pattern without files is `missing`.
pub fn expand(
    document: &Document<'_>,
    base: &Path,
    pointer: &str,
    patterns: &[String],
    problems: &mut Problems,
    missing: &mut Problems,
) -> Vec<FeedFile> {
    let mut files = BTreeSet::new();
    for (index, pattern) in patterns.iter().enumerate() {
        let problem = |message: String| document.problem_at_value(&format!("{pointer}/files/{index}"), message).with_hint(RELATIVE);
        match matches(base, pattern) {
            Ok(found) if found.is_empty() => missing.push(problem(format!("no file matches `{pattern}`"))),
            Ok(found) => files.extend(found),
            Err(message) => problems.push(problem(message)),
        }
    }
    files.into_iter().collect()
}

fn matches(base: &Path, pattern: &str) -> Result<Vec<FeedFile>, String> {
    if Path::new(pattern).is_absolute() {
        return Err(absolute(pattern));
    }
    let full = Path::new(&glob::Pattern::escape(&base.to_string_lossy())).join(pattern);
    let found = glob::glob_with(&full.to_string_lossy(), MATCHING)
        .map_err(|error| format!("`{pattern}` is not a pattern: {}", error.msg))?;
    let mut files = Vec::new();
    for path in found {
        let path = path.map_err(|error| format!("cannot list the files of `{pattern}`: {error}"))?;
        if path.is_dir() {
            continue;
        }
        let relative = path.strip_prefix(base).unwrap_or(&path);
        let Some(relative) = normalise(relative) else {
            return Err(format!("`{pattern}` matches a file whose name is not valid Unicode"));
        };
        files.push(FeedFile { relative, path });
    }
    Ok(files)
}

/// The file that the value at a JSON pointer names; where there is none it is `missing`.
pub fn named(
    document: &Document<'_>,
    base: &Path,
    pointer: &str,
    name: &str,
    problems: &mut Problems,
    missing: &mut Problems,
) -> Option<ReferencePath> {
    let problem = |message: String| document.problem_at_value(pointer, message).with_hint(RELATIVE);
    let path = base.join(name);
    if Path::new(name).is_absolute() {
        problems.push(problem(absolute(name)));
        return None;
    }
    if !path.is_file() {
        // Of a file in a list the key is the list's.
        let key = pointer.split('/').nth(2).unwrap_or_default();
        missing.push(problem(format!("`{key}` names `{name}`, which is not a file")));
        return None;
    }
    Some(ReferencePath { relative: normalise(Path::new(name))?, path })
}

fn absolute(name: &str) -> String {
    format!("`{name}` is an absolute path, which would tie the run to this machine")
}

/// A relative path with `/`, without `.` and without steps down and up again.
fn normalise(path: &Path) -> Option<String> {
    let mut steps: Vec<&str> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(step) => steps.push(step.to_str()?),
            Component::ParentDir => match steps.last() {
                Some(&last) if last != ".." => {
                    steps.pop();
                }
                _ => steps.push(".."),
            },
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::normalise;

    #[test]
    fn relative_paths_have_one_form() {
        for (written, normal) in
            [("a/b.csv", "a/b.csv"), ("./a//b.csv", "a/b.csv"), ("../x/../a/b.csv", "../a/b.csv"), ("../../a", "../../a")]
        {
            assert_eq!(normalise(Path::new(written)).as_deref(), Some(normal));
        }
    }
}
