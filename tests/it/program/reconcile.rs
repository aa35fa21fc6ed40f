//! `reconcile`: a partner's list against the run that made it, edited, and against the run that took its edits over.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Market, Outcome, attachrate, rewrite};
use crate::published::Published;

fn reconcile(run: &Path, partner: &str, list: &Path, options: &[&str]) -> Outcome {
    let arguments = ["reconcile".as_ref(), run.as_os_str(), partner.as_ref(), list.as_os_str()];
    attachrate(arguments.into_iter().chain(options.iter().map(AsRef::as_ref)).collect::<Vec<_>>())
}

fn reconciled(run: &Path, partner: &str, list: &Path, options: &[&str]) -> Value {
    let options: Vec<&str> = options.iter().copied().chain(["--format", "json"]).collect();
    serde_json::from_str(&reconcile(run, partner, list, &options).expect_code(0).stdout).expect("JSON")
}

/// Number of entries by class; those without any are left out.
fn classes(answer: &Value) -> BTreeMap<String, u64> {
    let sums = answer["sums"].as_object().expect("sums").iter();
    sums.map(|(class, sums)| (class.clone(), sums["number"].as_u64().expect("a number")))
        .filter(|(_, number)| *number > 0)
        .collect()
}

/// A number that stands as text.
fn number(value: &Value) -> f64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no number: {value}"))
}

fn of(classes: &[(&str, u64)]) -> BTreeMap<String, u64> {
    classes.iter().map(|(class, number)| ((*class).to_owned(), *number)).collect()
}

#[test]
fn a_partner_s_own_list_differs_in_nothing() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let published = Published::open(&run.join("tables"));
    let sellers = published.table("fact_sale_line").column("partner_id");
    let proposals = market.root.path().join("proposals.csv");
    let mut compared = 0;
    for partner in published.table("dim_partner").column("partner_id") {
        let list = run.join(format!("cases/{partner}.csv"));
        let lines = sellers.iter().filter(|seller| **seller == partner).count() as u64;
        if !list.exists() || lines == 0 {
            continue;
        }
        let answer = reconciled(&run, &partner, &list, &["--propose", proposals.to_str().expect("a UTF-8 path")]);
        assert_eq!(classes(&answer), of(&[("matched", lines)]), "{partner}");
        assert_eq!((&answer["quarantined"], &answer["proposed"]), (&Value::Array(Vec::new()), &Value::from(0)));
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
    let header = fs::read_to_string(&proposals).expect("proposals");
    assert_eq!(
        header.lines().collect::<Vec<_>>(),
        [fs::read_to_string(market.data().join("reference/adjustments.csv")).expect("a table").lines().next().expect("a header")]
    );
}

/// The list of P0042 with one row of another quantity, one of another amount, one away, one added and two that cannot be read.
fn edited(run: &Path, to: &Path) -> (u64, u64) {
    let text = fs::read_to_string(run.join("cases/P0042.csv")).expect("a list");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let own = lines.len() as u64 - 1;
    // Rows whose invoice and SKU no other row of the partner has.
    let key = |line: &str| line.split(',').skip(4).take(2).collect::<Vec<_>>().join(",");
    let is_single = |place: &usize| lines.iter().filter(|other| key(other) == key(&lines[*place])).count() == 1;
    let singles: Vec<usize> = (1..lines.len()).filter(|place| is_single(place) && lines[*place].contains(",hardware,")).collect();
    let [a, b, c] = singles[..3] else { panic!("three such rows") };
    let mut edit = |place: usize, column: &str, value: &str| {
        let header: Vec<String> = lines[0].trim_start_matches('\u{feff}').split(',').map(str::to_owned).collect();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(lines[place].as_bytes());
        let record = reader.records().next().expect("a row").expect("a row");
        let cells = header.iter().zip(&record).map(|(name, cell)| if name == column { value } else { cell });
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(cells).expect("memory");
        lines[place] = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8").trim_end().to_owned();
    };
    edit(a, "quantity", "7");
    edit(b, "amount", "123.45");
    lines.remove(c);
    lines.push(",hardware,,2026-03-04,Z0000001,SW1472E,,2,900.00,USD,ZZZ1;ZZZ2,,,,,,,,,".to_owned());
    let rows = lines.len() as u64 - 1;
    lines.push(",hardware,,04.03.2026,Z0000002,SW1472E,,2,900.00,USD,,,,,,,,,,".to_owned());
    lines.push("too,few".to_owned());
    fs::write(to, lines.join("\n") + "\n").expect("a writable file");
    (own, rows)
}

