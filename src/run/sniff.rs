//! `attachrate sniff`: the beginning of a file, looked at; of a packed file what is inside, of a workbook or Parquet file its first rows.

use super::extract_files::unreadable;
use crate::error::{Error, Result};
use crate::io::readers::layout::{Excel, Parquet};
use crate::io::readers::{FileReader, Format, Layout, Member, Packing, ReadError, Unpacked, members};
use crate::sniff::{Container, LOOKED_AT, Packed, Sniffed, Table, propose, sniff};
use glob::Pattern;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Rows of a workbook among which its names are looked for.
const HEADER_ROWS: u32 = 10;
/// Rows of a table that are looked at.
const ROWS: usize = 500;

/// A proposed `[[feed]]` block for a file.
///
/// # Errors
/// An `Input` problem with the reason why the file cannot be read: it is empty, damaged, encrypted, or of no format that is read.
pub fn sniff_file(path: &Path) -> Result<String> {
    let bytes = beginning(path)?;
    let name = path.to_string_lossy();
    let block = match sniff(&bytes, &name).container {
        Container::Gzip => stream(path, Packing::Gzip),
        Container::Zstd => stream(path, Packing::Zstd),
        Container::Zip => archive(path),
        _ => look(path, Packing::Plain, None, &name, &bytes).map(|sniffed| propose(&sniffed, &name, None)),
    };
    block.map_err(unreadable(path, ""))
}

/// The bytes of a file that are looked at.
pub fn beginning(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Error::io("open", path))?;
    file.take(LOOKED_AT as u64).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    Ok(bytes)
}

/// The block of a file that is packed as one stream.
fn stream(path: &Path, packing: Packing) -> std::result::Result<String, ReadError> {
    let file = File::open(path)?;
    let source = if packing == Packing::Gzip { Unpacked::gzip(file) } else { Unpacked::zstd(file)? };
    let inner = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let sniffed = look(path, packing, None, &inner, &first_bytes(source)?)?;
    let packed = Packed { packing: packing.name(), ..Packed::default() };
    Ok(propose(&sniffed, &path.to_string_lossy(), Some(&packed)))
}

