//! What the tests show: a library with drafts and two versions, and a course that uses it.

use crate::app::TestApp;

pub(crate) const LIBRARY: &str = "lib:Org1:lib1";
pub(crate) const INTRO: &str = "lb:Org1:lib1:html:intro";
pub(crate) const P1: &str = "lb:Org1:lib1:problem:p1";
pub(crate) const UNIT: &str = "lb:Org1:lib1:unit:u1";
pub(crate) const COURSE: &str = "course-v1:Org1+C1+2026";

/// A library nobody was let into.
pub(crate) const PRIVATE: &str = "lib:Org1:closed";
pub(crate) const PRIVATE_INTRO: &str = "lb:Org1:closed:html:intro";

/// The course block of a type and name.
pub(crate) fn block(block_type: &str, id: &str) -> String {
    format!("block-v1:Org1+C1+2026+type@{block_type}+block@{id}")
}

/// The OLX of a problem with one question, answered right with `choice_1`.
pub(crate) fn choice(attributes: &str) -> String {
    format!(
        "<problem {attributes}><multiplechoiceresponse><label>Pick one</label>\
         <choicegroup type=\"MultipleChoice\"><choice correct=\"false\">Wrong</choice>\
         <choice correct=\"true\">Right</choice></choicegroup></multiplechoiceresponse></problem>"
    )
}

/// Publishes the library (versions 1 and 2, with a draft on top), the private library and the course.
pub(crate) async fn fill(app: &TestApp) {
    let intro = |text: &str| format!("<html display_name=\"Intro\"><![CDATA[<p>{text}</p>]]></html>");
    let p1 = choice("display_name=\"Pick one\" max_attempts=\"2\"");
    let p2 = choice("display_name=\"Pick two\"");
    let unit = "<unit display_name=\"Unit one\"><xblock-include definition=\"problem/p1\"/></unit>";
    let picture = "<html display_name=\"Picture\"><![CDATA[<img src=\"/static/a b.svg\" alt=\"A\"/>\
                   <img src=\"/static/gone.svg\" alt=\"\"/>]]></html>";
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let library = [
        ("html/intro/definition.xml", &*intro("Old")),
        ("problem/p1/definition.xml", &p1),
        ("problem/p2/definition.xml", &p2),
        ("problem/p3/definition.xml", &p2),
        ("problem/p4/definition.xml", &p2),
        ("unit/u1/definition.xml", unit),
        ("html/picture/definition.xml", picture),
        ("html/picture/static/a b.svg", svg),
    ];
    let bundle = app.context(LIBRARY, true, &library).await;
    app.write(bundle, &[("html/intro/definition.xml", &intro("Hello"))]).await;
    assert_eq!(app.publish(bundle).await, 2);
    app.write(bundle, &[("html/intro/definition.xml", &intro("Draft"))]).await;
    app.context(PRIVATE, false, &[("html/intro/definition.xml", &intro("Secret"))]).await;

    let fixed = "<vertical display_name=\"Fixed\"><html url_name=\"words\"><p>Words</p></html>\
        <lib_ref url_name=\"chosen\" library_key=\"lib:Org1:lib1\" library_version=\"1\" \
        blocks='[\"html:intro\", \"problem:p1\"]' field_overrides='{\"max_attempts\": 7, \"no_such\": 1}' \
        block_field_overrides='{\"lb:Org1:lib1:html:intro\": {\"display_name\": \"Renamed\"}}'/>\
        <lib_ref url_name=\"lost\" library_key=\"lib:Org1:nowhere\" library_version=\"1\" blocks='[\"html:x\"]'/>\
        </vertical>";
    let random = "<vertical display_name=\"Random\"><random_lib_ref url_name=\"drawn\" \
        library_key=\"lib:Org1:lib1\" library_version=\"1\" count=\"2\" block_types='[\"problem\"]'/></vertical>";
    let course = [
        ("course.xml", "<course url_name=\"2026\" org=\"Org1\" course=\"C1\"/>"),
        (
            "course/2026.xml",
            "<course display_name=\"Course\"><chapter url_name=\"ch\" display_name=\"Chapter\">\
             <sequential url_name=\"sq\" display_name=\"Sequence\"><vertical url_name=\"fixed\"/>\
             <vertical url_name=\"random\"/></sequential></chapter></course>",
        ),
        ("vertical/fixed.xml", fixed),
        ("vertical/random.xml", random),
    ];
    app.context(COURSE, false, &course).await;
}
