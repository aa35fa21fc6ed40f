//! What can go wrong, with one exit code per kind and one way to show it.
//!
//! Bad records are never errors: they are findings or quarantined. An [`Error`] is a bad configuration, an input that cannot be read, a gate
//! that failed, a damaged run, or a broken invariant of the program itself.

use std::fmt;
use std::path::{Path, PathBuf};

/// Result of everything that can fail in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure that ends the command. `Display` is the text for the user, without the leading `error: `.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pipeline file is wrong.
    #[error("{} in the configuration\n{_0}", .0.count())]
    Config(Problems),
    /// An input is missing or cannot be used: files, columns, reference tables.
    #[error("{} in the input\n{_0}", .0.count())]
    Input(Problems),
    /// The operating system refused an operation on a file.
    #[error("cannot {operation} {}: {source}", .path.display())]
    Io {
        /// What was tried, as a verb: `read`, `create`, `rename`.
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Gates that failed, one sentence each. Nothing was published.
    #[error("{}", gates(.0))]
    Gate(Vec<String>),
    /// A published run or a sealed cache entry does not match its hashes.
    #[error("{} is damaged: {cause}\n  hint: restore the file from a copy, or remove it and run again", .path.display())]
    Damaged {
        /// The file that does not match.
        path: PathBuf,
        /// In which way.
        cause: String,
    },
    /// An invariant of the program does not hold.
    #[error("internal error: {0}\n  hint: this is a defect of attachrate, not of the data; please report it")]
    Internal(String),
}

impl Error {
    /// The process exit code; 2 is kept for wrong usage of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Internal(_) => 1,
            Self::Config(_) => 3,
            Self::Input(_) | Self::Io { .. } => 4,
            Self::Gate(_) => 5,
            Self::Damaged { .. } => 6,
        }
    }

    /// For `map_err` on operations on files: `File::open(path).map_err(Error::io("open", path))`.
    pub fn io(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }
}

fn gates(failures: &[String]) -> String {
    let mut text = match failures.len() {
        1 => "1 gate failed, nothing was published".to_owned(),
        count => format!("{count} gates failed, nothing was published"),
    };
    for failure in failures {
        text.push_str("\n  ");
        text.push_str(failure);
    }
    text
}

/// One problem at one place of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as the user named it or as it was reached from the pipeline file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// One lower-case sentence without a full stop.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of a whole file.
    pub fn new(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, column: None, message: message.into(), hint: None }
    }

    /// The same problem, at a line.
    #[must_use]
    pub fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// The same problem, at a line and a column.
    #[must_use]
    pub fn at(mut self, line: usize, column: usize) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// The same problem, with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        write!(f, ": {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n    hint: {hint}")?;
        }
        Ok(())
    }
}

/// Problems that are told together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same problems by file, line and column, each once.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.sort();
        self.0.dedup();
        self
    }

    /// `Ok` where there is none, else the problems as an error of the given kind, sorted.
    pub fn into_result(self, kind: fn(Problems) -> Error) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(kind(self.sorted())) }
    }

    fn count(&self) -> String {
        match self.0.len() {
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        }
    }
}

/// One problem a line, hints indented below; at most 50, so that a wholly wrong file does not flood the terminal.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 50;
        for (index, problem) in self.0.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        if self.0.len() > SHOWN {
            write!(f, "\n  … and {} more", self.0.len() - SHOWN)?;
        }
        Ok(())
    }
}
