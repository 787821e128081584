//! The chart of accounts: the rows of the PCG in force on 1 January 2026 that the company uses.
//!
//! Source: ANC, *Plan comptable général*, version consolidated on 2026-01-01 (R59, R60).
//! Since 2025: 747 stands for 777, no more 79x, recharges in 708 (R59). No 19x and no class 8:
//! dedicated funds are for associations (R61), contributions in kind are memo figures (R66).

/// One row of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartRow {
    /// Its number; a longer number that begins with it is a sub-account (R60).
    pub number: &'static str,
    /// Its French label.
    pub label: &'static str,
}

const fn row(number: &'static str, label: &'static str) -> ChartRow {
    ChartRow { number, label }
}

/// The longest number an account may have, in digits.
const DIGITS_MAX: usize = 8;

/// The row that a number belongs to: its own, or the longest one that it begins with (R60).
///
/// A number is three to eight digits; `None` when it is not, or when no row covers it.
///
/// ```
/// use ledger::bylaws::chart_row;
/// assert_eq!(chart_row("613500").map(|row| row.number), Some("6135"));
/// assert_eq!(chart_row("699"), None);
/// ```
pub fn chart_row(number: &str) -> Option<&'static ChartRow> {
    let digits = (3..=DIGITS_MAX).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    CHART
        .iter()
        .filter(|row| digits && number.starts_with(row.number))
        .max_by_key(|row| row.number.len())
}

