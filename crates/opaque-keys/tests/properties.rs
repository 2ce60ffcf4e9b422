//! Laws every key keeps.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use opaque_keys::{
    AnyKey, AssetKey, BlockTypeKey, CollectionKey, ContainerKey, DefinitionKey, LearningContextKey, UsageKey,
    VersionedLibraryRef,
};
use proptest::prelude::*;

/// Texts built from the words and marks of the grammars: most are almost keys, many are keys.
fn almost_a_key() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[A-Za-z0-9_.-]{1,4}",
        "[a-zé日~:%$ ]{0,3}",
        Just("edx.org".to_owned()),
        Just("v5".to_owned()),
        Just("\n".to_owned()),
        Just("519665f6223ebd6980884f2b".to_owned()),
        Just("5d2a1b7e-0000-4000-8000-000000000000".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    let start = prop::sample::select(vec![
        "",
        "lib:",
        "lb:",
        "lct:",
        "lib-collection:",
        "course-v1:",
        "slashes:",
        "library-v1:",
        "ccx-v1:",
        "block-v1:",
        "lib-block-v1:",
        "ccx-block-v1:",
        "location:",
        "lx-pathway:",
        "lx-pb:",
        "i4x://",
        "/c4x/",
        "def-v1:",
        "bundle-olx:",
        "asset-v1:",
        "block-type-v1:",
        "lb-ref:",
        "aside-usage-v1:lb:o:s:t:i",
        "aside-usage-v1:",
        "aside-usage-v2:lb$:o$:s$:t$:i",
        "aside-def-v2:",
        "aside-def-v1:",
    ]);
    let mark = prop::sample::select(vec![
        ":",
        ":",
        "+",
        "+",
        "/",
        "~",
        "!2",
        "@",
        "=",
        "::",
        "$:",
        "+branch@",
        "+version@",
        "+type@",
        "+block@",
        "+ccx@",
        "+Block@",
    ]);
    (start, prop::collection::vec((word, mark), 0..7), "[a-z0-9]{0,3}").prop_map(|(start, parts, end)| {
        let middle: String = parts.into_iter().flat_map(|(word, mark)| [word, mark.to_owned()]).collect();
        format!("{start}{middle}{end}")
    })
}

/// Keys of every form, with any parts their grammar allows.
fn key() -> impl Strategy<Value = String> {
    let ascii = "[A-Za-z0-9_.-]{1,6}";
    let slug = "[A-Za-z0-9_.é日²-]{1,6}";
    let id = "[A-Za-z0-9_.é日²:~-]{1,6}";
    let oid = "[0-9a-f]{24}";
    let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    let domain = prop_oneof![Just(String::new()), Just("edx.org:".to_owned())];
    let library = (domain, ascii, slug).prop_map(|(domain, org, slug)| format!("{domain}{org}:{slug}"));
    let branch = prop::option::of(id).prop_map(|b| b.map_or(String::new(), |b| format!("+branch@{b}")));
    let version = prop::option::of(oid).prop_map(|v| v.map_or(String::new(), |v| format!("+version@{v}")));
    let course = (id, id, id, branch, version).prop_map(|(o, c, r, b, v)| format!("{o}+{c}+{r}{b}{v}"));
    let tail = (id, id, id, ascii, id).prop_map(|(o, c, r, t, i)| format!("{o}+{c}+{r}+type@{t}+block@{i}"));
    prop_oneof![
        library.clone().prop_map(|library| format!("lib:{library}")),
        (library.clone(), ascii, slug).prop_map(|(l, t, i)| format!("lb:{l}:{t}:{i}")),
        (library.clone(), ascii, slug).prop_map(|(l, t, i)| format!("lct:{l}:{t}:{i}")),
        (library, slug).prop_map(|(l, i)| format!("lib-collection:{l}:{i}")),
        course.clone().prop_map(|course| format!("course-v1:{course}")),
        (course.clone(), id, id).prop_map(|(c, t, i)| format!("block-v1:{c}+type@{t}+block@{i}")),
        (course.clone(), id, id).prop_map(|(c, t, i)| format!("asset-v1:{c}+type@{t}+block@{i}")),
        (course.clone(), "[0-9]{1,3}").prop_map(|(c, n)| format!("ccx-v1:{c}+ccx@{n}")),
        (course, "[0-9]{1,3}", id, id)
            .prop_map(|(c, n, t, i)| format!("ccx-block-v1:{c}+ccx@{n}+type@{t}+block@{i}")),
        (id, id, id, id).prop_map(|(o, l, t, i)| format!("lib-block-v1:{o}+{l}+type@{t}+block@{i}")),
        (id, id, id, id, id).prop_map(|(o, c, r, t, i)| format!("location:{o}+{c}+{r}+{t}+{i}")),
        uuid.prop_map(|uuid| format!("lx-pathway:{uuid}")),
        (uuid, ascii, slug).prop_map(|(u, t, i)| format!("lx-pb:{u}:{t}:{i}")),
        (oid, id).prop_map(|(d, t)| format!("def-v1:{d}+type@{t}")),
        (slug, ascii, slug, slug, 2u32.., tail)
            .prop_map(|(s, t, a, b, n, r)| format!("lb-ref:{s}:{t}:{a}~{b}!{n}:{r}")),
    ]
}