#[test]
fn what_differs_is_told_and_the_run_takes_it_over_once_somebody_approves_it() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let list = market.root.path().join("their list.csv");
    let proposals = market.root.path().join("proposals.csv");
    let (own, rows) = edited(&run, &list);
    let answer = reconciled(&run, "P0042", &list, &["--propose", proposals.to_str().expect("a UTF-8 path")]);
    assert_eq!(classes(&answer), of(&[("matched", own - 3), ("different", 2), ("not_in_list", 1), ("not_in_run", 1)]));
    assert_eq!(rows, own);
    let entries = answer["entries"].as_array().expect("entries");
    let mut differences: Vec<String> =
        entries.iter().filter(|entry| entry["class"] == "different").map(|entry| entry["differences"].to_string()).collect();
    differences.sort();
    assert_eq!(differences, ["[\"amount\"]", "[\"quantity\"]"]);
    // Each line and each row stands in one entry.
    for (side, number, count) in [("run", "sale_line_id", own), ("list", "line_number", rows)] {
        let mut numbers: Vec<u64> = entries.iter().filter_map(|entry| entry[side][number].as_u64()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len() as u64, count);
    }
    let quarantined = answer["quarantined"].as_array().expect("rows");
    assert_eq!(quarantined.len(), 2);
    assert!(
        quarantined[0]["reason"].to_string().contains("04.03.2026") && quarantined[1]["reason"].to_string().contains("2 fields")
    );
    let text = reconcile(&run, "P0042", &list, &[]).expect_code(0).stdout;
    assert!(text.contains("2 rows of the list cannot be read") && text.contains("invoice Z0000001"), "{text}");
    let table = reconcile(&run, "P0042", &list, &["--format", "csv"]).expect_code(0).stdout;
    assert_eq!(table.lines().count() as u64, 1 + own + 1 + 2);

    // What it would do to the index, all together and each alone, is told without a trace in the folder of runs.
    let (pipeline, out) = (market.pipeline(), market.out());
    let kept = market.runs();
    let trial = ["--effect", pipeline.to_str().expect("a path"), "--out", out.to_str().expect("a path")];
    let told = reconciled(&run, "P0042", &list, &[&trial[..], &["--each"]].concat());
    assert_eq!(market.runs(), kept);
    let effect = &told["effect"];
    let alone: Vec<f64> = told["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["class"] != "matched")
        .map(|entry| number(&entry["alone"]["index"]))
        .collect();
    assert_eq!((alone.len(), &effect["left_out"]), (4, &Value::from(0)));
    assert!(alone.iter().any(|index| (index - number(&effect["before"]["index"])).abs() > 0.000_1), "{alone:?}");
    let text = reconcile(&run, "P0042", &list, &trial).expect_code(0).stdout;
    assert!(
        text.contains("If the list were right") && text.contains(effect["after"]["index"].as_str().expect("an index")),
        "{text}"
    );

    // As proposed: without a reason the run refuses; with one and nobody's approval nothing changes; approved, the run says what the list says.
    let proposed = fs::read_to_string(&proposals).expect("proposals");
    assert_eq!((answer["proposed"].as_u64(), proposed.lines().count()), (Some(4), 5));
    let adjustments = market.data().join("reference/adjustments.csv");
    let before = fs::read_to_string(&adjustments).expect("a table");
    let with = |decision: &str| {
        let rows = proposed.lines().skip(1).map(|row| row.replacen(",,,,", decision, 1));
        format!("{before}{}\n", rows.collect::<Vec<_>>().join("\n"))
    };
    let index = |run: &Path| {
        let table = Published::open(&run.join("tables")).table("fact_partner_index");
        let columns = ["partner_id", "hardware_amount", "services_amount", "verdict_code"].map(str::to_owned);
        table.select(&columns).sorted_rows()
    };
    rewrite(&adjustments, |_| with(",,,,"));
    assert!(market.does("run", &[]).expect_code(4).stderr.contains("`reason` is empty"));
    rewrite(&adjustments, |_| with(",,The partner's list,,"));
    assert_eq!(index(&market.publishes(&[])), index(&run));
    rewrite(&adjustments, |_| with(",Approver 09,The partner's list,Ticket 0042,"));
    let approved = market.publishes(&[]);
    assert_ne!(index(&approved), index(&run));
    // To the last digit what was told: attachments and rates of the market included.
    for (side, run) in [("before", &run), ("after", &approved)] {
        let row = Published::open(&run.join("tables")).table("fact_partner_index");
        let place = row.column("partner_id").iter().position(|partner| partner == "P0042").expect("the partner");
        let cents = |column: &str| row.column(column)[place].replace('.', "").parse::<f64>().expect("cents");
        let published = cents("services_amount") / cents("expected_amount");
        assert!((number(&effect[side]["index"]) - published).abs() < 0.000_051, "{side}: {effect}, published {published}");
        assert_eq!(effect[side]["verdict"], Value::from(row.column("verdict_code")[place].clone()));
    }
    let outdated = reconcile(&run, "P0042", &list, &trial).expect_code(4);
    assert!(outdated.stderr.contains("the pipeline gives run"), "{}", outdated.stderr);
    let agreed = reconciled(&approved, "P0042", &list, &[]);
    assert_eq!(classes(&agreed), of(&[("matched", own), ("dropped", 3)]));
}

