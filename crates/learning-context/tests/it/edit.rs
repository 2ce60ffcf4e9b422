//! Changing the OLX of drafts: what is written where, and what stays as it was.

use std::{collections::BTreeMap, sync::Arc};

use blockstore::{At, Change};
use learning_context::{
    CourseContext, Edit, EditError, LearningContext, LibraryContext, NodeId, ResolvedAt, Structure,
};
use olx::{Document, Element, Limits};

use crate::support::{FixedBundles, bundle, record, registry};

const LIBRARY: &str = "lib:O:l";
const COURSE: &str = "course-v1:O+C+R";

/// A context with its files, edited step by step.
struct Draft {
    key: &'static str,
    files: BTreeMap<String, String>,
    bundles: Arc<FixedBundles>,
    structure: Arc<Structure>,
}

impl Draft {
    async fn new(key: &'static str, files: &[(&str, &str)]) -> Draft {
        let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
        Draft::of(key, files).await
    }

    async fn of(key: &'static str, files: BTreeMap<String, String>) -> Draft {
        let bundles = Arc::new(FixedBundles::default());
        bundles.put(bundle(1), At::Version(1), files.clone());
        let store = Arc::clone(&bundles) as Arc<_>;
        let plugin: Box<dyn LearningContext> = match key {
            LIBRARY => Box::new(LibraryContext::new(store, registry())),
            _ => Box::new(CourseContext::new(store, registry())),
        };
        let structure = plugin.structure(&record(key, bundle(1), 1, None), ResolvedAt::Version(1)).await;
        Draft { key, files, bundles, structure: Arc::new(structure.unwrap()) }
    }

    /// Returns the node of `type@id`.
    fn node(&self, block: &str) -> NodeId {
        self.find(block).unwrap_or_else(|| panic!("no {block} in {:?}", self.outline()))
    }

    fn find(&self, block: &str) -> Option<NodeId> {
        let usage = match block.split_once('@') {
            Some((tag, id)) if self.key == LIBRARY => format!("lb:O:l:{tag}:{id}"),
            Some((tag, id)) => format!("block-v1:O+C+R+type@{tag}+block@{id}"),
            None => unreachable!("{block}"),
        };
        self.structure.find(&usage.parse().unwrap())
    }

    async fn edit(&self, blocks: &[&str]) -> Edit {
        let nodes: Vec<_> = blocks.iter().map(|block| self.node(block)).collect();
        self.bundles.calls();
        let edit = Edit::open_with_all_below(&*self.bundles, &self.structure, &nodes).await.unwrap();
        assert_eq!(self.bundles.calls(), 1, "files are read with one call");
        edit
    }

    /// Returns the draft after an edit; its files that changed are in order.
    async fn after(&self, edit: Edit) -> (Draft, Vec<String>) {
        let mut files = self.files.clone();
        let mut changed = Vec::new();
        for change in edit.into_changes().unwrap() {
            match change {
                Change::Put(path, bytes) => {
                    changed.push(path.to_string());
                    files.insert(path.to_string(), String::from_utf8(bytes.to_vec()).unwrap());
                }
                Change::Delete(path) => {
                    changed.push(format!("-{path}"));
                    files.remove(path.as_str());
                }
                other => panic!("{other:?}"),
            }
        }
        (Draft::of(self.key, files).await, changed)
    }

    fn outline(&self) -> Vec<String> {
        let line = |id| {
            let node = self.structure.node(id);
            let depth = self.structure.ancestors(id).count();
            format!("{}{}@{}", " ".repeat(depth), node.block_type(), node.usage.block_id())
        };
        self.structure.blocks().map(line).collect()
    }

    fn file(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }
}

fn element(text: &str) -> Element {
    Document::parse(text, &Limits::default()).unwrap().root
}

/// Returns ids in order: `html1`, `problem2`, …
fn counted() -> impl FnMut(&str) -> String {
    let mut count = 0;
    move |tag| {
        count += 1;
        format!("{tag}{count}")
    }
}

