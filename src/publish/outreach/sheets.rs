//! The workbook: a sheet for each purpose, each with a table that can be filtered. Texts are written as texts, so none is ever a formula, and no time of
//! writing stands in it.

use super::{ANSWERS, Decision, Entry, FILLED_COLUMNS, FILLED_DATES, Filled, Gone, List, Listed, Outreach, PARTNER_COLUMN};
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{
    DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Table, TableColumn, TableStyle, Url, Workbook, Worksheet,
    XlsxError,
};

/// Days from 1970-01-01 to the first day of a workbook's count.
const EXCEL_EPOCH: i32 = 25_569;
/// The paper size of a sheet with so many columns, by its number in workbooks.
const A3: u8 = 8;
/// Longest text of a cell.
const CELL_CHARS: usize = 32_000;

/// A column of a list.
struct Column {
    heading: &'static str,
    width: f64,
}

const fn column(heading: &'static str, width: f64) -> Column {
    Column { heading, width }
}

const LIST_COLUMNS: [Column; 19] = [
    column(PARTNER_COLUMN, 12.0),
    column("Partner", 30.0),
    column("Manager", 16.0),
    column("What to do", 62.0),
    column("Recovery due", 13.0),
    column("Index", 8.0),
    column("Evidence", 14.0),
    column("Flags", 22.0),
    column("Expected", 13.0),
    column("Sold", 13.0),
    column("Gap to near", 13.0),
    column("Packs to near", 9.0),
    column("Gap to market", 13.0),
    column("Packs on open windows", 12.0),
    column("Near possible until", 13.0),
    column("Open records", 13.0),
    column("Headquarters", 12.0),
    column("Region", 9.0),
    column("Country", 9.0),
];
const FILLED_WIDTHS: [f64; FILLED_COLUMNS.len()] = [13.0, 16.0, 15.0, 34.0, 13.0, 40.0];
const DECISION_COLUMNS: [Column; 7] = [
    column("Kind", 12.0),
    column("Id", 16.0),
    column("Scope or action", 16.0),
    column("Status", 16.0),
    column("Approver", 18.0),
    column("Reason", 50.0),
    column("Evidence", 40.0),
];
const GONE_COLUMNS: [Column; 3] = [column(PARTNER_COLUMN, 12.0), column("Partner", 30.0), column("Now", 24.0)];

/// How cells look.
struct Formats {
    heading: Format,
    money: Format,
    count: Format,
    index: Format,
    day: Format,
    text: Format,
    long: Format,
    link: Format,
    title: Format,
}

impl Formats {
    fn new() -> Self {
        let top = || Format::new().set_align(FormatAlign::Top);
        Self {
            heading: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            money: top().set_num_format("#,##0.00"),
            count: top().set_num_format("#,##0"),
            index: top().set_num_format("0.00"),
            day: top().set_num_format("yyyy-mm-dd"),
            text: top(),
            long: top().set_text_wrap(),
            link: top().set_font_color(0x0B_4A_8F).set_underline(rust_xlsxwriter::FormatUnderline::Single),
            title: Format::new().set_bold().set_font_size(14),
        }
    }
}

/// The workbook's bytes.
///
/// # Errors
/// Where the library refuses a value: an internal error.
pub fn workbook(outreach: &Outreach) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let day = NaiveDate::from_epoch_days(outreach.as_of).unwrap_or_default();
    // The time of writing would stand in the file, and equal runs would differ.
    let written = ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or(1970), day.month() as u8, day.day() as u8)?;
    workbook.set_properties(&DocProperties::new().set_title(&outreach.title).set_creation_datetime(&written));
    let formats = Formats::new();
    for list in List::ALL {
        let rows: Vec<&Listed> = outreach.partners.iter().filter(|row| row.list == list).collect();
        write_list(workbook.add_worksheet(), list, &rows, &formats)?;
    }
    write_decisions(workbook.add_worksheet(), &outreach.decisions, &formats)?;
    write_gone(workbook.add_worksheet(), &outreach.gone, &formats)?;
    write_guide(workbook.add_worksheet(), outreach, &formats)?;
    workbook.save_to_buffer()
}

