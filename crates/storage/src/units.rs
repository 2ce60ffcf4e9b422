//! [`UnitRecords`] on a database.

use async_trait::async_trait;
use compositor::{UnitRecord, UnitRecords, UnitVersion};
use learning_context::ContextError;
use opaque_keys::UsageKey;
use serde_json::{Value, json};

use crate::{Database, StorageError, engine::Param, sql::units as sql};

/// Bytes of records sent in one statement.
const BATCH_BYTES: usize = 512 << 10;

fn params(of: &UnitVersion) -> [Param<'_>; 3] {
    [of.bundle.0.as_bytes().into(), of.version.into(), of.format.into()]
}

#[async_trait]
impl UnitRecords for Database {
    async fn put_units(&self, of: UnitVersion, records: Vec<UnitRecord>) -> Result<(), ContextError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let mut records = records.into_iter().peekable();
        while let Some(UnitRecord { unit, body }) = records.next() {
            bytes += body.len();
            batch.push(json!([unit, body]));
            if bytes >= BATCH_BYTES || records.peek().is_none() {
                let list = Value::Array(std::mem::take(&mut batch)).to_string();
                let [bundle, version, format] = params(&of);
                self.engine.execute(&sql::PUT_UNITS, &[bundle, version, format, (&list).into()]).await?;
                bytes = 0;
            }
        }
        Ok(())
    }

    async fn unit(&self, of: UnitVersion, unit: &UsageKey) -> Result<Option<String>, ContextError> {
        let [bundle, version, format] = params(&of);
        let row = self.engine.row(&sql::UNIT, &[bundle, version, format, unit.as_str().into()]).await?;
        Ok(row.map(|row| row.get(0)).transpose()?)
    }

    async fn units(&self, of: UnitVersion) -> Result<Vec<UsageKey>, ContextError> {
        let rows = self.engine.rows(&sql::UNITS, &params(&of)).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, StorageError>>()?)
    }
}
