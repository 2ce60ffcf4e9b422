//! Courses: pointers and inline blocks, policies, inheritance, what is left out.

use std::sync::Arc;

use blockstore::At;
use learning_context::{CourseContext, LearningContext, ResolvedAt, Structure};
use serde_json::json;

use crate::support::{FixedBundles, bundle, record, registry};

async fn structure(files: &[(&str, &str)]) -> (Structure, Arc<FixedBundles>) {
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(bundle(1), At::Version(1), files.iter().map(|&(p, b)| (p, b.to_owned())));
    let plugin = CourseContext::new(Arc::clone(&bundles) as Arc<_>, registry());
    let record = record("course-v1:O+C+R", bundle(1), 1, None);
    (plugin.structure(&record, ResolvedAt::Version(1)).await.unwrap(), bundles)
}

/// Returns the blocks in document order, indented, as `type@id`.
fn outline(structure: &Structure) -> Vec<String> {
    let line = |id| {
        let node = structure.node(id);
        let depth = structure.ancestors(id).count();
        let key = node.usage.as_str();
        let name = key.trim_start_matches("block-v1:O+C+R+type@").replace("+block@", "@");
        format!("{}{name}", " ".repeat(depth))
    };
    structure.blocks().map(line).collect()
}

fn codes(structure: &Structure) -> Vec<&'static str> {
    structure.problems.iter().map(|problem| problem.code).collect()
}

#[tokio::test]
async fn pointers_inline_blocks_and_folders_make_one_tree() {
    let (structure, _) = structure(&[
        ("course.xml", "<course url_name='2026' org='O' course='C'/>"),
        ("course/2026.xml", "<course display_name='X'><chapter url_name='one'/><wiki slug='w'/><chapter url_name='two'><sequential url_name='s2'/></chapter><html url_name='loose'/></course>"),
        ("chapter/one.xml", "<chapter><!-- c --><sequential url_name='w1:s1'/></chapter>"),
        ("sequential/w1/s1.xml", "<sequential><vertical url_name='v'><html url_name='h1'/><problem url_name='p' max_attempts='2'><p>x</p></problem><hologram url_name='z' a='1'/></vertical></sequential>"),
        ("sequential/s2.xml", "<sequential><problem url_name='direct'/><library_content max_count='1' url_name='lc'><problem url_name='a'/><problem url_name='b'/></library_content></sequential>"),
        ("html/h1.xml", "<html filename='h1' display_name='H'/>"),
        ("html/h1.html", "<p>body</p>"),
        ("html/loose.xml", "<html>text</html>"),
        ("problem/direct.xml", "<problem/>"),
        ("problem/a.xml", "<problem/>"),
        ("problem/b.xml", "<problem/>"),
    ])
    .await;
    assert_eq!(
        outline(&structure),
        [
            "course@course",
            " chapter@one",
            "  sequential@w1:s1",
            "   vertical@v",
            "    html@h1",
            "    problem@p",
            "    hologram@z",
            " chapter@two",
            "  sequential@s2",
            "   problem@direct",
            "   library_content@lc",
            "    problem@a",
            "    problem@b",
            " html@loose",
        ]
    );
    assert!(structure.problems.is_empty(), "{:?}", structure.problems);
    let html = structure.node(structure.find(&"block-v1:O+C+R+type@html+block@h1".parse().unwrap()).unwrap());
    let paths: Vec<_> = html.source.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["html/h1.xml", "html/h1.html"]);
    let inline = structure.find(&"block-v1:O+C+R+type@problem+block@p".parse().unwrap()).unwrap();
    let inline = structure.node(inline).source.inline.as_ref().unwrap();
    assert_eq!(&*inline.olx, "<problem url_name=\"p\" max_attempts=\"2\"><p>x</p></problem>");
}