fn write_list(sheet: &mut Worksheet, list: List, rows: &[&Listed], formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(list.label())?;
    for (row, number) in rows.iter().zip(1u32..) {
        let money = |sheet: &mut Worksheet, column: u16, cents: i64| {
            sheet.write_number_with_format(number, column, cents as f64 / 100.0, &formats.money).map(|_| ())
        };
        text(sheet, number, 0, &row.partner_id, formats)?;
        let link = Url::new(format!("file:///{}", row.page)).set_text(cut(&row.name));
        sheet.write_url_with_format(number, 1, link, &formats.link)?;
        text(sheet, number, 2, &row.manager, formats)?;
        text(sheet, number, 3, &row.action, formats)?;
        day(sheet, number, 4, row.recovery_due, formats)?;
        if let Some(index) = row.index {
            sheet.write_number_with_format(number, 5, index as f64 / 100.0, &formats.index)?;
        }
        text(sheet, number, 6, row.evidence, formats)?;
        text(sheet, number, 7, &row.flags, formats)?;
        money(sheet, 8, row.expected)?;
        money(sheet, 9, row.services)?;
        money(sheet, 10, row.gaps[0])?;
        sheet.write_number_with_format(number, 11, row.packs as f64, &formats.count)?;
        money(sheet, 12, row.gaps[1])?;
        sheet.write_number_with_format(number, 13, row.open_packs as f64, &formats.count)?;
        day(sheet, number, 14, row.possible_until, formats)?;
        money(sheet, 15, row.open_amount)?;
        text(sheet, number, 16, &row.hq_id, formats)?;
        text(sheet, number, 17, &row.region, formats)?;
        text(sheet, number, 18, &row.country, formats)?;
        filled(sheet, number, LIST_COLUMNS.len() as u16, &row.filled, formats)?;
    }
    let headings = LIST_COLUMNS.iter().map(|column| (column.heading, column.width));
    let headings: Vec<(&str, f64)> = headings.chain(FILLED_COLUMNS.into_iter().zip(FILLED_WIDTHS)).collect();
    validate(sheet, rows.len(), LIST_COLUMNS.len() as u16)?;
    table(sheet, list.label(), &headings, rows.len(), formats)
}

fn write_decisions(sheet: &mut Worksheet, decisions: &[Decision], formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name("Exceptions")?;
    for (decision, number) in decisions.iter().zip(1u32..) {
        let Decision { kind, id, code, status, approver, reason, evidence } = decision;
        for (value, column) in [kind, id.as_str(), code, status, approver, reason, evidence].into_iter().zip(0u16..) {
            text(sheet, number, column, value, formats)?;
        }
    }
    let headings: Vec<(&str, f64)> = DECISION_COLUMNS.iter().map(|column| (column.heading, column.width)).collect();
    table(sheet, "Exceptions", &headings, decisions.len(), formats)
}

fn write_gone(sheet: &mut Worksheet, gone: &[Gone], formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name("No longer listed")?;
    for (row, number) in gone.iter().zip(1u32..) {
        text(sheet, number, 0, &row.partner_id, formats)?;
        text(sheet, number, 1, &row.name, formats)?;
        text(sheet, number, 2, &row.standing, formats)?;
        filled(sheet, number, GONE_COLUMNS.len() as u16, &row.filled, formats)?;
    }
    let headings = GONE_COLUMNS.iter().map(|column| (column.heading, column.width));
    let headings: Vec<(&str, f64)> = headings.chain(FILLED_COLUMNS.into_iter().zip(FILLED_WIDTHS)).collect();
    validate(sheet, gone.len(), GONE_COLUMNS.len() as u16)?;
    table(sheet, "No longer listed", &headings, gone.len(), formats)
}

