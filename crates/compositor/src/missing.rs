//! Why a reference shows nothing, and what an author can do about it (unit-composition §1.5, §7).

use std::fmt::Write as _;

use opaque_keys::{InvalidKey, UsageKey};

use crate::{Availability, Hidden, Library, Pin, Reference, reference::count_invalid};

/// Returns the library a reference draws from, or why learners see nothing of the reference.
pub(crate) fn library<'a>(
    usage: &UsageKey,
    reference: &Reference,
    availability: &'a Availability,
) -> Result<&'a Library, Hidden> {
    let hidden = |code, message: String| Err(Hidden { source: usage.clone(), code, message });
    let Some(library) = &reference.library else {
        let code = match reference.invalid_library {
            Some(_) => "library_missing",
            None => "library_not_selected",
        };
        return hidden(code, library_missing(reference));
    };
    let pin = pin(reference);
    match availability {
        Availability::Missing => hidden("library_missing", library_missing(reference)),
        Availability::NoSuchVersion { present, .. } => {
            let mut message = format!("{library} does not have {pin}; {}.", versions_in_words(present));
            if let Some(newest) = present.last() {
                let _ = write!(message, " Import {pin}, or pin version {newest}.");
            }
            hidden("library_version_missing", message)
        }
        Availability::Here(_) if reference.count == 0 || reference.count < -1 => {
            hidden("count_invalid", count_invalid(reference.count))
        }
        Availability::Here(library) => Ok(library),
    }
}

/// Returns what is said of a library that is not here, or not for the author who asks.
pub(crate) fn library_missing(reference: &Reference) -> String {
    let Some(library) = &reference.library else {
        let problem = reference.invalid_library.clone();
        return problem.unwrap_or_else(|| "A library has not yet been selected.".to_owned());
    };
    let domain = library.as_library().and_then(|key| key.domain());
    let origin = domain.map_or_else(String::new, |domain| format!(" of {domain}"));
    format!(
        "Library is invalid, corrupt, or has been deleted. ({library}, {}{origin}) Import it, or choose another one.",
        pin(reference)
    )
}

/// Returns what is said of a library whose key is none.
pub(crate) fn library_invalid(text: &str, problem: &InvalidKey) -> String {
    format!("Library is invalid, corrupt, or has been deleted. ({text}: {problem}) Choose another one.")
}

fn pin(reference: &Reference) -> String {
    match &reference.pin {
        Pin::Number(number) => format!("version {number}"),
        Pin::Name(name) => format!("version \"{name}\""),
        Pin::Missing => "the newest version".to_owned(),
    }
}

/// Says which versions there are; `present` is in ascending order.
pub(crate) fn versions_in_words(present: &[u32]) -> String {
    match present {
        [] => return "no version is published".to_owned(),
        [only] => return format!("there is version {only}"),
        _ => {}
    }
    let mut words = Vec::new();
    for run in present.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
        match run {
            [first, _, .., last] => words.push(format!("{first} to {last}")),
            short => words.extend(short.iter().map(u32::to_string)),
        }
    }
    format!("there are versions {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::versions_in_words;

    #[test]
    fn runs_of_versions_are_told_as_ranges() {
        for (present, words) in [
            (&[][..], "no version is published"),
            (&[3], "there is version 3"),
            (&[1, 2, 4], "there are versions 1, 2, 4"),
            (&[1, 2, 3, 4, 7, 9, 10, 11], "there are versions 1 to 4, 7, 9 to 11"),
            (&[u32::MAX - 1, u32::MAX], "there are versions 4294967294, 4294967295"),
        ] {
            assert_eq!(versions_in_words(present), words);
        }
    }
}
