//! The company, its bylaws and the dated parameters of law that the rules read.

mod chart;
mod colleges;
mod company;
mod decide;
#[cfg(test)]
mod example;
mod parameter;
mod refusal;

pub use chart::{CHART, ChartRow, chart_row};
pub use colleges::{CategoryRule, CollegeRule, LegalPart};
pub use company::{Company, SeatAddress, siren_is_valid};
pub use decide::check;
#[cfg(test)]
pub(crate) use example::example;
pub use parameter::{MissingParameter, Parameter, ParameterKind, ParameterName};
pub use refusal::Refusal;

use parameter::UNSTATED;

use serde::{Deserialize, Serialize};

use crate::base::{Amount, CategoryId, CollegeId, Day, Rate, ShareCount};

/// What the genesis leaf states and every rule reads: who we are and by which figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bylaws {
    /// The member categories (R1).
    pub categories: Vec<CategoryRule>,
    /// The voting colleges and their weights (R4).
    pub colleges: Vec<CollegeRule>,
    /// The company as its documents name it (R7).
    pub company: Company,
    /// Figures of law and bylaws, each dated and sourced.
    pub parameters: Vec<Parameter>,
}

impl Bylaws {
    /// The parameters in force on that day.
    pub fn at(&self, day: Day) -> BylawsAt<'_> {
        BylawsAt { bylaws: self, day }
    }

    /// The category of that name.
    pub fn category(&self, id: &CategoryId) -> Option<&CategoryRule> {
        self.categories.iter().find(|category| category.id == *id)
    }

    /// The college of that name.
    pub fn college(&self, id: &CollegeId) -> Option<&CollegeRule> {
        self.colleges.iter().find(|college| college.id == *id)
    }
}

/// The bylaws as they stand on a day.
#[derive(Clone, Copy, Debug)]
pub struct BylawsAt<'a> {
    bylaws: &'a Bylaws,
    day: Day,
}

impl BylawsAt<'_> {
    /// The value and its source: the latest row stated, else what holds where nothing is stated.
    fn row(&self, name: ParameterName) -> Result<(&str, &str), MissingParameter> {
        let stated = self.bylaws.parameters.iter();
        let stated = stated.filter(|row| row.name == name && row.from <= self.day);
        let stated = stated.max_by_key(|row| row.from);
        let unstated = || UNSTATED.iter().find(|row| row.name == name);
        stated
            .map(|row| (row.value.as_str(), row.source.as_str()))
            .or_else(|| unstated().map(|row| (row.value, row.source)))
            .ok_or(MissingParameter { name, day: self.day })
    }

    fn value(&self, name: ParameterName) -> Result<&str, MissingParameter> {
        self.row(name).map(|(value, _)| value)
    }

    /// Where a parameter is written: an article of law or of the bylaws.
    pub fn source(&self, name: ParameterName) -> Result<&str, MissingParameter> {
        self.row(name).map(|(_, source)| source)
    }

    /// A parameter that is a sum of money, in cents.
    pub fn amount(&self, name: ParameterName) -> Result<Amount, MissingParameter> {
        let cents = self.value(name)?.parse();
        cents.map(Amount::from_cents).map_err(|_| MissingParameter { name, day: self.day })
    }

    /// A parameter that is a rate.
    pub fn rate(&self, name: ParameterName) -> Result<Rate, MissingParameter> {
        Rate::parse(self.value(name)?).map_err(|_| MissingParameter { name, day: self.day })
    }

    /// A parameter that is a whole number.
    pub fn number(&self, name: ParameterName) -> Result<u32, MissingParameter> {
        self.value(name)?.parse().map_err(|_| MissingParameter { name, day: self.day })
    }

    /// The nominal value of one share (R11).
    pub fn nominal(&self) -> Result<Amount, MissingParameter> {
        self.amount(ParameterName::NominalValue)
    }

    /// The fewest shares a member of this category may hold (R16).
    pub fn shares_min(&self, category: &CategoryId) -> Result<ShareCount, MissingParameter> {
        let of_category = self.bylaws.category(category).map(|rule| rule.shares_min);
        of_category.ok_or(MissingParameter { name: ParameterName::NominalValue, day: self.day })
    }
}
