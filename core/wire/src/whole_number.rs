//! Whole numbers as JSON has them: `374.0` is the number 374.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, de};

/// The largest number below which every whole number is a float of its own.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

struct Whole<T>(T);

struct WholeVisitor<T>(PhantomData<T>);

impl<T: TryFrom<u64>> de::Visitor<'_> for WholeVisitor<T> {
    type Value = Whole<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number within its bounds")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        T::try_from(number)
            .map(Whole)
            .map_err(|_| E::custom("a number outside its bounds"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        if (0.0..EXACT_BELOW).contains(&number) && number.fract() == 0.0 {
            self.visit_u64(number as u64)
        } else {
            Err(E::custom("not a whole number, or outside its bounds"))
        }
    }
}

impl<'de, T: TryFrom<u64>> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(WholeVisitor(PhantomData))
    }
}

pub(crate) fn required<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Whole::deserialize(deserializer).map(|whole| whole.0)
}

pub(crate) fn optional<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let whole = Option::<Whole<T>>::deserialize(deserializer)?;
    Ok(whole.map(|whole| whole.0))
}

#[cfg(test)]
mod tests {
    use crate::{consent::ConsentRequest, declaration::HealthDeclaration};

    fn temperature(text: &str) -> Option<Option<u16>> {
        let body = format!(
            r#"{{"symptoms":[],"high_risk_contact":false,"observed_at":"2022-03-01T08:00:00Z"{text}}}"#
        );
        let read = serde_json::from_str::<HealthDeclaration>(&body);
        read.ok().map(|declaration| declaration.temperature_tenths)
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_zero_behind_the_point() {
        assert_eq!(temperature(""), Some(None));
        assert_eq!(temperature(r#","temperature_tenths":null"#), Some(None));
        for written in ["374", "374.0", "3.74e2"] {
            let text = format!(r#","temperature_tenths":{written}"#);
            assert_eq!(temperature(&text), Some(Some(374)), "{written}");
        }
        for wrong in ["374.5", "-1", "-0.5", "65536", "1e300", "\"374\"", "true"] {
            let text = format!(r#","temperature_tenths":{wrong}"#);
            assert_eq!(temperature(&text), None, "{wrong}");
        }
    }

    #[test]
    fn a_version_outside_its_bounds_is_refused() {
        let version = |written: &str| {
            let body = format!(
                r#"{{"purpose":"health_code","text_version":{written},"language":"en","given":true}}"#
            );
            serde_json::from_str::<ConsentRequest>(&body).map(|request| request.text_version)
        };
        assert_eq!(version("4294967295").unwrap(), u32::MAX);
        assert!(version("4294967296").is_err());
        assert!(version("null").is_err());
    }
}
