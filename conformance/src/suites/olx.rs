//! `olx`: what blocks are read as, and how they are written again.

use std::collections::BTreeMap;
use std::path::Path;

use ::olx::{Document, Element, Limits, Node, OlxError};
use anyhow::{Context, bail};
use blocks::decl;
use blocks::olx_io::{self, Mode, Serialized, Source, Stored};
use serde_json::{Value, json};
use xblock::{Authored, BlockDecl, Fields, Scope};

use super::{Options, Outcome, Row, json_lines, text};

/// Types of the reference that no block type here reads: children of these types are compared by their keys only.
const UNREAD: &[&str] = &["poll_question", "word_cloud", "annotatable", "lti"];

pub(super) fn run(file: &Path, options: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for (index, row) in json_lines(file)?.iter().enumerate() {
        let block_type = text(row, "block_type")?;
        let Some(decl) = decl::find(block_type).filter(|_| options.wants(block_type)) else {
            if options.types.is_none() || options.wants(block_type) {
                outcome.row().differs(format!("row {index} {block_type}"), "a block type", "none");
            }
            continue;
        };
        if row["stage"] == "serialize" {
            // The reference reads the block and then fails to write it, by a defect (xblock-core §5).
            continue;
        }
        let case = Case::new(row)?;
        let got = case.load(decl);
        let mut compared = outcome.row();
        let id = format!("row {index} {} {block_type}", text(row, "mode")?);
        match (got, row["ok"] == true) {
            (Ok(block), true) => case.compare(&mut compared, &id, &block, row)?,
            (Err(_), false) => {}
            (Err(error), true) => compared.differs(id, &row["serialized"], format!("error: {error}")),
            (Ok(_), false) => compared.differs(id, format!("error: {}", row["error"]), "read without error"),
        }
    }
    Ok(outcome)
}

/// One row: a block, the files around it and its policy.
struct Case<'r> {
    mode: Mode,
    olx: &'r str,
    files: BTreeMap<String, String>,
    policy: BTreeMap<String, Fields>,
    /// The id of the block itself, where the row tells it.
    id: String,
}

/// A block that was read, with its children.
struct Loaded {
    decl: Option<&'static BlockDecl>,
    element: Element,
    id: String,
    authored: Authored,
    children: Vec<Loaded>,
}

impl Loaded {
    fn usage(&self) -> String {
        format!("{}:{}", self.element.name, self.id)
    }
}

impl<'r> Case<'r> {
    fn new(row: &'r Value) -> anyhow::Result<Self> {
        let mode = match text(row, "mode")? {
            "v1" => Mode::V1,
            "v2" => Mode::V2,
            "xblock" => Mode::XBlock,
            other => bail!("there is no mode {other}"),
        };
        let files = row.get("files").and_then(Value::as_object).into_iter().flatten();
        let files =
            files.map(|(path, file)| Ok((path.clone(), file.as_str().context("no text")?.to_owned())));
        let policy = row.get("policy").and_then(Value::as_object).into_iter().flatten();
        let policy =
            policy.filter_map(|(key, entry)| Some((key.clone(), entry.as_object()?.clone()))).collect();
        // A plain block has the first generated id; elsewhere the row says it.
        let usage = row.get("usage_id").and_then(Value::as_str).unwrap_or("auto0");
        let id = usage.rsplit(':').next().unwrap_or_default().to_owned();
        Ok(Case { mode, olx: text(row, "olx")?, files: files.collect::<anyhow::Result<_>>()?, policy, id })
    }

    fn load(&self, decl: &'static BlockDecl) -> Result<Loaded, OlxError> {
        let document = Document::parse(self.olx, &Limits::default())?;
        let mut next_id = usize::from(self.id.starts_with("auto"));
        self.load_element(&document.root, Some(decl), self.id.clone(), &mut next_id)
    }

