//! Importing a bank statement from the command line.

use std::path::Path;

use ledger::keep::in_french;
use ledger::registrar::SubmitError;
use ledger::registrar::keys::read_signing_key;

use crate::{Trouble, book};

/// Imports every statement of a file; each is written whole or not at all.
pub(crate) async fn import(
    data: &Path,
    key: &Path,
    file: &Path,
    accept_unbalanced: bool,
) -> Result<String, Trouble> {
    let bytes = std::fs::read(file).map_err(|e| format!("`{}` : {e}", file.display()))?;
    let key = read_signing_key(key).map_err(|error| in_french(&error))?;
    let registrar = book::open(data).await?;
    let statements =
        registrar.read_statements(&bytes, accept_unbalanced).map_err(|error| in_french(&error))?;
    let mut said = Vec::new();
    for read in statements {
        let lines = read.statement.lines.len();
        let (command, private) = read.into_parts();
        let outcome = book::perform(&registrar, command, private, &[&key]).await;
        said.push(match outcome {
            Ok(receipt) => format!("relevé de {lines} lignes : {}", book::told(Ok(receipt))?),
            // A second import is no error of the treasurer's: it says so and changes nothing.
            Err(SubmitError::Refused(refusal)) if refusal.is_nothing_new() => refusal.to_string(),
            Err(error) => {
                // What the file's earlier statements brought is written: it is not passed over.
                said.push(error.to_string());
                return Err(said.join("\n").into());
            }
        });
    }
    Ok(said.join("\n"))
}
