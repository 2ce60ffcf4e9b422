use std::collections::BTreeMap;

use olx::{Document, Element, Limits, codes};
use serde_json::{Value, json};
use xblock::{Authored, Fields, NoFiles};

use super::{Mode, Serialized, Source, Stored, is_pointer, pointer_path};
use crate::decl;

fn parse(text: &str) -> Element {
    Document::parse(text, &Limits::default()).unwrap().root
}

fn read_with(
    mode: Mode,
    text: &str,
    files: &BTreeMap<String, String>,
    policy: Option<&Fields>,
) -> Result<Authored, olx::OlxError> {
    let element = parse(text);
    let decl = decl::find(&element.name).unwrap();
    super::read(decl, &Source { mode, element: &element, url_name: Some("b1"), path: None, files, policy })
}

fn read(mode: Mode, text: &str) -> Authored {
    read_with(mode, text, &BTreeMap::new(), None).unwrap()
}

fn refuse(mode: Mode, text: &str) -> &'static str {
    read_with(mode, text, &BTreeMap::new(), None).unwrap_err().code
}

fn write(mode: Mode, block_type: &str, fields: &Value, children: &[Element]) -> Serialized {
    let fields = fields.as_object().unwrap();
    let stored = Stored { mode, fields, url_name: Some("b1"), children };
    super::write(decl::find(block_type).unwrap(), &stored).unwrap()
}

fn written(mode: Mode, block_type: &str, fields: &Value) -> String {
    write(mode, block_type, fields, &[]).element.outer_xml()
}

#[test]
fn html_keeps_its_markup_and_types_its_attributes_by_mode() {
    let olx = "<html display_name='3' use_latex_compiler='True' odd='1'>&lt;b&gt; <i>a &amp; b</i><![CDATA[<u>]]></html>";
    let v2 = read(Mode::V2, olx);
    assert_eq!(v2.fields["data"], "<b> <i>a &amp; b</i>&lt;u&gt;");
    assert_eq!((&v2.fields["display_name"], &v2.fields["use_latex_compiler"]), (&json!("3"), &json!(true)));
    assert_eq!(v2.problems[0].code, "unknown_attribute");
    let v1 = read(Mode::V1, olx);
    assert_eq!(v1.fields["use_latex_compiler"], "True");
    assert_eq!(v1.fields["xml_attributes"], json!({"odd": "1", "filename": ["", null]}));
    assert!(v1.problems.is_empty());
}

#[test]
fn html_is_written_as_one_section_with_its_name() {
    let fields = json!({"data": "<p>]]></p>", "name": "n", "editor": "raw", "use_latex_compiler": false});
    let expected = "<html display_name=\"Text\" editor=\"raw\"><![CDATA[<p>]]&gt;</p>]]></html>";
    assert_eq!(written(Mode::V2, "html", &fields), expected);
    assert_eq!(written(Mode::V2, "html", &json!({"display_name": ""})), "<html><![CDATA[]]></html>");
}

#[test]
fn html_bodies_come_from_the_file_the_block_names() {
    let files = BTreeMap::from([
        ("html/sub/body.html".to_owned(), "<p>a<br>b".to_owned()),
        ("old/body2.html".to_owned(), "old".to_owned()),
    ]);
    let element = parse("<html filename='body'/>");
    let source = |element| Source {
        mode: Mode::V1,
        element,
        url_name: Some("sub:b1"),
        path: None,
        files: &files,
        policy: None,
    };
    let authored = super::read(&decl::html::DECL, &source(&element)).unwrap();
    assert_eq!(authored.fields["data"], "<p>a<br>b");
    let missing = parse("<html filename='nothing'/>");
    let error = super::read(&decl::html::DECL, &source(&missing)).unwrap_err();
    assert_eq!((error.code, error.message.contains("html/sub/nothing.html")), (codes::MISSING_FILE, true));
    let moved = parse("<html filename='old/body2'/>");
    assert_eq!(super::read(&decl::html::DECL, &source(&moved)).unwrap().fields["data"], "old");
}

#[test]
fn course_html_is_written_as_two_files() {
    let Serialized { element, files } =
        write(Mode::V1, "html", &json!({"data": "<p>", "display_name": "N"}), &[]);
    assert_eq!(element.outer_xml(), "<html url_name=\"b1\"/>");
    let expected = [
        ("html/b1.html".to_owned(), "<p>".to_owned()),
        ("html/b1.xml".to_owned(), "<html display_name=\"N\" filename=\"b1\"/>\n".to_owned()),
    ];
    assert_eq!(files, expected);
}

#[test]
fn problems_keep_their_element_and_convert_their_settings() {
    let olx =
        "<problem max_attempts='3' weight='2' odd='1'><p>x</p><script><![CDATA[a < 1]]></script></problem>";
    let v2 = read(Mode::V2, olx);
    let data = v2.fields["data"].as_str().unwrap();
    assert!(data.starts_with("<problem max_attempts=\"3\" weight=\"2\" odd=\"1\">\n  <p>x</p>\n"), "{data}");
    assert!(data.ends_with("<script>a &lt; 1</script>\n</problem>\n"), "{data}");
    assert_eq!((&v2.fields["max_attempts"], &v2.fields["weight"]), (&json!(3), &json!(2.0)));
    let v1 = read(Mode::V1, olx);
    assert!(v1.fields["data"].as_str().unwrap().starts_with("<problem odd=\"1\">"));
    assert_eq!(refuse(Mode::V2, "<problem max_attempts='many'/>"), codes::FIELD);
    assert_eq!(refuse(Mode::V1, "<problem max_attempts='many'/>"), codes::FIELD);
}

