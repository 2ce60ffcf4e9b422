//! [`ContextStore`] on a database.

use async_trait::async_trait;
use blockstore::{BundleId, DraftName};
use learning_context::{ContextError, ContextKind, ContextRecord, ContextStore, NewContext, Role};
use opaque_keys::LearningContextKey;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Database, StorageError,
    database::{micros, time_of},
    engine::Record,
    sql::contexts as sql,
};

#[async_trait]
impl ContextStore for Database {
    async fn create_context(&self, context: NewContext) -> Result<(), ContextError> {
        let mut keys: Vec<&str> =
            context.aliases.iter().chain([&context.key]).map(LearningContextKey::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        let list = json!(keys).to_string();
        let kind = name_of(&context.kind)?;
        let params = [
            context.key.as_str().into(),
            (&kind).into(),
            context.bundle.0.as_bytes().into(),
            (&context.title).into(),
            (&context.description).into(),
            (&context.license).into(),
            context.allow_public_learning.into(),
            context.allow_public_read.into(),
            micros(context.created_at).into(),
        ];
        let mut tx = self.engine.begin().await?;
        if let Some(taken) = tx.row(&sql::TAKEN_KEY, &[(&list).into()]).await? {
            return Err(ContextError::AlreadyExists(taken.get(0)?));
        }
        if tx.execute(&sql::CREATE_CONTEXT, &params).await? == 0 {
            return Err(ContextError::AlreadyExists(context.key));
        }
        // Somebody may have taken a key since it was looked up; the insert has waited for them.
        if tx.execute(&sql::ADD_KEYS, &[context.key.as_str().into(), (&list).into()]).await?
            < keys.len() as u64
        {
            return Err(ContextError::AlreadyExists(context.key));
        }
        tx.commit().await?;
        Ok(())
    }

    async fn contexts(
        &self,
        keys: &[LearningContextKey],
    ) -> Result<Vec<(LearningContextKey, ContextRecord)>, ContextError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let list = json!(keys.iter().map(LearningContextKey::as_str).collect::<Vec<_>>()).to_string();
        let draft = DraftName::studio();
        let rows = self.engine.rows(&sql::CONTEXTS, &[(&list).into(), draft.as_str().into()]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, record(row)?))).collect()
    }

    async fn list_contexts(
        &self,
        kind: Option<ContextKind>,
        after: Option<&LearningContextKey>,
        limit: u32,
    ) -> Result<Vec<ContextRecord>, ContextError> {
        let kind = kind.map(|kind| name_of(&kind)).transpose()?.unwrap_or_default();
        let after = after.map_or("", LearningContextKey::as_str);
        let draft = DraftName::studio();
        let params = [(&kind).into(), after.into(), limit.into(), draft.as_str().into()];
        let rows = self.engine.rows(&sql::LIST_CONTEXTS, &params).await?;
        Ok(rows.iter().map(record).collect::<Result<_, _>>()?)
    }

    async fn update_context(
        &self,
        key: &LearningContextKey,
        title: Option<&str>,
        description: Option<&str>,
        allow_public_learning: Option<bool>,
        allow_public_read: Option<bool>,
    ) -> Result<(), ContextError> {
        let params = [
            key.as_str().into(),
            title.into(),
            description.into(),
            allow_public_learning.into(),
            allow_public_read.into(),
        ];
        found(self.engine.execute(&sql::UPDATE_CONTEXT, &params).await?, key)
    }

    async fn add_aliases(
        &self,
        key: &LearningContextKey,
        aliases: &[LearningContextKey],
    ) -> Result<Vec<LearningContextKey>, ContextError> {
        let list = json!(aliases.iter().map(LearningContextKey::as_str).collect::<Vec<_>>()).to_string();
        let mut tx = self.engine.begin().await?;
        let Some(row) = tx.row(&sql::CONTEXT_KEY, &[key.as_str().into()]).await? else {
            return Err(ContextError::NotFound(key.clone()));
        };
        let context: &str = row.get(0)?;
        tx.execute(&sql::ADD_KEYS, &[context.into(), (&list).into()]).await?;
        let others = tx.rows(&sql::OTHERS_KEYS, &[context.into(), (&list).into()]).await?;
        tx.commit().await?;
        Ok(others.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?)
    }

    async fn delete_context(&self, key: &LearningContextKey) -> Result<bool, ContextError> {
        Ok(self.engine.execute(&sql::DELETE_CONTEXT, &[key.as_str().into()]).await? > 0)
    }

    async fn set_role(
        &self,
        key: &LearningContextKey,
        user: &str,
        role: Option<Role>,
    ) -> Result<(), ContextError> {
        let context = key.as_str().into();
        if let Some(role) = role {
            let role = name_of(&role)?;
            return found(
                self.engine.execute(&sql::SET_ROLE, &[context, user.into(), (&role).into()]).await?,
                key,
            );
        }
        let dropped = self.engine.execute(&sql::DROP_ROLE, &[context, user.into()]).await?;
        if dropped == 0 && self.engine.row(&sql::CONTEXT_KEY, &[context]).await?.is_none() {
            return Err(ContextError::NotFound(key.clone()));
        }
        Ok(())
    }

    async fn role(&self, key: &LearningContextKey, user: &str) -> Result<Option<Role>, ContextError> {
        let row = self.engine.row(&sql::ROLE, &[key.as_str().into(), user.into()]).await?;
        Ok(row.map(|row| value_of("role", row.get(0)?)).transpose()?)
    }

    async fn roles(
        &self,
        keys: &[LearningContextKey],
        user: &str,
    ) -> Result<Vec<(LearningContextKey, Role)>, ContextError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let list = json!(keys.iter().map(LearningContextKey::as_str).collect::<Vec<_>>()).to_string();
        let rows = self.engine.rows(&sql::ROLES, &[(&list).into(), user.into()]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, value_of("role", row.get(1)?)?))).collect()
    }
}

fn found(touched: u64, key: &LearningContextKey) -> Result<(), ContextError> {
    if touched == 0 { Err(ContextError::NotFound(key.clone())) } else { Ok(()) }
}

/// Reads a row of [`sql::CONTEXTS`] or [`sql::LIST_CONTEXTS`].
fn record(row: &Record) -> Result<ContextRecord, StorageError> {
    let bundle = Uuid::from_slice(row.get(3)?).map_err(|error| StorageError::corrupt("bundle id", error))?;
    Ok(ContextRecord {
        key: row.get(1)?,
        kind: value_of("context kind", row.get(2)?)?,
        bundle: BundleId(bundle),
        latest_version: row.number(4)?,
        // A draft that was never opened reads as -1.
        draft_revision: u64::try_from(row.get::<i64>(5)?).ok(),
        title: row.get::<&str>(6)?.into(),
        description: row.get::<&str>(7)?.into(),
        license: row.get::<&str>(8)?.into(),
        allow_public_learning: row.get(9)?,
        allow_public_read: row.get(10)?,
        created_at: time_of(row.get(11)?)?,
    })
}

/// Returns the name of an enum's value, as serde writes it.
fn name_of(value: &impl Serialize) -> Result<String, StorageError> {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => Ok(name),
        other => Err(StorageError::corrupt("enum", format!("{other:?}"))),
    }
}

/// Returns the enum's value of a name.
fn value_of<T: DeserializeOwned>(what: &'static str, name: &str) -> Result<T, StorageError> {
    serde_json::from_value(name.into()).map_err(|error| StorageError::corrupt(what, error))
}
