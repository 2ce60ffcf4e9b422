use super::load;
use crate::field::json;

/// Loads a text and prints it as JSON, dates included.
fn loaded(text: &str) -> String {
    match load(text) {
        Ok(value) => json::compact(&value).unwrap(),
        Err(error) => error.kind.exception().to_owned(),
    }
}

#[test]
fn resolves_plain_scalars_as_yaml_1_1() {
    for (text, printed) in [
        ("", "null"),
        ("~", "null"),
        ("Null", "null"),
        ("nULL", "\"nULL\""),
        ("yes", "true"),
        ("Off", "false"),
        ("y", "\"y\""),
        ("tRuE", "\"tRuE\""),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("017", "15"),
        ("0o17", "\"0o17\""),
        ("08", "\"08\""),
        ("-1_000", "-1000"),
        ("12:30:45", "45045"),
        ("00:01:02", "\"00:01:02\""),
        ("1:30.5", "90.5"),
        ("1e3", "\"1e3\""),
        ("1.0e+3", "1000.0"),
        ("1.5", "1.5"),
        ("5.", "5.0"),
        ("+.5", "\"+.5\""),
        ("-.inf", "-Infinity"),
        (".NaN", "NaN"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("2015-01-02", "\"2015-01-02\""),
        ("2015-1-2", "\"2015-1-2\""),
        ("2015-1-2 3:04:05", "\"2015-01-02T03:04:05\""),
        ("2015-01-02T03:04:05.6789 -5:30", "\"2015-01-02T03:04:05.678-05:30\""),
        ("2015-01-02t03:04:05Z", "\"2015-01-02T03:04:05Z\""),
        ("2015-02-30", "ValueError"),
        ("2015-01-02T24:00:00Z", "ValueError"),
        ("0b_", "ValueError"),
    ] {
        assert_eq!(loaded(text), printed, "{text:?}");
    }
}

#[test]
fn reads_flow_and_block_collections() {
    for (text, printed) in [
        ("[a, b, [c], ]", "[\"a\", \"b\", [\"c\"]]"),
        ("{a: 1, b: [x, y], c}", "{\"a\": 1, \"b\": [\"x\", \"y\"], \"c\": null}"),
        ("{\"a\":1,'b': it''s}", "{\"a\": 1, \"b\": \"it''s\"}"),
        ("[a: 1, ? b : 2]", "[{\"a\": 1}, {\"b\": 2}]"),
        ("{null: 1, 2: x}", "{\"null\": 1, \"2\": \"x\"}"),
        ("a: 1\nb:\n- x\n- y\nc:\n  d: e\n", "{\"a\": 1, \"b\": [\"x\", \"y\"], \"c\": {\"d\": \"e\"}}"),
        ("- a\n- - b\n  - c\n-\n- d: 1\n  e: 2", "[\"a\", [\"b\", \"c\"], null, {\"d\": 1, \"e\": 2}]"),
        ("? x\n? y\n: z", "{\"x\": null, \"y\": \"z\"}"),
        ("a: 1\na: 2", "{\"a\": 2}"),
        ("{1: a, true: b, 1.0: c}", "{\"1\": \"c\"}"),
        ("--- x\n...\n", "\"x\""),
        ("%YAML 1.1\n---\n- x", "[\"x\"]"),
        ("# only a comment", "null"),
    ] {
        assert_eq!(loaded(text), printed, "{text:?}");
    }
}

#[test]
fn reads_the_three_kinds_of_scalars() {
    for (text, printed) in [
        ("a\n b\n\n c", "\"a b\\nc\""),
        ("a#b # c", "\"a#b\""),
        ("i4x://a/b", "\"i4x://a/b\""),
        ("a\u{2028}b", "\"a\\u2028b\""),
        ("'it''s\n  so'", "\"it's so\""),
        ("\"a\\n\\x41\\u00e9\\\n  b\\/\"", "\"a\\nA\\u00e9b/\""),
        ("\"a\n\n b\"", "\"a\\nb\""),
        ("|\n  a\n   b\n\n  c\n\n", "\"a\\n b\\n\\nc\\n\""),
        (">-\n a\n b\n\n c\n   d\n e\n", "\"a b\\nc\\n  d\\ne\""),
        ("|+1\n  a\n\n", "\" a\\n\\n\""),
        ("|", "\"\""),
    ] {
        assert_eq!(loaded(text), printed, "{text:?}");
    }
}

#[test]
fn follows_tags_anchors_and_merges() {
    for (text, printed) in [
        ("!!str 5", "\"5\""),
        ("!!int \"5\"", "5"),
        ("!!float 1", "1.0"),
        ("! '5'", "5"),
        ("!<tag:yaml.org,2002:str> 5", "\"5\""),
        ("!!str", "\"\""),
        ("&a", "null"),
        ("[&a {x: 1}, *a]", "[{\"x\": 1}, {\"x\": 1}]"),
        ("{<<: {a: 1, b: 2}, b: 3}", "{\"a\": 1, \"b\": 3}"),
        ("{<<: [{a: 1}, {a: 2, c: 3}]}", "{\"a\": 1, \"c\": 3}"),
    ] {
        assert_eq!(loaded(text), printed, "{text:?}");
    }
}

#[test]
fn refuses_what_a_safe_loader_refuses() {
    let deep = "[".repeat(100_000);
    let bomb = (1..9).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        let aliases = vec![format!("*a{}", n - 1); 9].join(", ");
        format!("{text}a{n}: &a{n} [{aliases}]\n")
    });
    for text in [
        "[",
        "]",
        "{",
        "}",
        "[,]",
        "{,}",
        "[a b: c]x",
        "a: b: c",
        "a : b : c",
        "@at",
        "`tick",
        "%percent",
        "\ttab",
        "tab\there",
        "\"unterminated",
        "'unterminated",
        "\"\\q\"",
        "*alias",
        "&lt;",
        "!tag x",
        "!!python/none x",
        "!x!y z",
        "...",
        "--- a\n--- b",
        ":",
        "- a\nb",
        "a: 1\n b: 2",
        "{[a]: b}",
        "a\u{0}b",
        "a\u{7f}b",
        "a\u{fffe}b",
        "&a [*a]",
        "=",
        "!!seq x",
        "!!map [x]",
        "%YAML 2.0\n---\n",
        "{<<: x}",
        "| x",
        "|0\n a",
        "\"a\n---\nb\"",
        &deep,
        &bomb,
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(loaded(text), "YAMLError", "{shown:?}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn never_panics(text in "\\PC{0,40}", marks in "[-?:,\\[\\]{}#&*!|>'\"%@` \ta1\n]{0,40}") {
        let _ = load(&text);
        let _ = load(&marks);
    }
}