fn first_bytes(source: Unpacked<File>) -> std::result::Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    source.take(LOOKED_AT as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The block of an archive: of its members of one kind, the most by their bytes. A feed reads one kind, and a file belongs to one feed, so that the
/// others are named for a person to decide.
fn archive(path: &Path) -> std::result::Result<String, ReadError> {
    let mut file = File::open(path)?;
    let mut kinds: Vec<Kind> = Vec::new();
    let mut others = Vec::new();
    let mut unread = None;
    for member in members(&mut file)? {
        match look_into(path, &file, &member) {
            Ok(sniffed) => match kinds.iter_mut().find(|kind| kind.sniffed.is_like(&sniffed)) {
                Some(kind) => kind.members.push(member),
                None => kinds.push(Kind { sniffed, members: vec![member] }),
            },
            Err(ReadError::File(defect)) => {
                others.push((format!("`{}` is not proposed: {}", member.name.escape_debug(), defect.message), member.name));
                unread.get_or_insert(defect);
            }
            Err(error) => return Err(error),
        }
    }
    // Of equals the first.
    let Some(most) = (0..kinds.len()).rev().max_by_key(|kind| kinds[*kind].bytes()) else {
        let none = || ReadError::file("the archive has no member", "have it sent again");
        return Err(unread.map_or_else(none, ReadError::File));
    };
    let kind = kinds.remove(most);
    for other in kinds {
        let what = other.sniffed.what();
        others.extend(
            other
                .members
                .into_iter()
                .map(|member| (format!("`{}` is of another kind: {what}", member.name.escape_debug()), member.name)),
        );
    }
    let names: Vec<&str> = kind.members.iter().map(|member| member.name.as_str()).collect();
    let other_names: Vec<&str> = others.iter().map(|(_, name)| name.as_str()).collect();
    let mut packed = Packed { packing: Packing::Zip.name(), ..Packed::default() };
    packed.notes = others.iter().map(|(note, _)| note.clone()).collect();
    if !others.is_empty() {
        packed.notes.push("A file belongs to one feed: members of another kind need an archive of their own.".to_owned());
        packed.members = pattern(&names, &other_names);
        if packed.members.is_none() {
            packed.notes.push(format!("No pattern for `members` fits these alone: {}", names.join(", ").escape_debug()));
        }
    }
    Ok(propose(&kind.sniffed, &path.to_string_lossy(), Some(&packed)))
}

/// Members of an archive that one feed reads.
struct Kind {
    sniffed: Sniffed,
    members: Vec<Member>,
}

impl Kind {
    fn bytes(&self) -> u64 {
        self.members.iter().map(|member| member.bytes).sum()
    }
}

/// A pattern that matches these names and none of the others.
fn pattern(names: &[&str], others: &[&str]) -> Option<String> {
    let first = names.first()?;
    let ending = first.rsplit_once('.').map(|(_, ending)| format!("*.{}", Pattern::escape(ending)));
    let common = names.iter().fold(first.len(), |length, name| {
        let same = first.char_indices().zip(name.chars()).take_while(|((at, letter), other)| *at < length && letter == other);
        same.last().map_or(0, |((at, letter), _)| at + letter.len_utf8())
    });
    let beginning = first.get(..common).map(|beginning| format!("{}*", Pattern::escape(beginning)));
    let alone = (names.len() == 1).then(|| Pattern::escape(first));
    [ending, beginning, alone].into_iter().flatten().find(|text| {
        Pattern::new(text)
            .is_ok_and(|pattern| names.iter().all(|name| pattern.matches(name)) && !others.iter().any(|name| pattern.matches(name)))
    })
}

fn look_into(path: &Path, file: &File, member: &Member) -> std::result::Result<Sniffed, ReadError> {
    let mut source = file.try_clone()?;
    source.seek(SeekFrom::Start(member.start))?;
    let bytes = first_bytes(Unpacked::member(source, member))?;
    look(path, Packing::Zip, Some(&member.name), &member.name, &bytes)
}

/// What a file or a member looks like that begins with these bytes. It has columns or is an interchange.
fn look(path: &Path, packing: Packing, member: Option<&str>, name: &str, bytes: &[u8]) -> std::result::Result<Sniffed, ReadError> {
    let mut sniffed = sniff(bytes, name);
    let refuse = |message: String, hint: &str| Err(ReadError::file(message, hint));
    let place = Inside { path, packing, member };
    match sniffed.container {
        Container::Empty => return refuse("the file is empty".to_owned(), "a file without records still has its header line"),
        Container::Foreign(what) => {
            return refuse(format!("the file is {what}, and not read"), "ask the sender for text, a workbook, Parquet or X12 867");
        }
        Container::Gzip | Container::Zstd | Container::Zip => {
            return refuse("what is packed is packed once more within".to_owned(), "have it sent packed once");
        }
        Container::Excel => sniffed.table = Some(workbook(&place)?),
        Container::Parquet => {
            sniffed.table = Some(place.first_rows(Format::Parquet(Parquet { worker: std::env::current_exe()? }))?)
        }
        Container::Text | Container::JsonLines if sniffed.table.is_none() => {
            let message =
                format!("the text, which looks like `{}`, has no delimiter and no columns at fixed places", sniffed.encoding);
            return refuse(message, "declare it by the sender's description of its records");
        }
        Container::X12 if sniffed.interchange.is_none() => {
            return refuse("the interchange header ISA is cut or has not 16 elements".to_owned(), "have the file sent again");
        }
        Container::Text | Container::JsonLines | Container::X12 => {}
    }
    Ok(sniffed)
}

/// The first worksheet, its names in the first of the rows with most of them.
fn workbook(place: &Inside<'_>) -> std::result::Result<Table, ReadError> {
    let mut best: Option<Table> = None;
    let mut refused = None;
    for header_row in 1..=HEADER_ROWS {
        let format = Format::Excel(Excel { sheet: Pattern::new("*").ok(), header_row, worker: std::env::current_exe()? });
        let table = match place.first_rows(format) {
            Ok(table) => table,
            Err(error) => {
                refused.get_or_insert(error);
                continue;
            }
        };
        let names = |table: &Table| table.columns.iter().filter(|name| !name.is_empty()).count();
        if best.as_ref().is_none_or(|best| names(&table) > names(best)) {
            best = Some(Table { preamble: header_row as usize - 1, ..table });
        }
    }
    let nothing = || ReadError::file("the workbook has nothing in its first rows", "look at it with a spreadsheet program");
    best.ok_or_else(|| refused.unwrap_or_else(nothing))
}

/// A file, or a member of it.
struct Inside<'a> {
    path: &'a Path,
    packing: Packing,
    member: Option<&'a str>,
}

impl Inside<'_> {
    /// The first rows where it is read as this format.
    fn first_rows(&self, format: Format) -> std::result::Result<Table, ReadError> {
        let members = self.member.and_then(|name| Pattern::new(&Pattern::escape(name)).ok());
        let layout = Layout { packing: self.packing, members, format, list_separator: '|' };
        let mut reader = FileReader::open(self.path, &layout)?;
        let Some(section) = reader.next_section()? else {
            return Err(ReadError::file("the file has no records", "look at it with the program that wrote it"));
        };
        let mut rows = Vec::new();
        while rows.len() < ROWS
            && let Some(record) = reader.next_record()?
        {
            rows.extend(record.fields.ok().map(|fields| fields.iter().map(str::to_owned).collect()));
        }
        Ok(Table { sheet: section.sheet, ..Table::named(section.columns, rows) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_these_names_alone() {
        let cases = [
            (&["a.csv", "b.csv"][..], &["read me.txt"][..], Some("*.csv")),
            (&["Händler_1.csv", "Händler_2.csv"], &["Hülle.csv"], Some("Händler_*")),
            (&["ä.csv"], &["äb.csv"], Some("ä.csv*")),
            (&["a.csv", "c.csv"], &["b.csv"], None),
        ];
        for (names, others, expected) in cases {
            assert_eq!(pattern(names, others).as_deref(), expected, "{names:?}");
        }
    }
}
