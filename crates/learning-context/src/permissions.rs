//! Who may do what, in one place (content-libraries-rest-api §5; design decisions for courses).

use xblock::Site;

use crate::{ContextKind, ContextRecord, Role};

/// What a caller wants to do with the content of a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See blocks as a learner does and use them.
    Learn,
    /// See authored content: OLX, fields, assets by name.
    View,
    /// Change it.
    Edit,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Stable id; `anon…` for people who are not signed in.
    pub id: String,
    /// Whether nobody is signed in.
    pub anonymous: bool,
    /// Whether the person is staff of the whole installation.
    pub staff: bool,
    /// Whether the account is active.
    pub active: bool,
    /// Whether the person may create courses.
    pub course_creator: bool,
}

impl Caller {
    /// Returns whether the person is signed in with an active account.
    fn counts(&self) -> bool {
        self.active && !self.anonymous
    }
}

/// Decides whether `caller`, holding `role` in the context, may do `action` on `site`.
///
/// Libraries follow content-libraries-rest-api §5. A course or pathway is learned from by anyone who is signed
/// in where published content is served; its drafts (studio) are for people with a role. Existence of the block does
/// not matter here, so a refused caller learns nothing about it.
pub fn allowed(
    record: &ContextRecord,
    role: Option<Role>,
    caller: &Caller,
    site: Site,
    action: Action,
) -> bool {
    let role = role.filter(|_| caller.counts());
    match action {
        Action::Edit => caller.counts() && (caller.staff || role >= Some(Role::Author)),
        Action::View => {
            let public = record.allow_public_read && caller.course_creator;
            caller.counts() && (caller.staff || public || role.is_some())
        }
        Action::Learn => {
            let open_to_accounts = match (record.kind, site) {
                (ContextKind::Course | ContextKind::Pathway, Site::Learn) => true,
                (_, Site::Studio) => record.allow_public_read,
                (ContextKind::Library, Site::Learn) => false,
            };
            (caller.staff && !caller.anonymous)
                || record.allow_public_learning
                || role.is_some()
                || (open_to_accounts && caller.counts())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use blockstore::BundleId;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    fn record(key: &str, kind: ContextKind, learning: bool, read: bool) -> ContextRecord {
        let empty: Arc<str> = "".into();
        ContextRecord {
            key: key.parse().unwrap(),
            kind,
            bundle: BundleId(Uuid::nil()),
            latest_version: 1,
            draft_revision: None,
            title: Arc::clone(&empty),
            description: Arc::clone(&empty),
            license: empty,
            allow_public_learning: learning,
            allow_public_read: read,
            created_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn library(learning: bool, read: bool) -> ContextRecord {
        record("lib:Org:slug", ContextKind::Library, learning, read)
    }

    fn person() -> Caller {
        Caller { id: "7".to_owned(), active: true, ..Caller::default() }
    }

    /// Returns learn, view and edit as one text, `y` or `n` each.
    fn may(record: &ContextRecord, role: Option<Role>, caller: &Caller, site: Site) -> String {
        [Action::Learn, Action::View, Action::Edit]
            .into_iter()
            .map(|action| if allowed(record, role, caller, site, action) { 'y' } else { 'n' })
            .collect()
    }

    #[test]
    fn libraries_follow_the_table_of_the_contract() {
        let anonymous = Caller { id: "anon1".to_owned(), anonymous: true, ..Caller::default() };
        let staff = Caller { staff: true, ..person() };
        let creator = Caller { course_creator: true, ..person() };
        let inactive = Caller { active: false, ..person() };
        let private = library(false, false);
        for site in [Site::Learn, Site::Studio] {
            assert_eq!(may(&private, Some(Role::Admin), &person(), site), "yyy");
            assert_eq!(may(&private, Some(Role::Author), &person(), site), "yyy");
            assert_eq!(may(&private, Some(Role::Read), &person(), site), "yyn");
            assert_eq!(may(&private, None, &staff, site), "yyy");
            assert_eq!(may(&private, None, &person(), site), "nnn");
            assert_eq!(may(&private, None, &anonymous, site), "nnn");
            assert_eq!(may(&private, Some(Role::Admin), &inactive, site), "nnn");
            assert_eq!(may(&library(true, false), None, &anonymous, site), "ynn");
        }
        let readable = library(false, true);
        assert_eq!(may(&readable, None, &person(), Site::Studio), "ynn");
        assert_eq!(may(&readable, None, &person(), Site::Learn), "nnn");
        assert_eq!(may(&readable, None, &creator, Site::Studio), "yyn");
        assert_eq!(may(&readable, None, &anonymous, Site::Studio), "nnn");
    }

    #[test]
    fn courses_and_pathways_are_open_to_accounts_once_published() {
        let pathway = "lx-pathway:5d2a1b7e-0000-4000-8000-000000000000";
        for (key, kind) in [("course-v1:O+C+R", ContextKind::Course), (pathway, ContextKind::Pathway)] {
            is_open_to_accounts(key, kind);
        }
    }

    fn is_open_to_accounts(key: &str, kind: ContextKind) {
        let course = record(key, kind, false, false);
        let anonymous = Caller { anonymous: true, ..Caller::default() };
        assert_eq!(may(&course, None, &person(), Site::Learn), "ynn");
        assert_eq!(may(&course, None, &person(), Site::Studio), "nnn");
        assert_eq!(may(&course, Some(Role::Read), &person(), Site::Studio), "yyn");
        assert_eq!(may(&course, None, &anonymous, Site::Learn), "nnn");
        let open = record(key, kind, true, false);
        assert_eq!(may(&open, None, &anonymous, Site::Learn), "ynn");
    }
}
