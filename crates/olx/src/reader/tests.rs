use super::*;

fn parse(text: &str) -> Result<Document, OlxError> {
    super::parse(text, &Limits::default(), false)
}

fn without_blank(text: &str) -> String {
    super::parse(text, &Limits::default(), true).unwrap().root.outer_xml()
}

#[track_caller]
fn assert_refused(text: &str, code: &str, line: u32, column: u32) {
    let error = parse(text).unwrap_err();
    assert_eq!((error.code, error.line, error.column), (code, line, column), "{error}");
}

#[test]
fn keeps_order_cdata_comments_and_positions() {
    let text = "<?xml version='1.0'?>\n<!--a--><p  b = \"1\" a='2'>x &lt;<![CDATA[<q>]]><!-- c -->y<?pi z?>\n <b/></p><!--z-->\n";
    let document = parse(text).unwrap();
    assert_eq!(document.before, [Node::Comment("a".to_owned())]);
    assert_eq!(document.after, [Node::Comment("z".to_owned())]);
    let root = &document.root;
    assert_eq!((root.position.line, root.position.column), (2, 9));
    let names: Vec<_> = root.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    assert_eq!(root.children[0], Node::Text("x <".to_owned()));
    assert_eq!(root.children[1], Node::CData("<q>".to_owned()));
    let b = root.find("b").unwrap();
    assert_eq!((b.position.line, b.position.column, &text[b.position.offset..][..4]), (3, 2, "<b/>"));
}

#[test]
fn decodes_references_and_normalises_white_space() {
    let root = parse("<a b='1&#10;2\n3\t4\r\n5&amp;&#x41;&quot;'>x\r\ny\rz&#13;&apos;</a>").unwrap().root;
    assert_eq!(root.attr("b"), Some("1\n2 3 4 5&A\""));
    assert_eq!(root.text(), "x\ny\nz\r'");
}

#[test]
fn counts_columns_in_characters() {
    assert_refused("<a>\n  éé<b></c></a>", codes::MALFORMED, 2, 8);
}

#[test]
fn refuses_what_the_reference_refuses() {
    for (text, code, line, column) in [
        ("", codes::MALFORMED, 1, 1),
        ("  \n ", codes::MALFORMED, 2, 2),
        ("text", codes::MALFORMED, 1, 1),
        ("<a>\n<b>\n</a>", codes::MALFORMED, 3, 1),
        ("<a><b></b>", codes::MALFORMED, 1, 1),
        ("</a>", codes::MALFORMED, 1, 1),
        ("<a/><b/>", codes::MALFORMED, 1, 5),
        ("<a/>x", codes::MALFORMED, 1, 5),
        ("<a/><![CDATA[x]]>", codes::MALFORMED, 1, 5),
        ("<a>&nbsp;</a>", codes::UNDEFINED_ENTITY, 1, 4),
        ("<a b='x&nbsp;'/>", codes::UNDEFINED_ENTITY, 1, 8),
        ("<a>&#0;</a>", codes::MALFORMED, 1, 4),
        ("<a>&#+65;</a>", codes::MALFORMED, 1, 4),
        ("<a>&#xD800;</a>", codes::MALFORMED, 1, 4),
        ("<a>x & y</a>", codes::MALFORMED, 1, 6),
        ("<a>]]></a>", codes::MALFORMED, 1, 4),
        ("<a>x < y</a>", codes::MALFORMED, 1, 6),
        ("<a b=1/>", codes::MALFORMED, 1, 4),
        ("<a b/>", codes::MALFORMED, 1, 4),
        ("<a b='<'/>", codes::MALFORMED, 1, 7),
        ("<a b='1'c='2'/>", codes::MALFORMED, 1, 9),
        ("<a b='1' b='2'/>", codes::DUPLICATE_ATTRIBUTE, 1, 1),
        ("<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>", codes::DUPLICATE_ATTRIBUTE, 1, 1),
        ("<p:a/>", codes::UNBOUND_PREFIX, 1, 1),
        ("<a p:b='1'/>", codes::UNBOUND_PREFIX, 1, 1),
        ("<a><!-- x -- y --></a>", codes::MALFORMED, 1, 11),
        ("<a>\u{1}</a>", codes::MALFORMED, 1, 4),
        ("<!DOCTYPE a><a/>", codes::DOCTYPE, 1, 1),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", codes::DOCTYPE, 1, 1),
        ("<?xml version='1.0' encoding='latin-1'?><a/>", codes::ENCODING, 1, 1),
        (" <?xml version='1.0'?><a/>", codes::MALFORMED, 1, 2),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!((error.code, error.line, error.column), (code, line, column), "{text:?}: {error}");
    }
}

#[test]
fn refuses_bytes_that_are_not_utf8_and_skips_a_byte_order_mark() {
    let error = Document::parse_bytes(b"<a>\n \xFF</a>", &Limits::default()).unwrap_err();
    assert_eq!((error.code, error.line, error.column), (codes::ENCODING, 2, 2));
    assert!(Document::parse_bytes(b"\xEF\xBB\xBF<a/>", &Limits::default()).is_ok());
}

#[test]
fn every_limit_has_its_own_code() {
    let limits = Limits { bytes: 200, depth: 3, attributes: 2, text: 8, nodes: 6 };
    for (text, code) in [
        (" ".repeat(201), codes::TOO_LARGE),
        ("<a><a><a><a/></a></a></a>".to_owned(), codes::TOO_DEEP),
        ("<a b='' c='' d=''/>".to_owned(), codes::TOO_MANY_ATTRIBUTES),
        ("<a>123&lt;5678</a>".to_owned(), "fits"),
        ("<a>1234&lt;56789</a>".to_owned(), codes::TEXT_TOO_LONG),
        ("<a><!--123456789--></a>".to_owned(), codes::TEXT_TOO_LONG),
        ("<a><b/><b/><b/><b/><b/><b/></a>".to_owned(), codes::TOO_MANY_NODES),
    ] {
        let result = super::parse(&text, &limits, false);
        assert_eq!(result.map_or_else(|error| error.code, |_| "fits"), code, "{text}");
    }
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    let text = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert_refused(&text, codes::TOO_DEEP, 1, 385);
}

#[test]
fn drops_indentation_only() {
    assert_eq!(without_blank("<a>\n  <b/>\n  <!-- c -->\n</a>"), "<a><b/><!-- c --></a>");
    assert_eq!(without_blank("<a>\n  <b> </b>\n</a>"), "<a><b> </b></a>");
    assert_eq!(without_blank("<a>x\n  <b/>\n <c/></a>"), "<a>x\n  <b/>\n <c/></a>");
    assert_eq!(without_blank("<a>\n  <b/>\n x <c/>\n </a>"), "<a><b/>\n x <c/></a>");
    assert_eq!(without_blank("<a>&#32;<b/></a>"), "<a> <b/></a>");
    assert_eq!(
        without_blank("<a xml:space='preserve'> <b> <c/></b></a>"),
        "<a xml:space=\"preserve\"> <b> <c/></b></a>"
    );
}