/// A list of its own rows: date, invoice, SKU, quantity, amount, currency and serials of every row of a list of the run.
fn plain_rows(list: &Path) -> Vec<[String; 7]> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(list).expect("a list");
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|column| column.trim_start_matches('\u{feff}') == name).expect("a column");
    let places = ["date", "invoice", "sku", "quantity", "amount", "currency", "serials"].map(place);
    let records = reader.records().map(|record| record.expect("a row")).filter(|record| record.len() == header.len());
    records.map(|record| places.map(|place| record[place].trim_start_matches('\'').to_owned())).collect()
}

/// What a reconciliation finds, without the places of the list's rows.
fn found(answer: &Value) -> Vec<String> {
    let entries = answer["entries"].as_array().expect("entries").iter();
    let mut found: Vec<String> = entries
        .map(|entry| {
            format!("{} {} {} {}", entry["class"], entry["differences"], entry["run"]["sale_line_id"], sale(&entry["list"]))
        })
        .collect();
    found.sort();
    found
}

fn sale(row: &Value) -> String {
    let sale = &row["sale"];
    ["date", "invoice", "sku", "quantity", "amount", "currency", "serials"].map(|field| sale[field].to_string()).join(" ")
}

#[test]
fn a_list_in_the_partner_s_own_layout_gives_the_same_differences() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let path = |name: &str| market.root.path().join(name);
    let list = path("their list.csv");
    edited(&run, &list);
    let own = reconciled(&run, "P0042", &list, &[]);
    let (own_found, mut rows) = (found(&own), plain_rows(&list));
    let dotted = |date: &str| date.split('-').rev().collect::<Vec<_>>().join(".");
    // The row that the run's own layout cannot read has its date in this one's.
    let last = rows.last_mut().expect("a row");
    assert_eq!(last[0], "04.03.2026");
    last[0] = "2026-13-03".to_owned();
    let columns = |separator: &str| {
        format!(
            "serial_separator = \"{separator}\"\n\n[feed.columns]\ndate = \"Datum\"\ninvoice = \"Beleg\"\nsku = \"Artikel\"\n\
             quantity = \"Menge\"\namount = \"Netto\"\ncurrency = \"W\u{e4}hrung\"\nserials = \"Seriennummern\"\n"
        )
    };
    let header = ["Datum", "Beleg", "Artikel", "Menge", "Netto", "W\u{e4}hrung", "Seriennummern"];

    // Semicolons, decimal commas, points between thousands, days first, Windows-1252, a trailer.
    let grouped = |amount: &str| {
        let (whole, cents) = amount.split_once('.').expect("cents");
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
        let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
        format!("{sign}{},{cents}", groups.collect::<Vec<_>>().join("."))
    };
    let mut text = header.join(";") + "\r\n";
    for [date, invoice, sku, quantity, amount, currency, serials] in &rows {
        let serials = serials.replace(';', "|");
        text += &format!("{};{invoice};{sku};{quantity};{};{currency};{serials}\r\n", dotted(date), grouped(amount));
    }
    text += "Ende der Liste\r\n";
    fs::write(path("liste.txt"), encoding_rs::WINDOWS_1252.encode(&text).0).expect("a writable file");
    let declaration = format!(
        "[[feed]]\nid = \"their_list\"\nkind = \"sales\"\nencoding = \"windows-1252\"\ndelimiter = \";\"\nquote = \"\"\ntrailer_lines = 1\n{}\n\
         [feed.numbers]\ndecimal = \",\"\nthousands = \".\"\n\n[feed.dates]\nformat = \"dd.mm.yyyy\"\n",
        columns("|")
    );
    fs::write(path("liste.toml"), declaration).expect("a writable file");

    // A workbook with a title above the header; amounts and dates are cells of their own type.
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let day = rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy");
    let sheet = workbook.add_worksheet().set_name("Liste").expect("a name");
    sheet.write_string(0, 0, "Unsere Verk\u{e4}ufe").expect("a cell");
    for (column, name) in (0..).zip(header) {
        sheet.write_string(2, column, name).expect("a cell");
    }
    for (row, [date, invoice, sku, quantity, amount, currency, serials]) in (3..).zip(&rows) {
        match rust_xlsxwriter::ExcelDateTime::parse_from_str(date) {
            Ok(date) => sheet.write_datetime_with_format(row, 0, &date, &day).expect("a cell"),
            Err(_) => sheet.write_string(row, 0, dotted(date)).expect("a cell"),
        };
        for (column, number) in [(3, quantity), (4, amount)] {
            sheet.write_number(row, column, number.parse::<f64>().expect("a number")).expect("a cell");
        }
        for (column, text) in [(1, invoice), (2, sku), (5, currency), (6, serials)] {
            sheet.write_string(row, column, text).expect("a cell");
        }
    }
    workbook.save(path("liste.xlsx")).expect("a writable file");
    let declaration = format!(
        "[[feed]]\nid = \"their_list\"\nkind = \"sales\"\nformat = \"excel\"\nheader_row = 3\n{}\n[feed.dates]\nformat = \"dd.mm.yyyy\"\n",
        columns(";")
    );
    fs::write(path("mappe.toml"), declaration).expect("a writable file");

    for (file, declaration, section, passed_over) in [("liste.txt", "liste.toml", "", 1), ("liste.xlsx", "mappe.toml", "Liste", 0)]
    {
        let declaration = path(declaration);
        let answer = reconciled(&run, "P0042", &path(file), &["--feed", declaration.to_str().expect("a path")]);
        assert_eq!(found(&answer), own_found, "{file}");
        assert_eq!(answer["serials_compared"], "each");
        assert_eq!(answer["passed_over"], passed_over, "{file}");
        // What does not cast is told with its place, and is in no class.
        let quarantined = answer["quarantined"].as_array().expect("rows");
        assert_eq!(quarantined.len(), 1, "{quarantined:?}");
        assert_eq!(quarantined[0]["section"], section);
        let reason = quarantined[0]["reason"].as_str().expect("a reason");
        assert!(reason.contains("`date` is `03.13.2026`") && reason.contains("BAD_DATE"), "{reason}");
        let line = rows.len() as u64 + if section.is_empty() { 1 } else { 3 };
        assert_eq!(quarantined[0]["line_number"], line, "{file}");
    }
}