/// Every row, in the order of the numbers.
pub const CHART: &[ChartRow] = &[
    row("1011", "Capital souscrit, non appelé"),
    row("1012", "Capital souscrit, appelé, non versé"),
    row("1013", "Capital souscrit, appelé, versé"),
    row("104", "Primes liées au capital social"),
    row("1061", "Réserve légale"),
    row("1063", "Réserves statutaires ou contractuelles"),
    row("109", "Associés, capital souscrit non appelé"),
    row("110", "Report à nouveau, solde créditeur"),
    row("119", "Report à nouveau, solde débiteur"),
    row("120", "Résultat de l’exercice, bénéfice"),
    row("129", "Résultat de l’exercice, perte"),
    row("131", "Subventions d’investissement octroyées"),
    row("139", "Subventions d’investissement inscrites au compte de résultat"),
    row("164", "Emprunts auprès des établissements de crédit"),
    row("401", "Fournisseurs"),
    row("411", "Clients"),
    row("421", "Personnel, rémunérations dues"),
    row("431", "Sécurité sociale"),
    row("437", "Autres organismes sociaux"),
    row("441", "État et autres collectivités publiques, subventions à recevoir"),
    row("44551", "TVA à décaisser"),
    row("44566", "TVA déductible sur autres biens et services"),
    row("44567", "Crédit de TVA à reporter"),
    row("44571", "TVA collectée"),
    row("4458", "Taxes sur le chiffre d’affaires en attente d’exigibilité"),
    row("4551", "Associés, comptes courants, principal"),
    row("4561", "Associés, comptes d’apport en société"),
    row("4562", "Apporteurs, capital appelé, non versé"),
    row("4563", "Associés, versements reçus sur augmentation de capital"),
    row("4567", "Associés, capital à rembourser"),
    row("457", "Associés, intérêts à payer"),
    row("467", "Autres comptes débiteurs ou créditeurs"),
    row("471", "Comptes d’attente"),
    row("486", "Charges constatées d’avance"),
    row("487", "Produits constatés d’avance"),
    row("512", "Banques"),
    row("580", "Virements internes"),
    row("601", "Achats de matières premières"),
    row("602", "Achats d’autres approvisionnements"),
    row("604", "Achats d’études et de prestations de services"),
    row("605", "Achats de matériel, équipements et travaux"),
    row("606", "Achats non stockés de matières et fournitures"),
    row("6061", "Fournitures non stockables (eau, énergie)"),
    row("6063", "Fournitures d’entretien et de petit équipement"),
    row("6064", "Fournitures administratives"),
    row("607", "Achats de marchandises"),
    row("611", "Sous-traitance générale"),
    row("612", "Redevances de crédit-bail"),
    row("613", "Locations"),
    row("6132", "Locations immobilières"),
    row("6135", "Locations mobilières et abonnements"),
    row("614", "Charges locatives et de copropriété"),
    row("615", "Entretien et réparations"),
    row("616", "Primes d’assurances"),
    row("617", "Études et recherches"),
    row("618", "Divers (documentation, colloques)"),
    row("621", "Personnel extérieur à l’entreprise"),
    row("622", "Rémunérations d’intermédiaires et honoraires"),
    row("6226", "Honoraires"),
    row("623", "Publicité, publications, relations publiques"),
    row("624", "Transports de biens et transports collectifs du personnel"),
    row("625", "Déplacements, missions et réceptions"),
    row("626", "Frais postaux et de télécommunications"),
    row("627", "Services bancaires et assimilés"),
    row("628", "Divers (cotisations, concours)"),
    row("631", "Impôts et taxes sur rémunérations (administration des impôts)"),
    row("633", "Impôts et taxes sur rémunérations (autres organismes)"),
    row("635", "Autres impôts et taxes (administration des impôts)"),
    row("637", "Autres impôts et taxes (autres organismes)"),
    row("641", "Rémunérations du personnel"),
    row("645", "Cotisations de sécurité sociale et de prévoyance"),
    row("647", "Autres cotisations sociales"),
    row("648", "Autres charges de personnel"),
    row("651", "Redevances pour concessions, brevets, licences, logiciels"),
    row("654", "Pertes sur créances irrécouvrables"),
    row("657", "Valeurs comptables des immobilisations cédées"),
    row("658", "Pénalités et autres charges"),
    row("661", "Charges d’intérêts"),
    row("668", "Autres charges financières"),
    row("672", "Charges exceptionnelles sur exercices antérieurs"),
    row("678", "Autres charges exceptionnelles"),
    row("681", "Dotations aux amortissements, dépréciations et provisions, exploitation"),
    row("695", "Impôts sur les bénéfices"),
    row("701", "Ventes de produits finis"),
    row("704", "Travaux"),
    row("705", "Études"),
    row("706", "Prestations de services"),
    row("707", "Ventes de marchandises"),
    row("708", "Produits des activités annexes"),
    row("7083", "Locations diverses"),
    row("7084", "Mise à disposition de personnel facturée"),
    row("7088", "Autres produits d’activités annexes (contributions appelées)"),
    row("741", "Subventions d’exploitation"),
    row("742", "Subventions d’équilibre"),
    row("747", "Quote-part des subventions d’investissement virée au résultat"),
    row("751", "Redevances pour concessions, brevets, licences, logiciels"),
    row("752", "Revenus des immeubles non affectés aux activités"),
    row("757", "Produits des cessions d’immobilisations"),
    row("758", "Indemnités et autres produits"),
    row("7582", "Libéralités reçues"),
    row("761", "Produits de participations"),
    row("768", "Autres produits financiers"),
    row("772", "Produits exceptionnels sur exercices antérieurs"),
    row("778", "Autres produits exceptionnels"),
    row("781", "Reprises sur amortissements, dépréciations et provisions, exploitation"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// R60: a sub-account must begin with a row of the chart.
    #[test]
    fn a_number_is_known_by_its_longest_row() {
        assert_eq!(chart_row("445660").map(|row| row.number), Some("44566"));
        assert_eq!(chart_row("606").map(|row| row.number), Some("606"));
        for unknown in ["", "6", "61", "699", "777", "194", "864", "6061234567", "60a", "６０６"]
        {
            assert_eq!(chart_row(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_rows_are_in_order_and_none_is_said_twice() {
        assert!(CHART.windows(2).all(|pair| pair[0].number < pair[1].number));
    }
}