fn write_guide(sheet: &mut Worksheet, outreach: &Outreach, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name("How to read")?;
    sheet.set_column_width(0, 22)?.set_column_width(1, 100)?;
    sheet.write_string_with_format(0, 0, cut(&outreach.title), &formats.title)?;
    let [near, at] = &outreach.lines;
    let mut lines: Vec<(&str, String)> = vec![("Run", outreach.run_id.clone())];
    if outreach.is_synthetic {
        lines.push(("Synthetic", "Partners, people and figures are invented.".into()));
    }
    lines.extend(List::ALL.map(|list| (list.label(), list.meaning().to_owned())));
    lines.extend([
        ("Exceptions", "what approved exceptions take out, and adjustments with what became of them".to_owned()),
        ("No longer listed", "what was filled in for partners that are on no list now: nothing is lost".to_owned()),
        ("Index", format!("services sold over services expected with the same mix; near from {near}, at the market from {at}")),
        ("Money", format!("in {}", outreach.currency)),
        (
            "Packs on open windows",
            "the fewest Care Packs for hardware that can still be covered; together with the date until which they close the gap"
                .to_owned(),
        ),
        (
            "To fill in",
            format!(
                "{}: the next run reads them back by partner id when [publish] outreach_from names this file",
                FILLED_COLUMNS.join(", ")
            ),
        ),
    ]);
    for ((name, meaning), number) in lines.iter().zip(2u32..) {
        sheet.write_string_with_format(number, 0, *name, &formats.heading)?;
        sheet.write_string_with_format(number, 1, cut(meaning), &formats.long)?;
    }
    Ok(())
}

/// The columns that a manager fills in.
fn filled(sheet: &mut Worksheet, row: u32, first: u16, filled: &Filled, formats: &Formats) -> Result<(), XlsxError> {
    for (entry, column) in filled.iter().zip(first..) {
        match entry {
            Entry::Empty => {}
            Entry::Day(value) => day(sheet, row, column, Some(*value), formats)?,
            Entry::Text(value) => {
                sheet.write_string_with_format(row, column, cut(value), &formats.long)?;
            }
        }
    }
    Ok(())
}

/// What the columns to fill in take: dates, and the answers of a list. Other values are warned of, not refused, because a manager knows best.
fn validate(sheet: &mut Worksheet, rows: usize, first: u16) -> Result<(), XlsxError> {
    let last = rows.max(1) as u32;
    let warning = rust_xlsxwriter::DataValidationErrorStyle::Warning;
    let (place, answers) = ANSWERS;
    let list = DataValidation::new().allow_list_strings(&answers)?.set_error_style(warning.clone());
    sheet.add_data_validation(1, first + place as u16, last, first + place as u16, &list)?;
    let earliest = ExcelDateTime::from_ymd(2000, 1, 1)?;
    for place in FILLED_DATES {
        let rule = rust_xlsxwriter::DataValidationRule::GreaterThan(earliest.clone());
        let date = DataValidation::new().allow_date(rule).set_error_style(warning.clone()).set_error_message("A date, please")?;
        sheet.add_data_validation(1, first + place as u16, last, first + place as u16, &date)?;
    }
    Ok(())
}

/// Makes a table of what was written, with its headings, widths, a fixed first row and a layout for paper.
fn table(sheet: &mut Worksheet, name: &str, headings: &[(&str, f64)], rows: usize, formats: &Formats) -> Result<(), XlsxError> {
    let columns: Vec<TableColumn> =
        headings.iter().map(|(heading, _)| TableColumn::new().set_header(*heading).set_header_format(&formats.heading)).collect();
    let table = Table::new().set_name(name.replace(' ', "_")).set_columns(&columns).set_style(TableStyle::Light1);
    // A table has at least one row.
    sheet.add_table(0, 0, rows.max(1) as u32, headings.len() as u16 - 1, &table)?;
    for ((_, width), column) in headings.iter().zip(0u16..) {
        sheet.set_column_width(column, *width)?;
    }
    sheet
        .set_row_height(0, 32)?
        .set_freeze_panes(1, 2)?
        .set_landscape()
        .set_paper_size(A3)
        .set_repeat_rows(0, 0)?
        .set_print_fit_to_pages(1, 0);
    Ok(())
}

fn text(sheet: &mut Worksheet, row: u32, column: u16, value: &str, formats: &Formats) -> Result<(), XlsxError> {
    if !value.is_empty() {
        sheet.write_string_with_format(row, column, cut(value), &formats.text)?;
    }
    Ok(())
}

fn day(sheet: &mut Worksheet, row: u32, column: u16, value: Option<i32>, formats: &Formats) -> Result<(), XlsxError> {
    if let Some(value) = value {
        sheet.write_number_with_format(row, column, f64::from(value + EXCEL_EPOCH), &formats.day)?;
    }
    Ok(())
}

/// A text as far as a cell holds it.
fn cut(value: &str) -> String {
    value.chars().take(CELL_CHARS).collect()
}