#[tokio::test]
async fn explicit_values_of_ancestors_are_inherited() {
    let (structure, _) = structure(&[
        ("course.xml", "<course url_name='R' org='O' course='C' graceperiod='1 day'><chapter url_name='c' max_attempts='5'><sequential url_name='s' format='Exam' graded='true'><vertical url_name='v'><html/></vertical></sequential></chapter></course>"),
        ("policies/R/policy.json", r#"{"course/R": {"showanswer": "never", "start": "2020-01-01T00:00:00Z"}, "chapter/c": {"max_attempts": 3}}"#),
    ])
    .await;
    let inherited = |usage: &str| {
        let node = structure.node(structure.find(&usage.parse().unwrap()).unwrap());
        serde_json::Value::Object((*node.inherited).clone())
    };
    assert_eq!(inherited("block-v1:O+C+R+type@course+block@course"), json!({}));
    let of_course = json!({"graceperiod": "1 day", "showanswer": "never", "start": "2020-01-01T00:00:00Z"});
    assert_eq!(inherited("block-v1:O+C+R+type@chapter+block@c"), of_course);
    let below = inherited("block-v1:O+C+R+type@vertical+block@v");
    assert_eq!(
        (&below["graded"], &below["max_attempts"], &below["showanswer"]),
        (&json!(true), &json!(3), &json!("never"))
    );
    assert_eq!(below.get("format"), None);
}

#[tokio::test]
async fn copies_take_the_settings_of_their_library_instead_of_inheriting() {
    let (structure, _) = structure(&[
        ("course.xml", "<course url_name='R' org='O' course='C' showanswer='never'><chapter url_name='c' max_attempts='5'><library_content url_name='lc'/><library_content url_name='other'><problem url_name='q'>x</problem></library_content><problem url_name='own'>x</problem></chapter></course>"),
        ("library_content/lc.xml", "<library_content max_attempts='7'><vertical url_name='v'><problem url_name='inner'>x</problem></vertical><problem url_name='e9e7' max_attempts='2'>x</problem></library_content>"),
        ("library_content/lc.defaults.json", r#"{
            "e9e7": {"max_attempts": 4, "display_name": "Of the library", "markdown": "[ ]", "data": "<problem/>", "nothing": 1, "original_usage": "x"},
            "inner": {"weight": 2.5}, "own": {"max_attempts": 1}, "odd": 3
        }"#),
        ("library_content/other.defaults.json", "{\n["),
    ])
    .await;
    let inherited = |name: &str| {
        let usage = format!("block-v1:O+C+R+type@{name}").parse().unwrap();
        serde_json::Value::Object((*structure.node(structure.find(&usage).unwrap()).inherited).clone())
    };
    let of_chapter = json!({"showanswer": "never", "max_attempts": 5});
    assert_eq!(inherited("library_content+block@lc"), of_chapter);
    assert_eq!(inherited("problem+block@own"), of_chapter);
    assert_eq!(inherited("vertical+block@v"), json!({}));
    assert_eq!(inherited("problem+block@e9e7"), json!({"max_attempts": 4, "display_name": "Of the library"}));
    assert_eq!(inherited("problem+block@inner"), json!({"weight": 2.5}));
    assert_eq!(inherited("problem+block@q"), json!({}));
    let problem = &structure.problems[0];
    assert_eq!(codes(&structure), ["defaults_invalid"]);
    assert_eq!((problem.file.as_deref(), problem.line), (Some("library_content/other.defaults.json"), 2));
}

#[tokio::test]
async fn bad_children_are_left_out_with_their_place() {
    let (structure, _) = structure(&[
        ("course.xml", "<course url_name='R' org='O' course='C'>\n<chapter url_name='broken'/>\n<chapter url_name='none'/>\n<chapter url_name='ok'>\n<vertical url_name='v'><html url_name='h'/></vertical><vertical url_name='v'><html url_name='other'>x</html></vertical>\n<vertical url_name='w'><html url_name='h'/><html url_name='h'>different</html><html url_name='a b'>s</html></vertical></chapter></course>"),
        ("chapter/broken.xml", "<chapter>\n<sequential></chapter>"),
        ("html/h.xml", "<html>shared</html>"),
        ("policies/R/policy.json", "{\n  broken"),
    ])
    .await;
    let found: Vec<_> =
        structure.problems.iter().map(|p| (p.code, p.file.as_deref().unwrap(), p.line)).collect();
    assert_eq!(
        found,
        [
            ("policy_invalid", "policies/R/policy.json", 2),
            ("olx_malformed", "chapter/broken.xml", 2),
            ("missing_file", "course.xml", 3),
            ("duplicate_usage", "course.xml", 5),
            ("duplicate_usage", "course.xml", 6),
            ("invalid_block_id", "course.xml", 6),
        ]
    );
    let w = structure.find(&"block-v1:O+C+R+type@vertical+block@w".parse().unwrap()).unwrap();
    let children: Vec<_> =
        structure.node(w).children.iter().map(|&c| structure.node(c).usage.block_id().to_owned()).collect();
    assert_eq!(children.len(), 2);
    assert_eq!(children[0], "h");
    assert!(children[1].starts_with("html_") && children[1].len() == 5 + 12, "{children:?}");
}

#[tokio::test]
async fn a_name_alone_points_only_where_files_of_the_type_are() {
    let course = "<course url_name='R'><vertical url_name='v'><video url_name='a'/><html url_name='a'/></vertical><vertical url_name='w'/></course>";
    let (structure, _) = structure(&[("course.xml", course), ("html/b.xml", "<html/>")]).await;
    assert_eq!(outline(&structure), ["course@course", " vertical@v", "  video@a"]);
    assert_eq!(codes(&structure), ["missing_file", "empty_block", "missing_file"]);
}

#[tokio::test]
async fn unnamed_blocks_keep_their_id_while_their_content_does() {
    let course = |extra: &str| {
        format!(
            "<course url_name='R' org='O' course='C'><vertical url_name='v'>{extra}<html>a</html><html>a</html></vertical></course>"
        )
    };
    let ids = |structure: &Structure| {
        let ids =
            structure.nodes().filter(|n| &**n.block_type() == "html").map(|n| n.usage.block_id().to_owned());
        ids.collect::<Vec<_>>()
    };
    let (plain, _) = structure(&[("course.xml", &course(""))]).await;
    let (more, _) = structure(&[("course.xml", &course("<html>new</html>"))]).await;
    let (plain, more) = (ids(&plain), ids(&more));
    assert_eq!(plain[1], format!("{}_2", plain[0]));
    assert_eq!(more[1..], plain[..]);
}

#[tokio::test]
async fn hostile_trees_end() {
    let deep =
        format!("<course url_name='R'>{}{}</course>", "<vertical>".repeat(100), "</vertical>".repeat(100));
    let (structure, _) = structure(&[("course.xml", &deep)]).await;
    assert_eq!(structure.len(), 25);
    assert_eq!(codes(&structure), ["include_too_deep"]);

    let (structure, _) = self::structure(&[
        ("course.xml", "<course url_name='R'><chapter url_name='c'/></course>"),
        ("chapter/c.xml", "<chapter><chapter url_name='c'/><xblock-include definition='html/h'/></chapter>"),
        ("html/h.xml", "<html/>"),
    ])
    .await;
    assert_eq!(outline(&structure), ["course@course", " chapter@c", "  html@h"]);
    assert_eq!(codes(&structure), ["duplicate_usage"]);

    let (structure, _) = self::structure(&[]).await;
    assert!(structure.is_empty());
    assert_eq!(codes(&structure), ["missing_file"]);
}

#[tokio::test]
async fn a_container_of_the_2012_layout_reads_its_body() {
    let (structure, _) = structure(&[
        ("course.xml", "<course url_name='R'><chapter url_name='c'><sequential url_name='s' filename='week1' format='Lab'/></chapter></course>"),
        ("sequential/week1.xml", "<sequential due='2020-01-01T00:00:00Z'><html url_name='x'>t</html></sequential>"),
    ])
    .await;
    assert_eq!(outline(&structure), ["course@course", " chapter@c", "  sequential@s", "   html@x"]);
    let html = structure.node(structure.find(&"block-v1:O+C+R+type@html+block@x".parse().unwrap()).unwrap());
    assert_eq!(html.inherited["due"], json!("2020-01-01T00:00:00Z"));
}

#[tokio::test]
async fn reads_do_not_grow_with_the_number_of_blocks() {
    let mut calls = Vec::new();
    for count in [1, 300] {
        let mut files = vec![
            ("course.xml".to_owned(), "<course url_name='R' org='O' course='C'/>".to_owned()),
            ("policies/R/policy.json".to_owned(), "{}".to_owned()),
        ];
        let verticals: String = (0..count).map(|n| format!("<vertical url_name='v{n}'/>")).collect();
        files.push(("course/R.xml".to_owned(), format!("<course>{verticals}</course>")));
        for n in 0..count {
            files.push((
                format!("vertical/v{n}.xml"),
                format!("<vertical><html url_name='h{n}'/></vertical>"),
            ));
            files.push((format!("html/h{n}.xml"), format!("<html>{n}</html>")));
        }
        let files: Vec<_> = files.iter().map(|(p, b)| (p.as_str(), b.as_str())).collect();
        let (structure, bundles) = structure(&files).await;
        assert_eq!(structure.len(), 1 + 2 * count);
        calls.push(bundles.calls());
    }
    assert_eq!(calls, [6, 6]);
}