/// A course in pointer form, with a vertical whose blocks stand inside it.
async fn course() -> Draft {
    Draft::new(COURSE, &[
        ("course.xml", "<course url_name='R' org='O' course='C'/>"),
        ("course/R.xml", "<course><chapter url_name='one'/></course>"),
        ("chapter/one.xml", "<?xml version='1.0'?>\n<!-- first -->\n<chapter x-unknown='kept'>\n  <!-- order matters -->\n  <sequential url_name='s'/>\n</chapter>\n"),
        ("sequential/s.xml", "<sequential>\n  <vertical url_name='v'>\n    <html url_name='a'><p>A</p></html>\n    <!-- between -->\n    <random_lib_ref url_name='r' library_key='lib:O:l' field_overrides='{\"max_attempts\": 3}' blocks='[]'/>\n  </vertical>\n  <vertical url_name='w'/>\n</sequential>\n"),
        ("vertical/w.xml", "<vertical>\n  <html url_name='h'/>\n  <problem url_name='p'/>\n</vertical>\n"),
        ("html/h.xml", "<html filename='h' display_name='H'/>"),
        ("html/h.html", "text & <img src=\"/static/pic.png\"><br>\n"),
        ("problem/p.xml", "<problem max_attempts='1'><!-- c --><p>2 &lt; 3</p></problem>"),
        ("static/pic.png", "picture"),
        ("static/other.png", "other"),
        ("policies/R/policy.json", "{\"course/R\": {\"tabs\": []}, \"problem/p\": {\"max_attempts\": 7, \"weight\": 2}}"),
    ])
    .await
}

#[tokio::test]
async fn a_set_attribute_wins_over_the_policy_and_the_rest_stays() {
    let draft = course().await;
    let mut edit = draft.edit(&["problem@p"]).await;
    edit.set_attribute(draft.node("problem@p"), "max_attempts", Some("4")).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["policies/R/policy.json", "problem/p.xml"]);
    assert_eq!(
        after.file("problem/p.xml"),
        "<problem max_attempts=\"4\"><!-- c --><p>2 &lt; 3</p></problem>"
    );
    let policy: serde_json::Value = serde_json::from_str(after.file("policies/R/policy.json")).unwrap();
    assert_eq!(policy, serde_json::json!({"course/R": {"tabs": []}, "problem/p": {"weight": 2}}));

    let mut edit = after.edit(&["chapter@one"]).await;
    edit.set_attribute(after.node("chapter@one"), "display_name", Some("\"Eins\" & <zwei>")).unwrap();
    let (after, changed) = after.after(edit).await;
    assert_eq!(changed, ["chapter/one.xml"]);
    let expected = "<?xml version='1.0'?>\n<!-- first -->\n<chapter x-unknown=\"kept\" display_name=\"&quot;Eins&quot; &amp; &lt;zwei&gt;\">\n  <!-- order matters -->\n  <sequential url_name=\"s\"/>\n</chapter>\n";
    assert_eq!(after.file("chapter/one.xml"), expected);
}

#[tokio::test]
async fn nothing_done_is_no_change() {
    let draft = course().await;
    assert!(draft.edit(&["problem@p", "vertical@v"]).await.into_changes().unwrap().is_empty());
}

#[tokio::test]
async fn blocks_inside_others_are_changed_where_they_stand() {
    let draft = course().await;
    let mut edit = draft.edit(&["random_lib_ref@r", "html@a"]).await;
    edit.set_attribute(draft.node("random_lib_ref@r"), "library_version", Some("5")).unwrap();
    edit.set_attribute(draft.node("html@a"), "display_name", Some("A")).unwrap();
    assert_eq!(edit.element(draft.node("random_lib_ref@r")).unwrap().attr("library_version"), Some("5"));
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["sequential/s.xml"]);
    assert_eq!(after.outline(), draft.outline());
    let text = after.file("sequential/s.xml");
    assert!(
        text.contains("<!-- between -->") && text.contains("blocks=\"[]\" library_version=\"5\"/>"),
        "{text}"
    );
    assert!(text.contains("<html url_name=\"a\" display_name=\"A\"><p>A</p></html>"), "{text}");
}

