//! Workbooks as OpenDocument.

use std::fmt::Write as _;

use zip::CompressionMethod::{Deflated, Stored};

use super::{Cell, Workbook, archive, xml};

const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
const NAMES: &str = "urn:oasis:names:tc:opendocument:xmlns";
const DAY_STYLE: &str = "<number:date-style style:name=\"N1\"><number:year number:style=\"long\"/><number:text>-</number:text>\
    <number:month number:style=\"long\"/><number:text>-</number:text><number:day number:style=\"long\"/></number:date-style>\
    <style:style style:name=\"day\" style:family=\"table-cell\" style:data-style-name=\"N1\"/>";

pub(super) fn bytes(workbook: &Workbook) -> Result<Vec<u8>, String> {
    let manifest = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <manifest:manifest xmlns:manifest=\"{NAMES}:manifest:1.0\" manifest:version=\"1.2\">\
         <manifest:file-entry manifest:full-path=\"/\" manifest:version=\"1.2\" manifest:media-type=\"{MEDIA_TYPE}\"/>\
         <manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/></manifest:manifest>"
    );
    archive(&[
        // It comes first and as it is, so that programs tell the file by its first bytes.
        ("mimetype", MEDIA_TYPE.as_bytes(), Stored),
        ("META-INF/manifest.xml", manifest.as_bytes(), Deflated),
        ("content.xml", content(workbook).as_bytes(), Deflated),
    ])
}

fn content(workbook: &Workbook) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content office:version=\"1.2\"".to_owned();
    for (prefix, name) in [("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"), ("number", "datastyle")]
    {
        // Writing to a string cannot fail.
        let _ = write!(text, " xmlns:{prefix}=\"{NAMES}:{name}:1.0\"");
    }
    let _ = write!(text, "><office:automatic-styles>{DAY_STYLE}</office:automatic-styles><office:body><office:spreadsheet>");
    for sheet in &workbook.sheets {
        let _ = write!(text, "<table:table table:name=\"{}\">", xml(&sheet.name));
        let _ = write!(text, "<table:table-column table:number-columns-repeated=\"{}\"/>", sheet.size().1.max(1));
        for row in &sheet.rows {
            text.push_str("<table:table-row>");
            // A row has a cell.
            row.iter().chain(row.is_empty().then_some(&Cell::Empty)).for_each(|cell| push_cell(&mut text, cell));
            text.push_str("</table:table-row>");
        }
        text.push_str("</table:table>");
    }
    text.push_str("</office:spreadsheet></office:body></office:document-content>");
    text
}

fn push_cell(to: &mut String, cell: &Cell) {
    // Writing to a string cannot fail.
    let _ = match cell {
        Cell::Empty => write!(to, "<table:table-cell/>"),
        Cell::Text(text) => {
            let paragraphs = text.split('\n').map(|line| format!("<text:p>{}</text:p>", paragraph(line)));
            write!(to, "<table:table-cell office:value-type=\"string\">{}</table:table-cell>", paragraphs.collect::<String>())
        }
        Cell::Number(number) => write!(
            to,
            "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"><text:p>{number}</text:p></table:table-cell>"
        ),
        Cell::Day(day) => write!(
            to,
            "<table:table-cell table:style-name=\"day\" office:value-type=\"date\" office:date-value=\"{day}\"><text:p>{day}</text:p>\
             </table:table-cell>"
        ),
    };
}

/// A line of text. Blanks at its ends and behind another blank stand as elements, since readers of XML drop them.
fn paragraph(line: &str) -> String {
    let mut text = String::new();
    let mut letters = xml(line).chars().collect::<Vec<_>>().into_iter().peekable();
    let mut is_kept = false;
    while let Some(letter) = letters.next() {
        match letter {
            ' ' if is_kept && letters.peek().is_some() => text.push(' '),
            ' ' => text.push_str("<text:s/>"),
            '\t' => text.push_str("<text:tab/>"),
            letter => text.push(letter),
        }
        is_kept = !matches!(letter, ' ' | '\t');
    }
    text
}
