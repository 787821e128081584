//! A realistic SCIC SA for the tests of every register.

use super::{
    Bylaws, CategoryRule, CollegeRule, Company, LegalPart, Parameter, ParameterName, SeatAddress,
};
use crate::base::{CategoryId, CollegeId, Day, Rate, ShareCount};

/// Shares of 50 €, a legal minimum of 18 500 €, four categories and four colleges 30/25/25/20.
pub(crate) fn example() -> Bylaws {
    Bylaws {
        categories: vec![
            category("habitants", "Habitants et usagers", LegalPart::Beneficiary, 1),
            category("salaries", "Salariés", LegalPart::EmployeeOrProducer, 1),
            category("collectivites", "Collectivités", LegalPart::PublicBody, 20),
            category("soutiens", "Soutiens", LegalPart::Other, 2),
        ],
        colleges: vec![
            college("habitants", "Collège des habitants", 3_000),
            college("salaries", "Collège des salariés", 2_500),
            college("collectivites", "Collège des collectivités", 2_500),
            college("soutiens", "Collège des soutiens", 2_000),
        ],
        company: Company {
            activity: "acquisition et mise en commun de lieux".into(),
            form: "société coopérative d’intérêt collectif anonyme".into(),
            name: "La Foncière des Essais".into(),
            rcs: "Lille Métropole".into(),
            seat: SeatAddress {
                postcode: "59000".into(),
                street: "1 rue de la Halle".into(),
                town: "Lille".into(),
            },
            siren: "732829320".into(),
            sigle: "FDE".into(),
        },
        parameters: parameters(),
    }
}

fn category(id: &str, label: &str, legal_part: LegalPart, shares_min: u32) -> CategoryRule {
    CategoryRule {
        college: CollegeId::parse(id).expect("a slug"),
        id: CategoryId::parse(id).expect("a slug"),
        label: label.into(),
        legal_part,
        shares_min: ShareCount::new(shares_min),
    }
}

fn college(id: &str, label: &str, points: u32) -> CollegeRule {
    CollegeRule {
        id: CollegeId::parse(id).expect("a slug"),
        label: label.into(),
        weight: Rate::from_basis_points(points),
    }
}

fn parameters() -> Vec<Parameter> {
    let from = Day::new(2020, 1, 1).expect("a day");
    let rows = [
        (ParameterName::NominalValue, "5000", "statuts, art. 8"),
        (ParameterName::CapitalFloorBylaws, "2000000", "statuts, art. 9"),
        (ParameterName::CapitalFloorPeakRatio, "0.25", "loi 1947 art. 13"),
        (ParameterName::CapitalFloorLegal, "1850000", "loi 1947 art. 27"),
        (ParameterName::PaidMinRatio, "0.25", "loi 1947 art. 12"),
        (ParameterName::PublicCapitalMaxRatio, "0.5", "loi 1947 art. 19 septies"),
        (ParameterName::CollegeWeightMin, "0.1", "loi 1947 art. 19 octies"),
        (ParameterName::CollegeWeightMax, "0.5", "loi 1947 art. 19 octies"),
        (ParameterName::SharesMaxPerSubscription, "20000", "statuts, art. 10"),
        (ParameterName::OfferBlock, "500000000", "RG AMF 211-2, seuil prudent"),
        (ParameterName::OfficersRequired, "2", "statuts, art. 14"),
        (ParameterName::VatRateNormal, "0.2", "CGI art. 278"),
        (ParameterName::VoucherYears, "10", "C. com. art. L123-22"),
        (ParameterName::RegisterYears, "5", "statuts, art. 15"),
        (ParameterName::UnfulfilledYears, "1", "statuts, art. 15"),
    ];
    let row = |(name, value, source): (ParameterName, &str, &str)| Parameter {
        from,
        name,
        source: source.into(),
        value: value.into(),
    };
    rows.into_iter().map(row).collect()
}