#[tokio::test]
async fn blocks_are_inserted_as_their_neighbours_are_written() {
    let draft = course().await;
    let mut edit = draft.edit(&["vertical@v", "vertical@w"]).await;
    let reference = "<random_lib_ref url_name='n1' library_key='lib:O:l' library_version='2'/>";
    edit.insert(draft.node("vertical@v"), Some(1), element(reference)).unwrap();
    edit.insert(draft.node("vertical@w"), None, element(&reference.replace("n1", "n2"))).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["random_lib_ref/n2.xml", "sequential/s.xml", "vertical/w.xml"]);
    let expected = "<vertical>\n  <html url_name=\"h\"/>\n  <problem url_name=\"p\"/>\n  <random_lib_ref url_name=\"n2\"/>\n</vertical>\n";
    assert_eq!(after.file("vertical/w.xml"), expected);
    assert_eq!(
        after.file("random_lib_ref/n2.xml"),
        "<random_lib_ref library_key=\"lib:O:l\" library_version=\"2\"/>\n"
    );
    let expected = [
        "course@course",
        " chapter@one",
        "  sequential@s",
        "   vertical@v",
        "    html@a",
        "    random_lib_ref@n1",
        "    random_lib_ref@r",
        "   vertical@w",
        "    html@h",
        "    problem@p",
        "    random_lib_ref@n2",
    ];
    assert_eq!(after.outline(), expected);
    assert!(after.structure.problems.is_empty(), "{:?}", after.structure.problems);
}

#[tokio::test]
async fn empty_containers_take_pointers_and_nested_blocks_get_files_of_their_own() {
    let draft = course().await;
    let mut edit = draft.edit(&["chapter@one"]).await;
    let section = "<sequential url_name='x' display_name='X'><vertical url_name='y'><html url_name='z'/><problem url_name='q'><p><html/></p></problem></vertical></sequential>";
    edit.insert(draft.node("chapter@one"), Some(0), element(section)).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(
        changed,
        ["chapter/one.xml", "html/z.xml", "problem/q.xml", "sequential/x.xml", "vertical/y.xml"]
    );
    assert_eq!(
        after.file("vertical/y.xml"),
        "<vertical>\n  <html url_name=\"z\"/>\n  <problem url_name=\"q\"/>\n</vertical>\n"
    );
    assert_eq!(after.file("html/z.xml"), "<html/>\n");
    assert_eq!(after.outline()[2..6], ["  sequential@x", "   vertical@y", "    html@z", "    problem@q"]);
}

#[tokio::test]
async fn removing_takes_the_files_and_policies_of_all_below() {
    let draft = course().await;
    let mut edit = draft.edit(&["vertical@w"]).await;
    edit.remove(draft.node("vertical@w")).unwrap();
    assert_eq!(
        edit.remove(draft.node("html@h")),
        Err(EditError::Gone(draft.structure.node(draft.node("html@h")).usage.clone()))
    );
    let (after, changed) = draft.after(edit).await;
    let expected = [
        "-html/h.html",
        "-html/h.xml",
        "policies/R/policy.json",
        "-problem/p.xml",
        "sequential/s.xml",
        "-vertical/w.xml",
    ];
    assert_eq!(changed, expected);
    assert!(after.find("vertical@w").is_none());
    assert!(after.file("sequential/s.xml").ends_with("  </vertical>\n</sequential>\n"));
    assert!(!after.file("policies/R/policy.json").contains("problem/p"));
    assert!(after.structure.problems.is_empty(), "{:?}", after.structure.problems);
}

