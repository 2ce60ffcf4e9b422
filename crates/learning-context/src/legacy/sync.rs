//! Which children a `library_content` block should have (unit-composition §9.2).

use std::collections::HashMap;

use super::ids::derived_ids;

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 8;

/// A block that can be copied, or a copy, with those below it. `N` says which one it is to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<N> {
    /// Which block it is.
    pub node: N,
    /// Its type.
    pub block_type: String,
    /// Its id in its context.
    pub id: String,
    /// What it says, however it is laid out; equal content has equal digests. `None` where that is not known.
    pub content: Option<[u8; 20]>,
    /// Of a copy: type and id of the block it was made from, where that was kept.
    pub origin: Option<(String, String)>,
    /// Its children in order.
    pub children: Vec<Item<N>>,
}

/// A child a block should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<S, C> {
    /// The block it is a copy of.
    pub source: S,
    /// Its id: that of the copy that is there, else a derived one.
    pub id: String,
    /// The copy that is there.
    pub copy: Option<C>,
    /// The same for what is below it.
    pub below: Sync<S, C>,
}

/// What is to become of the children of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync<S, C> {
    /// The children it should have, in order.
    pub wanted: Vec<Wanted<S, C>>,
    /// Those that leave, with all below them.
    pub gone: Vec<C>,
}

/// Works out the children a block should have: a copy of each of `sources`, in their order.
///
/// A copy that is there is known by its id, made in either way; else by where it is known to be from; else by
/// saying the same as one source only. The id it has is kept, since ids found in a course are trusted. A new copy
/// gets the id of today's making. Copies of nothing that is wanted leave.
///
/// `context` is the text of the library that is hashed ([`super::library_context`]), `parent` the id of the block
/// the children are below.
pub fn sync<S: Clone, C: Clone>(
    context: &str,
    parent: &str,
    sources: &[Item<S>],
    copies: &[Item<C>],
) -> Sync<S, C> {
    level(context, parent, sources, copies, 1)
}

fn level<S: Clone, C: Clone>(
    context: &str,
    parent: &str,
    sources: &[Item<S>],
    copies: &[Item<C>],
    depth: usize,
) -> Sync<S, C> {
    let derived: Vec<[String; 2]> =
        sources.iter().map(|source| derived_ids(context, &source.id, parent)).collect();
    let of_source = matches(sources, copies, &derived);
    let mut is_wanted = vec![false; copies.len()];
    let wanted = sources.iter().zip(derived).zip(of_source).map(|((source, [new_id, _]), at)| {
        let copy = at.map(|at| {
            is_wanted[at] = true;
            &copies[at]
        });
        let id = copy.map_or(new_id, |copy| copy.id.clone());
        let below = if depth < MAX_DEPTH {
            let children = copy.map(|copy| copy.children.as_slice()).unwrap_or_default();
            level(context, &id, &source.children, children, depth + 1)
        } else {
            Sync { wanted: Vec::new(), gone: Vec::new() }
        };
        Wanted { source: source.node.clone(), id, copy: copy.map(|copy| copy.node.clone()), below }
    });
    let wanted = wanted.collect();
    let gone = copies.iter().zip(is_wanted).filter(|(_, is_wanted)| !is_wanted);
    Sync { wanted, gone: gone.map(|(copy, _)| copy.node.clone()).collect() }
}

/// Places of what says the same.
#[derive(Default)]
struct Alike {
    sources: Vec<usize>,
    copies: Vec<usize>,
}

