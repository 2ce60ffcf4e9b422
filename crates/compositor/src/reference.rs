//! Reference blocks as authors wrote them (unit-composition §1.2).

use opaque_keys::{LearningContextKey, UsageKey};
use xblock::{Fields, Severity};

use crate::{Finding, LibraryWant, missing::library_missing, reading::Read};

/// Most characters of the id of a reference group.
const MAX_GROUP_CHARS: usize = 64;

/// A type that named its blocks in another way than `lib_ref` (unit-composition §9.3).
pub(crate) const SOURCED: &str = "library_sourced";

/// Which version of its library a reference shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pin {
    /// The version of that number.
    Number(u32),
    /// The version of that name.
    Name(String),
    /// None was saved. The newest is shown, and authors are told to save one.
    Missing,
}

/// A block of a library as an author names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockName {
    pub(crate) block_type: String,
    pub(crate) id: String,
}

/// Overrides for one block: its name as written, what that names, and the values.
pub(crate) type OverridesOf = (String, Option<BlockName>, Fields);

/// The settings of a `lib_ref` or `random_lib_ref`.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The library; `None` until one is chosen.
    pub library: Option<LearningContextKey>,
    /// What is wrong with the library's key, where it is none.
    pub(crate) invalid_library: Option<String>,
    /// Its version.
    pub pin: Pin,
    /// The pool is what the author listed, and all filters are ignored.
    pub manual: bool,
    pub(crate) blocks: Vec<BlockName>,
    /// Keep only blocks of these types; empty keeps all but containers.
    pub block_types: Vec<String>,
    /// Keep only problems with this response tag.
    pub capa_type: Option<String>,
    /// Keep only blocks with any of these tags; empty keeps all.
    pub tags: Vec<String>,
    /// Keep only members of any of these collections; empty keeps all.
    pub collections: Vec<String>,
    /// Blocks per learner; negative is all.
    pub count: i64,
    /// Per-learner order, else pool order.
    pub shuffle: bool,
    /// Reference group; empty where there is none, or the text given cannot be one.
    pub group: String,
    /// Learners may draw again.
    pub allow_reset: bool,
    /// A new draw prefers blocks the learner has not seen.
    pub avoid_seen: bool,
    /// Overrides for all blocks.
    pub field_overrides: Fields,
    /// Overrides per block, as named by the author.
    pub(crate) block_field_overrides: Vec<OverridesOf>,
    /// Updates up to this version were declined.
    pub declined_version: Option<u32>,
}

/// Returns whether a type is a reference to library blocks.
pub fn is_reference(block_type: &str) -> bool {
    matches!(block_type, "lib_ref" | "random_lib_ref" | SOURCED)
}

/// Returns whether a type shows each learner some of its own children.
pub fn is_bank(block_type: &str) -> bool {
    matches!(block_type, "library_content" | "itembank")
}

/// Returns whether a text can name a reference group (unit-composition §1.2).
pub fn is_group_id(text: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=MAX_GROUP_CHARS).contains(&text.chars().count()) && text.chars().all(is_allowed)
}

impl Reference {
    /// Returns the settings of a reference as they are stored: the fields of its definition. What is odd is
    /// read as its default.
    pub fn of(usage: &UsageKey, fields: &Fields) -> Self {
        Reference::read(usage, fields, &mut Vec::new())
    }

    /// Returns what is odd about a reference, for authors to whom its library is not here.
    pub fn findings_without_library(usage: &UsageKey, fields: &Fields) -> Vec<Finding> {
        let mut findings = Vec::new();
        let reference = Reference::read(usage, fields, &mut findings);
        if reference.library.is_some() {
            findings.push(Finding {
                source: usage.clone(),
                severity: Severity::Error,
                code: "library_missing",
                message: reference.library_missing(),
            });
        }
        findings
    }

    /// Says that the library is not here, or not for the author who asks.
    pub fn library_missing(&self) -> String {
        library_missing(self)
    }