#[test]
fn a_declaration_with_a_mistake_is_refused_and_one_without_serials_leaves_them_out() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let (list, declaration) = (market.root.path().join("list.csv"), market.root.path().join("list.toml"));
    let own = plain_rows(&run.join("cases/P0042.csv"));
    let rows = own.iter().map(|[date, invoice, sku, quantity, amount, currency, _]| {
        format!("{date},{invoice},{sku},{quantity},{amount},{currency}\n")
    });
    fs::write(&list, format!("day,invoice,sku,number,net,currency\n{}", rows.collect::<String>())).expect("a writable file");
    let declared = "[[feed]]\nid = \"list\"\nkind = \"sales\"\nencoding = \"utf-8\"\ndelimiter = \",\"\n\n[feed.columns]\ndate = \"day\"\ninvoice = \"invoice\"\nsku = \"sku\"\n\
                    quantity = \"number\"\namount = \"net\"\ncurrency = \"currency\"\n\n[feed.dates]\nformat = \"yyyy-mm-dd\"\n";
    let feed = ["--feed", declaration.to_str().expect("a path")];
    fs::write(&declaration, declared).expect("a writable file");
    let answer = reconciled(&run, "P0042", &list, &feed);
    assert_eq!(classes(&answer), of(&[("matched", own.len() as u64)]));
    assert_eq!(answer["serials_compared"], "nothing");

    let says = |edit: &dyn Fn(&str) -> String, code: i32, words: &str| {
        fs::write(&declaration, edit(declared)).expect("a writable file");
        let refused = reconcile(&run, "P0042", &list, &feed).expect_code(code);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    };
    says(&|text| text.replace("\"net\"", "\"gross\""), 4, "column `gross` is not in the header");
    says(&|text| text.replace("kind = \"sales\"", "kind = \"registrations\""), 3, "`kind` is `registrations`");
    says(&|text| text.replace("delimiter", "delimeter"), 3, "did you mean `delimiter`?");
    says(&|text| format!("{text}{text}"), 3, "`feed`");
    says(&|text| text.replace("yyyy-mm-dd", "yyyy"), 3, "`format`");
}

