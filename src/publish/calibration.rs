//! The policy's wrong calls by size of the partner: as text, CSV and JSON.

use super::report::format::count;
use super::terminal::{Page, Row};
use crate::error::{Error, Result};
use crate::stages::calibration::{ClassRow, Settings};
use serde_json::json;

/// What was simulated on a run, and what came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The run.
    pub run_id: String,
    /// Whether the units decide, else the money.
    pub by_units: bool,
    /// The near line as it is written.
    pub near: String,
    /// What was simulated.
    pub settings: Settings,
    /// Assessed partners of the run.
    pub assessed_partners: u64,
    /// Those that were looked at: fewer in a very large run.
    pub sampled_partners: u64,
    /// Wrong calls by size class.
    pub rows: Vec<ClassRow>,
}

const HEADER: [&str; 9] = [
    "least_effective_count",
    "next_effective_count",
    "partners_count",
    "median_orders_count",
    "simulated_partners_count",
    "sound_below_count",
    "sound_below_conclusive_count",
    "poor_missed_count",
    "poor_missed_conclusive_count",
];

/// The size of a class in words, e.g. `5 to 10`.
pub fn class_label(row: &ClassRow) -> String {
    match row.to {
        None => format!("from {}", row.from),
        Some(to) => format!("{} to {to}", row.from),
    }
}

/// A share of the simulated partners in percent, with one decimal; under 0.05 % but not 0 it is shown as less than 0.1.
pub fn percent(row: &ClassRow, simulated: u32) -> String {
    let share = 100.0 * f64::from(simulated) / f64::from(row.replications.max(1));
    if simulated > 0 && share < 0.05 { "< 0.1 %".to_owned() } else { format!("{share:.1} %") }
}

impl Calibration {
    /// As text of at most 100 columns.
    pub fn text(&self) -> String {
        let Settings { confidence, sound_index, poor_index, replications, seed, .. } = self.settings;
        let mut page = Page::default();
        page.sentence(0, &format!("{}: wrong calls, simulated on the run's own partners, mix and order sizes", self.run_id));
        page.heading("Chances");
        let cells = |row: &ClassRow| {
            Row::Cells(vec![
                class_label(row),
                count(row.partners).to_string(),
                count(row.median_orders).to_string(),
                percent(row, row.sound_below),
                percent(row, row.sound_below_conclusive),
                percent(row, row.poor_missed),
                percent(row, row.poor_missed_conclusive),
            ])
        };
        let rows: Vec<Row> = self.rows.iter().map(cells).collect();
        page.table(
            &[
                "effective size",
                "partners",
                "orders",
                &format!("{sound_index}: below"),
                "conclusively",
                &format!("{poor_index:.2}: missed"),
                "conclusively",
            ],
            &rows,
        );
        if self.rows.is_empty() {
            page.sentence(2, "No assessed partner has an interval, so nothing can be simulated.");
        }
        page.heading("Reading it");
        let measure = if self.by_units { "units" } else { "money" };
        page.sentence(
            2,
            &format!(
                "A row holds assessed partners by effective size: how many independent decisions the {measure} that is expected of them is worth. \
                 Orders is the median of the class."
            ),
        );
        page.sentence(
            2,
            &format!(
                "Of partners that sell exactly at {sound_index}: how many are called below {} by chance, and how many conclusively, at a confidence \
                 of {confidence}. Of partners that sell at {poor_index:.2}: how many are not called below, and not conclusively.",
                self.near,
            ),
        );
        page.sentence(
            2,
            &format!(
                "{} simulated partners in each row, seed {seed}. The same seed gives the same table.",
                count(u64::from(replications))
            ),
        );
        if self.sampled_partners < self.assessed_partners {
            let (sampled, assessed) = (count(self.sampled_partners), count(self.assessed_partners));
            page.sentence(
                2,
                &format!("The run is large: {sampled} of its {assessed} assessed partners were drawn by their ids and looked at."),
            );
        }
        page.into_text()
    }

