//! Strict verification of Ed25519, in less time: the verdict of `verify_strict`, and its equation once.
//!
//! `verify_strict` reads the point R of a signature to see that it is not of small order, then
//! computes R and compares bytes. A signature that holds has the bytes that compressing gives, so R
//! is of small order when they are those of one of eight points, and need not be read.

use ed25519_dalek::{Signature, Verifier, VerifyingKey};

/// The coordinate y of the eight points of edwards25519 whose order divides 8, in little-endian order.
/// The last bit of an encoding is the sign of x, and both signs are of small order.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    with_ends(1, 0, 0),
    with_ends(0xec, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

const fn with_ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    (bytes[0], bytes[31]) = (first, last);
    bytes
}

/// Whether a signature holds: exactly when `verify_strict` says so, for a key that is not weak.
#[expect(clippy::disallowed_methods, reason = "with the look at R the verdict is the strict one")]
pub(super) fn holds(key: &VerifyingKey, message: &[u8], signature: &Signature) -> bool {
    let mut y = *signature.r_bytes();
    let [.., last] = &mut y;
    *last &= 0x7f;
    !SMALL_ORDER.contains(&y) && key.verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_are_the_eight_of_small_order() {
        let mut points = std::collections::BTreeSet::new();
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut bytes = y;
                bytes[31] |= sign;
                let Ok(key) = VerifyingKey::from_bytes(&bytes) else { continue };
                assert!(key.is_weak(), "{bytes:?}");
                points.insert(key.to_edwards().compress().to_bytes());
            }
        }
        assert_eq!(points.len(), 8);
    }
}
