//! Seeded damage to bytes: the same seed gives the same run on every machine.

/// A small generator (splitmix64), so that a run can be repeated from one number.
#[derive(Clone, Debug)]
pub struct Mutator(u64);

/// Pieces that the formats are made of: what random bytes would hardly ever hit.
const PIECES: [&str; 26] = [
    "\n",
    "\n\n",
    " ",
    "+",
    "=",
    "\u{2014} ",
    "\t",
    "\r",
    "\0",
    "0",
    "00",
    "9",
    "/",
    ".p/",
    "x001/",
    "-1",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775808",
    "é",
    "e\u{301}",
    "\u{a0}",
    "\"",
    "{",
    "<",
    "AAAA",
];

impl Mutator {
    /// Begins at that seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 when there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// One of these.
    ///
    /// # Panics
    /// When there is nothing to choose from.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.below(of.len());
        of.get(at).expect("something to choose from")
    }

    /// A sample with one to four faults, or, rarely, none.
    ///
    /// # Panics
    /// When there is no sample.
    pub fn damaged(&mut self, samples: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = self.one(samples).clone();
        for _ in 0..self.below(5) {
            let other = self.one(samples).clone();
            self.fault(&mut bytes, &other);
        }
        bytes
    }

    fn fault(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len().saturating_add(1));
        let run = at..at.saturating_add(self.below(24)).min(bytes.len());
        let random = self.next().to_le_bytes();
        match self.below(8) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (random[0] % 8);
                }
            }
            1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random[0];
                }
            }
            2 => drop(bytes.splice(at..at, self.one(&PIECES).bytes())),
            3 => drop(bytes.splice(run, self.one(&PIECES).bytes())),
            4 => drop(bytes.drain(run)),
            5 => {
                let again = bytes.get(run.clone()).unwrap_or_default().to_vec();
                drop(bytes.splice(at..at, again));
            }
            // The head of one sample and the tail of another.
            6 => {
                let from = self.below(other.len().saturating_add(1));
                drop(bytes.splice(at.., other.get(from..).unwrap_or_default().iter().copied()));
            }
            _ => {
                let some = random.get(..self.below(random.len())).unwrap_or_default();
                drop(bytes.splice(at..at, some.iter().copied()));
            }
        }
    }
}
