//! Sharing a sum by weights, to the cent: the one place where money is divided.

use thiserror::Error;

use super::{Amount, Weight};

/// Why a sum can't be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ApportionError {
    /// There is no weight, or they are all nil: nobody would own the sum.
    #[error("aucun poids : la somme n’aurait pas de destinataire")]
    NoWeight,
    /// The figures do not fit.
    #[error("le montant dépasse la limite de calcul")]
    Overflow,
}

/// Shares `total` by `weights`: largest remainder, ties to the lowest position (R87).
///
/// The portions always sum to `total`; a negative total is shared as its opposite, then negated.
///
/// ```
/// use ledger::base::{Amount, Weight, apportion};
/// let weights: Vec<Weight> = [120, 80, 45].map(Weight::new).to_vec();
/// let portions = apportion(Amount::from_cents(1_234_567), &weights)?;
/// assert_eq!(portions.iter().map(|p| p.cents()).collect::<Vec<_>>(), [604_686, 403_124, 226_757]);
/// # Ok::<(), ledger::base::ApportionError>(())
/// ```
pub fn apportion(total: Amount, weights: &[Weight]) -> Result<Vec<Amount>, ApportionError> {
    let sum: u128 = weights.iter().map(|w| u128::from(w.get())).sum();
    if sum == 0 {
        return Err(ApportionError::NoWeight);
    }
    let cents = u128::from(total.cents().unsigned_abs());
    let mut portions = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (position, weight) in weights.iter().enumerate() {
        let product =
            cents.checked_mul(u128::from(weight.get())).ok_or(ApportionError::Overflow)?;
        portions.push(product / sum);
        remainders.push((product % sum, position));
    }
    let given: u128 = portions.iter().sum();
    let left =
        usize::try_from(cents.saturating_sub(given)).map_err(|_| ApportionError::Overflow)?;
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, position) in remainders.iter().take(left) {
        if let Some(portion) = portions.get_mut(*position) {
            *portion = portion.saturating_add(1);
        }
    }
    portions.into_iter().map(|portion| signed(portion, total)).collect()
}

fn signed(portion: u128, total: Amount) -> Result<Amount, ApportionError> {
    let cents = i64::try_from(portion).map_err(|_| ApportionError::Overflow)?;
    Ok(Amount::from_cents(if total.cents() < 0 { cents.saturating_neg() } else { cents }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(total: i64, weights: &[u64]) -> Vec<i64> {
        let weights: Vec<Weight> = weights.iter().copied().map(Weight::new).collect();
        let portions = apportion(Amount::from_cents(total), &weights).expect("shareable");
        portions.into_iter().map(Amount::cents).collect()
    }

    /// R87: the two worked examples of the law file.
    #[test]
    fn the_worked_examples_hold() {
        assert_eq!(shared(100_000, &[1, 1, 1]), [33_334, 33_333, 33_333]);
        assert_eq!(shared(1_234_567, &[120, 80, 45]), [604_686, 403_124, 226_757]);
    }

    #[test]
    fn a_credit_note_mirrors_the_invoice() {
        assert_eq!(shared(-100_000, &[1, 1, 1]), [-33_334, -33_333, -33_333]);
    }

    #[test]
    fn nobody_to_share_with_is_refused() {
        assert_eq!(apportion(Amount::from_cents(1), &[]), Err(ApportionError::NoWeight));
        assert_eq!(apportion(Amount::ZERO, &[Weight::new(0)]), Err(ApportionError::NoWeight));
    }
}
