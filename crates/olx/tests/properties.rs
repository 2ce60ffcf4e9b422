//! Properties of the reader and the writer over generated trees and texts.

use olx::{Attribute, Document, Element, Limits, Node};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_é][a-zA-Z0-9_.é-]{0,6}"
}

fn text() -> impl Strategy<Value = String> {
    "[a-z <>&\"'\\]\n\t\r\u{e9}\u{1F600}]{1,12}"
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    prop::collection::btree_map(name(), text(), 0..4).prop_map(|map| {
        let named = map.into_iter().filter(|(name, _)| name != "xmlns");
        named.map(|(name, value)| Attribute { name, value }).collect()
    })
}

fn build(name: String, attributes: Vec<Attribute>, children: Vec<Node>) -> Element {
    let mut element = Element::new(name);
    element.attributes = attributes;
    element.children = children;
    element
}

fn element() -> impl Strategy<Value = Element> {
    let leaf = (name(), attributes()).prop_map(|(name, attributes)| build(name, attributes, Vec::new()));
    leaf.prop_recursive(5, 40, 6, |inner| {
        let node = prop_oneof![
            3 => inner.prop_map(Node::Element),
            3 => text().prop_map(Node::Text),
            1 => "[a-z<>& ]{1,8}".prop_map(Node::CData),
            1 => "[a-z<>& ]{0,8}".prop_map(Node::Comment),
            1 => "[a-z]{1,4} [a-z<&]{1,4}".prop_filter("reserved", |pi| !pi.starts_with("xml ")).prop_map(Node::Pi),
        ];
        (name(), attributes(), prop::collection::vec(node, 0..6)).prop_map(|(name, attributes, mut children)| {
            // Two texts in a row are one text once they are printed.
            children.dedup_by(|b, a| matches!((b, a), (Node::Text(_), Node::Text(_))));
            build(name, attributes, children)
        })
    })
}

/// Compares a tree with that of another parser, ignoring what that one does not keep apart.
fn same(ours: &Element, theirs: roxmltree::Node<'_, '_>) -> bool {
    let attributes: Vec<_> = theirs.attributes().map(|a| (a.name(), a.value())).collect();
    let our_attributes: Vec<_> =
        ours.attributes.iter().map(|a| (a.name.as_str(), a.value.as_str())).collect();
    let children: Vec<_> = theirs.children().filter(|node| node.is_element()).collect();
    let our_children: Vec<_> = ours.child_elements().collect();
    let text: String =
        theirs.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
    ours.name == theirs.tag_name().name()
        && attributes == our_attributes
        && text == ours.text_content()
        && children.len() == our_children.len()
        && our_children.iter().zip(children).all(|(ours, theirs)| same(ours, theirs))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_and_parsing_gives_the_same_tree(tree in element()) {
        let printed = tree.outer_xml();
        let parsed = Document::parse(&printed, &Limits::default()).unwrap();
        prop_assert_eq!(parsed.root, tree);
    }

    #[test]
    fn pretty_printing_changes_indentation_only(tree in element()) {
        let parse = |text: &str| Document::parse_without_blank_text(text, &Limits::default()).unwrap().root;
        let tree = parse(&tree.outer_xml());
        prop_assert_eq!(parse(&tree.pretty_xml()), tree);
    }

    #[test]
    fn agrees_with_another_parser(tree in element()) {
        let printed = tree.outer_xml();
        let ours = Document::parse(&printed, &Limits::default()).unwrap();
        let theirs = roxmltree::Document::parse(&printed).unwrap();
        prop_assert!(same(&ours.root, theirs.root_element()), "{}", printed);
    }

    #[test]
    fn accepts_no_document_that_another_parser_refuses(text in "(<a>|</a>|<b c='|'/>|&lt;|&|;|#65|<!--|-->|<!\\[CDATA\\[|\\]\\]>|x|<|>|\"| |<\\?p |\\?>){0,12}") {
        let wrapped = format!("<r>{text}</r>");
        let ours = Document::parse(&wrapped, &Limits::default());
        let theirs = roxmltree::Document::parse(&wrapped);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{} {:?} {:?}", wrapped, ours.err(), theirs.err());
    }

    #[test]
    fn never_panics(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Document::parse(&text, &Limits::default());
        let _ = Document::parse_bytes(&bytes, &Limits::default());
    }

    #[test]
    fn never_panics_on_markup(text in "[<>/!?&;'\"= a\\-\\[\\]CDATA\n\u{e9}]{0,40}") {
        let _ = Document::parse(&text, &Limits::default());
        let _ = Document::parse(&format!("<a>{text}</a>"), &Limits::default());
    }
}
