//! A definition in use.

use std::{borrow::Cow, sync::Arc};

use opaque_keys::UsageKey;
use serde_json::Value;

use crate::{BlockDecl, Definition, Fields, Scope};

/// What applies to a block where it is used (unit-composition §4.1).
#[derive(Clone, Copy, Debug)]
pub struct Placement<'a> {
    /// Values of `block_field_overrides` for this block, then of `field_overrides`; valid ones only,
    /// highest precedence first.
    pub overrides: &'a [Arc<Fields>],
    /// Values inherited from the course.
    pub inherited: &'a Fields,
    /// Whether inherited values come before the library's own (`inherited_over_library`).
    pub inherited_first: bool,
}

/// One learner's stored values that concern a block, as gathered.
#[derive(Clone, Copy, Debug)]
pub struct BlockState<'a> {
    /// user_state fields.
    pub user_state: &'a Fields,
    /// preferences of the block's type.
    pub preferences: &'a Fields,
    /// user_info fields.
    pub user_info: &'a Fields,
    /// user_state_summary fields.
    pub summary: &'a Fields,
}

/// A definition in use: at a usage, for a learner.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    /// Where it is used; the identity of learner state.
    pub usage: &'a UsageKey,
    /// What its type is.
    pub decl: &'static BlockDecl,
    /// Its authored content.
    pub definition: &'a Definition,
    /// What applies to it here.
    pub placement: Placement<'a>,
    /// The learner's state.
    pub state: BlockState<'a>,
}

impl<'a> Block<'a> {
    /// Returns the effective value of a field and whether it was set by anyone (override, author,
    /// inheritance or learner); `None` for fields the type does not declare.
    pub fn lookup(&self, name: &str) -> Option<(Cow<'a, Value>, bool)> {
        let decl = self.decl.field(name)?;
        let stored = match decl.scope {
            Scope::Content | Scope::Settings => self.authored(name),
            Scope::UserState => self.state.user_state.get(name),
            Scope::Preferences => self.state.preferences.get(name),
            Scope::UserInfo => self.state.user_info.get(name),
            Scope::UserStateSummary => self.state.summary.get(name),
            Scope::Children | Scope::Parent => None,
        };
        Some(match stored {
            Some(value) => (Cow::Borrowed(value), true),
            None => (Cow::Owned(decl.default.to_json()), false),
        })
    }

    fn authored(&self, name: &str) -> Option<&'a Value> {
        let overridden = self.placement.overrides.iter().find_map(|o| o.get(name));
        let own = self.definition.fields.get(name);
        let inherited = self.placement.inherited.get(name);
        let (first, second) =
            if self.placement.inherited_first { (inherited, own) } else { (own, inherited) };
        overridden.or(first).or(second)
    }

    /// Returns the effective value of a field; null for undeclared ones.
    pub fn value(&self, name: &str) -> Cow<'a, Value> {
        self.lookup(name).map_or(Cow::Owned(Value::Null), |(v, _)| v)
    }

    /// Returns a text field; numbers and booleans print as JSON, null is empty.
    pub fn text(&self, name: &str) -> Cow<'a, str> {
        match self.value(name) {
            Cow::Borrowed(Value::String(s)) => Cow::Borrowed(s),
            Cow::Owned(Value::String(s)) => Cow::Owned(s),
            v => match v.as_ref() {
                Value::Null => Cow::Borrowed(""),
                other => Cow::Owned(other.to_string()),
            },
        }
    }

    /// Returns an integer field; null, "" and what is no integer are `None`.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.value(name).as_ref() {
            Value::Number(n) => n.as_i64().or_else(|| n.as_f64().map(|x| x as i64)),
            Value::String(s) => s.trim().parse().ok(),
            Value::Bool(b) => Some(i64::from(*b)),
            _ => None,
        }
    }

    /// Returns a float field; null, "" and what is no number are `None`.
    pub fn float(&self, name: &str) -> Option<f64> {
        match self.value(name).as_ref() {
            Value::Number(n) => n.as_f64(),
            Value::String(s) => s.trim().parse().ok(),
            Value::Bool(b) => Some(f64::from(u8::from(*b))),
            _ => None,
        }
    }

    /// Returns a boolean field by the rule of xblock-core §3.1: text is true when it reads `true` in any case.
    pub fn flag(&self, name: &str) -> bool {
        match self.value(name).as_ref() {
            Value::Bool(b) => *b,
            Value::String(s) => s.eq_ignore_ascii_case("true"),
            Value::Number(n) => n.as_f64() != Some(0.0),
            Value::Array(a) => !a.is_empty(),
            Value::Object(o) => !o.is_empty(),
            Value::Null => false,
        }
    }

    /// Returns what the block is called: its display name, else its id with spaces for `_`
    /// (xblock-core §1).
    pub fn display_name(&self) -> Cow<'a, str> {
        let name = self.text("display_name");
        if name.trim().is_empty() { Cow::Owned(self.usage.block_id().replace('_', " ")) } else { name }
    }

    /// Returns the compiled form, if it is of the type asked for.
    pub fn compiled<T: 'static>(&self) -> Option<&'a T> {
        self.definition.compiled.downcast_ref()
    }
}