    fn load_element(
        &self,
        element: &Element,
        decl: Option<&'static BlockDecl>,
        id: String,
        next_id: &mut usize,
    ) -> Result<Loaded, OlxError> {
        let (resolved, path) = self.resolve(element)?;
        let element = resolved.as_ref().unwrap_or(element);
        let Some(decl) = decl else {
            let known = UNREAD.contains(&element.name.as_str());
            return if known {
                let (element, children) = (element.clone(), Vec::new());
                Ok(Loaded { decl: None, element, id, authored: Authored::default(), children })
            } else {
                Err(OlxError::at(element.position, ::olx::codes::UNKNOWN_BLOCK_TYPE, element.name.clone()))
            };
        };
        let source = Source {
            mode: self.mode,
            element,
            url_name: Some(&id),
            path: path.as_deref(),
            files: &self.files,
            policy: self.policy.get(&format!("{}/{id}", element.name)),
        };
        let authored = olx_io::read(decl, &source)?;
        let mut children = Vec::new();
        for child in &authored.children {
            let child = &child.element;
            let id = match child.attr("url_name").filter(|_| self.mode == Mode::V1) {
                Some(name) => name.to_owned(),
                None => format!("auto{next_id}"),
            };
            let is_generated = id.starts_with("auto");
            match self.load_element(child, decl::find(&child.name), id, next_id) {
                Ok(loaded) => {
                    *next_id += usize::from(is_generated);
                    children.push(loaded);
                }
                // A child of a course container that cannot be loaded is skipped.
                Err(_) if self.mode == Mode::V1 => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Loaded { decl: Some(decl), element: element.clone(), id, authored, children })
    }

    /// Follows a pointer to its file.
    fn resolve(&self, element: &Element) -> Result<(Option<Element>, Option<String>), OlxError> {
        if self.mode != Mode::V1 || !olx_io::is_pointer(element) {
            return Ok((None, None));
        }
        let path = olx_io::pointer_path(element);
        let Some(file) = self.files.get(&path) else {
            // Containers may be empty; anything else is a pointer to nothing.
            let is_container = decl::find(&element.name).is_some_and(|decl| decl.has_children);
            let message = format!("there is no {path}");
            let error = OlxError::at(element.position, ::olx::codes::MISSING_FILE, message);
            return if is_container { Ok((None, None)) } else { Err(error) };
        };
        let document = Document::parse_without_blank_text(file, &Limits::default())?;
        Ok((Some(document.root), Some(path)))
    }

    fn compare(&self, row: &mut Row<'_>, id: &str, block: &Loaded, expected: &Value) -> anyhow::Result<()> {
        self.compare_fields(row, id, block, &expected["fields"]);
        let mut files = BTreeMap::new();
        let Serialized { element, .. } = self.write(block, &mut files)?;
        let printed = match self.mode {
            Mode::XBlock => olx_io::plain_document(&element),
            Mode::V2 => element.pretty_xml(),
            Mode::V1 => element.outer_xml(),
        };
        let serialized = text(expected, "serialized")?;
        if !same_xml(serialized, &printed) {
            row.differs(format!("{id} serialized"), serialized, &printed);
        }
        let recorded = expected.get("files_out").and_then(Value::as_object);
        for (path, file) in recorded.into_iter().flatten() {
            let folder = path.split('/').next().unwrap_or_default();
            if UNREAD.contains(&folder) {
                continue;
            }
            let (file, got) = (file.as_str().unwrap_or_default(), files.get(path).map(String::as_str));
            let agrees =
                got.is_some_and(|got| got == file || (path.ends_with(".xml") && same_xml(file, got)));
            if !agrees {
                row.differs(format!("{id} file {path}"), file, got.unwrap_or("no such file"));
            }
        }
        for path in files.keys().filter(|path| recorded.is_none_or(|files| !files.contains_key(*path))) {
            row.differs(format!("{id} file {path}"), "no such file", &files[path]);
        }
        Ok(())
    }

    /// Compares authored fields; OLX sets no others here.
    fn compare_fields(&self, row: &mut Row<'_>, id: &str, block: &Loaded, expected: &Value) {
        let authored = [Scope::Content, Scope::Settings].map(Scope::name);
        let mut recorded = Fields::new();
        for (name, field) in expected.as_object().into_iter().flatten() {
            if authored.iter().any(|scope| field["scope"] == *scope) {
                recorded.insert(name.clone(), field["value"].clone());
            }
        }
        for name in
            recorded.keys().chain(block.authored.fields.keys().filter(|name| !recorded.contains_key(*name)))
        {
            let (expected, got) = (recorded.get(name), block.authored.fields.get(name));
            if !same_json(expected, got) {
                row.differs(format!("{id} field {name}"), format!("{expected:?}"), format!("{got:?}"));
            }
        }
        let children: Vec<String> = block.children.iter().map(Loaded::usage).collect();
        let recorded =
            expected["children"]["value"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let recorded: Vec<String> =
            recorded.map(|key| key.split(':').skip(3).collect::<Vec<_>>().join(":")).collect();
        if children != recorded {
            row.differs(format!("{id} children"), json!(recorded), json!(children));
        }
    }

    fn write(&self, block: &Loaded, files: &mut BTreeMap<String, String>) -> anyhow::Result<Serialized> {
        let mut children = Vec::new();
        for child in &block.children {
            children.push(self.write(child, files)?.element);
        }
        let Some(decl) = block.decl else {
            let pointer = Element::new(block.element.name.clone()).with_attr("url_name", &block.id);
            return Ok(Serialized { element: pointer, files: Vec::new() });
        };
        let url_name = Some(block.id.as_str()).filter(|_| self.mode == Mode::V1);
        let stored =
            Stored { mode: self.mode, fields: &block.authored.fields, url_name, children: &children };
        let written = olx_io::write(decl, &stored)?;
        files.extend(written.files.iter().cloned());
        Ok(written)
    }
}

/// Compares stored values; numbers by value and kind, objects in any order.
fn same_json(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => match (super::encoding::decode(a), super::encoding::decode(b)) {
            (Ok(a), Ok(b)) => super::encoding::same(&a, &b),
            _ => false,
        },
        (None, None) => true,
        _ => false,
    }
}

/// Compares two documents: elements by namespace and name, attributes in any order, white space as it is.
fn same_xml(a: &str, b: &str) -> bool {
    let parse = |text: &str| Document::parse(text, &Limits::default()).ok();
    match (parse(a), parse(b)) {
        (Some(mut a), Some(mut b)) => {
            a.root.merge_cdata();
            b.root.merge_cdata();
            same_element(&a.root, &b.root)
        }
        _ => a == b,
    }
}

fn same_element(a: &Element, b: &Element) -> bool {
    let attributes = |element: &Element| {
        let values = element.attributes.iter().filter(|attribute| !attribute.name.starts_with("xmlns"));
        values.map(|attribute| (attribute.name.clone(), attribute.value.clone())).collect::<BTreeMap<_, _>>()
    };
    let same_node = |(a, b): (&Node, &Node)| match (a, b) {
        (Node::Element(a), Node::Element(b)) => same_element(a, b),
        (a, b) => a == b,
    };
    a.local_name() == b.local_name()
        && a.namespace() == b.namespace()
        && attributes(a) == attributes(b)
        && a.children.len() == b.children.len()
        && a.children.iter().zip(&b.children).all(same_node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_markup_and_not_its_spelling() {
        assert!(same_xml("<a b='1' c='2'><![CDATA[<]]></a>", "<a c=\"2\" b=\"1\">&lt;</a>"));
        assert!(same_xml("<o:a xmlns:o='u'/>", "<p:a xmlns:p='u'/>"));
        assert!(!same_xml("<a> <b/></a>", "<a><b/></a>"));
        assert!(!same_xml("<a b='1'/>", "<a/>"));
        assert!(!same_xml("<o:a xmlns:o='u'/>", "<o:a xmlns:o='v'/>"));
    }

    #[test]
    fn a_row_that_differs_anywhere_fails() {
        let good = json!({"mode": "v2", "block_type": "html", "olx": "<html/>", "usage_id": "lb:O:L:html:h", "ok": true,
            "fields": {"data": {"scope": "content", "value": ""}}, "serialized": "<html display_name=\"Text\"></html>\n"});
        let run = |row: &Value| {
            let file = std::env::temp_dir().join(format!("olx-suite-{}.jsonl", std::process::id()));
            std::fs::write(&file, row.to_string()).expect("a writable folder for temporary files");
            let outcome = super::run(&file, &Options::default()).expect("a readable file");
            std::fs::remove_file(&file).expect("the file that was just read");
            (outcome.passed, outcome.failed())
        };
        assert_eq!(run(&good), (1, 0));
        for (member, value) in [
            ("fields", json!({})),
            ("serialized", json!("<html/>")),
            ("files_out", json!({"html/h.html": ""})),
            ("ok", json!(false)),
            ("olx", json!("<html>")),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert_eq!(run(&bad), (0, 1), "{member}");
        }
    }
}