#[tokio::test]
async fn a_block_shared_by_two_units_stays_while_one_has_it() {
    let draft = Draft::new(COURSE, &[
        ("course.xml", "<course url_name='R'><chapter url_name='c'><sequential url_name='s'><vertical url_name='u1'><html url_name='h'/></vertical><vertical url_name='u2'><html url_name='h'/></vertical></sequential></chapter></course>"),
        ("html/h.xml", "<html>shared</html>"),
    ])
    .await;
    let mut edit = draft.edit(&["vertical@u1"]).await;
    edit.remove(draft.node("vertical@u1")).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["course.xml"]);
    assert!(after.find("html@h").is_some());
    // Units that are left empty stay: elements with nothing but a name are pointers, so they get files.
    let mut edit = draft.edit(&["html@h"]).await;
    edit.remove(draft.node("html@h")).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["course.xml", "-html/h.xml", "vertical/u1.xml", "vertical/u2.xml"]);
    assert_eq!(after.outline()[3..], ["   vertical@u1", "   vertical@u2"]);
    assert!(after.structure.problems.is_empty(), "{:?}", after.structure.problems);
}

#[tokio::test]
async fn replacing_puts_blocks_into_the_same_place() {
    let draft = course().await;
    let mut edit = draft.edit(&["random_lib_ref@r", "html@h"]).await;
    edit.replace(
        draft.node("random_lib_ref@r"),
        vec![element("<problem url_name='k1'><p/></problem>"), element("<html url_name='k2'>x</html>")],
    )
    .unwrap();
    // The id of what goes is free for what comes.
    edit.replace(draft.node("html@h"), vec![element("<html url_name='h'>new</html>")]).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["-html/h.html", "html/h.xml", "sequential/s.xml", "vertical/w.xml"]);
    assert_eq!(after.outline()[4..7], ["    html@a", "    problem@k1", "    html@k2"]);
    assert_eq!(after.outline()[8..], ["    html@h", "    problem@p"]);
    assert_eq!(after.file("html/h.xml"), "<html>new</html>\n");
}

#[tokio::test]
async fn moved_blocks_keep_their_ids_and_files() {
    let draft = course().await;
    let mut edit = draft.edit(&["problem@p", "vertical@v"]).await;
    edit.move_to(draft.node("problem@p"), draft.node("vertical@v"), Some(0)).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["sequential/s.xml", "vertical/w.xml"]);
    assert_eq!(after.outline()[3..6], ["   vertical@v", "    problem@p", "    html@a"]);

    let mut edit = after.edit(&["html@a", "vertical@w"]).await;
    edit.move_to(after.node("html@a"), after.node("vertical@w"), None).unwrap();
    let (after, _) = after.after(edit).await;
    assert_eq!(after.outline()[6..], ["   vertical@w", "    html@h", "    html@a"]);

    let mut edit = after.edit(&["vertical@w"]).await;
    edit.move_to(after.node("html@a"), after.node("vertical@w"), Some(0)).unwrap();
    let (after, _) = after.after(edit).await;
    assert_eq!(after.outline()[6..], ["   vertical@w", "    html@a", "    html@h"]);

    let mut edit = after.edit(&["sequential@s", "vertical@w"]).await;
    let result = edit.move_to(after.node("sequential@s"), after.node("vertical@w"), None);
    assert!(matches!(result, Err(EditError::IntoItself(_))), "{result:?}");
}

