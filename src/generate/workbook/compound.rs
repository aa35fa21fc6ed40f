//! The file within the file: a compound file of version 3 with one stream (MS-CFB).

const SECTOR: usize = 512;
/// Numbers of sectors in a sector.
const NUMBERS: usize = SECTOR / 4;
/// Sectors of the table of chains that the header names; the others are named by sectors of their own, each with the number of the next.
const IN_HEADER: usize = 109;
const IN_SECTOR: usize = NUMBERS - 1;
/// Shorter streams stand elsewhere, so the stream is filled up with zeros.
const LEAST: usize = 4_096;

const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;
const OF_TABLE: u32 = 0xFFFF_FFFD;
const OF_LIST: u32 = 0xFFFF_FFFC;
/// No entry of the directory.
const NONE: u32 = 0xFFFF_FFFF;

/// A file with this stream. It has the stream, the directory, the table of chains, and the list of the table's sectors, in this order.
pub(super) fn file(name: &str, stream: &[u8]) -> Vec<u8> {
    let length = stream.len().max(LEAST);
    let of_stream = length.div_ceil(SECTOR);
    let (mut of_table, mut of_list) = (1, 0);
    while of_table * NUMBERS < of_stream + 1 + of_table + of_list {
        of_table += 1;
        of_list = of_table.saturating_sub(IN_HEADER).div_ceil(IN_SECTOR);
    }
    let table = of_stream + 1;
    let list = table + of_table;

    let mut bytes = header(of_stream, (table, of_table), (list, of_list));
    bytes.extend(stream);
    bytes.resize(SECTOR + of_stream * SECTOR, 0);
    bytes.extend(directory(name, length));

    let mut chains: Vec<u32> = (1..=of_stream as u32).collect();
    chains[of_stream - 1] = END;
    chains.push(END);
    chains.resize(list, OF_TABLE);
    chains.resize(list + of_list, OF_LIST);
    chains.resize(of_table * NUMBERS, FREE);
    push_numbers(&mut bytes, &chains);

    let named: Vec<u32> = (table..list).skip(IN_HEADER).map(|sector| sector as u32).collect();
    for (number, sectors) in named.chunks(IN_SECTOR).enumerate() {
        let mut numbers = sectors.to_vec();
        numbers.resize(IN_SECTOR, FREE);
        numbers.push(if number + 1 < of_list { (list + number + 1) as u32 } else { END });
        push_numbers(&mut bytes, &numbers);
    }
    bytes
}

fn header(directory: usize, (table, of_table): (usize, usize), (list, of_list): (usize, usize)) -> Vec<u8> {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(24, 0);
    // Version, order of bytes, sectors of 2^9 and small ones of 2^6 bytes.
    for number in [0x3E_u16, 3, 0xFFFE, 9, 6] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.resize(44, 0);
    let first_of_list = if of_list == 0 { END } else { list as u32 };
    push_numbers(&mut bytes, &[of_table as u32, directory as u32, 0, LEAST as u32, END, 0, first_of_list, of_list as u32]);
    let mut named: Vec<u32> = (table..table + of_table).take(IN_HEADER).map(|sector| sector as u32).collect();
    named.resize(IN_HEADER, FREE);
    push_numbers(&mut bytes, &named);
    bytes
}

/// The root, the stream, and two entries that are free.
fn directory(name: &str, length: usize) -> Vec<u8> {
    const ROOT: u8 = 5;
    const STREAM: u8 = 2;
    const BLACK: u8 = 1;
    let entry = |name: &str, kind: u8, child: u32, start: u32, length: usize| {
        let mut bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let letters = if name.is_empty() { 0 } else { bytes.len() as u16 + 2 };
        bytes.resize(64, 0);
        bytes.extend(letters.to_le_bytes());
        bytes.extend([kind, BLACK]);
        push_numbers(&mut bytes, &[NONE, NONE, child]);
        bytes.resize(116, 0);
        push_numbers(&mut bytes, &[start, length as u32, 0]);
        bytes
    };
    let free = entry("", 0, NONE, 0, 0);
    [entry("Root Entry", ROOT, 1, END, 0), entry(name, STREAM, NONE, 0, length), free.clone(), free].concat()
}

fn push_numbers(bytes: &mut Vec<u8>, numbers: &[u32]) {
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}
