//! Paths under `/api/xblock/v2/xblocks/`: usage key, optional version, endpoint (xblock-rest-api §1).

use learning_context::VersionSelector;
use opaque_keys::{ContainerKey, UsageKey};
use percent_encoding::percent_decode_str;

/// Longest key with its version, or path to come back to, that is looked at, in bytes after decoding.
const LONGEST: usize = 4096;

/// A block as named in a URL.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockPath {
    /// The usage.
    pub usage: UsageKey,
    /// The version asked for; [`VersionSelector::Auto`] when the path has none.
    pub version: VersionSelector,
}

/// What a path asks of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Endpoint {
    /// Metadata.
    Block,
    /// One view.
    View(String),
    /// The URL of a handler.
    HandlerUrl(String),
    /// A handler call.
    Handler {
        /// User id part.
        learner: String,
        /// Token part.
        token: String,
        /// Handler name.
        name: String,
        /// Rest of the path.
        suffix: String,
    },
    /// OLX.
    Olx,
    /// Fields.
    Fields,
}

/// Reads a path (still percent-encoded, without the prefix); `None` is a 404.
pub fn parse(encoded: &str) -> Option<(BlockPath, Endpoint)> {
    let path = percent_decode_str(encoded).decode_utf8().ok()?;
    let (block, rest) = path.split_once('/')?;
    Some((block_path(block)?, endpoint(rest)?))
}

/// Reads `<usage>[@<version>]`, decoded. The suffix is taken only after `lb:`, `lct:` and `lx-pb:` keys, whose
/// text has no `@` (opaque-keys §10). The key of a container of a library (`lct:`) names its block.
pub fn block_path(text: &str) -> Option<BlockPath> {
    let versioned = ["lb:", "lct:", "lx-pb:"].iter().any(|namespace| text.starts_with(namespace));
    let (key, version) = match text.rsplit_once('@') {
        Some((key, version)) if versioned => (key, version.parse().ok()?),
        _ => (text, VersionSelector::Auto),
    };
    if text.len() > LONGEST {
        return None;
    }
    // Keys with a trailing newline parse, but no path of the reference matches them.
    if key.ends_with('\n') {
        return None;
    }
    let usage = match key.starts_with("lct:") {
        true => key.parse::<ContainerKey>().ok()?.usage().ok()?,
        false => key.parse().ok()?,
    };
    Some(BlockPath { usage, version })
}

fn endpoint(rest: &str) -> Option<Endpoint> {
    let name = |part: &str| (!part.is_empty() && !part.contains('/')).then(|| part.to_owned());
    match rest {
        "" => return Some(Endpoint::Block),
        "olx/" => return Some(Endpoint::Olx),
        "fields/" => return Some(Endpoint::Fields),
        _ => {}
    }
    let (kind, rest) = rest.split_once('/')?;
    match kind {
        "view" => Some(Endpoint::View(name(rest.strip_suffix('/')?)?)),
        "handler_url" => Some(Endpoint::HandlerUrl(name(rest.strip_suffix('/')?)?)),
        "handler" => {
            let (who, rest) = rest.split_once('/')?;
            let (learner, token) = who.split_once('-')?;
            let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
            let (name, suffix) = rest.split_once('/')?;
            let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
            (word(learner) && word(token) && named).then(|| Endpoint::Handler {
                learner: learner.to_owned(),
                token: token.to_owned(),
                name: name.to_owned(),
                suffix: suffix.to_owned(),
            })
        }
        _ => None,
    }
}

/// Returns whether a text is a path on this site: never another host, nor anything a browser may take for one.
pub fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.bytes().any(|b| b == b'\\' || b.is_ascii_control())
        && path.len() <= LONGEST
        && path.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_library_keys_only() {
        let (block, endpoint) = parse("lb:Org1:lib1:html:intro@draft/olx/").expect("a path");
        assert_eq!(block.usage.to_string(), "lb:Org1:lib1:html:intro");
        assert_eq!((block.version, endpoint), (VersionSelector::Draft, Endpoint::Olx));
        let (block, _) = parse("block-v1:e+c+r+type@html+block@3/").expect("a path");
        assert_eq!(block.usage.to_string(), "block-v1:e+c+r+type@html+block@3");
        assert_eq!(block.version, VersionSelector::Auto);
        assert!(parse("lb:Org1:lib1:html:intro@v3/").is_none());
        assert!(parse("lib:Org1:lib1/").is_none(), "a library is no usage");
    }

    #[test]
    fn containers_of_libraries_are_blocks() {
        let of = |text| block_path(text).map(|path| (path.usage.to_string(), path.version));
        let unit = "lb:O:L:unit:u".to_owned();
        assert_eq!(of("lct:O:L:unit:u"), Some((unit.clone(), VersionSelector::Auto)));
        assert_eq!(of("lct:O:L:unit:u@draft"), Some((unit, VersionSelector::Draft)));
        assert_eq!(of("lct:O:L:unit"), None);
        assert_eq!(of("lct:O:L:unit:u:v"), None);
    }

    #[test]
    fn percent_encoded_paths_equal_raw_ones() {
        assert_eq!(
            parse("lb%3AOrg1%3Alib1%3Ahtml%3Aintro%40published%2Fview%2Fstudent_view%2F"),
            parse("lb:Org1:lib1:html:intro@published/view/student_view/")
        );
        assert!(parse("lb:Org1:lib1:html:%FF/").is_none());
    }

    #[test]
    fn handler_paths_keep_their_suffix() {
        let (_, endpoint) =
            parse("lb:O:l:problem:p/handler/7-94da/xmodule_handler/problem_check").expect("a path");
        let expected = Endpoint::Handler {
            learner: "7".into(),
            token: "94da".into(),
            name: "xmodule_handler".into(),
            suffix: "problem_check".into(),
        };
        assert_eq!(endpoint, expected);
        for bad in [
            "lb:O:l:p:x/handler/7/n/",
            "lb:O:l:p:x/handler/7-a/n",
            "lb:O:l:p:x/view/a/b/",
            "lb:O:l:p:x/view//",
            "lb:O:l:p:x",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn own_paths_lead_to_this_site_only() {
        assert!(is_own_path("/units/lb:a:b:c:d?x=1#problem"));
        for bad in
            ["//evil.example", "https://evil.example", "/\\evil.example", "", "units", "/a\r\nSet-Cookie: x"]
        {
            assert!(!is_own_path(bad), "{bad:?}");
        }
    }
}
