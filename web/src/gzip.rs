//! Compression of long answers, for a client that asks for it (RFC 9110, 12.5.3).

use std::io::{self, Write as _};

use axum::http::{HeaderMap, header};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Whether the client names gzip among what it takes, and not to refuse it.
pub(crate) fn is_asked_for(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok()).map(str::to_ascii_lowercase);
    lines.flat_map(|line| line.split(',').map(takes_gzip).collect::<Vec<_>>()).any(|takes| takes)
}

fn takes_gzip(coding: &str) -> bool {
    let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
    let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
    name.trim() == "gzip" && weight.contains(|c: char| ('1'..='9').contains(&c))
}

/// The same bytes, compressed.
///
/// # Errors
/// None in practice: it writes to memory.
pub(crate) fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_sent_gzip_when_it_names_it_and_does_not_refuse_it() {
        let asked = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.append(header::ACCEPT_ENCODING, line.parse().expect("a header"));
            is_asked_for(&headers)
        };
        for line in ["gzip", "br, GZIP", "gzip;q=0.5, identity", "deflate,gzip ; q=1.0"] {
            assert!(asked(line), "{line}");
        }
        for line in ["", "identity", "*", "br", "gzip;q=0", "gzip; q=0.000, br", "xgzip"] {
            assert!(!asked(line), "{line}");
        }
        assert!(!is_asked_for(&HeaderMap::new()));
    }
}
