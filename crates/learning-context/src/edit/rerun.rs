//! The files of a new run of a course.

use std::collections::BTreeMap;

use blockstore::{Blockstore, Change, Digest, FilePath};
use bytes::Bytes;
use olx::{Document, Element, Limits};
use opaque_keys::LearningContextKey;
use serde_json::{Map, Value};

use super::{EditError, file::OpenFile};
use crate::{
    ContextError, Structure,
    blobs::read_all,
    course::{pointer, policy::paths},
};

const ROOT: &str = "course.xml";

/// Returns the changes that make an empty bundle a new run of a course: all its files by their digests, with
/// those that bear the run's name renamed. Ids of blocks stay; references keep pins and overrides. One read of
/// blobs.
///
/// # Errors
/// Storage failures, and a course whose `course.xml` cannot be read.
pub async fn rerun(
    store: &dyn Blockstore,
    structure: &Structure,
    key: &LearningContextKey,
    title: Option<&str>,
) -> Result<Result<Vec<Change>, EditError>, ContextError> {
    let files = structure.file_list();
    let root = structure.roots.first().map(|&id| structure.node(id));
    let old = root.and_then(|root| root.source.url_name.as_deref()).unwrap_or_default().to_owned();
    let policy = paths(&old).into_iter().find(|path| files.get(path).is_some());
    let course = pointer::target(&Element::new("course").with_attr("url_name", &*old));
    let read = [Some(ROOT.to_owned()), policy.clone(), course.clone()].into_iter().flatten();
    let digests: Vec<Digest> = read.filter_map(|path| Some(files.get(&path)?.1.digest)).collect();
    let blobs = read_all(store, digests).await?;
    let content = |path: &str| files.get(path).and_then(|(_, asset)| blobs.get(&asset.digest));
    let run = Run { old, new: key.run().unwrap_or_default(), key, title };
    let mut renamed: BTreeMap<String, Contents> =
        files.iter().map(|(path, asset)| (run.path(path.as_str()), Contents::Known(asset.digest))).collect();
    let mut write = |path: String, bytes: Bytes| renamed.insert(path, Contents::Bytes(bytes));
    // A title stands in one place only: where the run's policy has one, that one counts.
    let policy_bytes = policy.as_deref().and_then(|path| Some((path, content(path)?)));
    let mut is_titled = title.is_none();
    if let Some((path, bytes)) = policy_bytes
        && let Some(text) = run.policy(bytes, &mut is_titled)
    {
        write(run.path(path), text);
    }
    let Some(bytes) = content(ROOT) else {
        return Ok(Err(EditError::Unreadable { file: ROOT.to_owned(), problem: "it is missing".to_owned() }));
    };
    match run.root(bytes, &mut is_titled) {
        Ok(text) => write(ROOT.to_owned(), text),
        Err(error) => return Ok(Err(error)),
    };
    if let Some((path, bytes)) = course.as_deref().and_then(|path| Some((path, content(path)?)))
        && !is_titled
        && let Ok(mut file) = OpenFile::parse(bytes)
    {
        file.root_mut().set_attr("display_name", title.unwrap_or_default());
        match printed(&file, path) {
            Ok(text) => write(run.path(path), text),
            Err(error) => return Ok(Err(error)),
        };
    }
    Ok(renamed.into_iter().map(Contents::change).collect())
}

/// What a file is set to.
enum Contents {
    Known(Digest),
    Bytes(Bytes),
}

impl Contents {
    fn change((path, contents): (String, Contents)) -> Result<Change, EditError> {
        let invalid =
            |problem: String| EditError::InvalidId { tag: "course".to_owned(), id: path.clone(), problem };
        let path: FilePath = path.parse().map_err(|e: blockstore::BlockstoreError| invalid(e.to_string()))?;
        Ok(match contents {
            Contents::Known(digest) => Change::PutKnown(path, digest),
            Contents::Bytes(bytes) => Change::Put(path, bytes),
        })
    }
}

struct Run<'a> {
    old: String,
    new: &'a str,
    key: &'a LearningContextKey,
    title: Option<&'a str>,
}

impl Run<'_> {
    /// Returns the path of a file in the new run.
    fn path(&self, path: &str) -> String {
        let named = [
            (
                format!("course/{}.xml", pointer::path_of(&self.old)),
                format!("course/{}.xml", pointer::path_of(self.new)),
            ),
            (format!("policies/{}.json", self.old), format!("policies/{}.json", self.new)),
        ];
        for (old, new) in named {
            if path == old {
                return new;
            }
        }
        let folder = path.strip_prefix("policies/").and_then(|rest| rest.strip_prefix(&self.old));
        match folder.filter(|_| !self.old.is_empty()).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) => format!("policies/{}/{rest}", self.new),
            None => path.to_owned(),
        }
    }

    /// Renames the entry of the course, and gives it the title where it has one.
    fn policy(&self, bytes: &Bytes, is_titled: &mut bool) -> Option<Bytes> {
        let mut entries: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
        let mut course = entries.shift_remove(&format!("course/{}", self.old))?;
        if let (Some(title), Some(name)) = (self.title, course.get_mut("display_name")) {
            *name = title.into();
            *is_titled = true;
        }
        entries.insert(format!("course/{}", self.new), course);
        let mut text = serde_json::to_vec_pretty(&entries).ok()?;
        text.push(b'\n');
        Some(text.into())
    }

    /// Gives `course.xml` the names of the new run, and the title where the course stands in it.
    fn root(&self, bytes: &Bytes, is_titled: &mut bool) -> Result<Bytes, EditError> {
        let unreadable = |problem| EditError::Unreadable { file: ROOT.to_owned(), problem };
        let mut file = OpenFile::parse(bytes).map_err(unreadable)?;
        let root = file.root_mut();
        let is_pointer = pointer::target(root).is_some();
        root.set_attr("url_name", self.new);
        root.set_attr("org", self.key.org().unwrap_or_default());
        root.set_attr("course", self.key.course().unwrap_or_default());
        if let (Some(title), false, false) = (self.title, is_pointer, *is_titled) {
            root.set_attr("display_name", title);
            *is_titled = true;
        }
        printed(&file, ROOT)
    }
}

/// Prints a file that can be read again: a title may have characters XML does not allow.
fn printed(file: &OpenFile, path: &str) -> Result<Bytes, EditError> {
    let text = file.print().unwrap_or_default();
    let unreadable = |problem: String| EditError::Unreadable { file: path.to_owned(), problem };
    Document::parse(&text, &Limits::default()).map_err(|error| unreadable(error.message))?;
    Ok(text.into())
}