#[test]
fn problems_are_written_with_what_is_set_now() {
    let data = "<problem max_attempts=\"9\"><p>x</p></problem>";
    let fields = json!({"data": data, "max_attempts": 3, "markdown": null, "xml_attributes": {"odd": "1", "filename": 1}});
    let expected = "<problem markdown=\"null\" max_attempts=\"3\" odd=\"1\"><p>x</p></problem>";
    assert_eq!(written(Mode::V2, "problem", &fields), expected);
    assert_eq!(written(Mode::V2, "problem", &json!({})), "<problem/>");
    let broken = json!({"data": "<problem>"});
    let stored =
        Stored { mode: Mode::V2, fields: broken.as_object().unwrap(), url_name: None, children: &[] };
    assert!(super::write(&decl::problem::DECL, &stored).is_err());
}

#[test]
fn policies_win_over_metadata_and_attributes() {
    let policy = json!({"display_name": "P", "odd": [1]});
    let olx = "<problem display_name='A' max_attempts='1'><meta>{\"display_name\": \"M\", \"max_attempts\": 2}</meta></problem>";
    let authored = read_with(Mode::V1, olx, &BTreeMap::new(), policy.as_object()).unwrap();
    assert_eq!(
        (&authored.fields["display_name"], &authored.fields["max_attempts"]),
        (&json!("P"), &json!(2))
    );
    assert_eq!(authored.fields["xml_attributes"]["odd"], json!([1]));
    assert!(!authored.fields["data"].as_str().unwrap().contains("meta"));
}

#[test]
fn old_courses_name_the_file_of_a_definition() {
    let files = BTreeMap::from([(
        "problem/q.xml".to_owned(),
        "<problem weight='2'>\n <p>x</p>\n</problem>".to_owned(),
    )]);
    let authored = read_with(Mode::V1, "<problem filename='q' weight='3'/>", &files, None).unwrap();
    assert_eq!(authored.fields["data"], "<problem filename=\"q\">\n  <p>x</p>\n</problem>\n");
    assert_eq!(authored.fields["weight"], json!(3.0));
    assert_eq!(refuse(Mode::V1, "<problem filename='q'/>"), codes::MISSING_FILE);
}

#[test]
fn videos_read_children_and_attributes_alike() {
    let olx = "<video from='00:00:05' show_captions='False' transcripts='{\"de\": \"d.srt\"}' odd='1'>\
        <source src='a.mp4'/><source src='b.webm'/><track src='t.srt'/><transcript language='uk' src='u.srt'/></video>";
    let video = read(Mode::V2, olx).fields;
    let expected = json!({
        "html5_sources": ["a.mp4", "b.webm"], "track": "t.srt", "transcripts": {"de": "d.srt"}, "download_track": true,
        "start_time": "00:00:05", "show_captions": false, "xml_attributes": {"odd": "1"},
    });
    assert_eq!(Value::Object(video), expected);
    assert_eq!(refuse(Mode::V2, "<video start_time='90'/>"), codes::FIELD);
}

#[test]
fn videos_read_their_youtube_ids_by_speed() {
    let ids = |olx: &str| Value::Object(read(Mode::V2, olx).fields);
    assert_eq!(
        ids("<video youtube='0.75:a,1.0:\"b\",bad,x:y,2:z'/>"),
        json!({"youtube_id_0_75": "a", "youtube_id_1_0": "b"})
    );
    assert_eq!(ids("<video youtube=''/>"), json!({}));
    let blank = ids("<video youtube='1.50:d'><source src='s'/></video>");
    assert_eq!((&blank["youtube_id_1_0"], &blank["youtube_id_1_5"]), (&json!(""), &json!("d")));
}

#[test]
fn videos_are_written_with_children() {
    let fields = json!({"youtube_id_1_0": "", "html5_sources": ["a.mp4"], "handout": "h.pdf", "sub": "s",
        "transcripts": {"uk": "u.srt", "en": "e.srt"}, "speed": 2.0, "license": "all"});
    let expected = "<video sub=\"\" transcripts=\"{&quot;en&quot;: &quot;e.srt&quot;, &quot;uk&quot;: &quot;u.srt&quot;}\" \
        license=\"all\" handout=\"h.pdf\" html5_sources=\"[&quot;a.mp4&quot;]\" youtube_id_1_0=\"\"><source src=\"a.mp4\"/>\
        <handout src=\"h.pdf\"/><transcript language=\"en\" src=\"e.srt\"/><transcript language=\"uk\" src=\"u.srt\"/></video>";
    assert_eq!(written(Mode::V2, "video", &fields), expected);
    assert_eq!(written(Mode::V2, "video", &json!({})), "<video youtube=\"1.00:3_yD_cEKoCk\"/>");
}