    /// As CSV: counts of simulated partners, one row per size class.
    ///
    /// # Errors
    /// Never in practice: writing to memory.
    pub fn csv(&self) -> Result<String> {
        let failed = |error: &dyn std::fmt::Display| Error::Internal(format!("a CSV row cannot be written: {error}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEADER).map_err(|error| failed(&error))?;
        for row in &self.rows {
            let record = [
                row.from.to_string(),
                row.to.map(|to| to.to_string()).unwrap_or_default(),
                row.partners.to_string(),
                row.median_orders.to_string(),
                row.replications.to_string(),
                row.sound_below.to_string(),
                row.sound_below_conclusive.to_string(),
                row.poor_missed.to_string(),
                row.poor_missed_conclusive.to_string(),
            ];
            writer.write_record(record).map_err(|error| failed(&error))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(&error))?;
        String::from_utf8(bytes).map_err(|error| failed(&error))
    }

    /// As JSON, with what was simulated.
    pub fn json(&self) -> String {
        let classes: Vec<serde_json::Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    HEADER[0]: row.from,
                    HEADER[1]: row.to,
                    HEADER[2]: row.partners,
                    HEADER[3]: row.median_orders,
                    HEADER[4]: row.replications,
                    HEADER[5]: row.sound_below,
                    HEADER[6]: row.sound_below_conclusive,
                    HEADER[7]: row.poor_missed,
                    HEADER[8]: row.poor_missed_conclusive,
                })
            })
            .collect();
        let whole = json!({
            "run_id": self.run_id,
            "measure_code": if self.by_units { "units" } else { "revenue" },
            "near_rate": self.settings.near,
            "confidence_rate": self.settings.confidence,
            "sound_index_rate": self.settings.sound_index,
            "poor_index_rate": self.settings.poor_index,
            "seed": self.settings.seed,
            "assessed_partners_count": self.assessed_partners,
            "sampled_partners_count": self.sampled_partners,
            "classes": classes,
        });
        format!("{whole:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration() -> Calibration {
        let row = ClassRow {
            from: 5.0,
            to: Some(10.0),
            partners: 1_200,
            median_orders: 14,
            replications: 4_000,
            sound_below: 1_000,
            sound_below_conclusive: 1,
            poor_missed: 0,
            poor_missed_conclusive: 3_990,
        };
        Calibration {
            run_id: "2026-12-15-abc".to_owned(),
            by_units: false,
            near: "0.75".to_owned(),
            settings: Settings {
                near: 0.75,
                confidence: 0.95,
                sound_index: 1.0,
                poor_index: 0.8 * 0.75,
                replications: 4_000,
                seed: 3,
            },
            assessed_partners: 1_200,
            sampled_partners: 1_200,
            rows: vec![row, ClassRow { from: 100.0, to: None, ..row }],
        }
    }

    #[test]
    fn the_text_says_chances_and_fits_a_terminal() {
        let text = calibration().text();
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        let row: Vec<&str> = text
            .lines()
            .find(|line| line.contains("5 to 10"))
            .expect("a row")
            .split("  ")
            .filter(|cell| !cell.is_empty())
            .collect();
        assert_eq!(
            row.iter().map(|cell| cell.trim()).collect::<Vec<_>>(),
            ["5 to 10", "1,200", "14", "25.0 %", "< 0.1 %", "0.0 %", "99.8 %"]
        );
        assert!(text.contains("from 100") && text.contains("0.60: missed"));
    }

    #[test]
    fn csv_and_json_hold_the_same_counts() {
        let csv = calibration().csv().expect("text");
        assert_eq!(csv.lines().nth(1), Some("5,10,1200,14,4000,1000,1,0,3990"));
        assert_eq!(csv.lines().nth(2), Some("100,,1200,14,4000,1000,1,0,3990"));
        let json: serde_json::Value = serde_json::from_str(&calibration().json()).expect("JSON");
        assert_eq!(json["classes"][1]["next_effective_count"], serde_json::Value::Null);
        assert_eq!(json["classes"][0]["poor_missed_conclusive_count"], 3990);
        assert_eq!(json["confidence_rate"], 0.95);
    }
}
