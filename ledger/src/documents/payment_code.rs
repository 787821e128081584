//! The text of a payment QR code (EPC069-12, version 002): what a bank's application reads.

use super::DocumentError;
use crate::base::{Amount, Iban, PaymentReference};

/// The longest payload, in bytes (EPC069-12 §3).
const MAX_PAYLOAD: usize = 331;
/// The longest name, in characters.
const MAX_NAME: usize = 70;
/// The largest amount, in cents: 999 999 999,99 €.
const MAX_CENTS: i64 = 99_999_999_999;

/// The payload of a SEPA credit transfer: UTF-8, lines ended by LF, none after the last one filled.
/// The BIC may be empty (version 002, inside the European Economic Area).
///
/// # Errors
/// [`DocumentError::Payment`] naming the field that breaks a limit: name of 1 to 70 characters on one
/// line, BIC of 8 or 11 letters and digits, amount of 0.01 to 999 999 999.99 €, 331 bytes in all.
pub fn epc069_payload(
    name: &str,
    bic: &str,
    iban: &Iban,
    amount: Amount,
    reference: &PaymentReference,
) -> Result<String, DocumentError> {
    if !(1..=MAX_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(DocumentError::Payment("nom"));
    }
    if !bic.is_empty() && !bic_is_well_formed(bic) {
        return Err(DocumentError::Payment("BIC"));
    }
    if !(1..=MAX_CENTS).contains(&amount.cents()) {
        return Err(DocumentError::Payment("montant"));
    }
    let amount = format!("EUR{}", amount.with_point());
    // Purpose stays empty; the structured reference is the last line filled.
    let lines =
        ["BCD", "002", "1", "SCT", bic, name, iban.as_str(), &amount, "", reference.as_str()];
    let payload = lines.join("\n");
    if payload.len() > MAX_PAYLOAD {
        return Err(DocumentError::Payment("longueur"));
    }
    Ok(payload)
}

/// Four letters, two letters of a country, two signs and maybe three more (ISO 9362).
fn bic_is_well_formed(bic: &str) -> bool {
    let capital_or_digit = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    matches!(bic.len(), 8 | 11)
        && bic.bytes().take(4).all(capital_or_digit)
        && bic.bytes().skip(4).take(2).all(|b| b.is_ascii_uppercase())
        && bic.bytes().skip(6).all(capital_or_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(name: &str, bic: &str, cents: i64) -> Result<String, DocumentError> {
        let iban = Iban::parse("FR76 3000 6000 0112 3456 7890 189").expect("an IBAN");
        let reference = PaymentReference::from_body("SOUSCR2026000123").expect("a reference");
        epc069_payload(name, bic, &iban, Amount::from_cents(cents), &reference)
    }

    #[test]
    fn the_payload_is_the_standards() {
        assert_eq!(
            payload("Foncière des Deux Rives", "AGRIFRPP", 15_000).as_deref(),
            Ok("BCD\n002\n1\nSCT\nAGRIFRPP\nFoncière des Deux Rives\n\
                FR7630006000011234567890189\nEUR150.00\n\nRF87SOUSCR2026000123")
        );
        let without_bic = payload("X", "", 1).expect("a payload");
        assert_eq!(without_bic.split('\n').nth(4), Some(""));
        assert!(without_bic.contains("\nEUR0.01\n"));
    }

    #[test]
    fn each_limit_is_kept() {
        assert!(payload(&"é".repeat(70), "", 99_999_999_999).is_ok());
        for (name, bic, cents, field) in [
            ("", "", 1, "nom"),
            (&"x".repeat(71), "", 1, "nom"),
            ("a\nb", "", 1, "nom"),
            ("x", "AGRIFRP", 1, "BIC"),
            ("x", "agrifrpp", 1, "BIC"),
            ("x", "AGRI99PP", 1, "BIC"),
            ("x", "", 0, "montant"),
            ("x", "", 100_000_000_000, "montant"),
            ("x", "", -1, "montant"),
        ] {
            assert_eq!(payload(name, bic, cents), Err(DocumentError::Payment(field)), "{field}");
        }
        // Seventy letters of four bytes are a name, but not a payload.
        assert_eq!(
            payload(&"\u{10348}".repeat(70), "", 1),
            Err(DocumentError::Payment("longueur"))
        );
    }
}