/// Returns the copy of each source.
fn matches<S, C>(sources: &[Item<S>], copies: &[Item<C>], derived: &[[String; 2]]) -> Vec<Option<usize>> {
    let mut by_name: HashMap<(&str, &str), usize> = HashMap::new();
    for (at, copy) in copies.iter().enumerate() {
        by_name.entry((&copy.block_type, &copy.id)).or_insert(at);
    }
    let mut by_origin: HashMap<(&str, &str), usize> = HashMap::new();
    for (at, copy) in copies.iter().enumerate() {
        if let Some((block_type, id)) = &copy.origin {
            by_origin.entry((block_type, id)).or_insert(at);
        }
    }
    let mut taken = vec![false; copies.len()];
    let mut take = |at: Option<usize>| at.filter(|&at| !std::mem::replace(&mut taken[at], true));
    // Ids come before everything else, for all sources, before anything is guessed.
    let mut found: Vec<Option<usize>> = sources
        .iter()
        .zip(derived)
        .map(|(source, ids)| {
            let named = ids.iter().find_map(|id| by_name.get(&(source.block_type.as_str(), id.as_str())));
            take(named.copied())
        })
        .collect();
    for (source, found) in sources.iter().zip(&mut found) {
        if found.is_none() {
            *found = take(by_origin.get(&(source.block_type.as_str(), source.id.as_str())).copied());
        }
    }
    let mut alike: HashMap<(&str, [u8; 20]), Alike> = HashMap::new();
    for (at, source) in sources.iter().enumerate().filter(|(at, _)| found[*at].is_none()) {
        if let Some(content) = source.content {
            alike.entry((&source.block_type, content)).or_default().sources.push(at);
        }
    }
    for (at, copy) in copies.iter().enumerate().filter(|(at, _)| !taken[*at]) {
        if let Some(content) = copy.content
            && let Some(alike) = alike.get_mut(&(copy.block_type.as_str(), content))
        {
            alike.copies.push(at);
        }
    }
    for Alike { sources, copies } in alike.into_values() {
        if let ([source], [copy]) = (&sources[..], &copies[..]) {
            found[*source] = Some(*copy);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legacy::{Era, derived_id};

    const CONTEXT: &str = "library-v1:O+L+branch@library";

    fn item(node: u32, block_type: &str, id: &str) -> Item<u32> {
        let (block_type, id) = (block_type.to_owned(), id.to_owned());
        Item { node, block_type, id, content: None, origin: None, children: Vec::new() }
    }

    fn problem(node: u32, id: &str) -> Item<u32> {
        item(node, "problem", id)
    }

    fn with_content(item: Item<u32>, content: u8) -> Item<u32> {
        Item { content: Some([content; 20]), ..item }
    }

    /// Returns what was found: source, copy.
    fn pairs(sync: &Sync<u32, u32>) -> Vec<(u32, Option<u32>)> {
        sync.wanted.iter().map(|wanted| (wanted.source, wanted.copy)).collect()
    }

    #[test]
    fn new_copies_get_derived_ids_in_the_order_of_the_library() {
        let sync = sync::<_, u32>(CONTEXT, "lc", &[problem(1, "b"), problem(2, "a")], &[]);
        assert_eq!(pairs(&sync), [(1, None), (2, None)]);
        assert_eq!(sync.wanted[0].id, derived_id(CONTEXT, "b", "lc", Era::BytesLiteral));
    }

    #[test]
    fn copies_are_known_by_ids_of_either_making_and_keep_them() {
        let sources = [problem(1, "a"), problem(2, "b"), item(3, "html", "c")];
        let old = derived_id(CONTEXT, "b", "lc", Era::Plain);
        let copies = [
            problem(10, &old),
            problem(11, &derived_id(CONTEXT, "a", "lc", Era::BytesLiteral)),
            // A problem is no copy of a text, whatever its id.
            problem(12, &derived_id(CONTEXT, "c", "lc", Era::BytesLiteral)),
        ];
        let sync = sync(CONTEXT, "lc", &sources, &copies);
        assert_eq!(pairs(&sync), [(1, Some(11)), (2, Some(10)), (3, None)]);
        assert_eq!((&sync.wanted[1].id, &sync.gone), (&old, &vec![12]));
    }

    #[test]
    fn ids_found_in_the_course_are_trusted_where_the_source_is_known() {
        let sources = [with_content(problem(1, "a"), 1), problem(2, "b"), with_content(problem(3, "c"), 3)];
        let origin = |id: &str| Some(("problem".to_owned(), id.to_owned()));
        let copies = [
            with_content(problem(10, "found-a"), 1),
            Item { origin: origin("b"), ..problem(11, "found-b") },
            // It says the same as `a`, but its id says that it is `c`.
            with_content(problem(12, &derived_id(CONTEXT, "c", "lc", Era::Plain)), 1),
        ];
        let sync = sync(CONTEXT, "lc", &sources, &copies);
        assert_eq!(pairs(&sync), [(1, Some(10)), (2, Some(11)), (3, Some(12))]);
        assert_eq!(sync.wanted[0].id, "found-a");
    }

    #[test]
    fn what_could_be_a_copy_of_several_is_none() {
        let twice = [with_content(problem(1, "a"), 1), with_content(problem(2, "b"), 1)];
        let found = sync(CONTEXT, "lc", &twice, &[with_content(problem(10, "x"), 1)]);
        assert_eq!((pairs(&found), found.gone), (vec![(1, None), (2, None)], vec![10]));
        let copies = [with_content(problem(10, "x"), 1), with_content(problem(11, "y"), 1)];
        assert_eq!(sync(CONTEXT, "lc", &twice[..1], &copies).gone, [10, 11]);
    }

    #[test]
    fn what_is_below_is_copied_below_the_id_its_parent_has() {
        let below = |node, id: &str, children| Item { children, ..item(node, "vertical", id) };
        let sources = [below(1, "v", vec![problem(2, "p"), problem(3, "q")])];
        let inner = derived_id(CONTEXT, "p", "kept", Era::BytesLiteral);
        let mut copy = below(10, "kept", vec![problem(11, &inner), problem(12, "other")]);
        copy.origin = Some(("vertical".to_owned(), "v".to_owned()));
        let sync = sync(CONTEXT, "lc", &sources, &[copy]);
        let inside = &sync.wanted[0].below;
        assert_eq!((pairs(inside), &inside.gone), (vec![(2, Some(11)), (3, None)], &vec![12]));
        assert_eq!(inside.wanted[1].id, derived_id(CONTEXT, "q", "kept", Era::BytesLiteral));
    }
}