    /// Returns the library the reference needs; `None` until one is chosen.
    pub fn want(&self) -> Option<LibraryWant> {
        Some(LibraryWant {
            library: self.library.clone()?,
            pin: self.pin.clone(),
            response_tags: self.wants_response_tags(),
            labels: self.wants_labels(),
        })
    }

    /// Returns whether the pool depends on the kinds of responses of problems.
    pub(crate) fn wants_response_tags(&self) -> bool {
        !self.manual && self.capa_type.is_some()
    }

    /// Returns whether the pool depends on how the library sorts its blocks.
    pub(crate) fn wants_labels(&self) -> bool {
        !self.manual && (!self.tags.is_empty() || !self.collections.is_empty())
    }

    /// Reads the settings of a reference. Odd values are reported and read as their default; nothing of what
    /// the author wrote is changed by that.
    pub(crate) fn read(usage: &UsageKey, fields: &Fields, findings: &mut Vec<Finding>) -> Self {
        let is_random = usage.block_type() == Some("random_lib_ref");
        let mut read = Read { usage, fields, findings };
        let (library, from_key) = read.library();
        let (library, invalid_library) = match library {
            Ok(library) => (library, None),
            Err(problem) => (None, Some(problem)),
        };
        let pin = read.pin(from_key);
        let blocks = read.blocks();
        let count = read.integer(&["count", "max_count"]).unwrap_or(if is_random { 1 } else { -1 });
        if count == 0 || count < -1 {
            read.report(Severity::Error, "count_invalid", count_invalid(count));
        }
        read.report_unknown();
        read.check_size();
        let manual = read.flag(&["manual"]).unwrap_or(!blocks.is_empty());
        let field_overrides = read.object("field_overrides");
        let block_field_overrides = read.block_overrides(library.as_ref());
        Reference {
            pin,
            manual,
            blocks: blocks.iter().filter_map(|value| read.block_name(value, library.as_ref())).collect(),
            block_types: read.texts("block_types"),
            capa_type: read.text("capa_type").filter(|tag| !tag.is_empty() && tag != "any"),
            tags: read.texts("tags"),
            collections: read.texts("collections"),
            count,
            shuffle: read.flag(&["shuffle"]).unwrap_or(is_random),
            group: read.group(),
            allow_reset: read.flag(&["allow_reset", "allow_resetting_children"]).unwrap_or(false),
            avoid_seen: read.flag(&["avoid_seen"]).unwrap_or(true),
            field_overrides,
            block_field_overrides,
            declined_version: read.integer(&["declined_version"]).and_then(|n| u32::try_from(n).ok()),
            library,
            invalid_library,
        }
    }
}