#[tokio::test]
async fn a_copy_is_whole_and_has_fresh_ids() {
    let draft = course().await;
    let edit = draft.edit(&["sequential@s"]).await;
    let copied = edit.copy_with_assets(draft.node("vertical@w"), &mut counted(), false).unwrap();
    let expected = "<vertical url_name=\"vertical1\">\n  <html url_name=\"html2\" display_name=\"H\"><![CDATA[text & <img src=\"/static/pic.png\"><br>\n]]></html>\n  <problem url_name=\"problem3\" max_attempts=\"7\" weight=\"2\"><!-- c --><p>2 &lt; 3</p></problem>\n</vertical>";
    assert_eq!(copied.element.outer_xml(), expected);
    let names: Vec<_> = copied.blocks.iter().map(|(old, tag, id)| (old.block_id(), &**tag, &**id)).collect();
    assert_eq!(names, [("w", "vertical", "vertical1"), ("h", "html", "html2"), ("p", "problem", "problem3")]);
    let assets: Vec<_> = copied.assets.iter().map(|asset| (asset.block, &*asset.name)).collect();
    assert_eq!(assets, [(1, "pic.png")]);

    let mut edit = draft.edit(&["sequential@s"]).await;
    let copy = edit.copy(draft.node("vertical@v"), &mut counted()).unwrap();
    edit.insert(draft.node("sequential@s"), Some(1), copy).unwrap();
    let (after, _) = draft.after(edit).await;
    assert_eq!(
        after.outline()[6..9],
        ["   vertical@vertical1", "    html@html2", "    random_lib_ref@random_lib_ref3"]
    );
    let attributes = |draft: &Draft, block: &str| {
        let source = &draft.structure.node(draft.node(block)).source;
        let olx = source.inline.as_ref().map_or("", |inline| &inline.olx).to_owned();
        let olx = if olx.is_empty() { draft.file(source.files[0].path.as_str()).to_owned() } else { olx };
        let mut element = element(&olx);
        element.remove_attr("url_name");
        element.outer_xml()
    };
    assert_eq!(attributes(&after, "random_lib_ref@random_lib_ref3"), attributes(&draft, "random_lib_ref@r"));
}

#[tokio::test]
async fn ids_made_from_content_are_kept_when_the_content_changes() {
    let text = "<course url_name='R'><chapter url_name='c'><sequential url_name='s'><vertical url_name='u1'><html>x</html></vertical><vertical url_name='u2'><html>x</html></vertical></sequential></chapter></course>";
    let draft = Draft::new(COURSE, &[("course.xml", text)]).await;
    let ids = |draft: &Draft| -> Vec<_> {
        draft
            .outline()
            .iter()
            .filter(|line| line.contains("html@"))
            .map(|line| line.trim().to_owned())
            .collect()
    };
    let before = ids(&draft);
    assert_eq!(before.len(), 2);
    let mut edit = draft.edit(&[&before[0]]).await;
    edit.set_attribute(draft.node(&before[0]), "display_name", Some("N")).unwrap();
    let (after, _) = draft.after(edit).await;
    assert_eq!(ids(&after), before);
    let mut edit = draft.edit(&[&before[0]]).await;
    edit.remove(draft.node(&before[0])).unwrap();
    let (after, _) = draft.after(edit).await;
    assert_eq!(ids(&after), before[1..]);
}

#[tokio::test]
async fn the_layout_of_2012_is_changed_where_things_are() {
    let draft = Draft::new(COURSE, &[
        ("course.xml", "<course url_name='R'><chapter url_name='c'><sequential url_name='s' filename='week1'/></chapter></course>"),
        ("sequential/week1.xml", "<sequential format='Quiz'><vertical url_name='v'><html url_name='a'>x</html></vertical></sequential>"),
    ])
    .await;
    let mut edit = draft.edit(&["html@a", "sequential@s"]).await;
    edit.set_attribute(draft.node("html@a"), "display_name", Some("N")).unwrap();
    edit.set_attribute(draft.node("sequential@s"), "format", None).unwrap();
    edit.insert(
        draft.node("sequential@s"),
        None,
        element("<vertical url_name='n'><html url_name='m'>y</html></vertical>"),
    )
    .unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["course.xml", "sequential/week1.xml"]);
    assert_eq!(
        after.outline()[2..],
        ["  sequential@s", "   vertical@v", "    html@a", "   vertical@n", "    html@m"]
    );
    assert!(!after.file("sequential/week1.xml").contains("Quiz"));
    let edit = after.edit(&["sequential@s"]).await;
    let copied = edit.copy_with_assets(after.node("sequential@s"), &mut counted(), false).unwrap();
    let expected = "<sequential url_name=\"sequential1\"><vertical url_name=\"vertical2\"><html url_name=\"html3\" display_name=\"N\">x</html></vertical><vertical url_name=\"vertical4\"><html url_name=\"html5\">y</html></vertical></sequential>";
    assert_eq!(copied.element.outer_xml(), expected);
}

