//! Keys in paths and parameters of query strings, read with what was wrong with which.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use actix_web::HttpRequest;

use crate::http::{
    body::pairs,
    error::{ApiError, Code},
};

/// The parameters of a request; of one that comes twice, the last counts.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads them.
    ///
    /// # Errors
    /// 400 for what is not UTF-8 or has U+0000, which not every database takes; 413 for too many.
    pub(super) fn of(request: &HttpRequest) -> Result<Params, ApiError> {
        let params = pairs(request.query_string().as_bytes())?;
        match params.iter().find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => Err(bad(name, format_args!("has the character U+0000"))),
            None => Ok(Params(params)),
        }
    }

    /// Returns the text of a parameter; one that is empty counts as not given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rfind(|(given, _)| given == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Returns a parameter read as some type.
    ///
    /// # Errors
    /// 400 when it cannot be read.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let read = |text: &str| text.parse().map_err(|e| bad(name, format_args!("{e}")));
        self.text(name).map(read).transpose()
    }

    /// Returns how many rows to answer with.
    ///
    /// # Errors
    /// 400 when `limit` is no number of the range.
    pub(super) fn limit(&self, default: u32, range: RangeInclusive<u32>) -> Result<u32, ApiError> {
        let limit = self.parsed("limit")?.unwrap_or(default);
        if range.contains(&limit) {
            return Ok(limit);
        }
        Err(bad("limit", format_args!("{limit} is not between {} and {}", range.start(), range.end())))
    }
}

/// Reads a key from a path: what is no key names nothing.
///
/// # Errors
/// 404.
pub(super) fn key<K: FromStr<Err: Display>>(text: &str) -> Result<K, ApiError> {
    text.parse().map_err(|error| ApiError::problem(Code::NotFound, format!("{error}")))
}

fn bad(name: &str, what: std::fmt::Arguments<'_>) -> ApiError {
    ApiError::problem(Code::BadRequest, format!("'{name}': {what}"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn parameters_are_read_or_named() {
        let params = Params::of(&TestRequest::with_uri("/?after=7&limit=9&after=8&name=").to_http_request());
        let params = params.expect("parameters");
        assert_eq!(params.parsed::<i64>("after").expect("a number"), Some(8));
        assert_eq!((params.text("name"), params.text("context")), (None, None));
        assert_eq!(params.limit(5, 1..=10).expect("a limit"), 9);
        assert_eq!(
            params.limit(5, 1..=8).expect_err("too many").message(),
            "'limit': 9 is not between 1 and 8"
        );
        assert!(Params::of(&TestRequest::with_uri("/?after=a%00").to_http_request()).is_err());
        let error = params.parsed::<bool>("after").expect_err("no truth value");
        assert!(error.message().starts_with("'after': "), "{}", error.message());
    }
}