/// Says that a reference cannot show so many blocks.
pub(crate) fn count_invalid(count: i64) -> String {
    format!(
        "This component is configured to show {count} problems. Please specify a positive number of problems, or specify -1 to show all of them."
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(tag: &str, fields: Value) -> (Reference, Vec<&'static str>) {
        let usage = format!("block-v1:O+C+R+type@{tag}+block@r").parse().unwrap();
        let fields: Fields = serde_json::from_value(fields).unwrap();
        let mut findings = Vec::new();
        let reference = Reference::read(&usage, &fields, &mut findings);
        (reference, findings.iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn the_tag_changes_defaults_only() {
        let (all, codes) = read("lib_ref", json!({"library_key": "lib:O:L", "library_version": "3"}));
        assert_eq!((all.count, all.shuffle, all.manual, &all.pin), (-1, false, false, &Pin::Number(3)));
        assert!(codes.is_empty());
        let (random, codes) = read("random_lib_ref", json!({"library_key": "lib:O:L:v5"}));
        assert_eq!((random.count, random.shuffle, &random.pin), (1, true, &Pin::Number(5)));
        assert_eq!(random.library.unwrap().as_str(), "lib:O:L");
        assert!(codes.is_empty());
    }

    #[test]
    fn values_are_json_in_attributes_or_typed() {
        let (reference, codes) = read(
            "lib_ref",
            json!({
                "library_key": "lib:O:L",
                "library_version": 2,
                "blocks": r#"["problem:a", "lb:O:L:html:b", ["video", "c"], "lb:O:Other:html:b"]"#,
                "xml_attributes": {"max_count": "4", "allow_resetting_children": "True"},
                "field_overrides": r#"{"max_attempts": null}"#,
                "block_field_overrides": {"lb:O:L:problem:a": {"weight": 2}, "problem:z": 3},
            }),
        );
        let names: Vec<_> = reference.blocks.iter().map(|b| format!("{}/{}", b.block_type, b.id)).collect();
        assert_eq!(names, ["problem/a", "html/b", "video/c"]);
        assert!(reference.manual && reference.allow_reset && !reference.shuffle);
        assert_eq!(reference.count, 4);
        assert_eq!(reference.field_overrides["max_attempts"], Value::Null);
        assert_eq!(reference.block_field_overrides.len(), 1);
        assert_eq!(codes, ["field_invalid", "block_not_in_version"]);
    }

    #[test]
    fn blocks_sourced_from_a_library_are_a_reference_to_them() {
        for ids in [
            json!(["lb:O:L:problem:b", "lb:O:L:html:a"]),
            json!(r#"["lb:O:L:problem:b", "lb:O:L:html:a"]"#),
            json!("['lb:O:L:problem:b', 'lb:O:L:html:a']"),
        ] {
            let (reference, codes) =
                read("library_sourced", json!({"xml_attributes": {"source_block_ids": ids}}));
            let names: Vec<_> =
                reference.blocks.iter().map(|b| format!("{}/{}", b.block_type, b.id)).collect();
            assert_eq!(names, ["problem/b", "html/a"]);
            assert_eq!(reference.library.unwrap().as_str(), "lib:O:L");
            assert!(reference.manual && !reference.shuffle && reference.count == -1 && codes.is_empty());
        }
        let (_, codes) = read("library_sourced", json!({"xml_attributes": {"source_block_ids": "['"}}));
        assert_eq!(codes, ["field_invalid", "library_not_selected", "field_invalid"]);
    }

    #[test]
    fn references_with_an_odd_group_draw_alone() {
        for good in ["", "quiz-1", "1.2_b", "été", &"x".repeat(64)] {
            let (reference, codes) = read("lib_ref", json!({"library_key": "lib:O:L", "group": good}));
            assert_eq!((reference.group.as_str(), codes.len()), (good, 0));
        }
        for odd in ["a b", "a:b", "a/b", &"x".repeat(65)] {
            let (reference, codes) = read("lib_ref", json!({"library_key": "lib:O:L", "group": odd}));
            assert_eq!((reference.group.as_str(), codes), ("", vec!["group_invalid"]));
        }
    }

    #[test]
    fn odd_values_fall_back_and_are_reported() {
        let (reference, codes) = read(
            "random_lib_ref",
            json!({"library_key": "course-v1:a+b+c", "count": 0, "shuffle": "maybe", "block_types": "problem", "library_version": "0"}),
        );
        assert!(reference.library.is_none() && reference.shuffle && reference.block_types.is_empty());
        assert_eq!(
            codes,
            ["library_missing", "field_invalid", "count_invalid", "field_invalid", "field_invalid"]
        );
        let unknown = json!({"library_key": "lib:O:L", "library_version": 1, "xml_attributes": {"colour": "blue", "max_count": "1", "shape": ""}});
        assert_eq!(read("lib_ref", unknown).1, ["unknown_attribute", "unknown_attribute"]);
        let (reference, codes) = read("lib_ref", json!({"library_version": "2021-Fall"}));
        assert_eq!(reference.pin, Pin::Name("2021-Fall".to_owned()));
        assert_eq!(codes, ["library_not_selected"]);
    }
}