#[tokio::test]
async fn a_block_that_loses_its_last_attribute_stays() {
    let draft = Draft::new(
        COURSE,
        &[("course.xml", "<course url_name='R'><chapter url_name='c' display_name='C'/></course>")],
    )
    .await;
    let mut edit = draft.edit(&["chapter@c"]).await;
    edit.set_attribute(draft.node("chapter@c"), "display_name", None).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["chapter/c.xml", "course.xml"]);
    assert_eq!(after.outline(), draft.outline());
}

#[tokio::test]
async fn documents_of_one_unit_stay_without_files() {
    let draft = Draft::new(COURSE, &[
        ("course.xml", "<course url_name='R'><chapter url_name='c'><sequential url_name='s'><vertical url_name='1'><html url_name='2'/><video url_name='4'/></vertical></sequential></chapter></course>"),
    ])
    .await;
    let mut edit = draft.edit(&["sequential@s"]).await;
    let copy = edit.copy(draft.node("vertical@1"), &mut counted()).unwrap();
    edit.insert(draft.node("sequential@s"), None, copy).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["course.xml"]);
    assert_eq!(after.outline()[6..], ["   vertical@vertical1", "    html@html2", "    video@video3"]);
    let errors = after.structure.problems.iter().filter(|p| p.code != "empty_block").count();
    assert_eq!(errors, 0, "{:?}", after.structure.problems);
}

#[tokio::test]
async fn library_blocks_are_definitions_and_includes() {
    let draft = Draft::new(LIBRARY, &[
        ("unit/u/definition.xml", "<unit>\n  <xblock-include definition=\"html/a\"/>\n  <xblock-include definition=\"problem/p\" usage=\"alias\"/>\n</unit>"),
        ("html/a/definition.xml", "<html display_name=\"A\"><![CDATA[a <img src='/static/x.png'>]]></html>"),
        ("html/a/static/x.png", "x"),
        ("problem/p/definition.xml", "<problem/>"),
        ("html/loose/definition.xml", "<html/>"),
    ])
    .await;
    let mut edit = draft.edit(&["unit@u", "html@loose"]).await;
    edit.set_attribute(draft.node("html@a"), "display_name", Some("B")).unwrap();
    edit.move_to(draft.node("html@loose"), draft.node("unit@u"), Some(0)).unwrap();
    edit.insert(
        draft.node("unit@u"),
        None,
        element("<unit url_name='in'><problem url_name='deep'><p>1</p></problem></unit>"),
    )
    .unwrap();
    edit.insert_top_level(element("<html url_name='top'>t</html>")).unwrap();
    let (after, changed) = draft.after(edit).await;
    let expected = [
        "html/a/definition.xml",
        "html/top/definition.xml",
        "problem/deep/definition.xml",
        "unit/in/definition.xml",
        "unit/u/definition.xml",
    ];
    assert_eq!(changed, expected);
    let expected = "<unit>\n  <xblock-include definition=\"html/loose\"/>\n  <xblock-include definition=\"html/a\"/>\n  <xblock-include definition=\"problem/p\" usage=\"alias\"/>\n  <xblock-include definition=\"unit/in\"/>\n</unit>";
    assert_eq!(after.file("unit/u/definition.xml"), expected);
    assert_eq!(after.file("html/top/definition.xml"), "<html>t</html>\n");

    let edit = after.edit(&["unit@u"]).await;
    let copied = edit.copy_with_assets(after.node("unit@u"), &mut counted(), true).unwrap();
    let names: Vec<_> = copied.blocks.iter().map(|(old, _, id)| (old.block_id(), &**id)).collect();
    let expected = [
        ("u", "unit1"),
        ("loose", "html2"),
        ("a", "html3"),
        ("alias", "problem4"),
        ("in", "unit5"),
        ("deep", "problem6"),
    ];
    assert_eq!(names, expected);
    assert_eq!(
        copied.assets.iter().map(|asset| (asset.block, &*asset.name)).collect::<Vec<_>>(),
        [(2, "x.png")]
    );

    let mut edit = after.edit(&["html@a"]).await;
    edit.remove(after.node("html@a")).unwrap();
    let (after, changed) = after.after(edit).await;
    assert_eq!(changed, ["-html/a/definition.xml", "-html/a/static/x.png", "unit/u/definition.xml"]);
    assert!(after.structure.problems.is_empty(), "{:?}", after.structure.problems);
}

