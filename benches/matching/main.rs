//! The matching step alone: `cargo bench --bench matching`, to standard output.
//!
//! The program generates a market and runs it once; then the settled lines of all its parts, in line order, are held in memory, and what
//! attachment does with them is timed by itself: the ladder below the serial, the split of the money, the reasons of what is left over, and the
//! attachments as columns. Serials are left to these rungs, so that every pack climbs. In every round a plain copy of the columns that matching
//! reads is timed too, on the same threads: what the machine's memory allows at that moment. After `--`: `--lines N`, `--threads N` and
//! `--rounds N`.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{Array, ArrayRef, Date32Array, Int64Array, RecordBatch, UInt8Array, UInt32Array};
use arrow::buffer::Buffer;
use attachrate::config;
use attachrate::config::plan::{AttachPolicy, Plan};
use attachrate::io::sectioned::{SectionedReader, read_index};
use attachrate::stages::attach::{Attachment, SerialUse, SettledLines, Traits, attach_services};
use attachrate::stages::line_id;
use attachrate::tables::stage::{Lines, LinesBuilder, Settlement, SettlementBuilder};
use rayon::prelude::*;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Lines of a generated partner, on average.
const LINES_PER_PARTNER: u64 = 1_000;

/// What is asked for on the command line.
struct Settings {
    lines: u64,
    threads: usize,
    rounds: usize,
}

/// The lines of a part with what settling found, and what is timed beside.
struct Part {
    lines: Lines,
    settlement: Settlement,
    traits: Vec<Traits>,
}

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("matching: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let settings = Settings::of_arguments();
    let folder = tempfile::tempdir()?;
    let plan = prepare(folder.path(), &settings)?;
    let parts = settled_parts(&folder.path().join("out/cache/settle"))?;
    let lines: usize = parts.iter().map(Part::len).sum();
    let units: i64 = parts.iter().flat_map(|part| part.settlement.net_units.values()).map(|units| units.abs()).sum();
    let returned = parts.iter().flat_map(|part| part.lines.quantity.values()).filter(|quantity| **quantity < 0).count();
    println!("{lines} settled lines in {} parts, {units} net units, {returned} returns; {} threads", parts.len(), settings.threads);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.threads).build()?;
    let (mut matching, mut copying) = (Vec::new(), Vec::new());
    let mut attached = 0;
    for _ in 0..settings.rounds {
        // Part by part, as a run takes them: with halves fixed in advance the slower of two cores would set the time.
        let begin = Instant::now();
        let columns: Vec<RecordBatch> = pool.install(|| {
            parts.par_iter().with_max_len(1).map(|part| part.attach(plan.horizon(), &plan.attach)).collect::<Result<_, _>>()
        })?;
        matching.push(begin.elapsed().as_secs_f64());
        attached = columns.iter().map(RecordBatch::num_rows).sum::<usize>();
        let begin = Instant::now();
        let copies: Vec<Vec<Buffer>> = pool.install(|| parts.par_iter().with_max_len(1).map(Part::copy).collect());
        copying.push(begin.elapsed().as_secs_f64());
        drop(black_box(copies));
    }
    println!("{attached} attachments; {} rounds", settings.rounds);
    let matched = report("matching", lines, matching);
    let copied = report("a copy of its columns", lines, copying);
    println!("matching takes {:.1} times as long as the copy (medians)", matched / copied);
    Ok(())
}

/// Prints the times of a job; gives their median.
fn report(job: &str, lines: usize, mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    let (fastest, median) = (seconds[0], seconds[seconds.len() / 2]);
    let rate = |seconds: f64| lines as f64 / seconds / 1e6;
    println!(
        "{job}: median {median:.4} s, fastest {fastest:.4} s; million lines a second: median {:.1}, fastest {:.1}",
        rate(median),
        rate(fastest)
    );
    median
}

impl Settings {
    fn of_arguments() -> Self {
        let mut settings = Self { lines: 1_000_000, threads: 2, rounds: 60 };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut number = || arguments.next().and_then(|text| text.parse().ok()).unwrap_or_else(|| usage(&name));
            match name.as_str() {
                "--lines" => settings.lines = number(),
                "--threads" => settings.threads = number() as usize,
                "--rounds" => settings.rounds = number().max(1) as usize,
                // cargo adds it.
                "--bench" => {}
                _ => usage(&name),
            }
        }
        settings
    }
}

fn usage(name: &str) -> ! {
    eprintln!("matching: `{name}` is not one of --lines N, --threads N, --rounds N");
    std::process::exit(2)
}

