//! What passes between the process that reads a workbook and the one that asked for it: frames of one kind byte and a body.

use super::super::record::FieldKind;
use std::io::{self, Read, Write};

/// Text of one cell; Excel allows 32,767 characters.
const MAX_TEXT_BYTES: usize = 1 << 18;
/// Cells of one row; Excel allows 16,384.
const MAX_CELLS: usize = 1 << 15;

/// A cell with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Column, from 0.
    pub column: u32,
    /// How its value stood.
    pub kind: FieldKind,
    /// Its value as text.
    pub text: String,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A sheet begins.
    Sheet(String),
    /// A row with values; its number is from 1.
    Row(u32, Vec<Cell>),
    /// The workbook cannot be read; one lower-case sentence.
    Refused(String),
    /// The end of the workbook.
    End,
}

/// Writes a frame.
///
/// # Errors
/// Where the other side is gone.
pub fn write(frame: &Frame, to: &mut impl Write) -> io::Result<()> {
    match frame {
        Frame::Sheet(name) => {
            to.write_all(b"S")?;
            write_text(name, to)
        }
        Frame::Row(number, cells) => {
            to.write_all(b"R")?;
            to.write_all(&number.to_le_bytes())?;
            to.write_all(&(cells.len() as u32).to_le_bytes())?;
            for cell in cells {
                to.write_all(&cell.column.to_le_bytes())?;
                to.write_all(&[cell.kind as u8])?;
                write_text(&cell.text, to)?;
            }
            Ok(())
        }
        Frame::Refused(cause) => {
            to.write_all(b"X")?;
            write_text(cause, to)
        }
        Frame::End => to.write_all(b"E"),
    }
}

/// Reads a frame. `None` where the other side has ended without saying so.
///
/// # Errors
/// Where the bytes are no frame.
pub fn read(from: &mut impl Read) -> io::Result<Option<Frame>> {
    let mut kind = [0];
    if from.read(&mut kind)? == 0 {
        return Ok(None);
    }
    Ok(Some(match kind[0] {
        b'S' => Frame::Sheet(read_text(from)?),
        b'R' => {
            let number = read_number(from)?;
            let count = read_number(from)? as usize;
            if count > MAX_CELLS {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut cells = Vec::with_capacity(count);
            for _ in 0..count {
                let column = read_number(from)?;
                let mut kind = [0];
                from.read_exact(&mut kind)?;
                let kind = match kind[0] {
                    0 => FieldKind::Text,
                    1 => FieldKind::Number,
                    2 => FieldKind::Float,
                    3 => FieldKind::Date,
                    4 => FieldKind::Broken,
                    _ => return Err(io::ErrorKind::InvalidData.into()),
                };
                cells.push(Cell { column, kind, text: read_text(from)? });
            }
            Frame::Row(number, cells)
        }
        b'X' => Frame::Refused(read_text(from)?),
        b'E' => Frame::End,
        _ => return Err(io::ErrorKind::InvalidData.into()),
    }))
}

fn write_text(text: &str, to: &mut impl Write) -> io::Result<()> {
    to.write_all(&(text.len() as u32).to_le_bytes())?;
    to.write_all(text.as_bytes())
}

fn read_number(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn read_text(from: &mut impl Read) -> io::Result<String> {
    let length = read_number(from)? as usize;
    if length > MAX_TEXT_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_cell() -> impl Strategy<Value = Cell> {
        let kinds = [FieldKind::Text, FieldKind::Number, FieldKind::Float, FieldKind::Date, FieldKind::Broken];
        (any::<u32>(), prop::sample::select(kinds.to_vec()), ".{0,20}").prop_map(|(column, kind, text)| Cell { column, kind, text })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(name in ".{0,20}", number in any::<u32>(), cells in prop::collection::vec(any_cell(), 0..9)) {
            let frames = [Frame::Sheet(name.clone()), Frame::Row(number, cells), Frame::Refused(name), Frame::End];
            let mut bytes = Vec::new();
            for frame in &frames {
                write(frame, &mut bytes).expect("memory");
            }
            let mut from = bytes.as_slice();
            for frame in frames {
                prop_assert_eq!(read(&mut from).expect("a frame"), Some(frame));
            }
            prop_assert_eq!(read(&mut from).expect("the end"), None);
        }

        #[test]
        fn any_bytes_are_frames_or_not(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut from = bytes.as_slice();
            while let Ok(Some(_)) = read(&mut from) {}
        }
    }
}