#[tokio::test]
async fn copies_end_where_one_text_is_included_many_times() {
    let text = format!("<html><![CDATA[{}]]></html>", "x".repeat(1 << 20));
    let includes: String =
        (0..80).map(|n| format!("<xblock-include definition=\"html/a\" usage=\"a{n}\"/>")).collect();
    let unit = format!("<unit>{includes}</unit>");
    let files = [("unit/u/definition.xml", &*unit), ("html/a/definition.xml", &text)];
    let draft = Draft::new(LIBRARY, &files).await;
    let edit = draft.edit(&["unit@u"]).await;
    let copied = edit.copy_with_assets(draft.node("unit@u"), &mut counted(), true);
    assert_eq!(copied.unwrap_err(), EditError::TooLarge(64 << 20));
}

#[tokio::test]
async fn linked_blocks_are_read_only_but_their_includes_are_not() {
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(
        bundle(2),
        At::Version(3),
        [
            ("html/far/definition.xml", "<html>far</html>"),
            ("unit/away/definition.xml", "<unit><xblock-include definition='html/far'/></unit>"),
        ],
    );
    bundles.put(bundle(1), At::Version(1), [(
        "unit/u/definition.xml",
        "<unit><xblock-include source='s' definition='html/far'/><xblock-include source='s' definition='unit/away'/></unit>",
    )]);
    bundles.link(bundle(1), At::Version(1), "s", bundle(2), 3);
    let plugin = LibraryContext::new(Arc::clone(&bundles) as Arc<_>, registry());
    let structure =
        plugin.structure(&record(LIBRARY, bundle(1), 1, None), ResolvedAt::Version(1)).await.unwrap();
    let structure = Arc::new(structure);
    let node = |key: &str| structure.find(&key.parse().unwrap()).unwrap();
    let (unit, far, inner) = (node("lb:O:l:unit:u"), node("lb:O:l:html:far"), node("lb:O:l:html:away-far"));
    let mut edit = Edit::open_with_all_below(&*bundles, &structure, &[unit]).await.unwrap();
    assert!(matches!(edit.set_attribute(far, "display_name", Some("x")), Err(EditError::ReadOnly(_))));
    assert!(matches!(edit.remove(inner), Err(EditError::ReadOnly(_))));
    let copied = edit.copy_with_assets(unit, &mut counted(), false).unwrap().element.outer_xml();
    let expected = "<unit url_name=\"unit1\"><html url_name=\"html2\">far</html><unit url_name=\"unit3\"><html url_name=\"html4\">far</html></unit></unit>";
    assert_eq!(copied, expected);
    let kept = edit.copy_with_assets(unit, &mut counted(), true).unwrap().element.outer_xml();
    assert_eq!(kept.matches("source=\"s\"").count(), 2, "{kept}");
    edit.remove(far).unwrap();
    let changes = edit.into_changes().unwrap();
    let [Change::Put(path, bytes)] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!(path.as_str(), "unit/u/definition.xml");
    assert_eq!(&bytes[..], b"<unit><xblock-include source=\"s\" definition=\"unit/away\"/></unit>");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let draft = course().await;
    let mut edit = draft.edit(&["vertical@v", "problem@p"]).await;
    let (unit, problem) = (draft.node("vertical@v"), draft.node("problem@p"));
    let mut insert = |parent, index, text: &str| edit.insert(parent, index, element(text)).unwrap_err();
    assert!(matches!(insert(problem, None, "<html url_name='n'/>"), EditError::NotAContainer(_)));
    assert!(matches!(insert(unit, None, "<html/>"), EditError::NoId(_)));
    assert!(matches!(insert(unit, None, "<html url_name='a b'/>"), EditError::InvalidId { .. }));
    assert!(matches!(insert(unit, None, "<html url_name='../x'/>"), EditError::InvalidId { .. }));
    assert!(matches!(insert(unit, None, "<html url_name='h'/>"), EditError::Taken(_)));
    assert!(matches!(
        insert(unit, Some(3), "<html url_name='n'/>"),
        EditError::NoSuchPlace { index: 3, len: 2 }
    ));
    let twice = "<vertical url_name='n'><html url_name='m'/><html url_name='m'/></vertical>";
    assert!(matches!(insert(unit, None, twice), EditError::Taken(_)));
    for name in ["url_name", "filename", "", "1a", "a b", "xmlns:x", "a\"b"] {
        let refused = edit.set_attribute(problem, name, Some("x"));
        assert!(matches!(refused, Err(EditError::InvalidName(_))), "{name}: {refused:?}");
    }
    assert!(matches!(edit.remove(draft.node("course@course")), Err(EditError::TopLevel(_))));
    let refused = edit.set_attribute(draft.node("html@h"), "display_name", None);
    assert!(matches!(refused, Err(EditError::NotOpen(_))), "{refused:?}");
    edit.set_attribute(problem, "display_name", Some("\u{1}")).unwrap();
    assert!(matches!(edit.into_changes(), Err(EditError::Invalid { .. })));
}

