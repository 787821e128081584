//! The parts of a verifier key in text, `name+8 hexadecimal digits+base64`: its form, not its hash.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The type byte of an Ed25519 key in the signed-note format.
const ED25519: u8 = 0x01;
/// The longest textual key: an origin, a key name and their 54 other signs.
const VKEY_MAX: usize = 300;

/// A well-formed verifier key. Whether its hash is right is the log's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vkey<'a> {
    /// What stands before the first `+`.
    pub(super) name: &'a str,
    /// The key itself in canonical base64: two texts are one key when they are equal.
    pub(super) public: &'a str,
}

/// Reads the parts of a verifier key.
pub(super) fn parse(text: &str) -> Option<Vkey<'_>> {
    let mut parts = text.splitn(3, '+');
    let (name, hash, public) = (parts.next()?, parts.next()?, parts.next()?);
    let hash_is_hex = hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let bytes = STANDARD.decode(public).ok()?;
    let is_ed25519 = bytes.len() == 33 && bytes.first() == Some(&ED25519);
    (text.len() <= VKEY_MAX && !name.is_empty() && hash_is_hex && is_ed25519)
        .then_some(Vkey { name, public })
}

/// Whether a text is 32 bytes in base64, as a root is written.
pub(super) fn is_hash(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// The office's own part of a key name: `bureau-1` in `coop.example/livre/k/bureau-1`.
pub(super) fn office<'a>(name: &'a str, origin: &str) -> Option<&'a str> {
    let slug = name.strip_prefix(origin)?.strip_prefix("/k/")?;
    let valid = (1..=60).contains(&slug.len())
        && slug.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    valid.then_some(slug)
}

/// A textual key for tests: right in form, its hash of no meaning.
#[cfg(test)]
pub(super) fn example(name: &str, seed: u8) -> String {
    let mut bytes = [seed; 33];
    bytes[0] = ED25519;
    format!("{name}+00c0ffee+{}", STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_hold_a_plus_in_its_base64() {
        let text = example("coop.example/livre/k/bureau-1", 0xfb);
        assert!(text.matches('+').count() > 2, "{text}");
        assert_eq!(parse(&text).map(|key| key.name), Some("coop.example/livre/k/bureau-1"));
    }

    #[test]
    fn another_form_is_no_key() {
        let good = example("n", 7);
        let wrong_type = format!("n+00c0ffee+{}", STANDARD.encode([2; 33]));
        let too_short = format!("n+00c0ffee+{}", STANDARD.encode([1; 32]));
        let bad_hash = good.replace("00c0ffee", "00c0ffe");
        let no_name = good.replacen('n', "", 1);
        let too_long = example(&"n".repeat(300), 7);
        assert!(parse(&good).is_some());
        for text in [&wrong_type, &too_short, &bad_hash, &no_name, &too_long, "n", "n+00c0ffee"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_office_is_a_slug_under_the_origin() {
        assert_eq!(office("coop.example/livre/k/bureau-1", "coop.example/livre"), Some("bureau-1"));
        for name in ["coop.example/livre/bureau", "autre/livre/k/a", "coop.example/livre/k/Anne"] {
            assert_eq!(office(name, "coop.example/livre"), None, "{name}");
        }
    }
}
