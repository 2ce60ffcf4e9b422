//! Libraries: child ids, links, cycles, depth, what is read.

use std::sync::Arc;

use blockstore::At;
use learning_context::{LearningContext, LibraryContext, ResolvedAt, Structure};
use opaque_keys::UsageKey;

use crate::support::{FixedBundles, bundle, record, registry};

async fn structure(bundles: &Arc<FixedBundles>) -> Structure {
    let plugin = LibraryContext::new(Arc::clone(bundles) as Arc<_>, registry());
    plugin.structure(&record("lib:Org:L", bundle(1), 1, None), ResolvedAt::Version(1)).await.unwrap()
}

/// Returns `type:id` of each usage with those of its children.
fn tree(structure: &Structure) -> Vec<String> {
    let name = |usage: &UsageKey| usage.as_str().trim_start_matches("lb:Org:L:").to_owned();
    let mut lines: Vec<String> = structure
        .nodes()
        .map(|node| {
            let children: Vec<_> =
                node.children.iter().map(|&child| name(&structure.node(child).usage)).collect();
            format!("{} [{}]", name(&node.usage), children.join(" "))
        })
        .collect();
    lines.sort();
    lines
}

fn codes(structure: &Structure) -> Vec<&'static str> {
    structure.problems.iter().map(|problem| problem.code).collect()
}

#[tokio::test]
async fn child_ids_follow_the_example_of_the_contract() {
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(bundle(1), At::Version(1), [
        ("unit/main/definition.xml", "<unit><xblock-include definition='html/html1'/><xblock-include definition='unit/subunit'/></unit>"),
        ("unit/subunit/definition.xml", "<unit><xblock-include source='link' definition='unit/unit1' usage='alias1'/></unit>"),
        ("html/html1/definition.xml", "<html>own</html>"),
        ("html/html1/static/a.png", "own bytes"),
        ("html/html1/extra/definition.xml", "<html/>"),
    ]);
    bundles.put(
        bundle(2),
        At::Version(3),
        [
            ("unit/unit1/definition.xml", "<unit><xblock-include definition='html/html1'/></unit>"),
            ("html/html1/definition.xml", "<html>linked</html>"),
            ("html/html1/static/a.png", "linked bytes!"),
        ],
    );
    bundles.link(bundle(1), At::Version(1), "link", bundle(2), 3);
    let structure = structure(&bundles).await;

    assert_eq!(
        tree(&structure),
        [
            "html:alias1-html1 []",
            "html:html1 []",
            "unit:alias1 [html:alias1-html1]",
            "unit:main [html:html1 unit:subunit]",
            "unit:subunit [unit:alias1]",
        ]
    );
    assert!(structure.problems.is_empty(), "{:?}", structure.problems);
    let roots: Vec<_> = structure.roots.iter().map(|&id| structure.node(id).usage.to_string()).collect();
    assert_eq!(roots, ["lb:Org:L:unit:main"]);
    let own: Vec<_> = structure.blocks().map(|id| structure.node(id).usage.block_id().to_owned()).collect();
    assert_eq!(own, ["html1", "main", "subunit"]);

    let find = |usage: &str| structure.node(structure.find(&usage.parse().unwrap()).unwrap());
    let (own, linked) = (find("lb:Org:L:html:html1"), find("lb:Org:L:html:alias1-html1"));
    assert_eq!(structure.asset(own, "a.png").unwrap().size, 9);
    assert_eq!(structure.asset(linked, "a.png").unwrap().size, 13);
    assert_eq!(structure.asset(own, "../definition.xml"), None);
    assert_eq!(linked.linked.as_ref().map(|l| (l.bundle, l.version)), Some((bundle(2), 3)));
}

#[tokio::test]
async fn an_own_file_beats_an_include() {
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(
        bundle(1),
        At::Version(1),
        [
            ("unit/u/definition.xml", "<unit><xblock-include source='l' definition='html/h'/></unit>"),
            ("html/h/definition.xml", "<html>own</html>"),
        ],
    );
    bundles.put(bundle(2), At::Version(1), [("html/h/definition.xml", "<html>linked</html>")]);
    bundles.link(bundle(1), At::Version(1), "l", bundle(2), 1);
    let structure = structure(&bundles).await;
    let child = structure.find(&"lb:Org:L:html:h".parse().unwrap()).unwrap();
    assert!(structure.node(child).linked.is_none());
    assert_eq!(codes(&structure), ["duplicate_usage"]);
}