/// Generates a market and runs it, both by the program itself, so that nothing of it is in this process when matching is timed.
fn prepare(folder: &Path, settings: &Settings) -> Result<Plan, Box<dyn Error>> {
    let (lines, partners) = (settings.lines.to_string(), (settings.lines / LINES_PER_PARTNER).max(1).to_string());
    program(folder, &["generate", "--lines", &lines, "--partners", &partners, "--seed", "1", "--out", "sample_data"])?;
    let pipelines = folder.join("pipelines");
    for name in ["", "reference"] {
        fs::create_dir_all(pipelines.join(name))?;
        for entry in fs::read_dir(Path::new("pipelines").join(name))?.collect::<Result<Vec<_>, _>>()? {
            if entry.path().is_file() {
                fs::copy(entry.path(), pipelines.join(name).join(entry.file_name()))?;
            }
        }
    }
    program(folder, &["run", "pipelines/sample.toml", "--out", "out"])?;
    Ok(config::load(&pipelines.join("sample.toml"))?)
}

/// Runs the program in a folder; what it says is told where it fails.
fn program(folder: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_attachrate")).args(arguments).current_dir(folder).output()?;
    if !output.status.success() {
        return Err(format!("attachrate {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}

/// The settled parts that a run left in its cache, in the order of their names.
fn settled_parts(cache: &Path) -> Result<Vec<Part>, Box<dyn Error>> {
    let mut folders: Vec<_> = fs::read_dir(cache)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    folders.sort();
    folders.iter().map(|folder| Part::load(folder)).collect()
}

impl Part {
    fn load(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut reader = SectionedReader::open(folder, "lines")?;
        let (mut lines, mut settlement) = (LinesBuilder::default(), SettlementBuilder::default());
        for section in 0..read_index(folder, "lines")?.rows.len() {
            for batch in reader.section(section) {
                let batch = batch?;
                lines.extend(&batch)?;
                settlement.extend(&batch)?;
            }
        }
        let (lines, settlement) = (lines.finish()?, settlement.finish()?);
        let count = lines.partner.values().len();
        Ok(Self { lines, settlement, traits: vec![Traits::default(); count] })
    }

    fn len(&self) -> usize {
        self.traits.len()
    }

    /// What is timed.
    fn attach(&self, horizon: i32, policy: &AttachPolicy) -> Result<RecordBatch, arrow::error::ArrowError> {
        let settled = SettledLines { lines: &self.lines, settlement: &self.settlement };
        let id = |row: usize| line_id(0, self.lines.category.value(row), row as u32);
        let outcome = attach_services(settled, &SerialUse::default(), (&self.traits, id), horizon, policy);
        columns(&outcome.attachments)
    }

    /// The columns that matching reads, copied.
    fn copy(&self) -> Vec<Buffer> {
        let (lines, settlement) = (&self.lines, &self.settlement);
        let columns: [&dyn Array; 14] = [
            &lines.partner,
            &lines.date,
            &lines.category,
            &lines.kind,
            &lines.flags,
            &lines.invoice,
            &lines.purchase_order,
            &lines.sales_order,
            &lines.end_customer,
            &settlement.feed,
            &settlement.is_duplicate,
            &settlement.adjustment,
            &settlement.net_units,
            &settlement.net_amount,
        ];
        let buffers = columns.into_iter().flat_map(|column| column.to_data().buffers().to_vec());
        buffers.map(|buffer| Buffer::from_slice_ref(buffer.as_slice())).collect()
    }
}

/// Attachments as columns.
fn columns(attachments: &[Attachment]) -> Result<RecordBatch, arrow::error::ArrowError> {
    RecordBatch::try_from_iter([
        ("service", Arc::new(UInt32Array::from_iter_values(attachments.iter().map(|a| a.service))) as ArrayRef),
        ("hardware_id", integers(attachments, |a| a.hardware_id)),
        ("rung", Arc::new(UInt8Array::from_iter_values(attachments.iter().map(|a| a.rung as u8)))),
        ("packs", integers(attachments, |a| a.packs)),
        ("units", integers(attachments, |a| a.units)),
        ("amount", integers(attachments, |a| a.amount)),
        ("hardware_date", Arc::new(Date32Array::from_iter_values(attachments.iter().map(|a| a.hardware_date)))),
    ])
}

fn integers(attachments: &[Attachment], get: impl Fn(&Attachment) -> i64) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(attachments.iter().map(get)))
}