#[tokio::test]
async fn files_that_cannot_be_read_are_left_alone() {
    let draft = Draft::new(
        COURSE,
        &[
            (
                "course.xml",
                "<course url_name='R'><chapter url_name='c'><problem url_name='p'/></chapter></course>",
            ),
            ("problem/p.xml", "<problem>"),
        ],
    )
    .await;
    let mut edit = draft.edit(&["problem@p"]).await;
    let refused = edit.set_attribute(draft.node("problem@p"), "weight", Some("1"));
    assert!(matches!(refused, Err(EditError::Unreadable { .. })), "{refused:?}");
    edit.remove(draft.node("problem@p")).unwrap();
    let (after, changed) = draft.after(edit).await;
    assert_eq!(changed, ["chapter/c.xml", "course.xml", "-problem/p.xml"]);
    assert_eq!(after.outline(), ["course@course", " chapter@c"]);
}

#[tokio::test]
async fn copies_of_library_content_keep_what_they_had_in_their_library() {
    let sidecar = r#"{"a": {"weight": 2, "original_usage": "lib-block-v1:x"}, "gone": {"weight": 3}}"#;
    let draft = Draft::new(COURSE, &[
        ("course.xml", "<course url_name='R'><chapter url_name='c'><sequential url_name='s'><vertical url_name='v'><library_content url_name='lc' max_count='1'><problem url_name='a' max_attempts='1'/></library_content></vertical></sequential></chapter></course>"),
        ("library_content/lc.defaults.json", sidecar),
    ])
    .await;
    let edit = draft.edit(&["vertical@v"]).await;
    let copied = edit.copy_with_assets(draft.node("vertical@v"), &mut counted(), false).unwrap();
    let beside: Vec<_> = copied.beside.iter().map(|(path, bytes)| (&**path, &**bytes)).collect();
    let expected = br#"{"problem3":{"weight":2,"original_usage":"lib-block-v1:x"}}"#;
    assert_eq!(beside, [("library_content/library_content2.defaults.json", &expected[..])]);
    let mut edit = draft.edit(&["library_content@lc"]).await;
    edit.remove(draft.node("library_content@lc")).unwrap();
    let (_, changed) = draft.after(edit).await;
    assert!(changed.contains(&"-library_content/lc.defaults.json".to_owned()), "{changed:?}");
}