fn hash(key: &AnyKey) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Reads a text as every type of key, so that none of them panics, and checks what a canonical text does.
fn check(text: &str) -> Result<(), TestCaseError> {
    macro_rules! check {
        ($($key:ty),+) => {$(
            if let Ok(key) = text.parse::<$key>() {
                let again = key.as_str().parse::<$key>().map_err(|e| TestCaseError::fail(e.to_string()))?;
                prop_assert_eq!(again.as_str(), key.as_str(), "printing is a fixed point");
                if key.as_str() == text {
                    prop_assert_eq!(&again, &key);
                }
                if let Ok(reference) = <$key>::parse_reference(text) {
                    prop_assert_eq!(&reference, &key, "the extensions change no key of the reference");
                }
                let json = serde_json::to_value(&key).map_err(|e| TestCaseError::fail(e.to_string()))?;
                prop_assert_eq!(json.as_str(), Some(key.as_str()));
            }
        )+};
    }
    check!(
        AnyKey,
        LearningContextKey,
        UsageKey,
        DefinitionKey,
        AssetKey,
        CollectionKey,
        ContainerKey,
        BlockTypeKey
    );
    if let Ok(key) = text.parse::<UsageKey>() {
        key.context_key();
        key.html_id();
        AnyKey::from(key).explain();
    }
    let _ = VersionedLibraryRef::parse(text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_parser_panic_and_printing_is_a_fixed_point(text in almost_a_key()) {
        check(&text)?;
    }

    #[test]
    fn any_bytes_are_a_key_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn well_formed_text_is_printed_as_it_was_read(text in key()) {
        let key: AnyKey = text.parse().map_err(|error: opaque_keys::InvalidKey| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(key.as_str(), &text);
        check(&text)?;
    }

    #[test]
    fn equality_hash_and_order_agree(a in key(), b in key(), same in any::<bool>()) {
        let b = if same { a.clone() } else { b };
        let (a, b): (AnyKey, AnyKey) = (a.parse().expect("a key"), b.parse().expect("a key"));
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        prop_assert_eq!(a.as_str().cmp(b.as_str()), a.cmp(&b));
        if a == b {
            prop_assert_eq!(hash(&a), hash(&b));
            prop_assert_eq!(a.reference_cmp(&b), Some(std::cmp::Ordering::Equal));
        }
        prop_assert_eq!(a.reference_cmp(&b).map(std::cmp::Ordering::reverse), b.reference_cmp(&a));
    }

    #[test]
    fn what_is_created_can_be_read(
        org in "[A-Za-z0-9_.:+é\n-]{0,4}", slug in "(v[0-9]|[A-Za-z0-9_.:日\n~-]{0,4})", id in "[a-z~!:é+@\n.]{0,4}",
        ordinal in 0u32..4,
    ) {
        let read = |key: &UsageKey| key.as_str().parse::<UsageKey>();
        if let Ok(context) = LearningContextKey::library(&org, &slug) {
            prop_assert_eq!(context.as_str().parse::<LearningContextKey>(), Ok(context.clone()));
            if let Ok(block) = UsageKey::library_block(&context, "html", &id) {
                prop_assert_eq!(read(&block), Ok(block.clone()));
                prop_assert_eq!(block.context_key(), context.clone());
            }
        }
        if let Ok(context) = LearningContextKey::course_run(&org, &slug, &id) {
            prop_assert_eq!(context.as_str().parse::<LearningContextKey>(), Ok(context.clone()));
            if let Ok(block) = UsageKey::course_block(&context, "html", &id) {
                prop_assert_eq!(read(&block), Ok(block.clone()));
                prop_assert_eq!(block.context_key(), context.clone());
                if let Ok(used) = UsageKey::lib_ref(&slug, "html", &[&id, &slug], ordinal, &block) {
                    prop_assert_eq!(read(&used), Ok(used.clone()));
                    prop_assert_eq!(used.context_key(), context);
                    prop_assert_eq!(used.as_lib_ref().map(|key| key.reference()), Some(block));
                    prop_assert_eq!(used.as_lib_ref().map(|key| key.ordinal()), Some(ordinal.max(1)));
                }
            }
        }
    }
}