#[test]
fn units_type_attributes_as_yaml_and_keep_their_children() {
    let olx = "<unit tags='[a, b]' xblock-family='xblock.v1' xmlns:option='http://code.edx.org/xblock/option'>text\
        <option:display_name>O</option:display_name><xblock-include definition='html/h'/><aside xblock-family='xblock_asides.v1'/>\
        <!-- c --><html/></unit>";
    for mode in [Mode::V2, Mode::V1, Mode::XBlock] {
        let unit = read(mode, olx);
        assert_eq!(Value::Object(unit.fields), json!({"display_name": "O", "tags": ["a", "b"]}));
        let children: Vec<_> = unit.children.iter().map(|child| child.element.name.as_str()).collect();
        assert_eq!(children, ["xblock-include", "html"]);
    }
    let include = parse("<xblock-include definition='html/h'/>");
    let unit = write(Mode::V2, "unit", &json!({"tags": ["a"], "display_name": null}), &[include]);
    let expected = "<unit xblock-family=\"xblock.v1\" tags=\"[&#10;  &quot;a&quot;&#10;]\">\n  \
        <option:display_name xmlns:option=\"http://code.edx.org/xblock/option\" none=\"true\"/>\n  \
        <xblock-include definition=\"html/h\"/>\n</unit>\n";
    assert_eq!(unit.element.pretty_xml(), expected);
    assert_eq!(super::plain_document(&unit.element).matches("xmlns:option").count(), 1);
}

#[test]
fn types_without_children_refuse_them() {
    assert_eq!(refuse(Mode::V2, "<pdf><html/></pdf>"), codes::CONTENT);
    assert_eq!(
        refuse(Mode::XBlock, "<html xmlns:o='http://code.edx.org/xblock/option'><o:tags/></html>"),
        codes::FIELD
    );
}

#[test]
fn containers_of_courses_ignore_what_their_fields_refuse() {
    let vertical = read(
        Mode::V1,
        "<vertical due='soon' relative_weeks_due='3' position='2' course='c'><html url_name='h'/></vertical>",
    );
    assert_eq!(vertical.fields.get("due"), None);
    assert_eq!(vertical.fields["relative_weeks_due"], 3);
    assert_eq!(vertical.fields.get("position"), None);
    assert_eq!((vertical.problems.len(), vertical.problems[0].code), (1, "bad_field_value"));
    assert_eq!(vertical.children.len(), 1);
}

#[test]
fn references_read_json_attributes_in_both_modes() {
    let olx = "<random_lib_ref library_key='lib:O:L' library_version='5' count='2' blocks='[\"problem:a\"]' \
        field_overrides='{\"max_attempts\": 3}' odd='x'/>";
    for mode in [Mode::V1, Mode::V2] {
        let fields = read(mode, olx).fields;
        assert_eq!(fields["field_overrides"], json!({"max_attempts": 3}));
        assert_eq!((&fields["count"], &fields["blocks"]), (&json!(2), &json!(["problem:a"])));
        assert_eq!(fields["xml_attributes"]["odd"], "x");
        let again = written(mode, "random_lib_ref", &Value::Object(fields));
        assert!(mode == Mode::V1 || again.contains("odd=\"x\""), "{again}");
    }
}

#[test]
fn pointers_have_a_name_and_nothing_else() {
    for (olx, expected) in [
        ("<html url_name='a'/>", true),
        ("<html url_name='a'> <!-- c --> </html>", true),
        ("<html url_name='a' display_name='b'/>", false),
        ("<html url_name='a'>t</html>", false),
        ("<html url_name='a'><p/></html>", false),
        ("<course url_name='a' org='o' course='c'/>", true),
        ("<course url_name='a'/>", false),
    ] {
        assert_eq!(is_pointer(&parse(olx)), expected, "{olx}");
    }
    assert_eq!(pointer_path(&parse("<html url_name='dir:a'/>")), "html/dir/a.xml");
}

#[test]
fn what_was_written_is_read_again() {
    for (block_type, fields) in [
        ("html", json!({"data": "<p>a]]b</p>", "display_name": "N", "editor": "raw"})),
        ("video", json!({"youtube_id_1_0": "y", "display_name": "V", "transcripts": {"de": "d.srt"}})),
        ("vertical", json!({"display_name": "V", "due": "2015-01-02T03:04:05Z"})),
        (
            "lib_ref",
            json!({"library_key": "lib:O:L", "blocks": ["html:a"], "field_overrides": {"weight": 1.5}}),
        ),
        ("itembank", json!({"max_count": 2})),
    ] {
        let decl = decl::find(block_type).unwrap();
        let element = write(Mode::V2, block_type, &fields, &[]).element;
        let element = parse(&element.pretty_xml());
        let source = Source {
            mode: Mode::V2,
            element: &element,
            url_name: None,
            path: None,
            files: &NoFiles,
            policy: None,
        };
        assert_eq!(
            Value::Object(super::read(decl, &source).unwrap().fields),
            fields,
            "{}",
            element.outer_xml()
        );
    }
}