#[test]
fn without_a_list_of_the_run_serials_are_compared_by_their_number() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let list = market.root.path().join("list.csv");
    fs::copy(run.join("cases/P0042.csv"), &list).expect("a list");
    fs::remove_file(run.join("cases/P0042.csv")).expect("a removable file");
    let lines = plain_rows(&list).len() as u64;
    let answer = reconciled(&run, "P0042", &list, &[]);
    assert_eq!((classes(&answer), &answer["serials_compared"]), (of(&[("matched", lines)]), &Value::from("counts")));
    // A serial of another text says nothing against the number, one more does.
    let text = fs::read_to_string(&list).expect("a list");
    let is_one = |serials: &String| !serials.is_empty() && !serials.contains(';');
    let serial = plain_rows(&list).into_iter().map(|[.., serials]| serials).find(is_one).expect("a serial");
    for (other, expected) in [("ZZZ9".to_owned(), None), (format!("{serial};ZZZ9"), Some("[\"serials\"]"))] {
        fs::write(&list, text.replacen(&serial, &other, 1)).expect("a writable file");
        let answer = reconciled(&run, "P0042", &list, &[]);
        let different: Vec<String> = answer["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .filter(|entry| entry["class"] == "different")
            .map(|entry| entry["differences"].to_string())
            .collect();
        assert_eq!(different, expected.into_iter().collect::<Vec<_>>(), "{other}");
    }
    let told = reconcile(&run, "P0042", &list, &[]).expect_code(0).stdout;
    assert!(told.contains("compared by their number alone"), "{told}");
}

#[test]
fn another_layout_and_an_unknown_partner_are_refused() {
    let market = Market::sample();
    let run = market.publishes(&[]);
    let list = market.root.path().join("list.csv");
    fs::write(&list, "invoice,sku\nA1,NB1\n").expect("a writable file");
    let layout = reconcile(&run, "P0042", &list, &[]).expect_code(4);
    assert!(
        layout.stderr.contains("the header is not that") && layout.stderr.contains("line_id,kind,category"),
        "{}",
        layout.stderr
    );
    assert!(reconcile(&run, "P0042", &market.root.path().join("none.csv"), &[]).expect_code(4).stderr.contains("none.csv"));
    assert!(reconcile(&run, "P042", &list, &[]).expect_code(4).stderr.contains("the run has no partner `P042`"));
}
