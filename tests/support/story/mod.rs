//! Stories: texts in French that a treasurer can read and sign, run through the real registrar.
//!
//! A story is a Markdown file. Every line of it is a heading, a quotation (`>`, for the reader
//! alone), a sentence (`- Étant donné que…`, `- Quand…`, `- Alors…`, `- Et…`) or a row of the table
//! that belongs to the sentence above. Anything else is reported with its file and line, and so is
//! a sentence that no form of `acts`, `keys`, `money` or `checks` reads.

mod acts;
mod checks;
mod document;
mod figures;
mod keys;
mod money;
mod run;
mod sentence;
mod world;

pub use run::run;

use std::path::{Path, PathBuf};

/// A story, read but not run.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its file, as named in reports.
    pub file: PathBuf,
    steps: Vec<Step>,
}

/// Whether a sentence does something or says what must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Act,
    Check,
}

#[derive(Clone, Debug)]
struct Step {
    line: usize,
    part: Part,
    text: String,
    /// Rows of cells; the first row is the heading.
    table: Vec<Vec<String>>,
}

/// Every story of a folder, in the order of their names.
///
/// # Errors
/// The first line that is not part of a story, as `file:line: what`.
pub fn stories(folder: &Path) -> Result<Vec<Story>, String> {
    let listed = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = listed
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Result<Story, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let name = PathBuf::from(file.file_name().unwrap_or_default());
    Story::parse(name, &text)
}

impl Story {
    /// Reads a story.
    ///
    /// # Errors
    /// The first line that is not part of a story, as `file:line: what`.
    pub fn parse(file: PathBuf, text: &str) -> Result<Self, String> {
        let mut steps: Vec<Step> = Vec::new();
        for (at, raw) in text.lines().enumerate() {
            let line = at + 1;
            let wrong = |what: &str| format!("{}:{line}: {what}: {raw}", file.display());
            let content = raw.trim();
            if content.is_empty() || content.starts_with(['#', '>']) {
                continue;
            }
            if let Some(row) = content.strip_prefix('|') {
                let step = steps.last_mut().ok_or_else(|| wrong("table without a sentence"))?;
                let cells = row.strip_suffix('|').ok_or_else(|| wrong("row without an end"))?;
                let cells = cells.split('|').map(sentence::plain);
                let cells: Vec<String> = cells.collect();
                let rule = |cell: &String| cell.chars().all(|c| matches!(c, '-' | ':' | ' '));
                if !cells.iter().all(rule) {
                    step.table.push(cells);
                }
                continue;
            }
            let sentence =
                content.strip_prefix("- ").ok_or_else(|| wrong("neither sentence nor row"))?;
            let before = steps.last().map(|step| step.part);
            let (part, text) = opened(&sentence::plain(sentence), before)
                .ok_or_else(|| wrong("a sentence begins with Étant donné, Quand, Alors or Et"))?;
            steps.push(Step { line, part, text, table: Vec::new() });
        }
        Ok(Self { file, steps })
    }
}

/// The part a sentence belongs to, and what follows its first word.
fn opened(sentence: &str, before: Option<Part>) -> Option<(Part, String)> {
    let openings = [
        ("Étant donné que ", Some(Part::Act)),
        ("Étant donné qu’", Some(Part::Act)),
        ("Quand ", Some(Part::Act)),
        ("Alors ", Some(Part::Check)),
        ("Et que ", before),
        ("Et qu’", before),
        ("Et ", before),
    ];
    let (text, part) = openings
        .iter()
        .find_map(|(word, part)| sentence.strip_prefix(word).map(|text| (text, *part)))?;
    let text = text.trim_end_matches([':', ' ', '.']).trim_end();
    Some((part?, text.to_owned()))
}