#[tokio::test]
async fn circles_through_two_libraries_end_and_are_told_with_their_path() {
    let bundles = Arc::new(FixedBundles::default());
    for (own, there, id) in [(1, 2, "a"), (2, 1, "b")] {
        let other = if id == "a" { "b" } else { "a" };
        let unit = format!(
            "<unit><xblock-include source='there' definition='unit/{other}'/><xblock-include definition='html/{id}'/></unit>"
        );
        let files = [
            (format!("unit/{id}/definition.xml"), unit),
            (format!("html/{id}/definition.xml"), "<html/>".to_owned()),
        ];
        bundles.put(bundle(own), At::Version(1), files);
        bundles.link(bundle(own), At::Version(1), "there", bundle(there), 1);
    }
    let structure = structure(&bundles).await;
    // The other library's unit is there with its own text, without the way back.
    assert_eq!(tree(&structure), ["html:a []", "html:b-b []", "unit:a [unit:b html:a]", "unit:b [html:b-b]"]);
    assert_eq!(codes(&structure), ["include_cycle"]);
    let message = &structure.problems[0].message;
    assert!(message.ends_with("lb:Org:L:unit:a > lb:Org:L:unit:b > lb:Org:L:unit:b-a"), "{message}");
}

#[tokio::test]
async fn circles_and_depth_end() {
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(
        bundle(1),
        At::Version(1),
        [
            ("unit/a/definition.xml", "<unit><xblock-include definition='unit/b'/></unit>"),
            (
                "unit/b/definition.xml",
                "<unit><xblock-include definition='unit/a'/><xblock-include definition='html/h'/></unit>",
            ),
            (
                "unit/self/definition.xml",
                "<unit><xblock-include definition='unit/self' usage='again'/></unit>",
            ),
            ("unit/far/definition.xml", "<unit><xblock-include source='l' definition='unit/loop'/></unit>"),
            ("html/h/definition.xml", "<html/>"),
        ],
    );
    bundles.put(
        bundle(2),
        At::Version(1),
        [("unit/loop/definition.xml", "<unit><xblock-include definition='unit/loop' usage='x'/></unit>")],
    );
    bundles.link(bundle(1), At::Version(1), "l", bundle(2), 1);
    let structure = structure(&bundles).await;
    assert_eq!(
        tree(&structure),
        [
            "html:h []",
            "unit:a [unit:b]",
            "unit:b [html:h]",
            "unit:far [unit:loop]",
            "unit:loop []",
            "unit:self []",
        ]
    );
    assert_eq!(codes(&structure), ["include_cycle"; 3]);

    let chain = (0..20).map(|n| {
        let next = format!("<unit><xblock-include definition='unit/u{}'/></unit>", n + 1);
        (format!("unit/u{n}/definition.xml"), next)
    });
    bundles.put(bundle(2), At::Version(1), chain);
    bundles.put(
        bundle(1),
        At::Version(1),
        [("unit/top/definition.xml", "<unit><xblock-include source='l' definition='unit/u0'/></unit>")],
    );
    bundles.link(bundle(1), At::Version(1), "l", bundle(2), 1);
    let structure = self::structure(&bundles).await;
    assert_eq!(structure.len(), 1 + 8);
}

#[tokio::test]
async fn what_cannot_be_read_is_left_out_and_reported() {
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(bundle(1), At::Version(1), [
        ("unit/bad/definition.xml", "<unit><xblock-include></unit>"),
        ("unit/gone/definition.xml", "<unit lost='1'/>"),
        ("unit/u/definition.xml", "<unit>\n<xblock-include definition='html/none'/><xblock-include source='x' definition='html/h'/>\
          <xblock-include definition='html'/><xblock-include source='l' definition='html/h'/><xblock-include definition='html/h'/></unit>"),
        ("html/h/definition.xml", "<html/>"),
        ("html/b%d/definition.xml", "<html/>"),
    ]);
    bundles.link(bundle(1), At::Version(1), "l", bundle(9), 1);
    bundles.lose(b"<unit lost='1'/>");
    let structure = structure(&bundles).await;
    let mut found = codes(&structure);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "definition_missing",
            "definition_unreadable",
            "definition_unreadable",
            "include_malformed",
            "invalid_block_id",
            "link_missing",
            "link_not_found",
            "link_not_found",
        ]
    );
    assert!(structure.problems.iter().any(|p| p.code == "definition_missing" && p.line == 2));
    assert!(tree(&structure).contains(&"unit:u [html:h]".to_owned()));
}

#[tokio::test]
async fn reads_do_not_grow_with_the_number_of_blocks() {
    let bundles = Arc::new(FixedBundles::default());
    let mut calls = Vec::new();
    for count in [2, 500] {
        let html = (0..count).map(|n| (format!("html/h{n}/definition.xml"), format!("<html>{n}</html>")));
        let units = (0..count).map(|n| {
            let include = format!("<unit><xblock-include definition='html/h{n}'/></unit>");
            (format!("unit/u{n}/definition.xml"), include)
        });
        bundles.put(bundle(1), At::Version(1), html.chain(units));
        bundles.calls();
        assert_eq!(structure(&bundles).await.len(), 2 * count);
        calls.push(bundles.calls());
    }
    assert_eq!(calls, [3, 3]);
}
