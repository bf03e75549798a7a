//! Where the values of variables come from.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// The first of `places` that knows a variable decides; an empty one is not set.
pub(super) fn find_variable(name: &str, places: &[&BTreeMap<String, String>]) -> Option<String> {
    let value = places.iter().find_map(|place| place.get(name))?;
    (!value.is_empty()).then(|| value.clone())
}

/// The variables of this process that are text.
pub(crate) fn own_environment() -> BTreeMap<String, String> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_hides_those_behind_it() {
        let place = |value: &str| BTreeMap::from([("KEY".to_owned(), value.to_owned())]);
        let (full, empty) = (place("value"), place(""));
        let nothing = BTreeMap::new();
        assert_eq!(
            find_variable("KEY", &[&nothing, &full]).as_deref(),
            Some("value")
        );
        assert_eq!(find_variable("KEY", &[&empty, &full]), None);
        assert_eq!(find_variable("OTHER", &[&full]), None);
    }
}
